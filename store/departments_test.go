package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// problem is the field and code that a form was refused with.
func problem(err error) string {
	var p domain.Problems
	if errors.As(err, &p) {
		return p[0].Field + ":" + p[0].Code
	}
	return fmt.Sprint(err)
}

// makes gives a department's id.
func makes(t testing.TB, o storetest.Organization, name string, parent domain.ID) (id domain.ID) {
	t.Helper()
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		id, err = x.CreateDepartment(name, parent)
		return err
	})
	return id
}

func treeOf(t testing.TB, db *store.DB, a domain.Actor) (tree domain.Tree) {
	t.Helper()
	must(t, db.Read(t.Context(), a, func(x *store.Tenant) (err error) {
		tree, err = x.Departments()
		return err
	}))
	return tree
}

// person adds somebody to a department.
func person(t testing.TB, o storetest.Organization, department domain.ID) domain.Actor {
	t.Helper()
	a, err := o.DB.AddMember(t.Context(), o.Owner, domain.Member{Name: "P", Email: string(o.DB.NewID()) + "@example.com", Role: domain.Staff,
		Department: department, PolicyVersion: 1}, storetest.Hash)
	must(t, err)
	return a
}

func TestDepartments_change_and_keep_their_history(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	a := makes(t, o, "Europe", "")
	b := makes(t, o, "  Sales ", "")
	c := makes(t, o, "Asia", "")
	do := func(fn func(*store.Tenant) error) error { t.Helper(); return in(t, db, o.Owner, fn) }
	must(t, do(func(x *store.Tenant) error { return x.MoveDepartment(b, a) }))
	must(t, do(func(x *store.Tenant) error { return x.MoveDepartment(b, a) })) // where it is: nothing happened
	must(t, do(func(x *store.Tenant) error { return x.MoveDepartment(b, c) }))
	must(t, do(func(x *store.Tenant) error { return x.RenameDepartment(b, "Selling") }))
	tree := treeOf(t, db, o.People[domain.Staff])
	if d, _ := tree.Department(b); d.Name != "Selling" || d.Parent != c {
		t.Errorf("%+v", d)
	}
	var moves []domain.Move
	storetest.Do(t, db, o.People[domain.Staff], func(x *store.Tenant) (err error) {
		moves, err = x.DepartmentMoves(b, 50)
		return err
	})
	if len(moves) != 2 || moves[0].From != a || moves[0].To != c || moves[1].From != "" || moves[1].To != a || moves[0].By != o.Owner.Member() || moves[0].At.IsZero() {
		t.Errorf("%+v", moves)
	}
	for want, fn := range map[string]func(*store.Tenant) error{
		"parent:cycle":   func(x *store.Tenant) error { return x.MoveDepartment(c, b) },
		"name:taken":     func(x *store.Tenant) error { _, err := x.CreateDepartment("asia", ""); return err },
		"name:required":  func(x *store.Tenant) error { return x.RenameDepartment(b, " ") },
		"parent:unknown": func(x *store.Tenant) error { _, err := x.CreateDepartment("New", db.NewID()); return err },
		"not found":      func(x *store.Tenant) error { return x.RenameDepartment(db.NewID(), "x") },
	} {
		if got := problem(do(fn)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	log := verbs(t, db, o)
	for _, verb := range []string{"department.created", "department.moved", "department.renamed"} {
		if !slices.Contains(log, verb) {
			t.Errorf("%s is not in the log: %v", verb, log)
		}
	}
}

func verbs(t testing.TB, db *store.DB, o storetest.Organization) (out []string) {
	t.Helper()
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		entries, err := x.Audit(store.AuditFilter{Stretch: store.Stretch{Limit: 200}})
		for _, e := range entries {
			out = append(out, e.Verb)
		}
		return err
	})
	return out
}

// A move that was recorded can be neither changed nor deleted by the application's role.
func TestDepartments_history_is_never_overwritten(t *testing.T) {
	t.Parallel()
	super := storetest.Superuser(t)
	for _, right := range []string{"UPDATE", "DELETE", "TRUNCATE"} {
		var may bool
		must(t, super.QueryRow(t.Context(), "select has_table_privilege('aimyorg_app', 'moves', $1)", right).Scan(&may))
		if may {
			t.Errorf("the application may %s moves", right)
		}
	}
}

