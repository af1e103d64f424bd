package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// Term is the keyed hash under which a stem is indexed: the same within an organization for ever, meaningless outside
// it (P31). A thief of the database learns how often an unknown term occurs, not which it is.
func (b *Box) Term(stem string) [16]byte {
	sum := sum(b.index.terms, "", stem)
	return [16]byte(sum[:16])
}

// MAC is HMAC-SHA256 (32 bytes) of data for one purpose under the organization's index key: what it vouches for can't be
// confirmed by guessing. It stays the same across new root keys.
func (b *Box) MAC(purpose string, data []byte) []byte {
	sum := sum(b.index.macs, purpose, data)
	return sum[:]
}

// indexes is what an organization's index key is used for.
type indexes struct {
	hidden
	terms, macs *marker
}

func newIndexes(raw []byte) (*indexes, error) {
	terms, err := newMarker(raw, "term")
	if err != nil {
		return nil, err
	}
	macs, err := newMarker(raw, "mac")
	return &indexes{terms: terms, macs: macs}, err
}

// marker computes keyed hashes from a pool of states, each of which has digested the key already.
type marker struct {
	hidden
	states sync.Pool
}

type markState struct {
	hash hash.Hash
	in   []byte
	out  [sha256.Size]byte
}

func newMarker(raw []byte, use string) (*marker, error) {
	sub, err := subkey(raw, "mark|"+use)
	if err != nil {
		return nil, err
	}
	return &marker{states: sync.Pool{New: func() any { return &markState{hash: hmac.New(sha256.New, sub)} }}}, nil
}

// sum hashes data; a purpose goes before it with its length, so that no two purposes meet.
func sum[T string | []byte](m *marker, purpose string, data T) [sha256.Size]byte {
	s := m.states.Get().(*markState)
	s.hash.Reset()
	s.in = s.in[:0]
	if purpose != "" {
		s.in = append(binary.BigEndian.AppendUint64(s.in, uint64(len(purpose))), purpose...)
	}
	s.in = append(s.in, data...)
	_, _ = s.hash.Write(s.in)
	s.hash.Sum(s.out[:0])
	clear(s.in)
	out := s.out
	m.states.Put(s)
	return out
}

func secretBytes(raw []byte, purpose string, n int) ([]byte, error) {
	return hkdf.Key(sha256.New, raw, nil, "aimy1|secret|"+purpose, n)
}
