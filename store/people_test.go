package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// acceptance is what an invited person brings.
func acceptance(name string) store.Acceptance {
	return store.Acceptance{Name: name, Hash: storetest.Hash, PolicyVersion: 1,
		Arrival: domain.Arrival{Method: domain.ByInvitation, Device: "Test browser", Address: "192.0.2.78"}}
}

// A11: however many follow a link at once, one of them joins.
func TestA11_ManyFollowOneLink(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	email := "one-" + o.Email
	_, token := o.Invite(t, o.Owner, domain.InvitationForm{Email: email})
	var joined, refused int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, _, err := db.AcceptInvitation(t.Context(), token, acceptance("Ina"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				joined++
			} else {
				refused++
				wants(t, err, domain.ErrNotFound)
			}
		})
	}
	all.Wait()
	if joined != 1 || refused != 7 {
		t.Errorf("%d joined, %d were refused", joined, refused)
	}
	if accounts, err := db.Accounts(t.Context(), email); err != nil || len(accounts) != 1 {
		t.Errorf("%d accounts, %v", len(accounts), err)
	}
}

// A11: an invitation ends by the clock, to the microsecond, and its address is free again then.
func TestA11_InvitationEndsByTheClock(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	o := storetest.New(t, db)
	form := domain.InvitationForm{Email: "late-" + o.Email, Role: "member"}
	_, token := o.Invite(t, o.Owner, form)
	_, err := db.Invitation(t.Context(), token)
	must(t, err)
	if again := in(t, db, o.Owner, func(x *store.Tenant) error { _, err := x.Invite(form); return err }); problem(again) == "" {
		t.Errorf("invited twice: %v", again)
	}
	c.move(domain.InvitationLasts)
	_, err = db.Invitation(t.Context(), token)
	wants(t, err, domain.ErrNotFound)
	_, _, err = db.AcceptInvitation(t.Context(), token, acceptance(""))
	wants(t, err, domain.ErrNotFound)
	_, second := o.Invite(t, o.Owner, form)
	_, _, err = db.AcceptInvitation(t.Context(), second, acceptance(""))
	must(t, err)
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		all, err := x.Invitations(store.Stretch{Limit: 10})
		for i, want := range []domain.InvitationState{domain.InvitationAccepted, domain.InvitationExpired} {
			if got := all[i].State(x.Now()); got != want {
				t.Errorf("the %d. is %s", i, got)
			}
		}
		return err
	})
}

// The directory is brought up to date by what changed, also with what a transaction has not committed, and forgets nobody.
func TestP78_DirectoryFollowsEveryChange(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	names := func(x *store.Tenant) (out []string) {
		page, total, err := x.Directory(store.PeopleFilter{Limit: 200})
		must(t, err)
		for _, p := range page {
			out = append(out, p.Name)
		}
		if total != len(page) {
			t.Errorf("%d of %d", len(page), total)
		}
		return out
	}
	read := func() (out []string) {
		must(t, db.Read(t.Context(), o.Owner, func(x *store.Tenant) error { out = names(x); return nil }))
		return out
	}
	before := read()
	if !slices.Equal(before, []string{"Olga Owner", "Test Admin", "Test Auditor", "Test Manager", "Test Member"}) {
		t.Fatal(before)
	}
	failed := fmt.Errorf("rolled back")
	wants(t, in(t, db, o.People[domain.Staff], func(x *store.Tenant) error {
		must(t, x.CorrectProfile(domain.ProfileForm{Name: "Aaron"}))
		if got := names(x); got[0] != "Aaron" {
			t.Errorf("its own change is not seen: %v", got)
		}
		return failed
	}), failed)
	if got := read(); !slices.Equal(got, before) {
		t.Errorf("after a rollback: %v", got)
	}
	storetest.Do(t, db, o.People[domain.Staff], func(x *store.Tenant) error { return x.CorrectProfile(domain.ProfileForm{Name: "Aaron"}) })
	if got := read(); got[0] != "Aaron" || len(got) != 5 {
		t.Error(got)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Deactivate(o.People[domain.Auditor].Member()) })
	if got := read(); len(got) != 4 {
		t.Error(got)
	}
	if _, err := storetest.Superuser(t).Exec(t.Context(), "with gone as (delete from members where tenant_id = $1 and role = 'auditor') update standings set epoch = epoch + 1 where tenant_id = $1", o.Owner.Tenant()); err != nil {
		t.Fatal(err)
	}
	wants(t, db.Read(t.Context(), o.Owner, func(x *store.Tenant) error {
		_, err := x.Person(o.People[domain.Auditor].Member())
		return err
	}), domain.ErrNotFound)
}

