package handlers

import (
	"errors"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/people"
	"aimyorg/views/ui"
)

// peopleRoutes is who may see and change people. What is dangerous wants a fresh proof of who asks.
func (s *Site) peopleRoutes() []route {
	return []route{
		{"GET", "/people", domain.ReadPeople, (*request).listPeople, nil, ""},
		{"GET", "/people/:id", domain.ReadPeople, (*request).showPerson, nil, ""},
		{"POST", "/people/:id/role", domain.ManagePeople, (*request).giveRole, []string{"role"}, "fresh"},
		{"POST", "/people/:id/department", domain.ManagePeople, (*request).movePerson, []string{"department"}, ""},
		{"GET", "/people/:id/deactivate", domain.ManagePeople, (*request).askDeactivate, nil, ""},
		{"POST", "/people/:id/deactivate", domain.ManagePeople, (*request).deactivate, nil, ""},
		{"POST", "/people/:id/factors/reset", domain.ManagePeople, (*request).resetFactors, nil, "fresh"},
		{"POST", "/people/:id/reactivate", domain.ManagePeople, (*request).reactivate, nil, ""},
		{"GET", "/people/:id/ownership", domain.OwnOrganization, (*request).askOfferOwnership, nil, ""},
		{"POST", "/people/:id/ownership", domain.OwnOrganization, (*request).offerOwnership, nil, "fresh"},
		{"POST", "/admin/ownership/withdraw", domain.OwnOrganization, (*request).withdrawOwnership, nil, ""},
		{"GET", "/ownership", domain.SignedIn, (*request).showOffer, nil, ""},
		{"GET", "/ownership/:token", domain.SignedIn, (*request).showOwnership, nil, ""},
		{"POST", "/ownership/:token", domain.SignedIn, (*request).takeOwnership, nil, "fresh"},
	}
}

// peopleAPage is how many people the directory shows at once.
const peopleAPage = 50

// maxChoice is how many people a field offers to choose from.
const maxChoice = 1000

// maxPeopleQuery is how much of a query is read.
const maxPeopleQuery = 200

// listPeople is the directory. What the address asks for beyond what there is, is brought back to it (A45).
func (q *request) listPeople() error {
	p := people.DirectoryPage{Organization: q.who.Org.Name, Query: cutRunes(q.query("q"), maxPeopleQuery), Department: q.queryID("department"),
		MayInvite: q.actor().May(domain.InvitePeople), MayManage: q.actor().May(domain.ManagePeople)}
	p.Closed = p.MayManage && q.query("accounts") == "closed"
	from := q.number("from", 0) / peopleAPage * peopleAPage
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Roles, err = t.RoleChoice(); err != nil {
			return err
		}
		if p.Departments, err = t.Places(); err != nil {
			return err
		}
		p.Role = roleAmong(p.Roles, q.query("role"))
		f := store.PeopleFilter{Query: p.Query, Department: p.Department, Role: p.Role, Closed: p.Closed, Offset: from, Limit: peopleAPage}
		if p.People, p.Total, err = t.Directory(f); err != nil || f.Offset < p.Total || p.Total == 0 {
			return err
		}
		from = (p.Total - 1) / peopleAPage * peopleAPage
		f.Offset = from
		p.People, p.Total, err = t.Directory(f)
		return err
	})
	if err != nil {
		return err
	}
	p.From = from + 1
	to := func(from int) string {
		return withQuery("/people", filled("q", p.Query, "department", string(p.Department), "role", p.Role,
			"accounts", map[bool]string{true: "closed"}[p.Closed],
			"from", strconv.Itoa(from))...)
	}
	if from > 0 {
		p.Before = to(from - peopleAPage)
	}
	if from+peopleAPage < p.Total {
		p.After = to(from + peopleAPage)
	}
	if q.partial() {
		return q.fragments(fiber.StatusOK, people.Found(p))
	}
	return q.page("People", people.Directory(p))
}

// roleAmong is the key of a role that there is, or "".
func roleAmong(all []domain.GivenRole, key string) string {
	for _, r := range all {
		if r.Key() == key {
			return key
		}
	}
	return ""
}

// filled leaves out the pairs without a value.
func filled(pairs ...string) []string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, pairs[i], pairs[i+1])
		}
	}
	return out
}

func personPath(id domain.ID) string { return "/people/" + string(id) }

func (q *request) showPerson() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	return q.personPage(fiber.StatusOK, id, nil)
}

