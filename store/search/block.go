package search

import (
	"encoding/binary"
	"math"
)

// A block is all of one term's postings in one segment:
//
//	count, then per posting: gap<<1 | more, and when more: frequency-2
//
// all unsigned varints. The gap is from the passage after the one before, so
// passages ascend by construction. A posting is one byte more often than not.
// Lengths are in the directory, which every search needs for permissions.

// maxFrequency is where BM25 has long stopped caring.
const maxFrequency = 255

// Posting is one passage that holds a term.
type Posting struct {
	Passage   uint32 // number in the segment
	Frequency uint32 // 1 to 255; a title counts three times
}

// postingList grows one term's block.
type postingList struct {
	count   uint64
	next    uint32 // the lowest passage that can still be added
	passage uint32 // the pending posting
	pending uint32 // its frequency; 0: none is pending
	bytes   []byte
	few     [12]byte // where bytes begin: most terms of one document have no more
}

func (l *postingList) add(passage, frequency uint32) {
	if l.pending > 0 && l.passage != passage {
		l.flush()
	}
	l.passage = passage
	l.pending = min(l.pending+frequency, maxFrequency)
}

func (l *postingList) flush() {
	if l.pending == 0 {
		return
	}
	if l.bytes == nil {
		l.bytes = l.few[:0]
	}
	v := uint64(l.passage-l.next) << 1
	if l.pending > 1 {
		v |= 1
	}
	l.bytes = binary.AppendUvarint(l.bytes, v)
	if l.pending > 1 {
		l.bytes = binary.AppendUvarint(l.bytes, uint64(l.pending-2))
	}
	l.count++
	l.next, l.pending = l.passage+1, 0
}

// block returns a new block of what was added.
func (l *postingList) block() []byte {
	l.flush()
	return l.write(make([]byte, 0, l.size()))
}

// size is the most bytes that a block takes, when everything is flushed.
func (l *postingList) size() int { return len(l.bytes) + binary.MaxVarintLen32 }

func (l *postingList) write(to []byte) []byte {
	return append(binary.AppendUvarint(to, l.count), l.bytes...)
}

// postings reads a block.
type postings struct {
	rest []byte
	left uint64
	next uint64
}

// open checks a block's head: a posting takes a byte at least, so the count
// can't be larger than the block.
func open(block []byte) (postings, error) {
	count, n := binary.Uvarint(block)
	if n <= 0 || count == 0 || count > uint64(len(block)-n) {
		return postings{}, ErrCorrupt
	}
	return postings{rest: block[n:], left: count}, nil
}

// read returns the next posting. It must not be called when none is left.
func (p *postings) read() (Posting, error) {
	v, n := binary.Uvarint(p.rest)
	if n <= 0 || v > math.MaxUint32 {
		return Posting{}, ErrCorrupt
	}
	p.rest = p.rest[n:]
	passage, frequency := p.next+v>>1, uint64(1)
	if v&1 == 1 {
		if frequency, n = binary.Uvarint(p.rest); n <= 0 || frequency > maxFrequency-2 {
			return Posting{}, ErrCorrupt
		}
		p.rest = p.rest[n:]
		frequency += 2
	}
	p.left--
	p.next = passage + 1
	if passage >= MaxPassages || p.left == 0 && len(p.rest) > 0 {
		return Posting{}, ErrCorrupt
	}
	return Posting{Passage: uint32(passage), Frequency: uint32(frequency)}, nil
}

// DecodeBlock returns a block's postings, passages ascending. Bytes that are
// not a block give ErrCorrupt; memory stays within 8 times the input.
func DecodeBlock(block []byte) ([]Posting, error) {
	p, err := open(block)
	if err != nil {
		return nil, err
	}
	list := make([]Posting, 0, p.left)
	for p.left > 0 {
		next, err := p.read()
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	return list, nil
}
