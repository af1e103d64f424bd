package search

import "iter"

// passages yields the numbers of the terms of each passage of a text: of what Terms gives of it alone. What two
// neighbours share is analysed once. The slice is valid until the next one.
func (a *Analyser) passages(text string, cut []Passage) iter.Seq2[Passage, []uint32] {
	return func(yield func(Passage, []uint32) bool) {
		var terms, shared []uint32
		known := 0 // shared are the terms of the passage up to there
		for i, p := range cut {
			terms = append(terms[:0], shared...)
			from, split := max(p.Start, known), p.End
			if i+1 < len(cut) && cut[i+1].Start > from && cut[i+1].Start < p.End && apart(text, cut[i+1].Start) && apart(text, p.End) {
				split = cut[i+1].Start
			}
			terms = a.append(terms, text[from:split])
			mine := len(terms)
			terms = a.append(terms, text[split:p.End])
			if !yield(p, terms) {
				return
			}
			known, shared = 0, shared[:0]
			if split < p.End {
				known, shared = p.End, append(shared, terms[mine:]...)
			}
		}
	}
}

// apart says whether there is white space, so that no word is on both sides. (Of a script without spaces, or of a string
// without an end, it may not be.)
func apart(text string, at int) bool {
	return at == 0 || at == len(text) || text[at-1] <= ' ' || text[at] <= ' '
}
