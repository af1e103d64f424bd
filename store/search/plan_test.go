package search_test

import (
	"testing"

	"aimyorg/store/search"
)

// Whenever there is something to merge, one of the segments that were added since the last tidying was due, and few were:
// whoever adds segments one by one may ask for tidying only then.
func TestWhatIsToBeMergedWasDue(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 3, 20, 1000} {
		var segments []search.SegmentInfo
		due, asked := false, 0
		for n := range 200 {
			added := search.SegmentInfo{Passages: size, Live: size}
			segments = append(segments, added)
			if search.Due(beside(segments, size)) {
				due = true
				asked++
			}
			plan := search.Plan(segments)
			if len(plan) > 0 && !due {
				t.Fatalf("%d passages: after %d segments there is a plan that nobody asked for", size, n+1)
			}
			if n%7 == 0 { // tidying comes late
				segments, due = tidied(segments, plan), false
			}
		}
		if asked == 0 || asked > 60 {
			t.Errorf("%d passages: asked %d times for 200 segments", size, asked)
		}
	}
}

// beside is how many segments are on the level of one of so many passages.
func beside(segments []search.SegmentInfo, passages int) (n int) {
	least, beyond := search.Beside(passages)
	for _, s := range segments {
		if s.Live >= least && s.Live < beyond {
			n++
		}
	}
	return n
}

// tidied are the segments after a plan is carried out.
func tidied(segments []search.SegmentInfo, plan [][]int) []search.SegmentInfo {
	gone := map[int]bool{}
	var out []search.SegmentInfo
	for _, group := range plan {
		merged := search.SegmentInfo{}
		for _, i := range group {
			gone[i] = true
			merged.Passages += segments[i].Passages
			merged.Live += segments[i].Live
		}
		out = append(out, merged)
	}
	for i, s := range segments {
		if !gone[i] {
			out = append(out, s)
		}
	}
	return out
}
