package search

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// Range is a part of a text by byte offsets, on rune borders.
type Range struct{ Start, End int }

// match is a highlighted range and the terms of the query that it is for.
type match struct {
	Range
	terms uint32 // a bit per term; those from the 32nd on share one
}

// Highlight returns where words of text match the query, in ascending order,
// apart from each other.
func (q Query) Highlight(text string) []Range {
	matches := q.matches(text)
	ranges := make([]Range, len(matches))
	for i, m := range matches {
		ranges[i] = m.Range
	}
	return ranges
}

func (q Query) matches(text string) []match {
	var found []match
	q.analyser.some(text, q.initials, func(terms []uint32, at span) {
		m := match{Range: Range{Start: at.start, End: at.end}}
		for _, t := range terms {
			if i, ok := q.wanted[t]; ok {
				m.terms |= 1 << min(i, 31)
			}
		}
		if m.terms != 0 {
			found = joinMatch(found, m)
		}
	})
	return found
}

// joinMatch appends m, in one with the matches that it overlaps: a compound comes
// after its parts, a bigram shares a rune with the next.
func joinMatch(found []match, m match) []match {
	for n := len(found); n > 0 && found[n-1].End > m.Start; n = len(found) {
		last := found[n-1]
		m.Start, m.End = min(m.Start, last.Start), max(m.End, last.End)
		m.terms |= last.terms
		found = found[:n-1]
	}
	return append(found, m)
}

// MaxSnippet is the most bytes that Snippet looks for; it bounds its work.
const MaxSnippet = 4096

// Snippet returns the part of text to show in a list of results: about size
// bytes (at least one whole match) around the place where most of the query's
// terms are near each other; the beginning when none is there. It begins and
// ends between words where there are any, and always on rune borders.
func (q Query) Snippet(text string, size int) (start, end int) {
	size = min(max(size, 0), MaxSnippet)
	if len(text) <= size {
		return 0, len(text)
	}
	core := densest(q.matches(text), size)
	spare := max(size-(core.End-core.Start), 0)
	start = max(core.Start-spare/3, 0) // what follows a match says more than what precedes it
	end = min(start+max(size, core.End-start), len(text))
	start = max(min(start, end-size), 0)
	return snapForward(text, start, core.Start), snapBack(text, end, core.End)
}

// densest returns the stretch of at most size bytes that holds the most
// different terms, then the most matches; the first of equals.
func densest(matches []match, size int) Range {
	var best Range
	most := 0
	for i, first := range matches {
		var terms uint32
		last := i
		for ; last < len(matches) && matches[last].End-first.Start <= max(size, first.End-first.Start); last++ {
			terms |= matches[last].terms
		}
		if worth := bits.OnesCount32(terms)<<16 + last - i; worth > most {
			most, best = worth, Range{Start: first.Start, End: matches[last-1].End}
		}
	}
	return best
}

// snapWithin is how many bytes a snippet gives up to end between words.
const snapWithin = 32

// snapForward moves a start to a rune border, and on to the next word, not beyond limit.
func snapForward(text string, start, limit int) int {
	for start < len(text) && !utf8.RuneStart(text[start]) {
		start++
	}
	if start == 0 || start >= limit {
		return min(start, max(limit, 0))
	}
	for i, r := range text[start:min(start+snapWithin, limit)] {
		if unicode.IsSpace(r) {
			return start + i + utf8.RuneLen(r)
		}
	}
	return start
}

// snapBack moves an end to a rune border, and back to the end of a word, not before limit.
func snapBack(text string, end, limit int) int {
	if end >= len(text) {
		return len(text)
	}
	for end > limit && !utf8.RuneStart(text[end]) {
		end--
	}
	for i := end; i > max(limit, end-snapWithin); i-- {
		if r, n := utf8.DecodeLastRuneInString(text[:i]); n > 0 && unicode.IsSpace(r) {
			return i - n
		}
	}
	return end
}
