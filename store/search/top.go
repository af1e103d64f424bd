package search

import "slices"

// top keeps the best k hits, one per version, best first.
type top struct {
	hits    []Hit
	k       int
	allowed func(version uint32) bool
}

// least is the score that a hit must have to come in; below every score while there is room.
func (t *top) least() float32 {
	if len(t.hits) < t.k {
		return -1
	}
	return t.hits[t.k-1].Score
}

// offer takes a hit in if it is among the best so far and allowed.
func (t *top) offer(h Hit) {
	if len(t.hits) == t.k && !better(h, t.hits[t.k-1]) || !t.allowed(h.Version) {
		return
	}
	if i := slices.IndexFunc(t.hits, func(o Hit) bool { return o.Version == h.Version }); i >= 0 {
		if better(t.hits[i], h) {
			return
		}
		t.hits = slices.Delete(t.hits, i, i+1)
	}
	i, _ := slices.BinarySearchFunc(t.hits, h, compare)
	t.hits = slices.Insert(t.hits, i, h)
	t.hits = t.hits[:min(len(t.hits), t.k)]
}

func better(x, y Hit) bool { return compare(x, y) < 0 }

func compare(x, y Hit) int {
	switch {
	case x.Score != y.Score:
		return sign(x.Score > y.Score)
	case x.Version != y.Version:
		return sign(x.Version < y.Version)
	case x.Ordinal != y.Ordinal:
		return sign(x.Ordinal < y.Ordinal)
	}
	return 0
}

func sign(first bool) int {
	if first {
		return -1
	}
	return 1
}
