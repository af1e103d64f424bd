package search

import "encoding/binary"

// head is the block that a source is at.
type head struct {
	KeyedBlock
	prefix uint64 // of the key: to compare it is to compare most keys
	source int
	next   func() (KeyedBlock, bool, error)
}

// take moves to the next block.
func (h *head) take() (ok bool, err error) {
	next, ok, err := h.next()
	if err != nil || !ok {
		return false, err
	}
	if next.Key <= h.Key && h.Block != nil {
		return false, ErrOrder
	}
	h.KeyedBlock = next
	var begin [8]byte
	copy(begin[:], next.Key)
	h.prefix = binary.BigEndian.Uint64(begin[:])
	return true, nil
}

func (h *head) before(o *head) bool {
	switch {
	case h.prefix != o.prefix:
		return h.prefix < o.prefix
	case h.Key != o.Key:
		return h.Key < o.Key
	}
	return h.source < o.source
}

// heads are those of the sources that are not done: a heap, the lowest key first, of one key the earliest source.
type heads []*head

func begin(sources []Source) (heads, error) {
	var x heads
	for i, s := range sources {
		h := &head{source: i, next: s.Next}
		ok, err := h.take()
		if err != nil {
			return nil, err
		}
		if ok {
			x = append(x, h)
		}
	}
	for i := len(x)/2 - 1; i >= 0; i-- {
		x.sink(i)
	}
	return x, nil
}

// advance moves the first one on.
func (x *heads) advance() error {
	all := *x
	ok, err := all[0].take()
	if err != nil {
		return err
	}
	if !ok {
		last := len(all) - 1
		all[0] = all[last]
		all = all[:last]
		*x = all
	}
	all.sink(0)
	return nil
}

// sink puts one in its place below.
func (x heads) sink(i int) {
	for {
		low := 2*i + 1
		if low >= len(x) {
			return
		}
		if low+1 < len(x) && x[low+1].before(x[low]) {
			low++
		}
		if !x[low].before(x[i]) {
			return
		}
		x[i], x[low] = x[low], x[i]
		i = low
	}
}
