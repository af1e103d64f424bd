package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// arranged is an organization with a tree of departments, roles of its own and people in all of them.
type arranged struct {
	storetest.Organization
	departments, roles []domain.ID
	people             []domain.Who
}

// arrange makes one: Company over Sales over East, and Works apart.
func arrange(t testing.TB, db *store.DB) *arranged {
	t.Helper()
	a := &arranged{Organization: storetest.New(t, db)}
	for range 4 {
		a.departments = append(a.departments, db.NewID())
	}
	parents := []domain.ID{"", a.departments[0], a.departments[1], ""}
	for i, id := range a.departments {
		_, err := storetest.Superuser(t).Exec(t.Context(), "insert into departments values ($1, $2, nullif($3, '')::uuid, '\\x00', null, now())",
			a.Owner.Tenant(), id, string(parents[i]))
		must(t, err)
	}
	for i, allowed := range [][]domain.Permission{{domain.ReadKnowledge, domain.AskCopilot}, {domain.ReadKnowledge, domain.ShareKnowledge, domain.WriteKnowledge},
		{domain.AskCopilot}} {
		storetest.Do(t, db, a.Owner, func(x *store.Tenant) error {
			f := domain.RoleForm{Name: fmt.Sprint("Role ", i)}
			for _, p := range allowed {
				f.Permissions = append(f.Permissions, string(p))
			}
			id, err := x.CreateRole(f)
			a.roles = append(a.roles, id)
			return err
		})
		a.join(t, domain.Custom, a.roles[i], i, allowed)
	}
	for i, role := range []domain.Role{domain.Owner, domain.Admin, domain.Manager, domain.Staff, domain.Staff, domain.Staff, domain.Auditor} {
		a.join(t, role, "", i-1, nil)
	}
	return a
}

// join adds somebody to a department by its number; those that there are not are none.
func (a *arranged) join(t testing.TB, role domain.Role, custom domain.ID, department int, allowed []domain.Permission) {
	t.Helper()
	m := domain.Member{Name: "Somebody", Email: string(a.DB.NewID()) + "@example.com", Role: role, RoleID: custom, PolicyVersion: 1}
	var above []domain.ID
	if department >= 0 && department < 4 {
		m.Department = a.departments[department]
		above = [][]domain.ID{a.departments[:1], a.departments[:2], a.departments[:3], a.departments[3:]}[department]
	}
	added, err := a.DB.AddMember(t.Context(), a.Owner, m, storetest.Hash)
	must(t, err)
	who := domain.NewActor(a.Owner.Tenant(), added.Member(), role)
	if role == domain.Custom {
		who = domain.NewCustomActor(a.Owner.Tenant(), added.Member(), custom, allowed)
	}
	a.people = append(a.people, domain.Who{Actor: who, Departments: above})
}

// lines are some lines of access, of all kinds.
func (a *arranged) lines(r *rand.Rand, upTo int) []domain.Access {
	var out []domain.Access
	for range r.IntN(upTo + 1) {
		x := domain.Access{Denied: r.IntN(3) == 0}
		switch r.IntN(6) {
		case 0:
			x.Kind = domain.ToEveryone
		case 1, 2:
			x.Kind, x.Subject = domain.ToDepartment, string(a.departments[r.IntN(4)])
		case 3:
			x.Kind, x.Subject = domain.ToRole, string(a.roles[r.IntN(3)])
		case 4:
			x.Kind, x.Subject = domain.ToRole, string(domain.Roles[1+r.IntN(4)])
		default:
			x.Kind, x.Subject = domain.ToMember, string(a.people[r.IntN(len(a.people))].Member())
		}
		if !slices.ContainsFunc(out, func(o domain.Access) bool { return o.Kind == x.Kind && o.Subject == x.Subject }) {
			out = append(out, x)
		}
	}
	return out
}

// paper is a document with the collection that it is in, as they were made.
type paper struct {
	d domain.Document
	c domain.Collection
}

// fill makes collections and documents by different people with lines at random, past the forms: also what they would refuse.
func (a *arranged) fill(t testing.TB, r *rand.Rand, n int) (out []paper) {
	t.Helper()
	super := storetest.Superuser(t)
	for i := range n {
		c := domain.Collection{Name: fmt.Sprint("c", i), AIAllowed: r.IntN(2) == 0, CreatedBy: a.people[r.IntN(len(a.people))].Member(), Access: a.lines(r, 4)}
		c.ID = a.Collection(t, domain.CollectionForm{Name: c.Name, AIAllowed: c.AIAllowed})
		_, err := super.Exec(t.Context(), "update collections set created_by = $2 where id = $1", c.ID, c.CreatedBy)
		must(t, err)
		for _, x := range c.Access {
			_, err := super.Exec(t.Context(), "insert into collection_access values ($1, $2, $3, $4, $5)", a.Owner.Tenant(), c.ID, x.Kind, x.Subject, x.Denied)
			must(t, err)
		}
		for j := range 2 {
			d := a.Document(t, c.ID, fmt.Sprintf("c%d d%d", i, j), "The pangolin is a shy animal of the night.")
			d.CreatedBy = a.people[r.IntN(len(a.people))].Member()
			_, err := super.Exec(t.Context(), "update documents set created_by = $2 where id = $1", d.ID, d.CreatedBy)
			must(t, err)
			if j > 0 {
				d.Access = a.lines(r, 3)
			}
			for _, x := range d.Access {
				_, err := super.Exec(t.Context(), "insert into document_access values ($1, $2, $3, $4, $5)", a.Owner.Tenant(), d.ID, x.Kind, x.Subject, x.Denied)
				must(t, err)
			}
			out = append(out, paper{d, c})
		}
	}
	return out
}

