package store_test

import (
	"errors"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// ledger writes n requests of an actor and gives their ids, oldest first.
func ledger(t *testing.T, db *store.DB, a domain.Actor, n int) []domain.ID {
	t.Helper()
	var ids []domain.ID
	storetest.OpenAI(t, db, a, "gpt-4.1-mini")
	for range n {
		r := domain.Receipt{ID: db.NewID(), Purpose: domain.PurposeTest, Provider: domain.OpenAI, Host: "api.openai.com", Model: "gpt-4.1-mini",
			Flags: []string{"store:false"}, BodyMAC: "00", StartedAt: db.Now()}
		storetest.Record(t, db, a, r)
		ids = append(ids, r.ID)
	}
	return ids
}

func receipts(t *testing.T, db *store.DB, a domain.Actor, f store.ReceiptFilter) (ids []domain.ID) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) error {
		list, err := x.Receipts(f)
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		return err
	})
	return ids
}

func TestReceipts_InStretches(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	ids := ledger(t, db, o.Owner, 5)
	for name, c := range map[string]struct {
		s    store.Stretch
		want []domain.ID
	}{
		"first":              {store.Stretch{Limit: 2}, []domain.ID{ids[4], ids[3]}},
		"older":              {store.Stretch{Before: ids[3], Limit: 2}, []domain.ID{ids[2], ids[1]}},
		"newer":              {store.Stretch{After: ids[1], Limit: 2}, []domain.ID{ids[3], ids[2]}},
		"before wins":        {store.Stretch{Before: ids[1], After: ids[1], Limit: 2}, []domain.ID{ids[0]}},
		"no limit":           {store.Stretch{}, []domain.ID{ids[4]}},
		"beyond the end":     {store.Stretch{Before: ids[0], Limit: 2}, nil},
		"beyond the newest":  {store.Stretch{After: ids[4], Limit: 2}, nil},
		"limit out of range": {store.Stretch{Limit: 1 << 40}, []domain.ID{ids[4], ids[3], ids[2], ids[1], ids[0]}},
	} {
		if got := receipts(t, db, o.Owner, store.ReceiptFilter{Stretch: c.s}); !sameIDs(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := receipts(t, db, o.Owner, store.ReceiptFilter{Provider: domain.OpenRouter, Stretch: store.Stretch{Limit: 9}}); len(got) != 0 {
		t.Errorf("the filter let %d through", len(got))
	}
	all := store.ReceiptFilter{All: true, Stretch: store.Stretch{Limit: 9}}
	if got := receipts(t, db, o.People[domain.Auditor], all); len(got) != 5 {
		t.Errorf("an auditor sees %d", len(got))
	}
	err := db.Read(t.Context(), o.People[domain.Staff], func(x *store.Tenant) error { _, err := x.Receipts(all); return err })
	if !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a member may list everybody's: %v", err)
	}
	t.Run("in_another_organization", func(t *testing.T) {
		if got := receipts(t, db, storetest.New(t, db).Owner, all); len(got) != 0 {
			t.Errorf("sees %d", len(got))
		}
	})
}

func sameIDs(a, b []domain.ID) bool {
	return strings.Join(plainIDs(a), " ") == strings.Join(plainIDs(b), " ")
}

func plainIDs(ids []domain.ID) (out []string) {
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

func TestConsentsUnder(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	var r domain.Receipt
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		list, err := x.Consents(10)
		r = domain.Receipt{Member: o.Owner.Member(), Consents: []domain.ID{list[0].ID, list[1].ID}}
		return err
	})
	under := func(a domain.Actor, r domain.Receipt) (n int, err error) {
		err = db.Read(t.Context(), a, func(x *store.Tenant) error {
			list, err := x.ConsentsUnder(r)
			n = len(list)
			return err
		})
		return n, err
	}
	for _, a := range []domain.Actor{o.Owner, o.People[domain.Auditor]} {
		if n, err := under(a, r); n != 2 || err != nil {
			t.Errorf("%s: %d, %v", a.Role(), n, err)
		}
	}
	if _, err := under(o.People[domain.Staff], r); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a member reads another's consents: %v", err)
	}
	t.Run("in_another_organization", func(t *testing.T) {
		if n, err := under(other.Owner, r); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		mine := r
		mine.Member = other.Owner.Member()
		if n, _ := under(other.Owner, mine); n != 0 {
			t.Errorf("%d under one's own name", n)
		}
	})
}

func TestAuditWords_AndSize(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	var verbs, kinds []string
	var size int
	look := func(a domain.Actor) error {
		return db.Snapshot(t.Context(), a, func(x *store.Tenant) (err error) {
			if verbs, kinds, err = x.AuditWords(); err != nil {
				return err
			}
			size, err = x.AuditSize()
			return err
		})
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.CorrectProfile(domain.ProfileForm{Name: "Olga"}) })
	if err := look(o.People[domain.Auditor]); err != nil || !strings.Contains(strings.Join(verbs, " "), "member.corrected") || len(kinds) == 0 || size < 6 {
		t.Errorf("%v %v %d %v", verbs, kinds, size, err)
	}
	if err := look(o.People[domain.Manager]); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a manager reads the log: %v", err)
	}
	t.Run("in_another_organization", func(t *testing.T) {
		if err := look(other.Owner); err != nil || strings.Contains(strings.Join(verbs, " "), "member.corrected") {
			t.Errorf("%v %v", verbs, err)
		}
	})
}

func TestA16_Deactivate(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	off := func(by domain.Actor, whom domain.ID) error {
		return db.Tenant(t.Context(), by, func(x *store.Tenant) error { return x.Deactivate(whom) })
	}
	staff := o.People[domain.Staff]
	token, err := storetest.SignIn(t, db, staff)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		by   domain.Actor
		whom domain.ID
	}{
		"a member": {staff, o.People[domain.Manager].Member()}, "a manager": {o.People[domain.Manager], staff.Member()},
		"the owner": {o.People[domain.Admin], o.Owner.Member()}, "oneself": {o.People[domain.Admin], o.People[domain.Admin].Member()},
		"in_another_organization": {other.Owner, staff.Member()},
	} {
		if err := off(c.by, c.whom); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := db.Session(t.Context(), token); err != nil {
		t.Fatalf("signed out too early: %v", err)
	}
	if err := off(o.People[domain.Admin], staff.Member()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Session(t.Context(), token); !errors.Is(err, domain.ErrSignedOut) {
		t.Errorf("the session goes on: %v", err)
	}
	if err := off(o.Owner, staff.Member()); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
}
