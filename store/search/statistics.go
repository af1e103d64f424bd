package search

import (
	"cmp"
	"math"
	"slices"
)

// BM25's settings.
const (
	k1 = 1.2
	b  = 0.75
)

// statistics are a tenant's, for one query.
type statistics struct {
	length    [256]float32 // by length code: k1 * (1 - b + b*length/mean)
	perLength float32      // k1 * b / mean length of the versions
	slack     float64      // how much more than its bound a sum may be by rounding
	terms     []term       // what is worth most first
}

// term is one term of a query that is held by some segment.
type term struct {
	number int          // in the query
	worth  float32      // more than what a passage can gain by it, and than what a whole text can
	once   [256]float32 // what a passage that holds it once gains, by length code
}

// measure learns what a query's terms are worth.
func (st *statistics) measure(segments []Segment, weights []Weight) {
	var passages, versions, total uint64
	var holding []uint64
	for _, s := range segments {
		passages += uint64(s.Directory.Passages())
		versions += uint64(len(s.Directory.runs))
		total += s.Directory.total
		for len(holding) < len(s.Blocks) {
			holding = append(holding, 0)
		}
		for i, block := range s.Blocks {
			if block != nil {
				holding[i] += uint64(block.count)
			}
		}
	}
	st.perLength = float32(k1 * b / max(float64(total)/max(float64(versions), 1), 1))
	mean := max(float64(total)/max(float64(passages), 1), 1)
	for c := range st.length {
		st.length[c] = float32(k1 * (1 - b + b*float64(codeLength(byte(c)))/mean))
	}
	st.weigh(holding, weights, passages)
}

func (st *statistics) weigh(holding []uint64, weights []Weight, passages uint64) {
	words := joinForms(holding, weights)
	st.terms = st.terms[:0]
	for i, n := range holding {
		if n == 0 {
			continue
		}
		count := float32(1)
		if i < len(weights) {
			n, count = min(words[weights[i].Word], passages), weights[i].Count
		}
		idf := count * float32(math.Log(1+(float64(passages)-float64(n)+0.5)/(float64(n)+0.5)))
		st.terms = append(st.terms, term{number: i, worth: idf * (k1 + 1)})
	}
	slices.SortStableFunc(st.terms, func(x, y term) int { return cmp.Compare(y.worth, x.worth) })
	st.slack = 1 + float64(len(st.terms)+8)/(1<<21)
	for i := range st.terms {
		t := &st.terms[i]
		for c := range t.once {
			t.once[c] = t.worth / (1 + st.length[c])
		}
	}
}

// joinForms counts for each word how many passages hold a form of it. A stem of
// another language than the texts' own is rare in them, and must not count for more
// than the word does: it would lift the few texts whose language was mistaken.
func joinForms(holding []uint64, weights []Weight) map[int]uint64 {
	words := map[int]uint64{}
	for i, w := range weights[:min(len(weights), len(holding))] {
		words[w.Word] += holding[i]
	}
	return words
}
