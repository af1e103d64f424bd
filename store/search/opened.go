package search

import (
	"math"
	"sort"
)

// stepPostings is after how many postings a block can be entered.
const stepPostings = 64

// Block is one term's postings in a segment, opened: checked as a whole, and with places to enter it at. It does not
// change, so one may be shared between goroutines and kept in a cache.
type Block struct {
	bytes []byte // of the postings, without their count
	count int
	last  uint32 // the last passage
	steps []step // of every stepPostings-th posting, from the first on
}

// step is a posting's passage, and where it begins.
type step struct{ passage, at uint32 }

// OpenBlock opens the bytes of a block, which must stay as they are. Bytes that are not a block give ErrCorrupt; memory
// stays within an eighth of the input.
func OpenBlock(block []byte) (*Block, error) {
	p, err := open(block)
	if err != nil {
		return nil, err
	}
	o := &Block{bytes: p.rest, count: int(p.left)}
	if o.count > stepPostings {
		o.steps = make([]step, 0, (o.count+stepPostings-1)/stepPostings)
	}
	if err := o.walk(); err != nil {
		return nil, err
	}
	return o, nil
}

// walk checks the postings as postings.read does, and notes where the block can be entered. Who asks for a common word first
// waits for it.
func (b *Block) walk() error {
	at, passage := 0, uint64(0)
	for i := range b.count {
		from := at
		v, n := uvarint(b.bytes, at)
		if n == 0 || v > math.MaxUint32 {
			return ErrCorrupt
		}
		at += n
		if passage += v >> 1; passage >= MaxPassages {
			return ErrCorrupt
		}
		if v&1 == 1 {
			often, n := uvarint(b.bytes, at)
			if n == 0 || often > maxFrequency-2 {
				return ErrCorrupt
			}
			at += n
		}
		if i%stepPostings == 0 && b.count > stepPostings {
			b.steps = append(b.steps, step{uint32(passage), uint32(from)})
		}
		b.last = uint32(passage)
		passage++
	}
	if at < len(b.bytes) {
		return ErrCorrupt
	}
	return nil
}

// Size is roughly how many bytes of memory the block holds beside its own.
func (b *Block) Size() int { return blockSize + stepSize*len(b.steps) }

const (
	blockSize = 64
	stepSize  = 8
)

// done is the passage of a cursor that has no more postings.
const done = MaxPassages

// cursor is at a posting of a block.
type cursor struct {
	*Block
	term    *term
	left    int    // postings, this one included
	passage uint32 // of this one; done when there is none
	often   bool   // its frequency follows
	at      int    // where what follows is
}

func (b *Block) cursor(t *term) cursor {
	c := cursor{Block: b, term: t, left: b.count}
	c.enter(0)
	return c
}

// enter reads a posting whose gap is from the passage next.
func (c *cursor) enter(next uint32) {
	v, n := uvarint(c.bytes, c.at)
	c.passage, c.often, c.at = next+uint32(v>>1), v&1 == 1, c.at+n
}

// seek moves on to the first posting that is not before a passage.
func (c *cursor) seek(passage uint32) {
	if c.passage >= passage {
		return
	}
	c.leap(passage)
	bytes, at, here, often, left := c.bytes, c.at, c.passage, c.often, c.left
	for here < passage {
		if often {
			_, n := uvarint(bytes, at)
			at += n
		}
		if left--; left == 0 {
			here = done
			break
		}
		v, n := uvarint(bytes, at)
		at += n
		here, often = here+1+uint32(v>>1), v&1 == 1
	}
	c.at, c.passage, c.often, c.left = at, here, often, left
}

// leap moves on to the last step that is not behind a passage, when that is further on. Most often it is one of the next.
func (c *cursor) leap(passage uint32) {
	here := (c.count - c.left) / stepPostings
	if here+1 >= len(c.steps) || c.steps[here+1].passage > passage {
		return
	}
	low, far := here+1, 1
	for low+far < len(c.steps) && c.steps[low+far].passage <= passage {
		low, far = low+far, 2*far
	}
	beyond := c.steps[low+1 : min(low+far, len(c.steps))]
	to := low + sort.Search(len(beyond), func(i int) bool { return beyond[i].passage > passage })
	c.left = c.count - to*stepPostings
	c.at = int(c.steps[to].at)
	v, n := uvarint(c.bytes, c.at)
	c.passage, c.often, c.at = c.steps[to].passage, v&1 == 1, c.at+n
}
