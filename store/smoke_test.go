package store_test

import (
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestSmoke(t *testing.T) {
	db := storetest.DB(t)
	o := storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	d := o.Document(t, c, "Travel policy", "Employees may book a first class train when the journey takes longer than four hours.\n\nHotels cost at most 140 euros a night.")
	t.Log(d)
	s, err := db.Session(t.Context(), o.Token)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Member, s.Org)
	err = db.Snapshot(t.Context(), o.People[domain.Staff], func(x *store.Tenant) error {
		f, err := x.Search("how much may a hotel cost?", 0, 10)
		t.Log(f, err)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Tidy(false) })
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		q, a, err := x.Ask("", "How much may a hotel cost?")
		t.Log(q, a, err)
		if err != nil {
			return err
		}
		m, err := x.Messages(q.Conversation, "", 10)
		t.Log(m)
		return err
	})
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { n, err := x.SealAudit(); t.Log(n); return err })
	v, err := db.AuditOf(t.Context(), o.Owner.Tenant())
	t.Log(v, err)
	l, err := db.LedgerOf(t.Context(), o.Owner.Tenant())
	t.Log(l, err)
	ac, err := db.Accounts(t.Context(), o.Email)
	t.Log(ac, err)
	t.Log(db.Attempt(t.Context(), "a", t.Name(), 1))
	t.Log(db.Attempt(t.Context(), "a", t.Name(), 1))
	t.Log(db.Organizations(t.Context()))
	t.Log(db.Unsealed(t.Context()))
	t.Log(db.Lost(t.Context()))
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		p, err := x.Part(d.ID, d.Version.ID, 0, 5)
		t.Log(p, err)
		a, err2 := x.Audit(store.AuditFilter{Stretch: store.Stretch{Limit: 10}})
		t.Log(a, err2)
		cs, err3 := x.Collections()
		t.Log(cs, err3)
		se, err4 := x.Sessions()
		t.Log(se, err4)
		rs, err5 := x.Receipts(store.ReceiptFilter{All: true, Stretch: store.Stretch{Limit: 10}})
		t.Log(rs, err5)
		t.Log(x.ConsentState())
		return err
	})
	desk := store.Desk{DB: db}
	t.Log(desk.Choice(t.Context(), o.Owner, ""))
	t.Log(desk.Retrieve(t.Context(), o.Owner, "hotel night", "", 8, true))
}
