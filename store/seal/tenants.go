package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// maxPeople is how many people's keys of one organization stay unwrapped at once.
const maxPeople = 1024

// tenantKeys is what is in memory of one organization's keys, until expires.
type tenantKeys struct {
	hidden
	name, dir string
	expires   time.Time
	root      *key     // the newest, which seals
	index     *indexes // search terms and checksums

	mu     sync.RWMutex
	dead   bool
	keys   map[uint32]*key   // every root, and the people's keys used lately
	latest map[string]*key   // a person's newest key
	owner  map[uint32]string // whose key an id is, as last listed
	gone   map[uint32]bool   // shredded, as last listed
	grave  map[string]bool   // tombstones of people, as last listed
}

// CreateTenant makes an organization's root and index keys: one KMS call. It does nothing if they are there already,
// whoever made them. Errors: ErrPlace, ErrKMS, ErrShredded (an organization does not come back).
func (r *Keyring) CreateTenant(ctx context.Context, tenant string) (err error) {
	if err := checkID(tenant); err != nil {
		return err
	}
	if _, err := os.Stat(r.dir(tenant)); err == nil && !r.buried(tenant) {
		return nil
	}
	if r.buried(tenant) {
		return ErrShredded
	}
	staged, err := os.MkdirTemp(r.conf.Dir, ".new-")
	if err != nil {
		return fmt.Errorf("seal: new organization: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(staged)) }()
	if err := r.stage(ctx, tenant, staged); err != nil {
		return err
	}
	return r.publish(tenant, staged)
}

func (r *Keyring) dir(tenant string) string { return filepath.Join(r.conf.Dir, tenant) }

// stage writes the first keys into a directory that nobody reads yet.
func (r *Keyring) stage(ctx context.Context, tenant, dir string) error {
	root, err := r.writeRoot(ctx, tenant, dir)
	if err != nil {
		return err
	}
	defer root.wipe()
	e := entry{indexOwner, newID()}
	for e.id == root.id {
		e.id = newID()
	}
	raw := newKey()
	defer clear(raw)
	record, err := holdKey(root, tenant, e, root.born, raw)
	if err != nil {
		return err
	}
	return writeNew(dir, e.file(), record)
}

func (r *Keyring) writeRoot(ctx context.Context, tenant, dir string) (*key, error) {
	e, now := entry{rootOwner, newID()}, r.conf.Now()
	root := newKeyOf(e, filepath.Join(dir, e.file()), now.UnixNano(), newKey(), now)
	record, err := wrapped(ctx, r.keeper, tenant, e, root.born, root.raw)
	if err != nil {
		return nil, err
	}
	return root, writeNew(dir, e.file(), record)
}

// publish renames the directory into place, which succeeds for one process only.
func (r *Keyring) publish(tenant, staged string) (err error) {
	unlock, err := lock(r.conf.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if r.buried(tenant) {
		return ErrShredded
	}
	err = os.Rename(staged, r.dir(tenant))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return errors.Join(err, syncDir(r.conf.Dir))
}

// RotateTenant adds a root key, which seals from now on; what older ones sealed still opens. Other processes use it
// when their cached keys expire, and open what it sealed at once. One KMS call (P33).
func (r *Keyring) RotateTenant(ctx context.Context, tenant string) error {
	t, err := r.keys(ctx, tenant)
	if err != nil {
		return err
	}
	root, err := r.writeRoot(ctx, tenant, t.dir)
	if err != nil {
		return err
	}
	root.wipe()
	r.drop(t)
	return nil
}

// ShredTenant destroys every key of an organization: nothing it sealed opens again, here at once, in other processes
// within five seconds (P67, P68). Repeating it finishes what was interrupted. Errors: ErrPlace, ErrNoKeys.
func (r *Keyring) ShredTenant(_ context.Context, tenant string) (err error) {
	if err := checkID(tenant); err != nil {
		return err
	}
	unlock, err := lock(r.conf.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	defer r.forget(tenant)
	if _, err := os.Stat(r.dir(tenant)); err != nil {
		if err = r.missing(tenant, err); errors.Is(err, ErrShredded) {
			return nil
		}
		return err
	}
	if err := bury(r.conf.graveyard(), tombstone(tenant)); err != nil {
		return fmt.Errorf("seal: shred: %w", err)
	}
	return r.raze(tenant)
}

// raze destroys the files of a buried organization, after whoever is adding one has finished.
func (r *Keyring) raze(tenant string) (err error) {
	dir := r.dir(tenant)
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	files, err := os.ReadDir(dir)
	for _, f := range files {
		err = errors.Join(err, destroy(filepath.Join(dir, f.Name())))
	}
	if err != nil {
		return fmt.Errorf("seal: shred: %w", err)
	}
	return errors.Join(os.Remove(dir), syncDir(r.conf.Dir))
}

func (r *Keyring) forget(tenant string) {
	r.mu.RLock()
	t := r.tenants[tenant]
	r.mu.RUnlock()
	if t != nil {
		r.drop(t)
	}
}

func bury(dir, name string) error {
	if err := writeNew(dir, name, nil); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// load unwraps an organization's roots (one KMS call each) and its index key.
func (r *Keyring) load(ctx context.Context, tenant string, now time.Time) (*tenantKeys, error) {
	t := &tenantKeys{name: tenant, dir: r.dir(tenant), expires: now.Add(r.conf.TTL), keys: map[uint32]*key{}, latest: map[string]*key{}}
	if r.buried(tenant) {
		return nil, ErrShredded
	}
	if err := t.list(); err != nil {
		return nil, r.missing(tenant, err)
	}
	for id, owner := range t.owner {
		if owner != rootOwner {
			continue
		}
		if err := r.loadRoot(ctx, t, entry{owner, id}, now); err != nil {
			t.wipe()
			return nil, err
		}
	}
	if err := t.loadIndex(now); err != nil {
		t.wipe()
		return nil, err
	}
	return t, nil
}

func (r *Keyring) loadRoot(ctx context.Context, t *tenantKeys, e entry, now time.Time) error {
	record, err := readRecord(t.dir, e)
	if err != nil {
		return r.missing(t.name, err)
	}
	born, raw, err := unwrapped(ctx, r.keeper, t.name, e, record)
	if err != nil {
		return err
	}
	k := newKeyOf(e, filepath.Join(t.dir, e.file()), born, raw, now)
	t.keys[e.id] = k
	if newer(k, t.root) {
		t.root = k
	}
	return nil
}

// loadIndex derives what marks terms and checksums. It has its own key, so that a new root leaves them as they are.
func (t *tenantKeys) loadIndex(now time.Time) error {
	if t.root == nil {
		return ErrNoKeys
	}
	var oldest *key
	for id, owner := range t.owner {
		if owner != indexOwner {
			continue
		}
		k, err := t.unwrap(entry{owner, id}, now)
		if err != nil {
			return err
		}
		defer k.wipe()
		if oldest == nil || newer(oldest, k) {
			oldest = k
		}
	}
	if oldest == nil {
		return ErrNoKeys
	}
	var err error
	t.index, err = newIndexes(oldest.raw)
	return err
}

// wipe overwrites every key of the organization in memory.
func (t *tenantKeys) wipe() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dead = true
	for _, k := range t.keys {
		k.wipe()
	}
	t.keys, t.latest = nil, nil
}
