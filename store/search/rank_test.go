package search_test

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"

	"aimyorg/store/search"
)

// naive is BM25 as the books write it, over entries, with no index at all.
func naive(entries []search.Entry, terms []search.Term) []search.Hit {
	frequency := func(e search.Entry, t search.Term) (n float64) {
		for _, w := range e.Body {
			if w == t {
				n++
			}
		}
		for _, w := range e.Title {
			if w == t {
				n += 3
			}
		}
		return min(n, 255)
	}
	length := func(e search.Entry) float64 { return float64(roundLength(len(e.Body) + 3*len(e.Title))) }
	mean := 0.0
	for _, e := range entries {
		mean += length(e) / float64(len(entries))
	}
	scores := make([]float64, len(entries))
	for _, t := range terms {
		holding := 0.0
		for _, e := range entries {
			if frequency(e, t) > 0 {
				holding++
			}
		}
		idf := math.Log(1 + (float64(len(entries))-holding+0.5)/(holding+0.5))
		for i, e := range entries {
			tf := frequency(e, t)
			scores[i] += idf * tf * 2.2 / (tf + 1.2*(1-0.75+0.75*length(e)/max(mean, 1)))
		}
	}
	whole := naiveWhole(entries, terms, frequency, length)
	best := map[uint32]search.Hit{}
	for i, e := range entries {
		h := search.Hit{Version: e.Version, Ordinal: e.Ordinal, Score: float32(scores[i])}
		if scores[i] > 0 && h.Score > best[e.Version].Score {
			best[e.Version] = h
		}
	}
	var hits []search.Hit
	for _, h := range best {
		h.Score += float32(whole[h.Version])
		hits = append(hits, h)
	}
	slices.SortFunc(hits, func(a, b search.Hit) int {
		return int(math.Copysign(1, float64(b.Score-a.Score)))
	})
	return hits
}

// naiveWhole is the BM25 of each version as one text, with the passages' idf.
func naiveWhole(entries []search.Entry, terms []search.Term, frequency func(search.Entry, search.Term) float64, length func(search.Entry) float64) map[uint32]float64 {
	lengths, total, whole := map[uint32]float64{}, 0.0, map[uint32]float64{}
	for _, e := range entries {
		lengths[e.Version] += length(e)
		total += length(e)
	}
	mean := max(total/float64(len(lengths)), 1)
	for _, t := range terms {
		holding, sum := 0.0, map[uint32]float64{}
		for _, e := range entries {
			if n := frequency(e, t); n > 0 {
				holding++
				sum[e.Version] += n
			}
		}
		idf := math.Log(1 + (float64(len(entries))-holding+0.5)/(holding+0.5))
		for v, tf := range sum {
			whole[v] += idf * tf * 2.2 / (tf + 1.2*(1-0.75+0.75*lengths[v]/mean))
		}
	}
	return whole
}

// roundLength is the promise of length.go: exact below 64, then 32 steps an octave.
func roundLength(n int) int {
	step := 1
	for n >= 64*step {
		step *= 2
	}
	return n / step * step
}

// sameOrder compares rankings; scores that differ by rounding only may swap.
func sameOrder(got, want []search.Hit) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if math.Abs(float64(got[i].Score-want[i].Score)) > 1e-4*float64(want[i].Score) {
			return false
		}
		if got[i].Version != want[i].Version && !slices.ContainsFunc(want, func(h search.Hit) bool {
			return h.Version == got[i].Version && math.Abs(float64(h.Score-got[i].Score)) < 1e-4*float64(h.Score)
		}) {
			return false
		}
	}
	return true
}

func terms(r *rand.Rand) []search.Term {
	all := []search.Term{"w0", "w1", "w3", "w9", "w27", "w81", "w150", "absent"}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+r.IntN(4)]
}

