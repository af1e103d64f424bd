package main

import (
	"cmp"
	"math"
	"slices"
)

// Plain BM25 as Lucene computes it and Anserini sets it: a document is one unit, its title before its text.
const (
	baselineK1 = 0.9
	baselineB  = 0.4
)

type baseline struct {
	analyser plainAnalyser
	ids      []string
	lengths  []float64
	mean     float64
	postings map[string][]posting
}

type posting struct {
	document  int32
	frequency float32
}

func indexPlain(documents []document) *baseline {
	b := &baseline{analyser: newPlainAnalyser(), postings: map[string][]posting{}}
	for i, d := range documents {
		counts := map[string]float32{}
		terms := b.analyser.terms(d.Title + " " + d.Text)
		for _, t := range terms {
			counts[t]++
		}
		for t, n := range counts {
			b.postings[t] = append(b.postings[t], posting{int32(i), n})
		}
		b.ids = append(b.ids, d.ID)
		b.lengths = append(b.lengths, float64(len(terms)))
		b.mean += float64(len(terms)) / float64(len(documents))
	}
	return b
}

// search scores every document that holds a term. A term that the query repeats counts each time.
func (b *baseline) search(text string, k int) []hit {
	scores := map[int32]float64{}
	n := float64(len(b.ids))
	for _, t := range b.analyser.terms(text) {
		list := b.postings[t]
		holding := float64(len(list))
		idf := math.Log(1 + (n-holding+0.5)/(holding+0.5))
		for _, p := range list {
			tf := float64(p.frequency)
			scores[p.document] += idf * tf / (tf + baselineK1*(1-baselineB+baselineB*b.lengths[p.document]/b.mean))
		}
	}
	hits := make([]hit, 0, len(scores))
	for d, s := range scores {
		hits = append(hits, hit{b.ids[d], s})
	}
	slices.SortFunc(hits, func(x, y hit) int { return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.ID, y.ID)) })
	return hits[:min(k, len(hits))]
}
