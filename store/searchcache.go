package store

import (
	"cmp"
	"slices"
	"sync"

	"aimyorg/domain"
	"aimyorg/store/search"
)

// versionSet is a set of version numbers.
type versionSet []uint64

func newVersionSet(nums []int64) versionSet {
	var s versionSet
	for _, n := range nums {
		for int(n>>6) >= len(s) {
			s = append(s, make([]uint64, int(n>>6)+1-len(s))...)
		}
		s[n>>6] |= 1 << (n & 63)
	}
	return s
}

func (s versionSet) has(n uint32) bool { return int(n>>6) < len(s) && s[n>>6]&(1<<(n&63)) != 0 }

// searchCache keeps what every query of an organization needs: its segments' directories, and which versions an actor
// may read. Both hold for one epoch of the organization, which moves with every change. No words are in it; those that
// analysers remember are of no organization.
type searchCache struct {
	mu      sync.Mutex
	tenants map[domain.ID]*cachedSearch
	bytes   int
	rank    search.Ranker
	pages   *pageCache

	analysers search.Analysers
}

type cachedSearch struct {
	epoch     int64
	segments  []openSegment
	languages search.Languages
	bytes     int
	allowed   map[allowedKey]versionSet
}

type allowedKey struct {
	actor       domain.Actor
	departments string // a change of them is no change of the search's epoch
	ai          bool
}

const (
	maxCacheBytes   = 64 << 20 // of directories, over all organizations
	maxAllowedCache = 256      // actors an organization
)

func newSearchCache() *searchCache {
	return &searchCache{tenants: map[domain.ID]*cachedSearch{}, pages: newPageCache(maxPageBytes)}
}

func (c *searchCache) find(tenant domain.ID, epoch int64) *cachedSearch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.tenants[tenant]; e != nil && e.epoch == epoch {
		return e
	}
	return nil
}

// newest gives the entry that was made last, of whatever epoch. Its directories may still serve: segments never change.
func (c *searchCache) newest(tenant domain.ID) *cachedSearch {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tenants[tenant]
}

func (c *searchCache) keep(tenant domain.ID, e *cachedSearch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.tenants[tenant]; o != nil {
		c.bytes -= o.bytes
	}
	c.tenants[tenant] = e
	c.bytes += e.bytes
	for id, o := range c.tenants {
		if c.bytes <= maxCacheBytes {
			return
		}
		if id != tenant {
			c.bytes -= o.bytes
			delete(c.tenants, id)
		}
	}
}

func (c *searchCache) allowed(e *cachedSearch, k allowedKey) (versionSet, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := e.allowed[k]
	return s, ok
}

func (c *searchCache) allow(e *cachedSearch, k allowedKey, s versionSet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(e.allowed) >= maxAllowedCache {
		clear(e.allowed)
	}
	e.allowed[k] = s
}

// searchable is the organization's index as the transaction sees it, or presumes it.
func (t *Tenant) searchable() (*cachedSearch, error) {
	if p := t.presumes; p != nil {
		if p.search == nil {
			p.search = t.db.search.newest(t.id())
		}
		if p.search == nil {
			return nil, errNotPresumed
		}
		return p.search, nil
	}
	var st []searchStateRow
	if err := t.hot(&st, `select epoch from search_state where tenant_id = $1`); err != nil {
		return nil, err
	}
	if len(st) == 0 {
		return nil, domain.ErrNotFound
	}
	if e := t.db.search.find(t.id(), st[0].Epoch); e != nil {
		return e, nil
	}
	e, old := &cachedSearch{epoch: st[0].Epoch, allowed: map[allowedKey]versionSet{}}, t.db.search.newest(t.id())
	if err := t.fillSegments(e, old); err != nil {
		return nil, err
	}
	t.db.search.pages.forget(t.id(), e.lacks)
	for _, s := range e.segments {
		e.languages |= s.directory.Languages()
		e.bytes += s.directory.Size() + len(s.pages)
	}
	t.db.search.keep(t.id(), e)
	return e, nil
}

// lacks says that there is no such segment. One who looks at an older snapshot than was looked at before lacks some that are
// there: their pages are read again.
func (e *cachedSearch) lacks(segment int64) bool {
	_, found := slices.BinarySearchFunc(e.segments, segment, func(s openSegment, n int64) int { return cmp.Compare(s.number, n) })
	return !found
}

func (t *Tenant) fillSegments(e, old *cachedSearch) error {
	have := map[int64]openSegment{}
	if old != nil {
		for _, s := range old.segments {
			have[s.number] = s
		}
	}
	var numbers, missing []int64
	if err := t.of((*segmentRow)(nil)).Column("segment").Order("segment").Scan(t.ctx, &numbers); err != nil {
		return err
	}
	for _, n := range numbers {
		if have[n].directory == nil {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		opened, err := t.openSegments(missing)
		if err != nil {
			return err
		}
		for _, s := range opened {
			have[s.number] = s
		}
	}
	for _, n := range numbers {
		e.segments = append(e.segments, have[n])
	}
	return nil
}

// allowedKey is what decides which versions the actor may read, in an epoch.
func (t *Tenant) allowedKey(ai bool) (allowedKey, error) {
	who, err := t.mine()
	return allowedKey{t.actor, joined(who.Departments), ai}, err
}

// readableVersions are the current versions that the actor may read, and with ai that may be quoted to a provider.
func (t *Tenant) readableVersions(e *cachedSearch, ai bool) (versionSet, error) {
	key, err := t.allowedKey(ai)
	if err != nil {
		return nil, err
	}
	if s, ok := t.db.search.allowed(e, key); ok {
		return s, nil
	}
	if t.presumes != nil {
		return nil, errNotPresumed
	}
	var nums []int64
	q := t.of((*versionRow)(nil)).Column("v.num").Join("JOIN documents d ON d.tenant_id = v.tenant_id AND d.current_id = v.id").
		Join("JOIN collections k ON k.tenant_id = d.tenant_id AND k.id = d.collection_id").
		Where("v.state = 'ready'").Apply(t.readableWithin)
	if ai {
		q = q.Where("k.ai_allowed")
	}
	if err := q.Scan(t.ctx, &nums); err != nil {
		return nil, err
	}
	s := newVersionSet(nums)
	t.db.search.allow(e, key, s)
	return s, nil
}