func TestRankEqualsNaiveBM25(t *testing.T) {
	t.Parallel()
	ranker := &search.Ranker{}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 4))
		query := terms(r)
		var all []search.Entry
		var segments []search.Segment
		for i := range 1 + r.IntN(4) {
			entries := randomEntries(r, i*100, 1+r.IntN(80)) // a version lies in one segment
			all = append(all, entries...)
			segments = append(segments, store(build(t, entries)).open(t, query))
		}
		got, err := ranker.Rank(segments, nil, everyone, search.MaxHits)
		want := naive(all, query)
		if err != nil || !sameOrder(got, want[:min(len(want), search.MaxHits)]) {
			t.Fatalf("seed %d, %q: %v\n got %v\nwant %v", seed, query, err, got[:min(5, len(got))], want[:min(5, len(want))])
		}
		few, _ := ranker.Rank(segments, nil, everyone, 3)
		if !slices.Equal(few, got[:min(3, len(got))]) {
			t.Fatalf("seed %d: the best 3 are %v of %v", seed, few, got)
		}
	}
}

// What is forbidden never appears, and what is allowed is ranked as if the
// forbidden had been taken out of the full ranking afterwards.
func TestP43_RankKeepsPermissions(t *testing.T) {
	t.Parallel()
	ranker := &search.Ranker{}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		query := terms(r)
		segments := []search.Segment{
			store(build(t, randomEntries(r, 0, 60))).open(t, query), store(build(t, randomEntries(r, 30, 60))).open(t, query),
		}
		allowed := func(v uint32) bool { return (v*2654435761>>16)%3 == uint32(seed)%3 }
		full, err := ranker.Rank(segments, nil, everyone, search.MaxHits)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(full, func(h search.Hit) bool { return !allowed(h.Version) })
		for _, k := range []int{1, 5, search.MaxHits} {
			got, err := ranker.Rank(segments, nil, allowed, k)
			if err != nil || !slices.Equal(got, want[:min(k, len(want))]) {
				t.Fatalf("seed %d, k %d: %v\n got %v\nwant %v", seed, k, err, got, want)
			}
		}
	}
}

func TestRankAfterMergeIsTheSame(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 6))
	parts := []stored{store(build(t, randomEntries(r, 0, 50))), store(build(t, randomEntries(r, 50, 50))), store(build(t, randomEntries(r, 100, 5)))}
	merged, err := mergeAll(t, parts, everyone)
	if err != nil {
		t.Fatal(err)
	}
	query := []search.Term{"w9", "w2", "w40"}
	var apart []search.Segment
	for _, p := range parts {
		apart = append(apart, p.open(t, query))
	}
	ranker := &search.Ranker{}
	want, _ := ranker.Rank(apart, nil, everyone, 50)
	got, err := ranker.Rank([]search.Segment{merged.open(t, query)}, nil, everyone, 50)
	if err != nil || len(got) == 0 || !slices.Equal(got, want) {
		t.Errorf("%v\n got %v\nwant %v", err, got, want)
	}
}

func TestRankTiesAndEdges(t *testing.T) {
	t.Parallel()
	query := []search.Term{"w"}
	var entries []search.Entry
	for _, v := range []uint32{9, 3, 7, 3, 1} {
		entries = append(entries, search.Entry{Version: v, Ordinal: uint32(len(entries)), Body: query})
	}
	segment := store(build(t, entries)).open(t, query)
	ranker := &search.Ranker{}
	got, err := ranker.Rank([]search.Segment{segment}, nil, everyone, 3)
	if err != nil || len(got) != 3 || got[0].Version != 1 || got[1].Version != 3 || got[1].Ordinal != 1 || got[2].Version != 7 {
		t.Errorf("ties: %v, %v", got, err)
	}
	empty := search.Segment{Directory: segment.Directory, Blocks: []*search.Block{nil}}
	for name, c := range map[string]struct {
		segments []search.Segment
		k        int
	}{"no segment": {nil, 5}, "no term": {[]search.Segment{empty}, 5}, "k 0": {[]search.Segment{segment}, 0}, "k -1": {[]search.Segment{segment}, -1}} {
		if got, err := ranker.Rank(c.segments, nil, everyone, c.k); err != nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// A block of another segment is an error, and leaves nothing behind for the next search.
func TestRankAfterForeignBlock(t *testing.T) {
	t.Parallel()
	query := []search.Term{"w1", "w2"}
	good := store(build(t, randomEntries(rand.New(rand.NewPCG(1, 1)), 0, 30))).open(t, query)
	bad := good
	bad.Blocks = []*search.Block{good.Blocks[0], opened(t, []byte{1, 0x80, 0x80, 0x04})} // of a passage that is not there
	ranker := &search.Ranker{}
	want, _ := ranker.Rank([]search.Segment{good}, nil, everyone, 20)
	for range 10 {
		if _, err := ranker.Rank([]search.Segment{bad}, nil, everyone, 20); !errors.Is(err, search.ErrCorrupt) {
			t.Fatalf("got %v", err)
		}
		if got, err := ranker.Rank([]search.Segment{good}, nil, everyone, 20); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
	}
}

// exhaustive is the whole ranking, in which nothing can have been left out: of the versions of each group, of which there are
// fewer than there is room for.
func exhaustive(t *testing.T, segments []search.Segment, weights []search.Weight, groups uint32, allowed func(uint32) bool) []search.Hit {
	t.Helper()
	var all []search.Hit
	for g := range groups {
		hits, err := new(search.Ranker).Rank(segments, weights, func(v uint32) bool { return v%groups == g && allowed(v) }, search.MaxHits)
		if err != nil || len(hits) == search.MaxHits {
			t.Fatalf("%d hits in a group, %v", len(hits), err)
		}
		all = append(all, hits...)
	}
	slices.SortFunc(all, func(x, y search.Hit) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Version, y.Version))
	})
	return all
}

