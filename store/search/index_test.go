package search_test

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aimyorg/store/search"
)

// keysOf are keys of an organization for tests: in no order that the terms have.
func keysOf(name string) search.Keys {
	return search.Keys{Of: name, Key: func(t search.Term) [search.KeySize]byte {
		sum := sha256.Sum256([]byte(name + "|" + string(t)))
		return [search.KeySize]byte(sum[:])
	}}
}

// passageByPassage builds a document's segment the slow way: each passage analysed alone.
func passageByPassage(t *testing.T, d search.Document, keys search.Keys) search.Indexed {
	t.Helper()
	x := search.Indexed{Passages: search.Cut(d.Text)}
	var b search.Builder
	for _, p := range x.Passages {
		err := b.Add(search.Entry{Version: d.Version, Ordinal: uint32(p.Ordinal), Language: d.Language,
			Title: search.Terms(d.Title, d.Language), Body: search.Terms(d.Text[p.Start:p.End], d.Language)})
		if err != nil {
			t.Fatal(err)
		}
	}
	x.Directory = b.Directory()
	for term, block := range b.Blocks() {
		key := keys.Key(term)
		x.Blocks = append(x.Blocks, search.KeyedBlock{Key: string(key[:]), Block: block})
	}
	slices.SortFunc(x.Blocks, func(a, b search.KeyedBlock) int { return strings.Compare(a.Key, b.Key) })
	return x
}

func sameIndex(t *testing.T, got, want search.Indexed) {
	t.Helper()
	same := func(a, b search.KeyedBlock) bool { return a.Key == b.Key && bytes.Equal(a.Block, b.Block) }
	if !slices.Equal(got.Passages, want.Passages) || !bytes.Equal(got.Directory, want.Directory) || !slices.EqualFunc(got.Blocks, want.Blocks, same) {
		t.Fatalf("%d passages, %d blocks; want %d, %d, or others", len(got.Passages), len(got.Blocks), len(want.Passages), len(want.Blocks))
	}
}

// A document's index holds of each passage the terms that it has alone, wherever it was cut, under the keys of its own organization,
// whichever were indexed before (P31).
func TestP31_IndexHoldsThePassagesTermsUnderTheOwnKeys(t *testing.T) {
	t.Parallel()
	words := []string{"house", "ISO-27001", "l'eau", "it’s", "C#", "C++", "東京都庁舎", "a-b-c-d-e-f-g-h-i-j", "U.S.", "x@y.example", "Straße", "n.\u00a0b",
		strings.Repeat("longer", 40), strings.Repeat("漢字", 90), strings.Repeat("part-", 60), "the", "\x00", "end.", "\n\n", "\n\n# Heading\n\n", "\u3000"}
	r := rand.New(rand.NewPCG(3, 3))
	analyser := search.NewAnalyser(search.English.Only())
	for turn := range 60 {
		var b strings.Builder
		for range r.IntN(3000) {
			b.WriteString(words[r.IntN(len(words))])
			if r.IntN(9) == 0 { // many words are seen once
				b.WriteString(strconv.Itoa(r.IntN(1e9)))
			}
			if r.IntN(30) > 0 {
				b.WriteString(" ")
			}
		}
		keys := keysOf(strconv.Itoa(turn % 3))
		d := search.Document{Version: uint32(turn), Title: words[turn%len(words)] + " House", Text: b.String()}
		got, err := analyser.Index(d, keys)
		if err != nil {
			t.Fatal(err)
		}
		sameIndex(t, got, passageByPassage(t, d, keys))
	}
}

func FuzzIndex(f *testing.F) {
	f.Add(strings.Repeat("one two l'eau 東京 a-b ", 80), 7)
	f.Fuzz(func(t *testing.T, text string, times int) {
		d := search.Document{Language: search.German, Title: text[:min(len(text), 9)], Text: strings.ToValidUTF8(strings.Repeat(text, min(max(times, 1), 50)), " ")}
		analyser := search.NewAnalyser(search.German.Only())
		want := passageByPassage(t, d, keysOf("a"))
		for range 2 { // with words that it knows, too
			got, err := analyser.Index(d, keysOf("a"))
			if err != nil {
				t.Fatal(err)
			}
			sameIndex(t, got, want)
		}
	})
}
