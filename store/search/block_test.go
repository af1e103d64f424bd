package search_test

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"aimyorg/store/search"
)

// What goes into a segment comes out of its blocks, counted the slow way.
func TestBuilderRoundTrip(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		entries := randomEntries(rand.New(rand.NewPCG(seed, 1)), 7, 40)
		want := map[search.Term][]search.Posting{}
		for i, e := range entries {
			count := map[search.Term]uint32{}
			for _, w := range e.Body {
				count[w]++
			}
			for _, w := range e.Title {
				count[w] += 3
			}
			for w, n := range count {
				want[w] = append(want[w], search.Posting{Passage: uint32(i), Frequency: n})
			}
		}
		b, last := build(t, entries), search.Term("")
		for term, block := range b.Blocks() {
			got, err := search.DecodeBlock(block)
			if err != nil || !slices.Equal(got, want[term]) || term <= last {
				t.Fatalf("seed %d: %s after %s: %v, %v; want %v", seed, term, last, got, err, want[term])
			}
			delete(want, term)
			last = term
		}
		if len(want) > 0 {
			t.Fatalf("seed %d: no blocks for %v", seed, want)
		}
		d := decode(t, b.Directory())
		odd := func(v uint32) bool { return v%2 == 1 }
		live := 0
		for _, e := range entries {
			if odd(e.Version) {
				live++
			}
		}
		if d.Passages() != len(entries) || d.Live(odd) != live || !d.Languages().Has(search.French) || d.Languages().Has(search.Dutch) {
			t.Fatalf("seed %d: %d passages, %d live, languages %b", seed, d.Passages(), d.Live(odd), d.Languages())
		}
	}
}

func TestFrequencyIsCapped(t *testing.T) {
	t.Parallel()
	b := build(t, []search.Entry{{Body: slices.Repeat([]search.Term{"w"}, 1000)}, {Body: []search.Term{"w"}}})
	for _, block := range b.Blocks() {
		got, err := search.DecodeBlock(block)
		want := []search.Posting{{Passage: 0, Frequency: 255}, {Passage: 1, Frequency: 1}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v", got, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	blocks := map[string][]byte{
		"empty": {}, "no posting": {0}, "count beyond the bytes": {5, 0}, "huge count": {0xff, 0xff, 0xff, 0xff, 0x0f, 0},
		"bytes left": {1, 0, 0}, "no frequency": {1, 1}, "frequency beyond the cap": {1, 1, 0xfe, 0x01},
		"passage beyond the cap": {1, 0x80, 0x80, 0x80, 0x80, 0x0f}, "endless varint": slices.Repeat([]byte{0xff}, 20),
	}
	for name, b := range blocks {
		if got, err := search.DecodeBlock(b); !errors.Is(err, search.ErrCorrupt) {
			t.Errorf("block with %s: %v, %v", name, got, err)
		}
		if _, err := search.OpenBlock(b); !errors.Is(err, search.ErrCorrupt) {
			t.Errorf("block with %s is opened: %v", name, err)
		}
	}
	directories := map[string][]byte{
		"empty": {}, "other format": {2, 0, 1, 1, 0, 0, 1, 9}, "passages without lengths": {1, 0, 2, 1, 0, 0, 2, 9},
		"runs short of passages": {1, 0, 2, 1, 0, 0, 1, 9, 9}, "empty run": {1, 0, 1, 1, 0, 0, 0, 9}, "bytes left": {1, 0, 1, 1, 0, 0, 1, 9, 9},
		"negative version": {1, 0, 1, 1, 1, 0, 1, 9}, "huge": {1, 0, 0xff, 0xff, 0xff, 0x07, 1, 0, 0, 1, 9},
		"run beyond": {1, 0, 1, 1, 0, 0, 2, 9},
	}
	for name, b := range directories {
		if got, err := search.DecodeDirectory(b); !errors.Is(err, search.ErrCorrupt) {
			t.Errorf("directory with %s: %v, %v", name, got, err)
		}
	}
	if _, err := search.DecodeDirectory([]byte{1, 0, 1, 1, 0, 0, 1, 9}); err != nil {
		t.Errorf("a good directory: %v", err)
	}
}

// Not parallel: it measures what is allocated.
func TestDecodeAllocatesLittle(t *testing.T) {
	lies := slices.Concat([]byte{1, 0, 0x80, 0x80, 0x40, 0x80, 0x80, 0x40}, make([]byte, 1<<20)) // a run for each passage, of one byte
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := search.DecodeDirectory(lies)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; err == nil || used > uint64(5*len(lies)) {
		t.Errorf("%d bytes allocated for %d: %v", used, len(lies), err)
	}
}

func FuzzDecodeBlock(f *testing.F) {
	for _, block := range build(f, randomEntries(rand.New(rand.NewPCG(1, 1)), 0, 9)).Blocks() {
		f.Add(block)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := search.DecodeBlock(b)
		if err == nil && (len(list) == 0 || len(list) > len(b)) {
			t.Fatalf("%d postings of %d bytes", len(list), len(b))
		}
		for i, p := range list {
			if i > 0 && p.Passage <= list[i-1].Passage || p.Frequency < 1 || p.Frequency > 255 || p.Passage >= search.MaxPassages {
				t.Fatalf("posting %d: %v", i, list)
			}
		}
		// What is opened to be ranked must be the same, and then fits or is refused.
		d := decode(t, build(t, make([]search.Entry, 100)).Directory())
		fits := err == nil && list[len(list)-1].Passage < 100
		opened, openErr := search.OpenBlock(b)
		if (err == nil) != (openErr == nil) {
			t.Fatalf("DecodeBlock says %v, OpenBlock says %v", err, openErr)
		}
		if openErr == nil {
			_, rankErr := new(search.Ranker).Rank([]search.Segment{{Directory: d, Blocks: []*search.Block{opened}}}, nil, everyone, 5)
			if fits != (rankErr == nil) {
				t.Fatalf("DecodeBlock says %v, Rank says %v", err, rankErr)
			}
		}
		// So must a merge, and with nobody dead it changes nothing.
		merged, mergeErr := mergedAlone(t, d, b)
		if b != nil && (fits != (mergeErr == nil) || fits && !slices.Equal(merged, list)) {
			t.Fatalf("%v, %v; merged: %v, %v", list, err, merged, mergeErr)
		}
		if fits {
			if again := rebuilt(t, list); !slices.Equal(again, list) {
				t.Fatalf("%v, built again: %v", list, again)
			}
		}
	})
}

