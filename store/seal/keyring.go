package seal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gocloud.dev/secrets"
)

// Keyring reaches every key there is. One per process; safe for concurrent use; prints as "[sealed]".
type Keyring struct {
	hidden
	conf   Config
	keeper *secrets.Keeper
	seed   maphash.Seed
	gates  [64]chan struct{} // one loader at a time per organization, so that a cold start asks the KMS once

	mu       sync.RWMutex
	tenants  map[string]*tenantKeys
	platform []byte // nil once closed
	lookup   *marker
}

func newKeyring(c Config, keeper *secrets.Keeper) *Keyring {
	r := &Keyring{conf: c, keeper: keeper, seed: maphash.MakeSeed(), tenants: map[string]*tenantKeys{}}
	for i := range r.gates {
		r.gates[i] = make(chan struct{}, 1)
	}
	return r
}

// Close overwrites every cached key and lets go of the KMS. Boxes stop working.
func (r *Keyring) Close() error {
	r.mu.Lock()
	for name, t := range r.tenants {
		t.wipe()
		delete(r.tenants, name)
	}
	clear(r.platform)
	r.platform = nil
	r.mu.Unlock()
	return r.keeper.Close()
}

// Verify unwraps the platform secret anew and so tells whether the key-encryption key answers and the key directory
// is there: a readiness check that costs one KMS call (P32, P62). Errors: ErrKMS, ErrNoKeys, ErrSealed.
func (r *Keyring) Verify(ctx context.Context) error {
	raw, err := r.readPlatform(ctx)
	if err != nil {
		return err
	}
	defer clear(raw)
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !hmac.Equal(raw, r.platform) {
		return fmt.Errorf("%w: the platform secret on disk is not the one in use", ErrSealed)
	}
	return nil
}

// Lookup is the keyed hash, 32 bytes, by which an already normalised e-mail address is found: without the platform
// secret, a stolen database cannot be tried against a list of addresses (P2, P31).
func (r *Keyring) Lookup(email string) []byte {
	sum := sum(r.lookup, "", email)
	return sum[:]
}

// Secret derives n bytes, 1 to 8160, for one purpose (a cookie's key) from the platform secret: the same for every
// process and start. It panics on another n or a closed Keyring, rather than hand out a weak secret.
func (r *Keyring) Secret(purpose string, n int) []byte {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.platform == nil || n < 1 {
		panic("seal: Secret of a closed Keyring or of no length")
	}
	out, err := secretBytes(r.platform, purpose, n)
	if err != nil {
		panic("seal: Secret: " + err.Error())
	}
	return out
}

func (r *Keyring) openPlatform(ctx context.Context) error {
	raw, err := r.readPlatform(ctx)
	if errors.Is(err, ErrNoKeys) {
		err = r.createPlatform(ctx)
		if err == nil {
			raw, err = r.readPlatform(ctx)
		}
	}
	if err != nil {
		return err
	}
	r.platform = raw
	r.lookup, err = newMarker(raw, "lookup")
	return err
}

// readPlatform unwraps the oldest platform secret: what was looked up by it must stay found.
func (r *Keyring) readPlatform(ctx context.Context) ([]byte, error) {
	found, err := r.platformEntries()
	if err != nil || len(found) == 0 {
		return nil, errors.Join(ErrNoKeys, err)
	}
	var oldest []byte
	var since int64
	for _, e := range found {
		record, err := readRecord(r.conf.Dir, e)
		if err != nil {
			return nil, fmt.Errorf("seal: platform secret: %w", err)
		}
		born, raw, err := unwrapped(ctx, r.keeper, "", e, record)
		if err != nil {
			return nil, fmt.Errorf("seal: platform secret: %w", err)
		}
		if oldest == nil || born < since {
			oldest, since = raw, born
		}
	}
	return oldest, nil
}

func (r *Keyring) createPlatform(ctx context.Context) (err error) {
	e := entry{platform, newID()}
	record, err := wrapped(ctx, r.keeper, "", e, r.conf.Now().UnixNano(), newKey())
	if err != nil {
		return err
	}
	unlock, err := lock(r.conf.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	found, err := r.platformEntries()
	if err != nil || len(found) > 0 {
		return err
	}
	return writeNew(r.conf.Dir, e.file(), record)
}

func (r *Keyring) platformEntries() ([]entry, error) {
	all, err := entries(r.conf.Dir)
	var found []entry
	for _, e := range all {
		if e.owner == platform {
			found = append(found, e)
		}
	}
	return found, err
}

// cached returns an organization's keys if they are in memory and younger than the TTL.
func (r *Keyring) cached(tenant string, now time.Time) *tenantKeys {
	r.mu.RLock()
	t := r.tenants[tenant]
	r.mu.RUnlock()
	if t == nil || !now.Before(t.expires) {
		return nil
	}
	return t
}

// keys returns an organization's keys, through the KMS if need be.
func (r *Keyring) keys(ctx context.Context, tenant string) (*tenantKeys, error) {
	if t := r.cached(tenant, r.conf.Now()); t != nil {
		return t, nil
	}
	gate := r.gates[maphash.String(r.seed, tenant)%uint64(len(r.gates))]
	select {
	case gate <- struct{}{}:
		defer func() { <-gate }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := r.conf.Now()
	if t := r.cached(tenant, now); t != nil {
		return t, nil
	}
	if r.closed() {
		return nil, fmt.Errorf("%w: the keyring is closed", ErrNoKeys)
	}
	t, err := r.load(ctx, tenant, now)
	if err != nil {
		return nil, err
	}
	return t, r.keep(t, now)
}

func (r *Keyring) closed() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.platform == nil
}

// keep puts keys into the cache and wipes those that have outlived the TTL.
func (r *Keyring) keep(t *tenantKeys, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.platform == nil {
		t.wipe()
		return fmt.Errorf("%w: the keyring is closed", ErrNoKeys)
	}
	old := r.tenants[t.name]
	r.tenants[t.name] = t
	if old != nil {
		old.wipe()
	}
	for name, other := range r.tenants {
		if !now.Before(other.expires) {
			other.wipe()
			delete(r.tenants, name)
		}
	}
	return nil
}

// drop takes keys out of the cache, unless others have taken their place.
func (r *Keyring) drop(t *tenantKeys) {
	r.mu.Lock()
	if r.tenants[t.name] == t {
		delete(r.tenants, t.name)
	}
	r.mu.Unlock()
	t.wipe()
}

func (c Config) graveyard() string { return filepath.Join(c.Dir, ".gone") }

// tombstone names a shredded organization or person without naming it: a hash, of no use to who does not know the id.
func tombstone(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d|%s|", len(p), p)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:16])
}

// missing says why an organization has no directory: shredded, never made, or not to be told.
func (r *Keyring) missing(tenant string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("seal: key directory: %w", err)
	}
	if r.buried(tenant) {
		return ErrShredded
	}
	return ErrNoKeys
}

func (r *Keyring) buried(tenant string) bool {
	_, err := os.Stat(filepath.Join(r.conf.graveyard(), tombstone(tenant)))
	return err == nil
}
