package search_test

import (
	"math/rand/v2"
	"slices"
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

// What is not looked at for its first letter changes nothing of what is marked beside it: the same is marked when every letter
// is looked at, whatever joins the words.
func TestWhatIsPassedOverChangesNothing(t *testing.T) {
	t.Parallel()
	var every strings.Builder // words of every first letter, none of which is in a text
	for c := 'a'; c <= 'z'; c++ {
		every.WriteString(" " + string(c) + "qqq")
	}
	for d := '0'; d <= '9'; d++ {
		every.WriteString(" " + string(d) + "q")
	}
	words := []string{"iso", "27001", "e", "mail", "c", "r", "d", "u", "s", "gpt", "4", "1", "it", "o", "leave", "Zeit", "éléphant", "漢字", "x"}
	joints := []string{" ", " ", ". ", ".", "-", "_", "@", "&", "'", "’", "++ ", "#", ", ", "\u00ad", "\u0301", "/", "\n", ".\t", "\u2010", "."}
	analyser := search.NewAnalyser(search.English.Only())
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 9))
		var text strings.Builder
		for range 1 + r.IntN(12) {
			text.WriteString(words[r.IntN(len(words))] + joints[r.IntN(len(joints))])
		}
		asked := "leave " + words[r.IntN(len(words))] + joints[r.IntN(len(joints))] + words[r.IntN(len(words))]
		few, all := analyser.Query(asked), analyser.Query(asked+every.String())
		if got, want := few.Highlight(text.String()), all.Highlight(text.String()); !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, want %v", asked, text.String(), got, want)
		}
	}
}