// mergedAlone is what a merge of one segment with one block makes of the block.
func mergedAlone(t *testing.T, d *search.Directory, block []byte) ([]search.Posting, error) {
	t.Helper()
	given := false
	once := func() (search.KeyedBlock, bool, error) {
		first := !given
		given = true
		return search.KeyedBlock{Key: "k", Block: block}, first, nil
	}
	m, err := search.Merge([]search.Source{{Directory: d, Next: once}}, everyone)
	if err != nil {
		t.Fatal(err)
	}
	for k, err := range m.Blocks {
		if err != nil {
			return nil, err
		}
		return search.DecodeBlock(k.Block)
	}
	return nil, nil
}

// rebuilt are postings encoded from the texts that would give them, and decoded.
func rebuilt(t *testing.T, list []search.Posting) []search.Posting {
	t.Helper()
	entries := make([]search.Entry, 100)
	for _, p := range list {
		entries[p.Passage].Body = slices.Repeat([]search.Term{"w"}, int(p.Frequency))
	}
	for _, block := range build(t, entries).Blocks() {
		again, err := search.DecodeBlock(block)
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	return nil
}

func FuzzDecodeDirectory(f *testing.F) {
	f.Add(build(f, randomEntries(rand.New(rand.NewPCG(1, 1)), 0, 9)).Directory())
	f.Add([]byte{1, 0, 1, 1, 0, 0, 1, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := search.DecodeDirectory(b)
		if err != nil {
			return
		}
		if d.Size() > 5*len(b) || d.Live(everyone) != d.Passages() {
			t.Fatalf("%d bytes make %d; %d of %d live", len(b), d.Size(), d.Live(everyone), d.Passages())
		}
		none := func() (k search.KeyedBlock, ok bool, err error) { return k, false, nil }
		m, err := search.Merge([]search.Source{{Directory: d, Next: none}}, everyone)
		if err != nil || m.Passages != d.Passages() {
			t.Fatalf("merged: %d, %v", m.Passages, err)
		}
		if m.Passages == 0 {
			return
		}
		again := decode(t, m.Directory) // what is written again is read as the same
		twice, err := search.Merge([]search.Source{{Directory: again, Next: none}}, everyone)
		if err != nil || again.Languages() != d.Languages() || again.Passages() != d.Passages() || !slices.Equal(twice.Directory, m.Directory) {
			t.Fatalf("%v, then %v: %v", m.Directory, twice.Directory, err)
		}
	})
}
