package store_test

import (
	"errors"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func makeRole(t testing.TB, db *store.DB, a domain.Actor, name string, allowed ...domain.Permission) (id domain.ID, err error) {
	t.Helper()
	f := domain.RoleForm{Name: name}
	for _, p := range allowed {
		f.Permissions = append(f.Permissions, string(p))
	}
	err = in(t, db, a, func(x *store.Tenant) (err error) {
		id, err = x.CreateRole(f)
		return err
	})
	return id, err
}

// has gives somebody a new account with a role of the organization's own.
func has(t testing.TB, o storetest.Organization, role domain.ID) store.SignedIn {
	t.Helper()
	added, err := o.DB.AddMember(t.Context(), o.Owner, domain.Member{Name: "Own", Email: string(o.DB.NewID()) + "@example.com", Role: domain.Custom,
		RoleID: role, PolicyVersion: 1}, storetest.Hash)
	must(t, err)
	admitted, err := o.DB.SignIn(t.Context(), added, domain.Arrival{Method: domain.ByPassword})
	must(t, err)
	who, err := o.DB.Session(t.Context(), admitted.Token)
	must(t, err)
	return who
}

func TestRolesOfOnesOwn(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		id, err := makeRole(t, db, o.Owner, " Front  desk ", domain.ReadPeople, domain.AskCopilot)
		must(t, err)
		who := has(t, o, id)
		if who.Member.RoleName != "Front desk" || !who.Actor.May(domain.ReadPeople) || who.Actor.May(domain.ReadKnowledge) {
			t.Errorf("%q may %v", who.Member.RoleName, who.Actor.Allows())
		}
		for name, allowed := range map[string][]domain.Permission{"": nil, "front DESK": nil, "admin": nil, "Custom role": nil, "X": {"organization.own"}, "Y": {"root"},
			"Z": {domain.WriteKnowledge}} {
			_, err := makeRole(t, db, o.Owner, name, allowed...)
			problemsOf(t, err)
		}
		var roles []domain.OwnRole
		must(t, in(t, db, o.Owner, func(x *store.Tenant) (err error) {
			roles, err = x.Roles()
			return err
		}))
		if len(roles) != 1 || roles[0].Name != "Front desk" {
			t.Errorf("%+v", roles)
		}
	})
}

// P54: nobody gives what they don't have, by making a role or by changing one, theirs included.
func TestP54_NobodyGivesWhatTheyDontHave(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	id, err := makeRole(t, db, o.Owner, "Personnel", domain.ManageRoles, domain.ReadPeople)
	must(t, err)
	rich, err := makeRole(t, db, o.Owner, "Rich", domain.ReadAudit, domain.ReadPeople)
	must(t, err)
	me := has(t, o, id).Actor
	_, err = makeRole(t, db, me, "More", domain.ReadAudit)
	if p := problemsOf(t, err); p.For("permissions") == "" {
		t.Errorf("%v", p)
	}
	for _, role := range []domain.ID{id, rich} {
		err := in(t, db, me, func(x *store.Tenant) error {
			return x.ChangeRole(role, domain.RoleForm{Name: "Changed", Permissions: []string{"roles.manage", "people.manage"}})
		})
		if p := problemsOf(t, err); p.For("permissions") == "" {
			t.Errorf("%v", p)
		}
	}
	// What a role has already may stay, and less may be given.
	must(t, in(t, db, me, func(x *store.Tenant) error {
		return x.ChangeRole(rich, domain.RoleForm{Name: "Poorer", Permissions: []string{"audit.read"}})
	}))
	for _, a := range []domain.Actor{o.People[domain.Manager], o.People[domain.Auditor], o.People[domain.Staff]} {
		_, err := makeRole(t, db, a, "Mine")
		wants(t, err, domain.ErrNotFound)
		wants(t, in(t, db, a, func(x *store.Tenant) error { return x.DeleteRole(rich) }), domain.ErrNotFound)
		wants(t, in(t, db, a, func(x *store.Tenant) error { _, err := x.Role(rich); return err }), domain.ErrNotFound)
		wants(t, in(t, db, a, func(x *store.Tenant) error { _, err := x.RoleSizes(); return err }), domain.ErrNotFound)
	}
}

// A16: a changed role holds at the next request, and what was begun with the old one does not go on.
func TestA16_AChangedRole(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		id, err := makeRole(t, db, o.Owner, "Reader", domain.ReadKnowledge, domain.AskCopilot)
		must(t, err)
		d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "D", "The pangolin is a shy animal.")
		who := has(t, o, id)
		must(t, db.SessionHolds(t.Context(), who))
		same(t, "finds", found(t, db, who.Actor, "pangolin"), []string{d.Title})
		before := epochs(t, o)
		must(t, in(t, db, o.Owner, func(x *store.Tenant) error {
			return x.ChangeRole(id, domain.RoleForm{Name: "Reader", Permissions: []string{"copilot.ask"}})
		}))
		wants(t, db.SessionHolds(t.Context(), who), domain.ErrSignedOut)
		if epochs(t, o) == before {
			t.Error("no epoch moved")
		}
	})
}