// personPage shows a person; problems are those of a form on it.
func (q *request) personPage(status int, id domain.ID, problems domain.Problems) error {
	p := people.PersonPage{Me: id == q.actor().Member(), MayManage: q.actor().May(domain.ManagePeople), Problems: problems, Now: q.now}
	for _, l := range []struct {
		needs     domain.Permission
		end, says string
	}{{domain.ExplainAccess, "/access", "What they may see, and why"}, {domain.ManagePeople, "/sign-ins", "When and how they signed in"}} {
		if q.actor().May(l.needs) {
			p.Links = append(p.Links, ui.Crumb{Label: l.says, Href: personPath(id) + l.end})
		}
	}
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Person, err = t.Person(id); err != nil {
			return err
		}
		if p.MayManage {
			return q.managing(t, &p)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: p.Person.Name}, people.Person(p))
}

// managing fills in what only who manages people sees of a person.
func (q *request) managing(t *store.Tenant, p *people.PersonPage) (err error) {
	id := p.Person.ID
	if p.Roles, err = t.GivesRole(id); err != nil {
		return err
	}
	if p.Departments, err = t.Places(); err != nil {
		return err
	}
	if p.Moves, err = t.MovesOf(id); err != nil {
		return err
	}
	if !q.actor().May(domain.OwnOrganization) || p.Me {
		return nil
	}
	p.MayOffer = p.Person.Active && p.Person.Role != domain.Owner
	o, err := t.OwnershipOffer()
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err == nil && o.To == id {
		p.Offer = &o
	}
	return err
}

// giveRole gives a person another role.
func (q *request) giveRole() error {
	return q.changePerson(func(t *store.Tenant, id domain.ID) error { return t.GiveRole(id, q.typed("role")) })
}

// movePerson puts a person into another department. What is no id names no department.
func (q *request) movePerson() error {
	return q.changePerson(func(t *store.Tenant, id domain.ID) error {
		return t.ChangeDepartment(id, domain.ID(q.typed("department")))
	})
}

func (q *request) deactivate() error { return q.changePerson((*store.Tenant).Deactivate) }
func (q *request) reactivate() error { return q.changePerson((*store.Tenant).Reactivate) }

// offerOwnership asks a person to become the owner.
func (q *request) offerOwnership() error { return q.changePerson((*store.Tenant).OfferOwnership) }

// changePerson does something with the person in the path and shows them again, with what was wrong.
func (q *request) changePerson(change func(*store.Tenant, domain.ID) error) error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	err = q.do(func(t *store.Tenant) error { return change(t, id) })
	var problems domain.Problems
	if errors.As(err, &problems) {
		return q.personPage(fiber.StatusUnprocessableEntity, id, problems)
	}
	if err != nil {
		return err
	}
	return q.redirect(personPath(id))
}

// person is the one in the path, whom the reader asks to do something with; not an owner and not themselves.
func (q *request) person() (domain.Profile, error) {
	id, err := q.param("id")
	if err != nil {
		return domain.Profile{}, err
	}
	var p domain.Profile
	err = q.read(func(t *store.Tenant) (err error) {
		p, err = t.Person(id)
		return err
	})
	if err == nil && (p.Role == domain.Owner || !p.Active || id == q.actor().Member()) {
		err = domain.ErrNotFound
	}
	return p, err
}

func (q *request) askDeactivate() error {
	p, err := q.person()
	if err != nil {
		return err
	}
	return q.page("Deactivate somebody", people.Deactivate(people.ConfirmPage{Person: p}))
}

func (q *request) askOfferOwnership() error {
	p, err := q.person()
	if err != nil {
		return err
	}
	return q.page("Hand the organization over", people.OfferOwnership(people.ConfirmPage{Person: p}))
}

func (q *request) withdrawOwnership() error {
	if err := q.do((*store.Tenant).WithdrawOwnership); err != nil {
		return err
	}
	return q.redirect(q.from("/people"))
}

// showOffer says whether an offer is open, for who has not the link at hand.
func (q *request) showOffer() error {
	p := people.OwnershipPage{Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		p.Offer, err = t.OwnershipOffer()
		return err
	})
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return q.page("Ownership", people.Ownership(p))
}

func (q *request) showOwnership() error {
	p := people.OwnershipPage{Action: "/ownership/" + q.token(), Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		p.Offer, err = t.OwnershipOffered(q.token())
		return err
	})
	if err != nil {
		return err
	}
	return q.page("Become the owner", people.Ownership(p))
}

// takeOwnership makes the reader the owner. Their next page is an owner's.
func (q *request) takeOwnership() error {
	err := q.do(func(t *store.Tenant) error { return t.TakeOwnership(q.token()) })
	if err != nil {
		return err
	}
	return q.redirect(personPath(q.actor().Member()))
}

// resetFactors takes a person's second factors away, for whom everything is lost.
func (q *request) resetFactors() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	if err := q.do(func(t *store.Tenant) error { return t.ResetFactors(id) }); err != nil {
		return err
	}
	return q.redirect(personPath(id))
}
