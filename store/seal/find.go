package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// byID finds the key that an envelope names.
func (t *tenantKeys) byID(id uint32, now time.Time) (*key, error) {
	if k := t.cachedKey(id); k != nil {
		if k.alive(now) {
			return k, nil
		}
		return nil, t.lost(k)
	}
	t.mu.RLock()
	owner, gone := t.owner[id], t.gone[id]
	t.mu.RUnlock()
	if owner == "" && !gone { // made by another process since, or never
		if err := t.list(); err != nil {
			return nil, errReload
		}
		t.mu.RLock()
		owner, gone = t.owner[id], t.gone[id]
		t.mu.RUnlock()
	}
	switch {
	case gone:
		return nil, ErrShredded
	case owner == rootOwner: // a root that was not there when the keys were loaded
		return nil, errReload
	case owner == "" || owner == indexOwner:
		return nil, ErrSealed
	}
	return t.person(entry{owner, id}, now)
}

// lost handles a cached key whose file is no more.
func (t *tenantKeys) lost(k *key) error {
	if k.owner == rootOwner {
		return errReload
	}
	t.evict(k.id)
	if err := t.list(); err != nil {
		return errReload
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.gone[k.id] {
		return ErrShredded
	}
	return ErrNoKeys
}

// ofPerson finds the key that seals for a person: the newest.
func (t *tenantKeys) ofPerson(person string, now time.Time) (*key, error) {
	if k := t.cachedPerson(person); k != nil {
		if k.alive(now) {
			return k, nil
		}
		return nil, t.lost(k)
	}
	if err := checkID(person); err != nil {
		return nil, err
	}
	if err := t.list(); err != nil {
		return nil, errReload
	}
	if t.buried(person) {
		return nil, ErrShredded
	}
	return t.newestOf(person, now)
}

func (t *tenantKeys) newestOf(person string, now time.Time) (*key, error) {
	var newest *key
	for _, id := range t.idsOf(person) {
		k, err := t.person(entry{person, id}, now)
		if err != nil {
			return nil, err
		}
		if newer(k, newest) {
			newest = k
		}
	}
	if newest == nil {
		return nil, ErrNoKeys
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys[newest.id] != newest { // evicted in between: latest never holds what keys does not
		return nil, errStale
	}
	t.latest[strings.Clone(person)] = newest
	return newest, nil
}

// person unwraps a person's key and keeps it.
func (t *tenantKeys) person(e entry, now time.Time) (*key, error) {
	k, err := t.unwrap(e, now)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, t.lost(&key{entry: e})
	}
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead {
		k.wipe()
		return nil, errStale
	}
	if first := t.keys[e.id]; first != nil {
		k.wipe()
		return first, nil
	}
	t.makeRoom()
	t.keys[e.id] = k
	return k, nil
}

// makeRoom lets go of somebody's key when too many are held. The map's own order picks whose. Locked by the caller.
func (t *tenantKeys) makeRoom() {
	if len(t.keys) < maxPeople {
		return
	}
	for id, k := range t.keys {
		if k.owner != rootOwner {
			delete(t.keys, id)
			delete(t.latest, k.owner)
			k.wipe()
			return
		}
	}
}

func (t *tenantKeys) evict(id uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.keys[id]; k != nil {
		delete(t.keys, id)
		delete(t.latest, k.owner)
		k.wipe()
	}
}

// unwrap reads a key that a root of this organization holds.
func (t *tenantKeys) unwrap(e entry, now time.Time) (*key, error) {
	record, err := readRecord(t.dir, e)
	if err != nil {
		return nil, err
	}
	id, ok := heldBy(record)
	if !ok {
		return nil, fmt.Errorf("%w: key record", ErrSealed)
	}
	root := t.cachedKey(id)
	if root == nil { // wrapped by a root that is not in memory
		return nil, errReload
	}
	born, raw, err := heldKey(root, t.name, e, record)
	if err != nil {
		return nil, err
	}
	return newKeyOf(e, filepath.Join(t.dir, e.file()), born, raw, now), nil
}