// lopsided makes entries of words of very different shares, as texts have them, in versions of very different lengths.
func lopsided(r *rand.Rand, from, versions int) []search.Entry {
	shares := []float64{0.9, 0.6, 0.3, 0.08, 0.02, 0.003}
	var entries []search.Entry
	for v := range versions {
		bias, passages := r.Float64()*2, 1+r.IntN(6)
		if r.IntN(50) == 0 {
			passages = 300
		}
		for o := range passages {
			body := slices.Repeat([]search.Term{"filler"}, r.IntN(60))
			for i, share := range shares {
				for n := 0; n < 5 && r.Float64() < share*bias; n++ {
					body = append(body, search.Term("s"+strconv.Itoa(i)))
				}
			}
			entries = append(entries, search.Entry{Version: uint32(from + v), Ordinal: uint32(o), Body: body})
		}
	}
	return entries
}

// What Rank leaves out changes nothing of what it finds, to the last bit: whoever asks, however many they want.
func TestP43_RankFindsWhatAnExhaustiveRankingFinds(t *testing.T) {
	t.Parallel()
	ranker := &search.Ranker{}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 8))
		query := []search.Term{"s0", "s1", "s2", "s3", "s4", "s5", "absent"}
		r.Shuffle(len(query), func(i, j int) { query[i], query[j] = query[j], query[i] })
		query = query[:2+r.IntN(5)]
		weights := make([]search.Weight, len(query))
		for i := range weights {
			weights[i] = search.Weight{Count: float32(1 + r.IntN(2)), Word: i - r.IntN(2)}
		}
		var segments []search.Segment
		for i, versions := range []int{900, 200, 60, 1} {
			segments = append(segments, store(build(t, lopsided(r, 2000*i, versions))).open(t, query))
		}
		r.Shuffle(len(segments), func(i, j int) { segments[i], segments[j] = segments[j], segments[i] })
		some := uint32(r.IntN(20))
		for name, allowed := range map[string]func(uint32) bool{"everyone": everyone, "somebody": func(v uint32) bool { return v%20 == some }} {
			want := exhaustive(t, segments, weights, 8, allowed)
			for _, k := range []int{1, 3, 10, 50, search.MaxHits} {
				got, err := ranker.Rank(segments, weights, allowed, k)
				if err != nil || !slices.Equal(got, want[:min(k, len(want))]) {
					t.Fatalf("seed %d, %s, %d of %q: %v\n got %v\nwant %v", seed, name, k, query, err, got, want[:min(k, len(want))])
				}
			}
		}
	}
}

func TestRankFromManyGoroutines(t *testing.T) {
	t.Parallel()
	query := []search.Term{"w1", "w2"}
	segments := []search.Segment{store(build(t, randomEntries(rand.New(rand.NewPCG(1, 1)), 0, 300))).open(t, query)}
	ranker := &search.Ranker{}
	want, _ := ranker.Rank(segments, nil, everyone, 20)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if got, err := ranker.Rank(segments, nil, everyone, 20); err != nil || !slices.Equal(got, want) {
					t.Errorf("%v, %v", got, err)
				}
			}
		})
	}
	all.Wait()
}
