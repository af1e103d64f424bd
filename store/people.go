package store

import (
	"slices"
	"strings"

	"aimyorg/domain"
	"aimyorg/store/search"
)

// PeopleFilter says who is looked for in the directory. Role is a built-in role's name or the id of an own one.
type PeopleFilter struct {
	Query         string
	Department    domain.ID // and those below it
	Role          string
	Closed        bool // accounts that are deactivated, in place of those that are not
	Offset, Limit int
}

// maxPeople is how many people are given at once (A45).
const maxPeople = 200

// Directory gives the people that a filter finds, by name, and how many there are altogether. Deactivated accounts are for
// who manages people.
func (t *Tenant) Directory(f PeopleFilter) (page []domain.Profile, total int, err error) {
	if err := t.may(domain.ReadPeople); err != nil {
		return nil, 0, err
	}
	if f.Closed && !t.actor.May(domain.ManagePeople) {
		return nil, 0, domain.ErrNotFound
	}
	d, err := t.directory()
	if err != nil {
		return nil, 0, err
	}
	fits := d.filter(f)
	f.Limit, f.Offset = min(max(f.Limit, 1), maxPeople), max(f.Offset, 0)
	for _, p := range d.people {
		if !fits(p) {
			continue
		}
		if total >= f.Offset && len(page) < f.Limit {
			page = append(page, d.profile(p))
		}
		total++
	}
	return page, total, nil
}

// filter makes the test that each person must pass: each word of the query in their name, title, address or department.
func (d *directory) filter(f PeopleFilter) func(*listed) bool {
	words := strings.Fields(search.Fold(f.Query))
	in := make([]map[domain.ID]bool, len(words)) // the departments that a word names
	for i, w := range words {
		in[i] = map[domain.ID]bool{}
		for id, u := range d.units {
			if strings.Contains(u.folded, w) {
				in[i][id] = true
			}
		}
	}
	below := d.below(f.Department)
	return func(p *listed) bool {
		if p.active == f.Closed || f.Department != "" && !below[p.department] ||
			f.Role != "" && f.Role != string(p.role) && f.Role != string(p.roleID) {
			return false
		}
		for i, w := range words {
			if !strings.Contains(p.folded, w) && !in[i][p.department] {
				return false
			}
		}
		return true
	}
}

// below is a department with those below it.
func (d *directory) below(top domain.ID) map[domain.ID]bool {
	out := map[domain.ID]bool{}
	if top == "" {
		return out
	}
	for id := range d.units {
		for at := range d.above(id) {
			if at == top {
				out[id] = true
			}
		}
	}
	return out
}

// Person is one of the organization's people, as others see them; a deactivated one for who manages people.
func (t *Tenant) Person(id domain.ID) (domain.Profile, error) {
	if err := t.may(domain.ReadPeople); err != nil {
		return domain.Profile{}, err
	}
	d, err := t.directory()
	if err != nil {
		return domain.Profile{}, err
	}
	p := d.byID[id]
	if p == nil || !p.active && !t.actor.May(domain.ManagePeople) {
		return domain.Profile{}, domain.ErrNotFound
	}
	return d.profile(p), nil
}

// NamesOf maps ids to people's names, for pages that say who did what. It reads those alone: the directory is for pages that
// need many, and costs a second when there are many.
func (t *Tenant) NamesOf(ids ...domain.ID) (map[domain.ID]string, error) {
	out := map[domain.ID]string{}
	if ids = present(ids); len(ids) == 0 {
		return out, nil
	}
	var rows []memberRow
	if err := t.hot(&rows, `select tenant_id, id, name from members where tenant_id = $1 and id = any($2::uuid[])`, plain(ids)); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = t.in("members", r.ID).shown("name", r.Name)
	}
	return out, nil
}

// Choice lists people by name for a field to choose from, at most most of them; those whose account is deactivated only when
// closed is set.
func (t *Tenant) Choice(most int, closed bool) ([]domain.Member, error) {
	d, err := t.directory()
	if err != nil {
		return nil, err
	}
	var out []domain.Member
	for _, p := range d.people {
		if len(out) == most {
			break
		}
		if p.active || closed {
			out = append(out, d.profile(p).Member)
		}
	}
	return out, nil
}

// sorted lists departments by path.
func (d *directory) sorted(keep func(domain.ID) bool) []domain.DepartmentPlace {
	var out []domain.DepartmentPlace
	for id, u := range d.units {
		if keep(id) {
			out = append(out, domain.DepartmentPlace{ID: id, Path: u.path})
		}
	}
	slices.SortFunc(out, func(a, b domain.DepartmentPlace) int {
		return strings.Compare(d.units[a.ID].folded+string(a.ID), d.units[b.ID].folded+string(b.ID))
	})
	return out
}

// Places lists the organization's departments by their paths.
func (t *Tenant) Places() ([]domain.DepartmentPlace, error) {
	d, err := t.directory()
	if err != nil {
		return nil, err
	}
	return d.sorted(func(domain.ID) bool { return true }), nil
}

// RoleChoice lists every role that people can have: the built-in ones and the organization's own.
func (t *Tenant) RoleChoice() ([]domain.GivenRole, error) {
	d, err := t.directory()
	if err != nil {
		return nil, err
	}
	return d.everyRole(), nil
}

func (d *directory) everyRole() []domain.GivenRole {
	var out []domain.GivenRole
	for _, r := range domain.Roles {
		out = append(out, domain.GivenRole{Role: r, Name: r.Name()})
	}
	return append(out, d.roles...)
}

// givable are the roles that the actor may give.
func (t *Tenant) givable(d *directory) []domain.GivenRole {
	return slices.DeleteFunc(d.everyRole(), func(r domain.GivenRole) bool { return !t.actor.MayGive(r.Role, r.Allowed) })
}

// Offering is what the actor may give somebody whom they invite: roles, and departments besides none.
func (t *Tenant) Offering() (roles []domain.GivenRole, places []domain.DepartmentPlace, err error) {
	d, err := t.directory()
	if err != nil || !t.actor.May(domain.InvitePeople) {
		return nil, nil, err
	}
	return t.givable(d), d.sorted(func(id domain.ID) bool { return t.mayPlace(d, id) }), nil
}

// mayPlace says whether the actor may put somebody into a department: who manages people into any, others into those that
// they manage, with what is below.
func (t *Tenant) mayPlace(d *directory, id domain.ID) bool {
	if t.actor.May(domain.ManagePeople) {
		return true
	}
	for at := range d.above(id) {
		if d.units[at].manager == t.actor.Member() {
			return true
		}
	}
	return false
}
