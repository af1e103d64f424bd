package search_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aimyorg/store/search"
)

// The terms of a passage are those that it has alone, wherever it was cut.
func TestPassagesHaveTheTermsThatTheyHaveAlone(t *testing.T) {
	t.Parallel()
	words := []string{"house", "ISO-27001", "l'eau", "it’s", "C#", "C++", "東京都庁舎", "a-b-c-d-e-f-g-h-i-j", "U.S.", "x@y.example", "Straße", "n.\u00a0b",
		strings.Repeat("longer", 40), strings.Repeat("漢字", 90), strings.Repeat("part-", 60), "the", "\x00", "end.", "\n\n", "\n\n# Heading\n\n", "\u3000"}
	r := rand.New(rand.NewPCG(3, 3))
	analyser := search.NewAnalyser(search.English.Only())
	for range 60 {
		var b strings.Builder
		for range r.IntN(3000) {
			b.WriteString(words[r.IntN(len(words))])
			if r.IntN(30) > 0 {
				b.WriteString(" ")
			}
		}
		text, seen := b.String(), 0
		cut := search.Cut(text)
		for p, terms := range analyser.Passages(text, cut) {
			if p != cut[seen] {
				t.Fatalf("passage %d is %v, want %v", seen, p, cut[seen])
			}
			seen++
			if want := search.Terms(text[p.Start:p.End], search.English); !slices.Equal(terms, want) {
				t.Fatalf("passage %d of %q: %q, want %q", p.Ordinal, text, terms, want)
			}
		}
		if seen != len(cut) {
			t.Fatalf("%d of %d passages", seen, len(cut))
		}
	}
}

func FuzzPassages(f *testing.F) {
	f.Add(strings.Repeat("one two l'eau 東京 a-b ", 80), 7)
	f.Fuzz(func(t *testing.T, text string, times int) {
		text = strings.ToValidUTF8(strings.Repeat(text, min(max(times, 1), 50)), " ")
		for p, terms := range search.NewAnalyser(search.German.Only()).Passages(text, search.Cut(text)) {
			if want := search.Terms(text[p.Start:p.End], search.German); !slices.Equal(terms, want) {
				t.Fatalf("passage %d: %q, want %q", p.Ordinal, terms, want)
			}
		}
	})
}
