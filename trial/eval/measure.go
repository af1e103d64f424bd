package main

import (
	"cmp"
	"math"
	"slices"
)

// hit is one document found for a query.
type hit struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"`
}

// found is what was found for one query, best first: a line of the run file.
type found struct {
	Query string `json:"query"`
	Hits  []hit  `json:"hits"`
}

// depth is how many documents are asked for.
const depth = 100

// scores are a set's averages over its queries.
type scores struct {
	NDCG   float64 // nDCG@10, gains as graded, as trec_eval has it
	Recall float64 // Recall@100
	Top5   float64 // the share of queries with a relevant document among the first five
}

func (s *set) measure(run []found) scores {
	var sum scores
	for _, f := range run {
		relevant := s.relevant[f.Query]
		sum.NDCG += ndcg(f.Hits, relevant, 10)
		sum.Recall += share(f.Hits, relevant, depth)
		if share(f.Hits, relevant, 5) > 0 {
			sum.Top5++
		}
	}
	n := float64(len(s.queries))
	return scores{sum.NDCG / n, sum.Recall / n, sum.Top5 / n}
}

func ndcg(hits []hit, relevant map[string]int, k int) float64 {
	got := 0.0
	for i, h := range hits[:min(k, len(hits))] {
		got += discounted(relevant[h.ID], i)
	}
	var grades []int
	for _, g := range relevant {
		grades = append(grades, g)
	}
	slices.SortFunc(grades, func(a, b int) int { return cmp.Compare(b, a) })
	ideal := 0.0
	for i, g := range grades[:min(k, len(grades))] {
		ideal += discounted(g, i)
	}
	return got / ideal
}

func discounted(grade, place int) float64 { return float64(grade) / math.Log2(float64(place+2)) }

// share is how much of what is relevant stands among the first k.
func share(hits []hit, relevant map[string]int, k int) float64 {
	n := 0
	for _, h := range hits[:min(k, len(hits))] {
		if relevant[h.ID] > 0 {
			n++
		}
	}
	return float64(n) / float64(len(relevant))
}

// withoutSelf drops the document that the query was made of: where queries are themselves documents (ArguAna), BEIR
// does not count a document as an answer to itself.
func withoutSelf(query string, hits []hit) []hit {
	return slices.DeleteFunc(hits, func(h hit) bool { return h.ID == query })
}
