package search_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"aimyorg/store/search"
)

// randomEntries makes passages of versions from..from+versions with words of a
// Zipf distribution.
func randomEntries(r *rand.Rand, from, versions int) []search.Entry {
	zipf := rand.NewZipf(r, 1.2, 3, 200)
	words := func(n int) []search.Term {
		terms := make([]search.Term, n)
		for i := range terms {
			terms[i] = search.Term(fmt.Sprintf("w%d", zipf.Uint64()))
		}
		return terms
	}
	var entries []search.Entry
	for v := range versions {
		title := words(r.IntN(5))
		for o := range 1 + r.IntN(5) {
			entries = append(entries, search.Entry{
				Version: uint32(from + v), Ordinal: uint32(o), Language: search.Language(v % 3), Title: title, Body: words(r.IntN(150)),
			})
		}
	}
	return entries
}

func build(t testing.TB, entries []search.Entry) *search.Builder {
	t.Helper()
	b := &search.Builder{}
	for _, e := range entries {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// stored is a segment as a caller keeps it: a directory, and blocks by key.
type stored struct {
	directory []byte
	blocks    []search.KeyedBlock
}

func store(b *search.Builder) stored {
	s := stored{directory: b.Directory()}
	for term, block := range b.Blocks() {
		s.blocks = append(s.blocks, search.KeyedBlock{Key: string(term), Block: block})
	}
	return s
}

func decode(t testing.TB, b []byte) *search.Directory {
	t.Helper()
	d, err := search.DecodeDirectory(b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// source reads a stored segment as a cursor would: the block's memory is used
// again for the next one.
func (s stored) source(t testing.TB) search.Source {
	var reused []byte
	rest := s.blocks
	return search.Source{Directory: decode(t, s.directory), Next: func() (search.KeyedBlock, bool, error) {
		if len(rest) == 0 {
			return search.KeyedBlock{}, false, nil
		}
		b := rest[0]
		rest = rest[1:]
		clear(reused)
		reused = append(reused[:0], b.Block...)
		return search.KeyedBlock{Key: b.Key, Block: reused}, true, nil
	}}
}

// open reads the blocks that a query needs.
func (s stored) open(t testing.TB, terms []search.Term) search.Segment {
	found := map[string]*search.Block{}
	for _, b := range s.blocks {
		found[b.Key] = opened(t, b.Block)
	}
	seg := search.Segment{Directory: decode(t, s.directory)}
	for _, term := range terms {
		seg.Blocks = append(seg.Blocks, found[string(term)])
	}
	return seg
}

func opened(t testing.TB, block []byte) *search.Block {
	t.Helper()
	b, err := search.OpenBlock(block)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func everyone(uint32) bool { return true }
