package search_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"aimyorg/store/search"
)

// mergeAll merges, and collects the result as a caller would store it.
func mergeAll(t *testing.T, parts []stored, alive func(uint32) bool) (stored, error) {
	t.Helper()
	var sources []search.Source
	for _, p := range parts {
		sources = append(sources, p.source(t))
	}
	m, err := search.Merge(sources, alive)
	if err != nil {
		return stored{}, err
	}
	out := stored{directory: m.Directory}
	for b, err := range m.Blocks {
		if err != nil {
			return out, err
		}
		out.blocks = append(out.blocks, b)
	}
	return out, nil
}

// A merge is, byte for byte, the segment built from the passages that live.
func TestMergeEqualsBuild(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		share := r.IntN(4)
		alive := func(v uint32) bool { return int(v*2654435761>>16)%4 >= share }
		var parts []stored
		var live []search.Entry
		for i := range 1 + r.IntN(5) {
			entries := randomEntries(r, i*100, r.IntN(30))
			parts = append(parts, store(build(t, entries)))
			live = append(live, slices.DeleteFunc(entries, func(e search.Entry) bool { return !alive(e.Version) })...)
		}
		got, err := mergeAll(t, parts, alive)
		if err != nil {
			t.Fatal(err)
		}
		want := store(build(t, live))
		if len(live) == 0 {
			want.directory = nil
		}
		same := func(a, b search.KeyedBlock) bool { return a.Key == b.Key && bytes.Equal(a.Block, b.Block) }
		if !slices.EqualFunc(got.blocks, want.blocks, same) {
			t.Fatalf("seed %d: %d blocks, want %d", seed, len(got.blocks), len(want.blocks))
		}
		if len(live) > 0 && share > 0 { // the second byte is the languages: the dead may have added some
			got.directory[1] = want.directory[1]
		}
		if !bytes.Equal(got.directory, want.directory) {
			t.Fatalf("seed %d: directories differ", seed)
		}
	}
}

func TestMergeDropsAllThatIsDead(t *testing.T) {
	t.Parallel()
	part := store(build(t, randomEntries(rand.New(rand.NewPCG(1, 1)), 0, 9)))
	got, err := mergeAll(t, []stored{part, part}, func(uint32) bool { return false })
	if err != nil || got.directory != nil || len(got.blocks) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	good := func() stored { return store(build(t, randomEntries(rand.New(rand.NewPCG(1, 1)), 0, 9))) }
	swapped, twice, foreign, torn := good(), good(), good(), good()
	swapped.blocks[0], swapped.blocks[1] = swapped.blocks[1], swapped.blocks[0]
	twice.blocks[1].Key = twice.blocks[0].Key
	foreign.blocks[2].Block = []byte{1, 0x80, 0x80, 0x04} // a passage that the directory doesn't have
	torn.blocks[2].Block = torn.blocks[2].Block[:1]
	for name, c := range map[string]struct {
		part stored
		want error
	}{
		"out of order": {swapped, search.ErrOrder}, "key twice": {twice, search.ErrOrder},
		"another segment's block": {foreign, search.ErrCorrupt}, "torn block": {torn, search.ErrCorrupt},
	} {
		if _, err := mergeAll(t, []stored{good(), c.part}, everyone); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	lost := errors.New("connection lost")
	source := good().source(t)
	source.Next = func() (b search.KeyedBlock, ok bool, err error) { return b, false, lost }
	m, err := search.Merge([]search.Source{source}, everyone)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range m.Blocks {
		if !errors.Is(err, lost) {
			t.Errorf("got %v", err)
		}
	}
}

// Segments arrive one by one, of mixed sizes; few are left, and each passage
// was written few times.
func TestPlanKeepsSegmentsFew(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 40} {
		r := rand.New(rand.NewPCG(3, 3))
		var segments []search.SegmentInfo
		passages, written := 0, 0
		for range 6000 {
			n := 1 + r.IntN(most)
			passages += n
			segments = append(segments, search.SegmentInfo{Passages: n, Live: n})
			segments, written = carryOut(segments, written)
			if len(segments) > 3*log4(passages) {
				t.Fatalf("%d segments for %d passages", len(segments), passages)
			}
		}
		if written > passages*log4(passages) {
			t.Errorf("%d passages were written %d times", passages, written)
		}
		total := 0
		for _, s := range segments {
			total += s.Live
		}
		if total != passages {
			t.Errorf("%d of %d passages left", total, passages)
		}
	}
}

func log4(n int) int {
	l := 1
	for ; n >= 4; n /= 4 {
		l++
	}
	return l
}

// carryOut does what a plan says.
func carryOut(segments []search.SegmentInfo, written int) ([]search.SegmentInfo, int) {
	gone := map[int]bool{}
	var made []search.SegmentInfo
	for _, group := range search.Plan(segments) {
		live := 0
		for _, i := range group {
			live += segments[i].Live
			gone[i] = true
		}
		written += live
		made = append(made, search.SegmentInfo{Passages: live, Live: live})
	}
	for i, s := range segments {
		if !gone[i] {
			made = append(made, s)
		}
	}
	return made, written
}

func TestPlanRewritesTheDead(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		segments []search.SegmentInfo
		want     [][]int
	}{
		{"nothing", nil, nil},
		{"three of a size", []search.SegmentInfo{{Passages: 5, Live: 5}, {Passages: 6, Live: 6}, {Passages: 7, Live: 7}}, nil},
		{"half dead", []search.SegmentInfo{{Passages: 10, Live: 5}}, nil},
		{"mostly dead", []search.SegmentInfo{{Passages: 9, Live: 9}, {Passages: 10, Live: 4}}, [][]int{{1}}},
		{"all dead", []search.SegmentInfo{{Passages: 10}, {Passages: 1}, {Passages: 1}, {Passages: 1}}, [][]int{{0}, {1}, {2}, {3}}},
		{"must go", []search.SegmentInfo{{Passages: 1000, Live: 999, Purge: true}}, [][]int{{0}}},
		{"nothing to purge", []search.SegmentInfo{{Passages: 1000, Live: 1000, Purge: true}}, nil},
		{"as large as can be", slices.Repeat([]search.SegmentInfo{{Passages: search.MaxPassages - 1, Live: search.MaxPassages - 1}}, 4), nil},
	}
	for _, c := range cases {
		got := search.Plan(c.segments)
		if !slices.EqualFunc(got, c.want, func(a, b []int) bool { return slices.Equal(a, b) }) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
