package store

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
	"aimyorg/store/search"
)

// The directory of an organization's people is held in memory, opened: names are sealed, so the database can neither sort
// nor search them. It is read whole once and then brought up to date by what changed since (members.changed); each request
// looks at the organization's epoch first, so that a correction shows at once in every process (P78). A directory never
// changes once it is made: a newer one takes its place.
type directory struct {
	epoch  int64
	people []*listed // by name
	byID   map[domain.ID]*listed
	units  map[domain.ID]unit
	roles  []domain.GivenRole // the organization's own
	bytes  int
}

// listed is one person. sort is their name as it is compared, folded what is searched in.
type listed struct {
	id                 domain.ID
	name, email, title string
	department         domain.ID
	role               domain.Role
	roleID             domain.ID
	active             bool
	joined             time.Time
	sort, folded       string
}

// unit is a department, with the names of those above it before its own.
type unit struct {
	path, folded    string
	parent, manager domain.ID
}

// directories holds the newest directory of each organization, those used last, up to maxDirectoryBytes.
type directories struct {
	mu      sync.Mutex
	tenants map[domain.ID]*keptDirectory
	bytes   int
	tick    int64
	most    int
}

type keptDirectory struct {
	*directory
	used  int64
	build sync.Mutex // held by who reads it, outside of a transaction only
}

// maxDirectoryBytes is for the directories of all organizations together; twenty thousand people take some 12 MB.
const maxDirectoryBytes = 96 << 20

func newDirectories() *directories {
	return &directories{tenants: map[domain.ID]*keptDirectory{}, most: maxDirectoryBytes}
}

// of gives what is kept of an organization, which may be nothing yet.
func (c *directories) of(tenant domain.ID) (*keptDirectory, *directory) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.tenants[tenant]
	if k == nil {
		k = &keptDirectory{}
		c.tenants[tenant] = k
	}
	c.tick++
	k.used = c.tick
	return k, k.directory
}

// keep takes a directory unless there is a newer one, and lets go of those that were used longest ago.
func (c *directories) keep(tenant domain.ID, d *directory) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.tenants[tenant]
	if k == nil { // let go of meanwhile
		k = &keptDirectory{used: c.tick}
		c.tenants[tenant] = k
	}
	if k.directory != nil {
		if k.epoch >= d.epoch {
			return
		}
		c.bytes -= k.bytes
	}
	k.directory = d
	c.bytes += d.bytes
	for c.bytes > c.most && len(c.tenants) > 1 {
		c.drop(tenant)
	}
}

// drop lets go of the one that was used longest ago, but not of one organization's.
func (c *directories) drop(but domain.ID) {
	var oldest domain.ID
	for id, k := range c.tenants {
		if id != but && (oldest == "" || k.used < c.tenants[oldest].used) {
			oldest = id
		}
	}
	if k := c.tenants[oldest]; k.directory != nil {
		c.bytes -= k.bytes
	}
	delete(c.tenants, oldest)
}

// directory is the organization's people as the transaction sees them.
func (t *Tenant) directory() (*directory, error) {
	epoch, err := t.seen()
	if err != nil {
		return nil, err
	}
	kept, d := t.db.people.of(t.id())
	if d != nil && !t.moved && d.epoch >= epoch {
		return d, nil
	}
	if _, alone := t.bun.(*bun.DB); alone { // holds no connection, so that who waits keeps none from who reads
		kept.build.Lock()
		defer kept.build.Unlock()
		if _, d = t.db.people.of(t.id()); d != nil && d.epoch >= epoch {
			return d, nil
		}
	}
	if d, err = t.readDirectory(d, epoch); err == nil && !t.moved {
		t.db.people.keep(t.id(), d)
	}
	return d, err
}

// seen is the epoch that the transaction sees; of one that has moved it, its own.
func (t *Tenant) seen() (int64, error) {
	if t.moved {
		return t.epoch, nil
	}
	f, err := t.facts()
	if err != nil {
		return 0, err
	}
	return f.epoch, nil
}

// readDirectory brings a directory up to an epoch, or reads it whole when there is none, or when people have gone.
func (t *Tenant) readDirectory(old *directory, epoch int64) (*directory, error) {
	d := &directory{epoch: epoch, byID: map[domain.ID]*listed{}}
	if err := t.readUnits(d); err != nil {
		return nil, err
	}
	since := int64(-1)
	if old != nil {
		since = old.epoch
		for id, p := range old.byID {
			d.byID[id] = p
		}
	}
	if err := t.readListed(d, since); err != nil {
		return nil, err
	}
	if old != nil {
		n, err := t.count(t.of((*memberRow)(nil)))
		if err != nil {
			return nil, err
		}
		if n != len(d.byID) {
			return t.readDirectory(nil, epoch)
		}
	}
	d.order()
	return d, nil
}