func TestA42_departments_are_changed_by_who_may(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	for _, role := range []domain.Role{domain.Manager, domain.Staff, domain.Auditor} {
		for name, fn := range map[string]func(*store.Tenant) error{
			"create":  func(x *store.Tenant) error { _, err := x.CreateDepartment("X", ""); return err },
			"rename":  func(x *store.Tenant) error { return x.RenameDepartment(w.Department, "X") },
			"move":    func(x *store.Tenant) error { return x.MoveDepartment(w.Department, "") },
			"manager": func(x *store.Tenant) error { return x.SetManager(w.Department, "") },
			"delete":  func(x *store.Tenant) error { return x.DeleteDepartment(w.Department) },
			"use":     func(x *store.Tenant) error { _, err := x.DepartmentUse(w.Department); return err },
		} {
			if err := in(t, db, w.People[role], fn); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%s may %s: %v", role, name, err)
			}
		}
	}
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error { return x.LeaveOrganization(x.Now().AddDate(0, 1, 0)) })
	err := in(t, db, w.Owner, func(x *store.Tenant) error { return x.RenameDepartment(w.Department, "X") })
	if refusal(err) != "organization_leaving" {
		t.Errorf("in an organization that is leaving: %v", err)
	}
}

// A34: what another organization has can be neither parent nor manager, and nothing is linked.
func TestA34_departments_of_another_organization(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]*store.DB{"all_walls": storetest.DB(t), "types_alone": storetest.Bypassing(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := build(t, db), build(t, db)
			before := fmt.Sprint(treeOf(t, db, b.Owner))
			for want, fn := range map[string]func(*store.Tenant) error{
				"parent:unknown":   func(x *store.Tenant) error { return x.MoveDepartment(b.Department, a.Department) },
				"parent:unknown ":  func(x *store.Tenant) error { _, err := x.CreateDepartment("X", a.Department); return err },
				"manager:unknown":  func(x *store.Tenant) error { return x.SetManager(b.Department, a.staff().Member()) },
				"manager:unknown ": func(x *store.Tenant) error { return x.SetManagerByEmail(b.Department, a.Email) },
			} {
				if got := problem(in(t, db, b.Owner, fn)); got != strings.TrimSpace(want) {
					t.Errorf("%s, want %s", got, want)
				}
			}
			if after := fmt.Sprint(treeOf(t, db, b.Owner)); after != before {
				t.Errorf("%s became %s", before, after)
			}
		})
	}
}

func TestDepartments_manager(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	id := makes(t, o, "Sales", "")
	below := makes(t, o, "North", id)
	boss, next := o.People[domain.Manager], o.People[domain.Staff]
	set := func(m domain.ID) error {
		return in(t, db, o.Owner, func(x *store.Tenant) error { return x.SetManager(id, m) })
	}
	managed := func(a domain.Actor) (ids []domain.ID) {
		must(t, db.Read(t.Context(), a, func(x *store.Tenant) (err error) { ids, err = x.Managed(); return err }))
		return ids
	}
	told := func(a domain.Actor) (n int) {
		must(t, storetest.Superuser(t).QueryRow(t.Context(), `select count(*) from notifications where tenant_id = $1 and member_id = $2
			and kind = 'department_changed' and object = $3`, o.Owner.Tenant(), a.Member(), id).Scan(&n))
		return n
	}
	must(t, set(boss.Member()))
	if got := managed(boss); !slices.Equal(got, []domain.ID{id, below}) || told(boss) != 1 {
		t.Errorf("manages %v, told %d times", got, told(boss))
	}
	must(t, set(next.Member()))
	if got := managed(boss); len(got) != 0 || told(boss) != 2 || told(next) != 1 {
		t.Errorf("manages %v still; told %d and %d times", got, told(boss), told(next))
	}
	must(t, set(o.Owner.Member()))
	if told(o.Owner) != 0 {
		t.Error("who did it was told")
	}
	must(t, set(""))
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Deactivate(boss.Member()) })
	for _, bad := range []domain.ID{boss.Member(), db.NewID()} {
		if got := problem(set(bad)); got != "manager:unknown" {
			t.Errorf("%s became manager: %v", bad, got)
		}
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.SetManagerByEmail(id, " Member-"+o.Email) })
	other := makes(t, o, "Asia", "")
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.MoveDepartment(id, other) })
	if told(next) != 4 {
		t.Errorf("told %d times", told(next))
	}
}

func TestDepartments_are_deleted_when_empty(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	top := makes(t, o, "Top", "")
	id := makes(t, o, "Sales", top)
	below := makes(t, o, "North", id)
	gone := person(t, o, id)
	person(t, o, id)
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Deactivate(gone.Member()) })
	try := func(which domain.ID) string {
		err := in(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteDepartment(which) })
		var p domain.Problems
		if errors.As(err, &p) {
			return p[0].Text
		}
		return fmt.Sprint(err)
	}
	if got := try(id); got != "It still has 1 person, 1 deactivated person and 1 department below it. Move them elsewhere first." {
		t.Error(got)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		use, err := x.DepartmentUse(id)
		if use != (domain.DepartmentUse{People: 2, Deactivated: 1, Below: 1}) {
			t.Errorf("%+v", use)
		}
		return err
	})
	if got := try(below); got != "<nil>" {
		t.Error(got)
	}
	if got := try(below); got != "not found" {
		t.Errorf("twice: %s", got)
	}
	if tree := treeOf(t, db, o.Owner); tree.Len() != 2 {
		t.Errorf("%d are left", tree.Len())
	}
}

