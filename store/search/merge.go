package search

import "iter"

// KeyedBlock is a block under the key that the caller stores it by.
type KeyedBlock struct {
	Key   string // the term's keyed hash: opaque bytes, compared as bytes
	Block []byte // opened; must stay as it is until the next one is asked for
}

// Source is a segment to be merged. Blocks come in ascending order of key,
// each key once; an error ends the merge.
type Source struct {
	Directory *Directory
	Blocks    iter.Seq2[KeyedBlock, error]
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
	m := merger{sources: sources, moves: make([][]move, len(sources))}
	var d Directory
	for i, s := range sources {
		if d.Passages()+s.Directory.Passages() > MaxPassages && d.Passages()+s.Directory.Live(alive) > MaxPassages {
			return Merged{}, ErrFull
		}
		m.moves[i] = d.take(s.Directory, alive)
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

type merger struct {
	sources []Source
	moves   [][]move
}

// head is the block a source is at.
type head struct {
	KeyedBlock
	pull func() (KeyedBlock, error, bool)
	done bool
}

func (h *head) advance() error {
	next, err, ok := h.pull()
	switch {
	case !ok:
		h.done = true
		return nil
	case err != nil:
		return err
	case next.Key <= h.Key && h.Block != nil:
		return ErrOrder
	}
	h.KeyedBlock = next
	return nil
}

// blocks is Merged.Blocks: it joins the blocks of the lowest key until none is left.
func (m *merger) blocks(yield func(KeyedBlock, error) bool) {
	heads := make([]head, len(m.sources))
	for i, s := range m.sources {
		pull, stop := iter.Pull2(s.Blocks)
		defer stop()
		heads[i].pull = pull
		if err := heads[i].advance(); err != nil {
			yield(KeyedBlock{}, err)
			return
		}
	}
	for {
		key, ok := lowest(heads)
		if !ok {
			return
		}
		block, err := m.join(heads, key)
		if err != nil {
			yield(KeyedBlock{}, err)
			return
		}
		if block != nil && !yield(KeyedBlock{Key: key, Block: block}, nil) {
			return
		}
	}
}

func lowest(heads []head) (key string, ok bool) {
	for i := range heads {
		if h := &heads[i]; !h.done && (!ok || h.Key < key) {
			key, ok = h.Key, true
		}
	}
	return key, ok
}

// join makes one block of all that are at key and moves those sources on. It
// returns nil when no posting is alive.
func (m *merger) join(heads []head, key string) ([]byte, error) {
	var list postingList
	for i := range heads {
		if heads[i].done || heads[i].Key != key {
			continue
		}
		if err := list.take(heads[i].Block, m.moves[i]); err != nil {
			return nil, err
		}
		if err := heads[i].advance(); err != nil {
			return nil, err
		}
	}
	list.flush()
	if list.count == 0 {
		return nil, nil
	}
	return list.block(), nil
}

// take appends a block's live postings at their new places.
func (l *postingList) take(block []byte, moves []move) error {
	p, err := open(block)
	if err != nil {
		return err
	}
	for p.left > 0 {
		next, err := p.read()
		if err != nil {
			return err
		}
		for len(moves) > 0 && next.Passage >= moves[0].end {
			moves = moves[1:]
		}
		if len(moves) == 0 {
			return ErrCorrupt
		}
		if !moves[0].dead {
			l.add(next.Passage+moves[0].shift, next.Frequency)
		}
	}
	return nil
}
