package store_test

import (
	"slices"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// looks are those at receipts.
func looks(t testing.TB, db *store.DB, a domain.Actor) (out []domain.Look) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) { out, err = x.Looks(store.Stretch{Limit: 50}); return err })
	return slices.DeleteFunc(out, func(l domain.Look) bool { return l.What != domain.LookReceipt && l.What != domain.LookReceipts })
}

// P52: who opens what is a person's own is recorded, and the person sees it; nobody else does, and nobody can undo it.
func TestP52_LooksAreRecordedForThePerson(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db) // in which the owner opened a receipt of the staff's
	read := func(a domain.Actor, id domain.ID) error {
		return in(t, db, a, func(x *store.Tenant) error { _, err := x.ReceiptLookedAt(id); return err })
	}
	list := func(a domain.Actor) error {
		return in(t, db, a, func(x *store.Tenant) error {
			_, err := x.ReceiptsLookedAt(store.ReceiptFilter{All: true, Stretch: store.Stretch{Limit: 50}})
			return err
		})
	}
	got := looks(t, db, w.staff())
	if len(got) != 1 || got[0].By != w.Owner.Member() || got[0].ByName != "Olga Owner" || got[0].What != domain.LookReceipt || got[0].Object != w.Receipt.ID {
		t.Fatalf("%+v", got)
	}
	must(t, read(w.staff(), w.Receipt.ID)) // one's own is no look
	auditor := w.People[domain.Auditor]
	must(t, list(auditor))
	must(t, list(auditor)) // the same hour
	must(t, read(auditor, w.Receipt.ID))
	wants(t, read(w.People[domain.Manager], w.Receipt.ID), domain.ErrNotFound)
	wants(t, list(w.People[domain.Manager]), domain.ErrNotFound)
	wants(t, read(build(t, db).Owner, w.Receipt.ID), domain.ErrNotFound) // in another organization
	got = looks(t, db, w.staff())
	if len(got) != 3 || got[1].What != domain.LookReceipts || got[0].What != domain.LookReceipt || got[0].By != auditor.Member() {
		t.Errorf("%+v", got)
	}
	for _, a := range []domain.Actor{w.Owner, auditor, w.People[domain.Admin]} {
		if len(looks(t, db, a)) != 0 {
			t.Errorf("%s sees looks at somebody else", a.Role())
		}
	}
	app := raw(t, store.RoleApp)
	for _, sql := range []string{"delete from looks", "update looks set looked_by = member_id"} {
		if _, err := as(t, app, w.Owner.Tenant(), sql); code(err) != noPrivilege {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
