package search_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"aimyorg/store/search"
)

// A word that is asked for is marked, whatever letter it begins with and however it is stemmed: what is not looked at for its
// first letter must not have been wanted.
func TestEveryFirstLetterIsMarked(t *testing.T) {
	t.Parallel()
	all := search.English.Only()
	for l := range search.Portuguese {
		all = all.With(l + 1)
	}
	words := []string{"skis", "skies", "dying", "lying", "tying", "idly", "gently", "ugly", "early", "only", "singly", "C#", "C++", "U.S.", "4.1", "R&D", "\u00adsoft"}
	letters := []rune("abcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00fc\u00df\u00e6\u0153\u00f8\u0142\u0111\u0131\u00e9\u00e8\u00ea\u00eb\u00e0\u00e2\u00f1\u00e7\u00ed\u00f3\u00fa\u00e3\u00f5\u0130\u212a\uff21\u01c5\ufb01\u00c5\u0439\u03b1\u6f22")
	for _, first := range letters {
		for _, second := range letters[:len(letters)-1] { // a Chinese sign is a word of its own
			for _, rest := range []string{"", "ing", "ies", "ied", "ly", "ss", "es", "en", "heiten", "ement", "amos", "mente", "eux", "zione"} {
				words = append(words, string(first)+string(second)+rest)
			}
		}
	}
	analyser := search.NewAnalyser(search.Asked(all))
	for _, w := range words {
		q := analyser.Query(w)
		if len(q.Terms) > 0 && len(q.Highlight("x "+w)) == 0 {
			t.Errorf("%q has the terms %q and is not marked", w, q.Terms)
		}
		for _, term := range q.Terms {
			if w[0] < utf8.RuneSelf && search.Fold(string(term))[0] != strings.ToLower(w)[0] {
				t.Errorf("%q has the term %q", w, term)
			}
		}
	}
}
