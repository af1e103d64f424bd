package store_test

import (
	"errors"
	"slices"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func problemsOf(t testing.TB, err error) domain.Problems {
	t.Helper()
	var p domain.Problems
	if !errors.As(err, &p) {
		t.Errorf("got %v, want problems", err)
	}
	return p
}

func share(t testing.TB, db *store.DB, a domain.Actor, id domain.ID, f domain.AccessForm) error {
	t.Helper()
	return in(t, db, a, func(x *store.Tenant) error { return x.ChangeDocumentAccess(id, f) })
}

// A line that denies holds for the next search, page, and what an answer may use, whatever is cached.
func TestP54_ADenialHoldsAtOnce(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		staff := o.People[domain.Staff]
		d := o.Document(t, o.Collection(t, domain.CollectionForm{Name: "C", Everyone: true, AIAllowed: true}), "D", "The pangolin is a shy animal.")
		open, denied := domain.AccessForm{}, domain.AccessForm{Deny: domain.Subjects{Members: []string{string(staff.Member())}}}
		only := domain.AccessForm{Allow: domain.Subjects{Roles: []string{"manager"}}}
		for i, f := range []domain.AccessForm{open, denied, open, only, open} {
			must(t, share(t, db, o.Owner, d.ID, f))
			want := i%2 == 0
			if got := found(t, db, staff, "pangolin"); (len(got) == 1) != want {
				t.Errorf("%d: finds %q", i, got)
			}
			if got, _ := retrieved(t, db, staff, "pangolin", true); (len(got) == 1) != want {
				t.Errorf("%d: AI gets %q", i, got)
			}
			err := in(t, db, staff, func(x *store.Tenant) error { _, err := x.Passage(d.ID, d.Version.ID, 0); return err })
			if (err == nil) != want {
				t.Errorf("%d: a passage: %v", i, err)
			}
			if got := counted(t, db, staff); (got == 1) != want {
				t.Errorf("%d: the collection has %d documents", i, got)
			}
		}
	})
}

// counted is how many documents an actor's collections have.
func counted(t testing.TB, db *store.DB, a domain.Actor) (n int) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) error {
		all, err := x.Collections()
		for _, c := range all {
			n += c.Documents
		}
		return err
	})
	return n
}

// What a document's form names must be the organization's own (A34), and nobody locks themselves out.
func TestA34_WhomALineMayName(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	a, other := arrange(t, db), arrange(t, db)
	c := a.Collection(t, domain.CollectionForm{})
	d := a.Document(t, c, "D", "text")
	for name, s := range map[string]domain.Subjects{"departments": {Departments: []string{string(other.departments[0])}}, "roles": {Roles: []string{string(other.roles[0])}},
		"members": {Members: []string{string(other.Owner.Member())}}} {
		for _, bad := range []domain.Subjects{s, {Departments: garbled(s.Departments), Roles: garbled(s.Roles), Members: garbled(s.Members)}} {
			if p := problemsOf(t, share(t, db, a.Owner, d.ID, domain.AccessForm{Allow: bad})); p.For(name) == "" {
				t.Errorf("%s: %v", name, p)
			}
			if p := problemsOf(t, share(t, db, a.Owner, d.ID, domain.AccessForm{Deny: bad})); p.For("deny_"+name) == "" {
				t.Errorf("deny_%s: %v", name, p)
			}
			err := in(t, db, a.Owner, func(x *store.Tenant) error {
				return x.ChangeCollection(c, domain.CollectionForm{Name: "C", Departments: bad.Departments, Roles: bad.Roles, Members: bad.Members})
			})
			if p := problemsOf(t, err); p.For(name) == "" {
				t.Errorf("a collection's %s: %v", name, p)
			}
		}
	}
	must(t, in(t, db, a.Owner, func(x *store.Tenant) error {
		got, _, err := x.DocumentAccess(d.ID)
		if len(got.Access) > 0 {
			t.Errorf("linked: %+v", got.Access)
		}
		return err
	}))
}

func garbled(ids []string) (out []string) {
	for range ids {
		out = append(out, "x' or true --")
	}
	return out
}

