package search_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"aimyorg/store/search"
)

func each(blocks []search.KeyedBlock) iter.Seq2[search.KeyedBlock, error] {
	return func(yield func(search.KeyedBlock, error) bool) {
		for _, b := range blocks {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func key(n int) string { return fmt.Sprintf("%0*d", search.KeySize, n) }

// randomBlocks are of every size: empty, small, larger than a page.
func randomBlocks(r *rand.Rand, n int) []search.KeyedBlock {
	blocks := make([]search.KeyedBlock, n)
	for i := range blocks {
		size := []int{0, r.IntN(2000), r.IntN(30_000), 1 + r.IntN(40)}[min(r.IntN(40), 3)]
		blocks[i] = search.KeyedBlock{Key: key(3*i + 1), Block: bytes.Repeat([]byte{byte(i)}, size)}
	}
	return blocks
}

// paged packs blocks as a caller stores them.
// read yields a page's blocks, as a loop takes them.
func read(page []byte) iter.Seq2[search.KeyedBlock, error] {
	return func(yield func(search.KeyedBlock, error) bool) {
		r := search.ReadPage(page)
		for {
			b, ok, err := r.Next()
			if !ok && err == nil || !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func paged(t testing.TB, blocks iter.Seq2[search.KeyedBlock, error]) (pages [][]byte, index search.PageIndex) {
	t.Helper()
	for p, err := range search.Pages(blocks) {
		if err != nil {
			t.Fatal(err)
		}
		pages, index = append(pages, p.Data), index.Add(p)
	}
	return pages, index
}

// What goes into pages is found in the one page that the index names, and comes out again in order.
func TestPagesRoundTrip(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		blocks := randomBlocks(rand.New(rand.NewPCG(seed, 9)), int(seed)*20)
		pages, index := paged(t, each(blocks))
		var got []search.KeyedBlock
		for _, p := range pages {
			for b, err := range read(p) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, b)
			}
		}
		same := func(a, b search.KeyedBlock) bool { return a.Key == b.Key && bytes.Equal(a.Block, b.Block) }
		if !slices.EqualFunc(got, blocks, same) {
			t.Fatalf("seed %d: %d blocks of %d", seed, len(got), len(blocks))
		}
		if len(blocks) > 200 && (len(pages) < 2 || len(pages) > len(blocks)/2) {
			t.Errorf("seed %d: %d blocks in %d pages", seed, len(blocks), len(pages))
		}
		for i, b := range blocks {
			if found, err := search.FindBlock(pages[index.Page(b.Key)], b.Key); err != nil || !bytes.Equal(found, b.Block) {
				t.Fatalf("seed %d, block %d: %v", seed, i, err)
			}
			if p := index.Page(key(3 * i)); p >= 0 { // between two keys
				if found, err := search.FindBlock(pages[p], key(3*i)); err != nil || found != nil {
					t.Fatalf("seed %d: found what is not there: %v, %v", seed, found, err)
				}
			}
		}
		if index.Page(key(0)) != -1 {
			t.Errorf("seed %d: a key below all has page %d", seed, index.Page(key(0)))
		}
	}
}

func TestPagesRefuse(t *testing.T) {
	t.Parallel()
	for name, blocks := range map[string][]search.KeyedBlock{
		"out of order": {{Key: key(2)}, {Key: key(1)}}, "twice": {{Key: key(2)}, {Key: key(2)}}, "short key": {{Key: "a"}},
	} {
		var last error
		for _, err := range search.Pages(each(blocks)) {
			last = err
		}
		if !errors.Is(last, search.ErrOrder) {
			t.Errorf("%s: %v", name, last)
		}
	}
	for name, page := range map[string][]byte{
		"torn key": []byte("0000"), "no length": []byte(key(1)), "block beyond the page": append([]byte(key(1)), 9, 1),
	} {
		if _, err := search.FindBlock(page, key(5)); !errors.Is(err, search.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzPage(f *testing.F) {
	pages, _ := paged(f, each(randomBlocks(rand.New(rand.NewPCG(1, 1)), 9)))
	f.Add(pages[0])
	f.Fuzz(func(t *testing.T, page []byte) {
		size := 0
		for b, err := range read(page) {
			if err != nil {
				return
			}
			size += len(b.Key) + len(b.Block)
		}
		if size > len(page) {
			t.Fatalf("%d bytes out of %d", size, len(page))
		}
	})
}

// A word's forms in several languages weigh as one word: the form that nearly no text holds is no rarer than the word.
func TestFormsOfAWordShareItsRarity(t *testing.T) {
	t.Parallel()
	var entries []search.Entry
	for v := range uint32(50) {
		entries = append(entries, search.Entry{Version: v, Body: []search.Term{"run", "filler"}})
	}
	entries = append(entries, search.Entry{Version: 50, Body: []search.Term{"running", "filler"}},
		search.Entry{Version: 51, Body: []search.Term{"run", "rare"}})
	segment := []search.Segment{store(build(t, entries)).open(t, []search.Term{"run", "running", "rare"})}
	forms := []search.Weight{{Count: 1, Word: 1}, {Count: 1, Word: 1}, {Count: 1, Word: 2}}
	got, err := new(search.Ranker).Rank(segment, forms, everyone, search.MaxHits)
	if err != nil || got[0].Version != 51 {
		t.Fatalf("%v, %v", got, err)
	}
	if i := slices.IndexFunc(got, func(h search.Hit) bool { return h.Version == 50 }); got[i].Score != got[1].Score {
		t.Errorf("the odd form scores %v, the others %v", got[i].Score, got[1].Score)
	}
	forms[0].Count = 2
	twice, err := new(search.Ranker).Rank(segment, forms, everyone, search.MaxHits)
	if i := slices.IndexFunc(twice, func(h search.Hit) bool { return h.Version == 0 }); err != nil || twice[i].Score < 1.99*got[1].Score {
		t.Errorf("asked for twice, a word scores %v instead of %v: %v", twice[i].Score, got[1].Score, err)
	}
}