// readListed reads who changed after an epoch.
func (t *Tenant) readListed(d *directory, since int64) error {
	var rows []memberRow
	err := t.of(&rows).Column("id", "email", "name", "title", "department_id", "role", "role_id", "active", "created_at").
		Where("changed > ?", since).Scan(t.ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		p := t.in("members", r.ID)
		one := &listed{id: r.ID, name: p.shown("name", r.Name), email: p.shown("email", r.Email), title: p.shown("title", r.Title),
			department: r.DepartmentID, role: r.Role, roleID: r.RoleID, active: r.Active, joined: r.CreatedAt}
		one.sort = search.Fold(one.name)
		one.folded = one.sort + "\n" + search.Fold(one.title) + "\n" + one.email
		d.byID[r.ID] = one
	}
	return nil
}

// order sorts the people by name and says how much memory they take.
func (d *directory) order() {
	d.people = make([]*listed, 0, len(d.byID))
	for _, p := range d.byID {
		d.people = append(d.people, p)
		d.bytes += 320 + len(p.name) + len(p.email) + len(p.title) + len(p.sort) + len(p.folded)
	}
	slices.SortFunc(d.people, func(a, b *listed) int { return cmp.Or(cmp.Compare(a.sort, b.sort), cmp.Compare(a.id, b.id)) })
	for _, u := range d.units {
		d.bytes += 200 + len(u.path) + len(u.folded)
	}
}

// readUnits reads departments and roles whole: they are few.
func (t *Tenant) readUnits(d *directory) error {
	var rows []departmentRow
	if err := t.of(&rows).Scan(t.ctx); err != nil {
		return err
	}
	names := map[domain.ID]string{}
	d.units = make(map[domain.ID]unit, len(rows))
	for _, r := range rows {
		names[r.ID] = t.in("departments", r.ID).shown("name", r.Name)
		d.units[r.ID] = unit{parent: r.ParentID, manager: r.ManagerID}
	}
	for id, u := range d.units {
		parts := []string{}
		for at := range d.above(id) {
			parts = append(parts, names[at])
		}
		slices.Reverse(parts)
		u.path = strings.Join(parts, " / ")
		u.folded = search.Fold(u.path)
		d.units[id] = u
	}
	var roles []roleRow
	err := t.of(&roles).Order("id").Scan(t.ctx)
	for _, r := range roles {
		d.roles = append(d.roles, domain.GivenRole{Role: domain.Custom, ID: r.ID, Name: t.in("roles", r.ID).shown("name", r.Name), Allowed: r.Permissions})
	}
	return err
}

// deepest is how many departments can be above one: a ring, which there is none of, would not end.
const deepest = 100

// above walks from a department to the top, itself first.
func (d *directory) above(id domain.ID) func(func(domain.ID) bool) {
	return func(yield func(domain.ID) bool) {
		for range deepest {
			u, ok := d.units[id]
			if !ok || !yield(id) {
				return
			}
			id = u.parent
		}
	}
}

// managerOf is who manages a person's department, or the nearest one above it that somebody else manages.
func (d *directory) managerOf(p *listed) domain.ID {
	for at := range d.above(p.department) {
		if m := d.units[at].manager; m != "" && m != p.id {
			return m
		}
	}
	return ""
}

// profile is a person as others see them.
func (d *directory) profile(p *listed) domain.Profile {
	out := domain.Profile{Member: domain.Member{ID: p.id, Name: p.name, Email: p.email, Title: p.title, Department: p.department, Role: p.role,
		RoleID: p.roleID, RoleName: d.roleName(p.role, p.roleID), Active: p.active, CreatedAt: p.joined}, DepartmentPath: d.units[p.department].path}
	if out.Manager = d.managerOf(p); out.Manager != "" {
		if m := d.byID[out.Manager]; m != nil {
			out.ManagerName = m.name
		}
	}
	return out
}

func (d *directory) roleName(r domain.Role, id domain.ID) string {
	if r != domain.Custom {
		return r.Name()
	}
	for _, own := range d.roles {
		if own.ID == id {
			return own.Name
		}
	}
	return r.Name()
}