func TestNobodyLocksThemselvesOut(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "D", "text")
	admin, everyone := o.People[domain.Admin], domain.AccessForm{Deny: domain.Subjects{Everyone: true}}
	me := domain.AccessForm{Deny: domain.Subjects{Members: []string{string(admin.Member())}}}
	if p := problemsOf(t, share(t, db, admin, d.ID, everyone)); p.For("deny_everyone") == "" {
		t.Errorf("%v", p)
	}
	if p := problemsOf(t, share(t, db, admin, d.ID, me)); p.For("deny_members") == "" {
		t.Errorf("%v", p)
	}
	must(t, share(t, db, o.Owner, d.ID, everyone)) // who can always undo it
	wants(t, share(t, db, admin, d.ID, domain.AccessForm{}), domain.ErrNotFound)
	wants(t, share(t, db, o.People[domain.Staff], d.ID, domain.AccessForm{}), domain.ErrNotFound)
	err := in(t, db, admin, func(x *store.Tenant) error {
		_, err := x.CreateCollection(domain.CollectionForm{Name: "C", Deny: domain.Subjects{Roles: []string{"admin"}}})
		return err
	})
	if p := problemsOf(t, err); p.For("deny_roles") == "" {
		t.Errorf("%v", p)
	}
}

func TestReadersAreCountedByTheRule(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	a := arrange(t, db)
	everybody := slices.Clone(a.people)
	for _, who := range a.People {
		everybody = append(everybody, domain.Who{Actor: who})
	}
	for name, lines := range map[string][]domain.Access{"nobody named": nil, "everyone": {{Kind: domain.ToEveryone}},
		"all denied": {{Kind: domain.ToEveryone}, {Kind: domain.ToEveryone, Denied: true}}, "a department": {{Kind: domain.ToDepartment, Subject: string(a.departments[1])}}} {
		thing, want := domain.Collection{Access: lines}.Thing(), 0
		for _, who := range everybody {
			if domain.May(who, domain.Read, thing).Allowed {
				want++
			}
		}
		must(t, in(t, db, a.Owner, func(x *store.Tenant) error {
			got, err := x.Readers(thing)
			if got != want || got == 0 {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
			return err
		}))
	}
	wants(t, in(t, db, a.People[domain.Auditor], func(x *store.Tenant) error { _, err := x.Readers(domain.Thing{}); return err }), domain.ErrNotFound)
}

// Asking what somebody may see says what is then so, leaves a mark, and opens nothing to who asks.
func TestExplain(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	a := arrange(t, db)
	c := a.Collection(t, domain.CollectionForm{Name: "Contracts", Everyone: true, Deny: domain.Subjects{Departments: []string{string(a.departments[1])}}})
	d := a.Document(t, c, "Lease of the hall", "text")
	hidden := a.Document(t, c, "Secret lease", "text")
	admin := a.People[domain.Admin]
	must(t, share(t, db, a.Owner, hidden.ID, domain.AccessForm{Deny: domain.Subjects{Roles: []string{"admin"}}}))
	for _, who := range a.people {
		must(t, in(t, db, admin, func(x *store.Tenant) error {
			_, got, err := x.Explain(who.Member())
			if err != nil || got.Actor != who.Actor {
				t.Errorf("%+v, want %+v", got, who)
			}
			docs, more, err := x.ExplainDocuments(who.Member(), "LEASE", "")
			if err != nil || len(docs) != 1 || more != "" || docs[0].Document.ID != d.ID {
				t.Fatalf("%+v %q %v", docs, more, err)
			}
			return err
		}))
		opened := in(t, db, who.Actor, func(x *store.Tenant) error { _, err := x.Document(d.ID); return err }) == nil
		must(t, in(t, db, admin, func(x *store.Tenant) error {
			docs, _, err := x.ExplainDocuments(who.Member(), "", "")
			if docs[0].Reading.Allowed != opened {
				t.Errorf("%s: explained %+v, opens it %v", who.Role(), docs[0].Reading, opened)
			}
			return err
		}))
	}
	var looks int
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from looks where tenant_id = $1 and looked_by = $2 and what = 'access'",
		admin.Tenant(), admin.Member()).Scan(&looks))
	if looks != len(a.people) {
		t.Errorf("%d looks", looks)
	}
	wants(t, in(t, db, a.People[domain.Staff], func(x *store.Tenant) error { _, _, err := x.Explain(admin.Member()); return err }), domain.ErrNotFound)
	wants(t, in(t, db, admin, func(x *store.Tenant) error { _, _, err := x.Explain(db.NewID()); return err }), domain.ErrNotFound)
}
