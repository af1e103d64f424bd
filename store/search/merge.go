package search

import (
	"encoding/binary"
	"iter"
	"math"
	"sort"
)

// KeyedBlock is a block under the key that the caller stores it by.
type KeyedBlock struct {
	Key   string // the term's keyed hash: opaque bytes, compared as bytes
	Block []byte // opened; must stay as it is until the next one is asked for
}

// Source is a segment to be merged. Next gives its blocks in ascending order of
// key, each key once, and false after the last; an error ends the merge.
type Source struct {
	Directory *Directory
	Next      func() (KeyedBlock, bool, error)
}

// Merged is the segment that a merge makes. When no passage is alive Directory
// is nil and there are no blocks: the sources are then to be deleted.
type Merged struct {
	Directory []byte
	Passages  int
	// Blocks yields the new blocks in ascending order of key, reading the
	// sources as it goes: one block of each is in memory at a time. It ends
	// after the first error, and can be walked once.
	Blocks iter.Seq2[KeyedBlock, error]
}

// Merge makes one segment of several, without the passages whose version is
// dead (alive is asked for each version at least once, before Merge returns).
// Passages keep their order, so the result equals a segment built from them.
// ErrFull says that more than MaxPassages are alive.
func Merge(sources []Source, alive func(version uint32) bool) (Merged, error) {
	m := merger{sources: sources, moves: make([]moves, len(sources))}
	var d Directory
	for i, s := range sources {
		if d.Passages()+s.Directory.Passages() > MaxPassages && d.Passages()+s.Directory.Live(alive) > MaxPassages {
			return Merged{}, ErrFull
		}
		m.moves[i] = movesOf(d.take(s.Directory, alive))
	}
	if d.Passages() == 0 {
		return Merged{Blocks: func(func(KeyedBlock, error) bool) {}}, nil
	}
	return Merged{Directory: d.encode(), Passages: d.Passages(), Blocks: m.blocks}, nil
}

// move says where a run of a source's passages goes.
type move struct {
	end, shift uint32 // passages below end (and not below the previous end) move by shift, which may wrap
	dead       bool
}

// take appends the live passages of from and says where they went.
func (d *Directory) take(from *Directory, alive func(uint32) bool) []move {
	moves := make([]move, 0, len(from.runs))
	for i, r := range from.runs {
		m := move{end: from.runEnd(i), shift: uint32(d.Passages()) - r.first, dead: !alive(r.version)}
		moves = append(moves, m)
		if m.dead {
			continue
		}
		d.languages |= from.languages
		for n := r.first; n < m.end; n++ {
			d.add(r.version, r.ordinal+n-r.first, from.lengths[n])
		}
	}
	return moves
}

// moves are those of a source's runs.
type moves struct {
	runs     []move
	together bool // all move by one distance, and none is dead
}

func movesOf(runs []move) moves {
	m := moves{runs: runs, together: len(runs) > 0}
	for _, r := range runs {
		m.together = m.together && !r.dead && r.shift == runs[0].shift
	}
	return m
}

type merger struct {
	sources []Source
	moves   []moves
}

// blocks is Merged.Blocks: it joins the blocks of the lowest key until none is left.
func (m *merger) blocks(yield func(KeyedBlock, error) bool) {
	heads, err := begin(m.sources)
	if err != nil {
		yield(KeyedBlock{}, err)
		return
	}
	for len(heads) > 0 {
		key := heads[0].Key
		block, err := m.join(&heads, key)
		if err != nil {
			yield(KeyedBlock{}, err)
			return
		}
		if block != nil && !yield(KeyedBlock{Key: key, Block: block}, nil) {
			return
		}
	}
}

// join makes one block of all that are at key and moves those sources on. It
// returns nil when no posting is alive.
func (m *merger) join(heads *heads, key string) ([]byte, error) {
	var list postingList
	for len(*heads) > 0 && (*heads)[0].Key == key {
		first := (*heads)[0]
		if err := list.take(first.Block, m.moves[first.source]); err != nil {
			return nil, err
		}
		if err := heads.advance(); err != nil {
			return nil, err
		}
	}
	list.flush()
	if list.count == 0 {
		return nil, nil
	}
	return list.block(), nil
}

// copy appends a block whose passages, below end, all move by shift: only its first gap changes. It reads the others by hand, as
// most of what a merge does.
func (l *postingList) copy(block []byte, shift, end uint32) error {
	l.flush()
	p, err := open(block)
	if err != nil {
		return err
	}
	first, n := uvarint(p.rest, 0)
	at, next, tail := 0, uint64(0), n
	for left := p.left; left > 0; left-- {
		v, n := uvarint(p.rest, at)
		at += n
		if n > 0 && v&1 == 1 {
			var frequency uint64
			if frequency, n = uvarint(p.rest, at); frequency > maxFrequency-2 {
				return ErrCorrupt
			}
			at += n
		}
		if next += v>>1 + 1; n == 0 || v > math.MaxUint32 || next > uint64(end) {
			return ErrCorrupt
		}
	}
	if at != len(p.rest) {
		return ErrCorrupt
	}
	passage := uint32(first>>1) + shift
	l.bytes = binary.AppendUvarint(l.bytes, uint64(passage-l.next)<<1|first&1)
	l.bytes = append(l.bytes, p.rest[tail:]...)
	l.count += p.left
	l.next = uint32(next) + shift
	return nil
}

// take appends a block's live postings at their new places.
func (l *postingList) take(block []byte, m moves) error {
	if m.together {
		return l.copy(block, m.runs[0].shift, m.runs[len(m.runs)-1].end)
	}
	p, err := open(block)
	if err != nil {
		return err
	}
	for runs := m.runs; p.left > 0; {
		next, err := p.read()
		if err != nil {
			return err
		}
		if len(runs) > 0 && next.Passage >= runs[0].end {
			runs = runs[sort.Search(len(runs), func(i int) bool { return next.Passage < runs[i].end }):]
		}
		if len(runs) == 0 {
			return ErrCorrupt
		}
		if !runs[0].dead {
			l.add(next.Passage+runs[0].shift, next.Frequency)
		}
	}
	return nil
}
