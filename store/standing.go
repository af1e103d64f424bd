package store

import (
	"sync"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type standingRow struct {
	bun.BaseModel `bun:"table:standings,alias:sg"`
	owned
	Epoch int64
}

// decides says whether rows of a model decide who may what, so that writing one moves the organization's epoch.
func decides(model any) bool {
	switch model.(type) {
	case *organizationRow, *memberRow, *roleRow, *providerRow, *consentRow, *[]consentRow, *departmentRow:
		return true
	}
	return false
}

// move says to every process that what was known of who may what is out of date (P48: a withdrawal cuts within a second).
func (t *Tenant) move() error {
	if t.moved {
		return nil
	}
	t.moved, t.known = true, nil
	_, err := t.bun.NewUpdate().Model((*standingRow)(nil)).Set("epoch = sg.epoch + 1").Where("sg.tenant_id = ?", t.id()).
		Returning("sg.epoch").Exec(t.ctx, &t.epoch)
	return err
}

// facts is what is known of an organization under one epoch: rows, as sealed as they are stored. Nothing in it changes
// once it is there.
type facts struct {
	epoch int64

	mu           sync.Mutex
	organization *organizationRow
	providers    []providerRow
	consents     map[domain.ID]domain.ConsentState
	tree         *knownTree
	above        map[domain.ID][]domain.ID // of a person: their department and all above it
	heads        map[domain.ID]int         // active people by department
	shelves      *shelves
	sights       map[sightOf]*sight
}

const (
	maxFactsTenants = 4096
	maxFactsMembers = 256 // of one organization
)

func newFacts(epoch int64) *facts {
	return &facts{epoch: epoch, consents: map[domain.ID]domain.ConsentState{}, above: map[domain.ID][]domain.ID{},
		sights: map[sightOf]*sight{}}
}

// factsCache holds the newest facts of each organization.
type factsCache struct {
	mu      sync.Mutex
	tenants map[domain.ID]*facts
}

// at gives the facts of an epoch; those of an earlier one are forgotten. A reader whose snapshot is older than what is
// known gets facts of its own.
func (c *factsCache) at(tenant domain.ID, epoch int64) *facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.tenants[tenant]
	switch {
	case f != nil && f.epoch == epoch:
		return f
	case f != nil && f.epoch > epoch:
		return newFacts(epoch)
	case f == nil && len(c.tenants) >= maxFactsTenants:
		for id := range c.tenants { // any: it is read again when it is asked for
			delete(c.tenants, id)
			break
		}
	}
	f = newFacts(epoch)
	c.tenants[tenant] = f
	return f
}

// newest are the facts that are known, true or not any more; nil when there are none.
func (c *factsCache) newest(tenant domain.ID) *facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tenants[tenant]
}

// since are the facts that are known if they are of an epoch, or newer, and else those of the epoch.
func (c *factsCache) since(tenant domain.ID, epoch int64) *facts {
	if f := c.newest(tenant); f != nil && f.epoch >= epoch {
		return f
	}
	return c.at(tenant, epoch)
}

// facts are those of the epoch that the transaction sees. A transaction that has moved it reads the rows themselves, and
// keeps what it finds to itself: it may yet be rolled back.
func (t *Tenant) facts() (*facts, error) {
	if t.known != nil {
		return t.known, nil
	}
	if t.moved {
		return newFacts(0), nil
	}
	if t.presumes != nil {
		if f := t.db.facts.newest(t.id()); f != nil {
			t.known, t.presumes.facts = f, f
			return f, nil
		}
	}
	var rows []standingRow
	if err := t.hot(&rows, `select epoch from standings where tenant_id = $1`); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, domain.ErrNotFound
	}
	t.known = t.db.facts.at(t.id(), rows[0].Epoch)
	return t.known, nil
}

// remember gives what find finds in the facts, and else reads and keeps it. No lock is held while it reads: the reader may
// wait for a connection that another reader holds.
func remember[T any](t *Tenant, find func(*facts) (T, bool), read func() (T, error), keep func(*facts, T)) (T, error) {
	var none T
	f, err := t.facts()
	if err != nil {
		return none, err
	}
	f.mu.Lock()
	v, ok := find(f)
	f.mu.Unlock()
	if ok {
		return v, nil
	}
	if t.presumes != nil {
		return none, errNotPresumed
	}
	if v, err = read(); err != nil {
		return none, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	keep(f, v)
	return v, nil
}

// organization is the actor's own row.
func (t *Tenant) organization() (organizationRow, error) {
	r, err := remember(t, func(f *facts) (*organizationRow, bool) { return f.organization, f.organization != nil },
		func() (*organizationRow, error) {
			var r organizationRow
			return &r, t.of(&r).Scan(t.ctx)
		}, func(f *facts, r *organizationRow) { f.organization = r })
	if err != nil {
		return organizationRow{}, err
	}
	return *r, nil
}

// providers are the organization's rows of them. They are shared: nobody changes them.
func (t *Tenant) providers() ([]providerRow, error) {
	return remember(t, func(f *facts) ([]providerRow, bool) { return f.providers, f.providers != nil },
		func() ([]providerRow, error) {
			rows := []providerRow{}
			return rows, t.of(&rows).Scan(t.ctx)
		}, func(f *facts, rows []providerRow) { f.providers = rows })
}

// ConsentState is the actor's last word per scope. It is shared: nobody changes it.
func (t *Tenant) ConsentState() (domain.ConsentState, error) {
	me := t.actor.Member()
	return remember(t, func(f *facts) (domain.ConsentState, bool) { s, ok := f.consents[me]; return s, ok },
		t.lastWords, func(f *facts, s domain.ConsentState) { keepIn(f.consents, me, s) })
}

// keepIn keeps the map within bounds; what is dropped is read again when it is asked for.
func keepIn[T any](m map[domain.ID]T, id domain.ID, v T) {
	if len(m) >= maxFactsMembers {
		clear(m)
	}
	m[id] = v
}
