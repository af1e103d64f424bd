package seal

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
)

const (
	headSize = 1 + idSize
	overhead = headSize + 12 + 16 // bytes that an envelope adds
)

// Place is where a sealed value lives. It opens nowhere else. Table and Column may not hold "|".
type Place struct{ Table, Column, Row string }

func (p Place) check() error {
	if p.Table == "" || p.Column == "" || p.Row == "" || strings.IndexByte(p.Table, '|') >= 0 || strings.IndexByte(p.Column, '|') >= 0 {
		return ErrPlace
	}
	return nil
}

// Box seals and opens for one organization, for as long as the context it was asked with: one request, one job. It holds
// no key but names them, so it follows the cache's expiry and shredding. Safe for concurrent use; prints as "[sealed]".
type Box struct {
	hidden
	ring   *Keyring
	tenant string
	ctx    context.Context // for the rare KMS call, when the keys expire or a new root appears while the box is used
	index  *indexes
}

// Tenant returns an organization's box; a KMS call only when its keys are not in memory. Errors: ErrPlace, ErrNoKeys,
// ErrShredded, ErrKMS.
func (r *Keyring) Tenant(ctx context.Context, tenant string) (*Box, error) {
	if err := checkID(tenant); err != nil {
		return nil, err
	}
	b := &Box{ring: r, tenant: tenant, ctx: ctx}
	t, err := b.keys()
	if err != nil {
		return nil, err
	}
	b.index = t.index
	return b, nil
}

// keys returns the organization's keys, alive: a root that is gone from the disk takes the others with it.
func (b *Box) keys() (*tenantKeys, error) {
	for range 2 {
		t, err := b.ring.keys(b.ctx, b.tenant)
		if err != nil {
			return nil, err
		}
		if t.root.alive(b.ring.conf.Now()) {
			return t, nil
		}
		b.ring.drop(t)
	}
	return nil, ErrNoKeys
}

// Seal seals a value for the organization. Nil and empty seal to a real envelope.
func (b *Box) Seal(p Place, plain []byte) ([]byte, error) {
	return b.seal(want{root: true}, kindBytes, p, plain)
}

// SealFor seals a value under a person's key, to be gone when that person is shredded. Errors: ErrNoKeys, ErrShredded.
func (b *Box) SealFor(person string, p Place, plain []byte) ([]byte, error) {
	return b.seal(want{person: person}, kindBytes, p, plain)
}

// Open opens what Seal or SealFor sealed at this place. Nil (a NULL column) opens to nil. Errors: ErrSealed,
// ErrShredded, ErrNoKeys, and ErrKMS when the keys had to be fetched.
func (b *Box) Open(p Place, sealed []byte) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	return b.open(kindBytes, p, sealed)
}

// want says which key an operation needs: the newest root, a person's newest, or the one with an id.
type want struct {
	root   bool
	byID   bool
	id     uint32
	person string
}

// cipher finds the key and its cipher for a place, again if they left the cache in between.
func (b *Box) cipher(w want, kd kind, p Place) (*key, *column, error) {
	if err := p.check(); err != nil {
		return nil, nil, err
	}
	for range 3 {
		t, err := b.keys()
		if err != nil {
			return nil, nil, err
		}
		k, err := b.find(t, w)
		if err == nil {
			var c *column
			if c, err = k.column(slot{kd, p.Table, p.Column}); err == nil {
				return k, c, nil
			}
		}
		switch {
		case errors.Is(err, errReload):
			b.ring.drop(t)
		case !errors.Is(err, errStale):
			return nil, nil, err
		}
	}
	return nil, nil, ErrNoKeys
}

func (b *Box) find(t *tenantKeys, w want) (*key, error) {
	switch {
	case w.root:
		return t.root, nil
	case w.byID:
		return t.byID(w.id, b.ring.conf.Now())
	}
	return t.ofPerson(w.person, b.ring.conf.Now())
}

func (b *Box) seal(w want, kd kind, p Place, plain []byte) ([]byte, error) {
	k, c, err := b.cipher(w, kd, p)
	if err != nil {
		return nil, err
	}
	out := make([]byte, headSize, overhead+len(plain))
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], k.id)
	aad := b.binding(p, k.id)
	out = c.aead.Seal(out, nil, plain, *aad)
	bindings.Put(aad)
	return out, nil
}

func (b *Box) open(kd kind, p Place, sealed []byte) ([]byte, error) {
	if len(sealed) < overhead || sealed[0] != version {
		return nil, ErrSealed
	}
	k, c, err := b.cipher(want{byID: true, id: binary.BigEndian.Uint32(sealed[1:])}, kd, p)
	if err != nil {
		return nil, err
	}
	aad := b.binding(p, k.id)
	plain, err := c.aead.Open(make([]byte, 0, len(sealed)-overhead), nil, sealed[headSize:], *aad)
	bindings.Put(aad)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// bindings saves the hot path an allocation; what lies in it is ids only.
var bindings = sync.Pool{New: func() any { b := make([]byte, 0, 192); return &b }}

// binding spells out what an envelope is bound to: aimy1|tenant|table|column|row|key id. Only the row may hold "|", and
// the key id has a fixed length, so two places never spell the same.
func (b *Box) binding(p Place, id uint32) *[]byte {
	buf := bindings.Get().(*[]byte)
	s := append((*buf)[:0], "aimy1|"...)
	s = append(append(s, b.tenant...), '|')
	s = append(append(s, p.Table...), '|')
	s = append(append(s, p.Column...), '|')
	s = append(append(s, p.Row...), '|')
	*buf = binary.BigEndian.AppendUint32(s, id)
	return buf
}