// An open invitation into a department keeps it; one that is over does not, and neither do lines of access.
func TestDepartments_are_forgotten_where_they_are_named(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	w := build(t, db)
	id := makes(t, w.Organization, "Short-lived", "")
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := super.Exec(t.Context(), sql, append([]any{w.Owner.Tenant(), id}, args...)...)
		must(t, err)
	}
	exec(`insert into collection_access values ($1, $3, 'department', $2::uuid::text)`, w.Collection)
	exec(`insert into document_access values ($1, $3, 'department', $2::uuid::text)`, w.Doc.ID)
	exec(`update invitations set department_id = $2, accepted_at = null, revoked_at = null, expires_at = now() + interval '1 day' where tenant_id = $1`)
	exec(`insert into sso_groups values ($1, $3, '\x00', 'department', $2::uuid::text)`, db.NewID())
	remove := func() error {
		return in(t, db, w.Owner, func(x *store.Tenant) error { return x.DeleteDepartment(id) })
	}
	if err := remove(); problem(err) != "department:in_use" {
		t.Errorf("%v", err)
	}
	exec(`update invitations set expires_at = now() - interval '1 day' where tenant_id = $1 and department_id = $2`)
	exec(`delete from sso_groups where tenant_id = $1 and subject = $2::uuid::text`)
	must(t, remove())
	var left int
	must(t, super.QueryRow(t.Context(), `select (select count(*) from collection_access where tenant_id = $1 and subject = $2)
		+ (select count(*) from document_access where tenant_id = $1 and subject = $2)`, w.Owner.Tenant(), string(id)).Scan(&left))
	if left != 0 {
		t.Errorf("%d lines of access name it still", left)
	}
}

// Two moves at once, each sound alone, that together would make a circle: one of them is refused, whichever comes second.
func TestDepartments_concurrent_moves_make_no_circle(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	for round := range 12 {
		o := storetest.New(t, db)
		ring := make([]domain.ID, 2+round%3)
		for i := range ring {
			ring[i] = makes(t, o, fmt.Sprint("D", i), "")
		}
		var start, done sync.WaitGroup
		start.Add(1)
		errs := make([]error, len(ring))
		for i := range ring {
			done.Add(1)
			go func() {
				defer done.Done()
				start.Wait()
				errs[i] = db.Tenant(background, o.Owner, func(x *store.Tenant) error { return x.MoveDepartment(ring[i], ring[(i+1)%len(ring)]) })
			}()
		}
		start.Done()
		done.Wait()
		refused := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
		if len(refused) != 1 || problem(refused[0]) != "parent:cycle" {
			t.Errorf("refused: %v", refused)
		}
		var top int
		must(t, storetest.Superuser(t).QueryRow(t.Context(), `select count(*) from departments where tenant_id = $1 and parent_id is null`,
			o.Owner.Tenant()).Scan(&top))
		if top != 1 {
			t.Errorf("%d of %d are at the top", top, len(ring))
		}
	}
}

// What hangs on departments is known anew after each change, in every process.
func TestDepartments_of_a_person_are_true(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	elsewhere := another(t)
	o := storetest.New(t, db)
	a, b := makes(t, o, "A", ""), makes(t, o, "B", "")
	c := makes(t, o, "C", a)
	p := person(t, o, c)
	mine := func(db *store.DB) (ids []domain.ID, heads map[domain.ID]int) {
		must(t, db.Read(t.Context(), p, func(x *store.Tenant) (err error) {
			if ids, err = x.MyDepartments(); err != nil {
				return err
			}
			heads, err = x.Headcounts()
			return err
		}))
		return ids, heads
	}
	readable := func() (n int64) {
		must(t, storetest.Superuser(t).QueryRow(t.Context(), `select epoch from search_state where tenant_id = $1`, o.Owner.Tenant()).Scan(&n))
		return n
	}
	before := readable()
	for _, at := range []*store.DB{db, elsewhere} {
		if ids, heads := mine(at); !slices.Equal(ids, []domain.ID{c, a}) || heads[c] != 1 || heads[""] != len(domain.Roles) || len(heads) != 2 {
			t.Errorf("%v, %v", ids, heads)
		}
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.MoveDepartment(c, b) })
	for _, at := range []*store.DB{db, elsewhere} {
		if ids, _ := mine(at); !slices.Equal(ids, []domain.ID{c, b}) {
			t.Errorf("%v after the move", ids)
		}
	}
	if readable() <= before {
		t.Error("what is known of readable documents still holds")
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Deactivate(p.Member()) })
	if _, heads := mine(elsewhere); heads[c] != 0 {
		t.Errorf("%v", heads)
	}
}