func epochs(t testing.TB, o storetest.Organization) (out [2]int64) {
	t.Helper()
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select s.epoch, t.epoch from standings s join search_state t using (tenant_id) where tenant_id = $1",
		o.Owner.Tenant()).Scan(&out[0], &out[1]))
	return out
}

// A role goes only when nothing uses it.
func TestARoleInUseStays(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	id, err := makeRole(t, db, o.Owner, "Used", domain.ReadKnowledge)
	must(t, err)
	uses := func() (r domain.OwnRole) {
		must(t, in(t, db, o.Owner, func(x *store.Tenant) (err error) {
			r, err = x.Role(id)
			return err
		}))
		return r
	}
	c := o.Collection(t, domain.CollectionForm{Name: "C", Roles: []string{string(id)}})
	d := o.Document(t, c, "D", "text")
	must(t, share(t, db, o.Owner, d.ID, domain.AccessForm{Deny: domain.Subjects{Roles: []string{string(id)}}}))
	if got := uses().Uses; got != (domain.RoleUses{Lines: 2}) {
		t.Errorf("%+v", got)
	}
	problemsOf(t, in(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteRole(id) }))
	must(t, share(t, db, o.Owner, d.ID, domain.AccessForm{}))
	must(t, in(t, db, o.Owner, func(x *store.Tenant) error { return x.ChangeCollection(c, domain.CollectionForm{Name: "C"}) }))
	who := has(t, o, id)
	if got := uses().Uses; got != (domain.RoleUses{People: 1}) {
		t.Errorf("%+v", got)
	}
	problemsOf(t, in(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteRole(id) }))
	_, err = storetest.Superuser(t).Exec(t.Context(), "update members set role = 'member', role_id = null where id = $1", who.Actor.Member())
	must(t, err)
	must(t, in(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteRole(id) }))
	wants(t, in(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteRole(id) }), domain.ErrNotFound)
}

// While a role is being named by a line it can't be deleted under it: one of the two is refused.
func TestARoleIsNotDeletedUnderALine(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	for range 5 {
		id, err := makeRole(t, db, o.Owner, "Fleeting "+string(db.NewID()), domain.ReadKnowledge)
		must(t, err)
		done := make(chan error, 2)
		go func() {
			done <- db.Tenant(t.Context(), o.Owner, func(x *store.Tenant) error { return x.DeleteRole(id) })
		}()
		go func() {
			done <- db.Tenant(t.Context(), o.Owner, func(x *store.Tenant) error {
				_, err := x.CreateCollection(domain.CollectionForm{Name: "C", Roles: []string{string(id)}})
				return err
			})
		}()
		first, second := <-done, <-done
		var p domain.Problems
		if (first == nil) == (second == nil) || !errors.As(errors.Join(first, second), &p) {
			t.Errorf("%v and %v", first, second)
		}
	}
}

// A42: who manages people by a role of the organization's own closes no account, and takes no factor, of somebody who may more.
func TestA42_NobodyManagesWhoMayMore(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	own := o.OwnRole(t, "Reception", domain.ManagePeople, domain.ReadPeople)
	added, err := db.AddMember(t.Context(), o.Owner, domain.Member{Name: "R", Email: string(db.NewID()) + "@example.com", Role: domain.Custom, RoleID: own,
		PolicyVersion: 1}, storetest.Hash)
	must(t, err)
	reception := domain.NewCustomActor(o.Owner.Tenant(), added.Member(), own, []domain.Permission{domain.ManagePeople, domain.ReadPeople})
	colleague, err := db.AddMember(t.Context(), o.Owner, domain.Member{Name: "C", Email: string(db.NewID()) + "@example.com", Role: domain.Custom, RoleID: own,
		PolicyVersion: 1}, storetest.Hash)
	must(t, err)
	for name, do := range map[string]func(*store.Tenant, domain.ID) error{
		"deactivate":    func(x *store.Tenant, id domain.ID) error { return x.Deactivate(id) },
		"reactivate":    func(x *store.Tenant, id domain.ID) error { return x.Reactivate(id) },
		"reset factors": func(x *store.Tenant, id domain.ID) error { return x.ResetFactors(id) },
	} {
		for _, above := range []domain.Actor{o.Owner, o.People[domain.Admin], o.People[domain.Manager], o.People[domain.Auditor]} {
			if got := in(t, db, reception, func(x *store.Tenant) error { return do(x, above.Member()) }); got == nil {
				t.Errorf("%s of %s went through", name, above.Role())
			}
		}
	}
	for _, who := range []domain.Actor{colleague, o.People[domain.Staff]} {
		must(t, in(t, db, reception, func(x *store.Tenant) error { return x.Deactivate(who.Member()) }))
	}
	must(t, in(t, db, o.People[domain.Admin], func(x *store.Tenant) error { return x.Deactivate(o.People[domain.Manager].Member()) }))
}
