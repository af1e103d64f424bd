package seal

import (
	"crypto/cipher"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// recheck is how long a cached key is trusted before its file is looked at again: a key shredded by another process
// stops opening here within it.
const recheck = 5 * time.Second

// kind separates values that are framed differently, so that one never opens as another.
type kind string

const (
	kindBytes kind = "bytes"
	kindText  kind = "text"
	kindFile  kind = "file"
)

// key is one unwrapped key and the ciphers derived from it. It is safe for concurrent use.
type key struct {
	hidden
	entry
	born    int64 // when it was made, Unix nanoseconds; the newest key seals
	path    string
	checked atomic.Int64

	mu      sync.RWMutex
	raw     []byte // nil once wiped
	columns map[slot]*column
}

type slot struct {
	kind          kind
	table, column string
}

// column holds what seals one column under one key: an AEAD for values, a stream for files.
type column struct {
	aead   cipher.AEAD
	stream *subtle.AESGCMHKDF
}

func newKeyOf(e entry, path string, born int64, raw []byte, now time.Time) *key {
	k := &key{entry: e, path: path, born: born, raw: raw, columns: map[slot]*column{}}
	k.checked.Store(now.UnixNano())
	return k
}

// alive reports whether the key's file is still there, looking at most every five seconds.
func (k *key) alive(now time.Time) bool {
	t := now.UnixNano()
	if t-k.checked.Load() < int64(recheck) {
		return true
	}
	if _, err := os.Stat(k.path); err != nil {
		return false
	}
	k.checked.Store(t)
	return true
}

// column returns the cipher of one column, derived on first use; errStale when the key was wiped meanwhile.
func (k *key) column(s slot) (*column, error) {
	k.mu.RLock()
	c := k.columns[s]
	k.mu.RUnlock()
	if c != nil {
		return c, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.raw == nil {
		return nil, errStale
	}
	if c = k.columns[s]; c != nil {
		return c, nil
	}
	c, err := derive(k.raw, s)
	if err == nil {
		k.columns[s] = c
	}
	return c, err
}

func derive(raw []byte, s slot) (*column, error) {
	sub, err := subkey(raw, "seal|"+string(s.kind)+"|"+s.table+"|"+s.column)
	if err != nil {
		return nil, err
	}
	defer clear(sub)
	if s.kind == kindFile {
		stream, err := newStream(sub)
		return &column{stream: stream}, err
	}
	aead, err := newAEAD(sub)
	return &column{aead: aead}, err
}

// wrapper returns the cipher that wraps people's keys under a root.
func (k *key) wrapper() (cipher.AEAD, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.raw == nil {
		return nil, errStale
	}
	sub, err := subkey(k.raw, "wrap")
	if err != nil {
		return nil, err
	}
	defer clear(sub)
	return newAEAD(sub)
}

// wipe overwrites the key and lets go of its ciphers.
func (k *key) wipe() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.raw)
	k.raw, k.columns = nil, nil
}

// newer orders keys by age, and by id where two were made at one moment, so that every process picks the same one.
func newer(a, b *key) bool {
	if b == nil || a.born != b.born {
		return b == nil || a.born > b.born
	}
	return a.id > b.id
}