// What is given out is what domain.May says, for everybody, in worlds made by chance: lists, pages, search, and what an answer
// may use; whether rulings are remembered or the database is asked.
func TestP54_TheDatabaseSaysWhatMaySays(t *testing.T) {
	bothWays(t, mayIsHeld)
	t.Run("asked", func(t *testing.T) {
		t.Parallel()
		db, err := storetest.At(t).Open(t.Context(), "")
		must(t, err)
		t.Cleanup(db.Close)
		db.AskTheDatabase()
		mayIsHeld(t, db)
	})
}

func mayIsHeld(t *testing.T, db *store.DB) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 4))
	a := arrange(t, db)
	papers := a.fill(t, r, 24)
	_, err := storetest.Superuser(t).Exec(t.Context(), "update standings set epoch = epoch + 1 where tenant_id = $1", a.Owner.Tenant())
	must(t, err)
	readers := 0
	for _, who := range a.people {
		readers += a.agrees(t, db, who, papers)
	}
	if readers < 20 || readers > len(a.people)*len(papers)-20 {
		t.Errorf("%d readings of %d: this shows nothing", readers, len(a.people)*len(papers))
	}
}

func (a *arranged) agrees(t *testing.T, db *store.DB, who domain.Who, papers []paper) (n int) {
	t.Helper()
	what := string(who.Role()) + " " + string(who.Member())
	var wantDocs, wantAI, wantShelves, shelves []string
	for _, p := range papers {
		if domain.May(who, domain.Read, p.c.Thing()).Allowed {
			wantShelves = append(wantShelves, p.c.Name)
		}
		may := domain.May(who, domain.Read, p.d.Thing(p.c)).Allowed
		if may {
			wantDocs = append(wantDocs, p.d.Title)
		}
		if may && p.c.AIAllowed {
			wantAI = append(wantAI, p.d.Title)
		}
		a.opens(t, who, p, may)
	}
	slices.Sort(wantShelves)
	storetest.Do(t, db, who.Actor, func(x *store.Tenant) error {
		all, err := x.Collections()
		for _, c := range all {
			shelves = append(shelves, c.Name)
		}
		return err
	})
	same(t, what+" has collections", shelves, slices.Compact(wantShelves))
	same(t, what+" lists", listed(t, db, who.Actor), wantDocs)
	if who.May(domain.ReadKnowledge) {
		same(t, what+" finds", found(t, db, who.Actor, "pangolin"), wantDocs)
	}
	if who.May(domain.AskCopilot) {
		same(t, what+"'s AI gets", allRetrieved(t, db, who.Actor), wantAI)
	}
	return len(wantDocs)
}

// opens asks for one document and its collection by their ids.
func (a *arranged) opens(t *testing.T, who domain.Who, p paper, may bool) {
	t.Helper()
	err := a.DB.Tenant(t.Context(), who.Actor, func(x *store.Tenant) error { _, err := x.Document(p.d.ID); return err })
	if (err == nil) != may {
		t.Errorf("%s %s opens %s %+v in %+v: %v", who.Role(), who.Member(), p.d.Title, p.d.Access, p.c.Access, err)
	}
	want := domain.May(who, domain.Change, p.d.Thing(p.c)).Allowed
	err = a.DB.Tenant(t.Context(), who.Actor, func(x *store.Tenant) error { _, _, err := x.DocumentAccess(p.d.ID); return err })
	if (err == nil) != want {
		t.Errorf("%s %s changes %s: %v, want %v", who.Role(), who.Member(), p.d.Title, err, want)
	}
}

func allRetrieved(t testing.TB, db *store.DB, a domain.Actor) (titles []string) {
	t.Helper()
	err := db.Snapshot(t.Context(), a, func(x *store.Tenant) error {
		passages, _, err := x.Retrieve("pangolin", 100, true)
		for _, p := range passages {
			titles = append(titles, p.Title)
		}
		return err
	})
	must(t, err)
	return titles
}
