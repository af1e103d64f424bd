package search

import (
	"encoding/binary"
	"math"
	"sort"
)

// directoryFormat is a directory's first byte.
const directoryFormat = 1

// Directory says of each passage in a segment which document version it
// belongs to, its ordinal there, and its length. It does not change once
// decoded, so one may be shared between goroutines and kept in a cache.
type Directory struct {
	languages Languages
	runs      []run
	sums      []uint32 // a run's length: the sum of its passages'
	lengths   []byte   // a code per passage
	total     uint64   // the sum of all lengths
}

// run is a series of passages of one version with ascending ordinals.
type run struct{ first, version, ordinal uint32 }

// Passages is how many passages the segment holds, dead ones included.
func (d *Directory) Passages() int { return len(d.lengths) }

// Languages is the set of languages that the segment's texts were indexed in.
func (d *Directory) Languages() Languages { return d.languages }

// Live counts the passages whose version is alive: see Plan.
func (d *Directory) Live(alive func(version uint32) bool) int {
	n := 0
	for i, r := range d.runs {
		if alive(r.version) {
			n += int(d.runEnd(i) - r.first)
		}
	}
	return n
}

// Versions lists the versions that the segment holds passages of; one may be
// there more than once.
func (d *Directory) Versions() []uint32 {
	all := make([]uint32, len(d.runs))
	for i, r := range d.runs {
		all[i] = r.version
	}
	return all
}

// Size is roughly how many bytes of memory the directory holds.
func (d *Directory) Size() int { return 16*len(d.runs) + len(d.lengths) }

func (d *Directory) runEnd(i int) uint32 {
	if i+1 < len(d.runs) {
		return d.runs[i+1].first
	}
	return uint32(len(d.lengths))
}

func (d *Directory) add(version, ordinal uint32, code byte) {
	n := uint32(len(d.lengths))
	if i := len(d.runs) - 1; i < 0 || d.runs[i].version != version || d.runs[i].ordinal+n-d.runs[i].first != ordinal {
		d.runs = append(d.runs, run{first: n, version: version, ordinal: ordinal})
		d.sums = append(d.sums, 0)
	}
	d.lengths = append(d.lengths, code)
	d.sums[len(d.sums)-1] += uint32(codeLength(code))
	d.total += uint64(codeLength(code))
}

// runOf is the run that a passage belongs to, looked for from the run at from,
// which must not be behind it. What is near is found at once.
func (d *Directory) runOf(passage uint32, from int) int {
	for range 8 {
		if passage < d.runEnd(from) {
			return from
		}
		from++
	}
	return from + sort.Search(len(d.runs)-from-1, func(i int) bool { return d.runs[from+i+1].first > passage })
}

// encode writes: format, languages, passages, runs; per run the version's
// distance from the one before, the ordinal, the passages; then the lengths.
func (d *Directory) encode() []byte {
	b := make([]byte, 0, 16+6*len(d.runs)+len(d.lengths))
	b = append(b, directoryFormat)
	b = binary.AppendUvarint(b, uint64(d.languages))
	b = binary.AppendUvarint(b, uint64(len(d.lengths)))
	b = binary.AppendUvarint(b, uint64(len(d.runs)))
	last := int64(0)
	for i, r := range d.runs {
		b = binary.AppendVarint(b, int64(r.version)-last)
		b = binary.AppendUvarint(b, uint64(r.ordinal))
		b = binary.AppendUvarint(b, uint64(d.runEnd(i)-r.first))
		last = int64(r.version)
	}
	return append(b, d.lengths...)
}

// DecodeDirectory reads a directory; it keeps nothing of b. Bytes that are not
// a directory give ErrCorrupt; memory stays within 5 times the input.
func DecodeDirectory(b []byte) (*Directory, error) {
	if len(b) == 0 || b[0] != directoryFormat {
		return nil, ErrCorrupt
	}
	r := reader{rest: b[1:]}
	d := &Directory{languages: Languages(r.uvarint(math.MaxUint16))}
	passages := r.uvarint(MaxPassages)
	runs := r.uvarint(passages)
	if r.bad || runs > uint64(len(r.rest))/3 || passages > uint64(len(r.rest)) {
		return nil, ErrCorrupt
	}
	if !d.readRuns(&r, runs, passages) || uint64(len(r.rest)) != passages {
		return nil, ErrCorrupt
	}
	d.lengths = append(make([]byte, 0, passages), r.rest...)
	d.sums = make([]uint32, len(d.runs))
	for i, r := range d.runs {
		for _, c := range d.lengths[r.first:d.runEnd(i)] {
			d.sums[i] += uint32(codeLength(c))
		}
		d.total += uint64(d.sums[i])
	}
	return d, nil
}

func (d *Directory) readRuns(r *reader, runs, passages uint64) bool {
	d.runs = make([]run, 0, runs)
	first, version := uint64(0), int64(0)
	for range runs {
		version += r.varint()
		ordinal := r.uvarint(math.MaxUint32)
		count := r.uvarint(passages - first)
		if r.bad || version < 0 || version > math.MaxUint32 || count == 0 || ordinal+count-1 > math.MaxUint32 {
			return false
		}
		d.runs = append(d.runs, run{first: uint32(first), version: uint32(version), ordinal: uint32(ordinal)})
		first += count
	}
	return first == passages
}

// reader reads varints and remembers when one was bad.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint(most uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > most {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 || v > math.MaxUint32 || v < -math.MaxUint32 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