// Two who change one person at once, and the person themselves, wait for each other in one order: nobody is refused.
func TestPeopleAreChangedByManyAtOnce(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	unit := o.Unit(t, "Sales", "", "")
	staff := o.People[domain.Staff]
	var all sync.WaitGroup
	for i := range 10 {
		for _, do := range []func() error{
			func() error {
				return db.Tenant(background, o.Owner, func(x *store.Tenant) error {
					return x.GiveRole(staff.Member(), []string{"manager", "member"}[i%2])
				})
			},
			func() error {
				return db.Tenant(background, o.Owner, func(x *store.Tenant) error {
					return x.ChangeDepartment(staff.Member(), []domain.ID{unit, ""}[i%2])
				})
			},
			func() error {
				return db.Tenant(background, staff, func(x *store.Tenant) error { return x.CorrectProfile(domain.ProfileForm{Name: fmt.Sprint("Name ", i)}) })
			},
			func() error {
				return db.Tenant(background, staff, func(x *store.Tenant) error {
					return x.Consent(i%2 == 0, copilotScopes(domain.OpenAI), 1, "account")
				})
			},
			func() error { _, err := storetest.SignIn(t, db, staff); return err },
		} {
			all.Go(func() {
				if err := do(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
}

// The organization has one owner, whoever takes it and whoever withdraws at once.
func TestOwnership_TakenAndWithdrawnAtOnce(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	for range 5 {
		o := storetest.New(t, db)
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.OfferOwnership(o.People[domain.Staff].Member()) })
		link := o.Link(t, domain.LetterOwnership)
		var all sync.WaitGroup
		var took, withdrew error
		all.Go(func() {
			took = db.Tenant(background, o.People[domain.Staff], func(x *store.Tenant) error { return x.TakeOwnership(link) })
		})
		all.Go(func() { withdrew = db.Tenant(background, o.Owner, (*store.Tenant).WithdrawOwnership) })
		all.Wait()
		if (took == nil) == (withdrew == nil) {
			t.Errorf("taken: %v, withdrawn: %v", took, withdrew)
		}
		var owners int
		must(t, storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from members where tenant_id = $1 and role = 'owner'", o.Owner.Tenant()).Scan(&owners))
		if owners != 1 {
			t.Errorf("%d owners", owners)
		}
	}
}

// Naming a few people reads those alone, however many there are, and nobody of another organization.
func TestNamingAFewPeopleDoesNotReadAll(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	names := func(a domain.Actor, ids ...domain.ID) (out map[domain.ID]string) {
		t.Helper()
		must(t, db.Read(t.Context(), a, func(x *store.Tenant) (err error) {
			out, err = x.NamesOf(ids...)
			return err
		}))
		return out
	}
	staff := o.People[domain.Staff].Member()
	if got := names(o.Owner, staff, staff, "", other.Owner.Member()); len(got) != 1 || got[staff] == "" {
		t.Errorf("named %v", got)
	}
	if got := names(other.Owner, staff); len(got) != 0 {
		t.Errorf("in another organization: %v", got)
	}
	if db.KnowsPeople(o.Owner.Tenant()) {
		t.Error("everybody was read")
	}
}
