package search

// fanout is how many segments of one size are merged into one of the next.
const fanout = 4

// SegmentInfo is what Plan needs to know of a segment.
type SegmentInfo struct {
	Passages int  // Directory.Passages
	Live     int  // Directory.Live
	Purge    bool // its dead passages must go now, however few they are
}

// Plan says which segments to merge: groups of indexes into segments, each to
// become one (a group of one is to be rewritten without its dead passages).
// A segment of n live passages is at level log4(n); four of one level become
// one of a higher level. So after the plan is carried out at most three are
// left on each level, 3·log4(n) in all, and a passage is rewritten log4(n)
// times. A segment that is more than half dead is rewritten at once.
func Plan(segments []SegmentInfo) [][]int {
	var levels [][]group
	place := func(g group) {
		l := level(g.live)
		for len(levels) <= l {
			levels = append(levels, nil)
		}
		levels[l] = append(levels[l], g)
	}
	for i, s := range segments {
		dead := s.Passages - s.Live
		place(group{live: s.Live, members: []int{i}, due: dead > 0 && (s.Purge || 2*dead > s.Passages)})
	}
	var plan [][]int
	for l := 0; l < len(levels); l++ {
		if g, ok := joined(levels[l]); ok {
			levels[l] = nil
			place(g)
			continue
		}
		for _, g := range levels[l] {
			if g.due {
				plan = append(plan, g.members)
			}
		}
	}
	return plan
}

// Due says whether a segment that was added makes it worth planning, when so many are beside it, itself included: when a
// merge begins, and again with each further group. Asked after each one, there is never a group that was not due.
func Due(beside int) bool { return beside > 0 && beside%fanout == 0 }

// Beside is how many passages the segments have that are beside one of so many: no fewer than least, and fewer than beyond.
func Beside(passages int) (least, beyond int) {
	least, beyond = 0, fanout
	for beyond <= passages {
		least, beyond = beyond, fanout*beyond
	}
	return least, beyond
}

// group is segments that are to be one.
type group struct {
	live    int
	members []int
	due     bool // has to be written
}

// joined makes one group of a level's, if there are enough and the segment
// that they make is not too large.
func joined(groups []group) (group, bool) {
	if len(groups) < fanout {
		return group{}, false
	}
	all := group{due: true}
	for _, g := range groups {
		all.live += g.live
		all.members = append(all.members, g.members...)
	}
	return all, all.live <= MaxPassages && level(all.live) > level(groups[0].live)
}

func level(live int) int {
	l := 0
	for ; live >= fanout; live /= fanout {
		l++
	}
	return l
}
