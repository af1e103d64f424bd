package search

import "unicode/utf8"

// initials are the first letters of a query's terms. Stemming leaves a word's first letter as it is, but for its
// diacritics: most words of a text need not be stemmed to know that they are not asked for.
type initials [utf8.RuneSelf]bool

func initialsOf(terms []Term) *initials {
	var in initials
	for _, t := range terms {
		if first := fold(firstRunes(string(t), 1)); first != "" && first[0] < utf8.RuneSelf {
			in[first[0]] = true
		}
	}
	return &in
}

// may says whether a word may have one of the terms.
func (in *initials) may(word string) bool {
	c := word[0]
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c >= utf8.RuneSelf || in[c]
}
