package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// logged is an organization with three batches of entries and some that wait.
func logged(t *testing.T, db *store.DB) storetest.Organization {
	t.Helper()
	o := storetest.New(t, db)
	for range 3 {
		for range 3 {
			o.Collection(t, domain.CollectionForm{Name: "Shelf"})
		}
		if n := sealLog(t, db, o); n == 0 {
			t.Fatal("nothing was sealed")
		}
	}
	o.Collection(t, domain.CollectionForm{Name: "Open"})
	return o
}

func sealLog(t *testing.T, db *store.DB, o storetest.Organization) (n int) {
	t.Helper()
	storetest.Do(t, db, store.System(o.Owner.Tenant()), func(x *store.Tenant) (err error) {
		n, err = x.SealAudit()
		return err
	})
	return n
}

func verdict(t *testing.T, db *store.DB, o storetest.Organization) store.Verdict {
	t.Helper()
	v, err := db.AuditOf(t.Context(), o.Owner.Tenant())
	must(t, err)
	return v
}

func TestA120_whole_log(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := logged(t, db)
	v := verdict(t, db, o)
	if v.Bad != "" || v.Batches != 3 || v.Entries < 9 || v.Open != 1 || v.Erased != 0 {
		t.Errorf("%+v", v)
	}
	if n := sealLog(t, db, o); n != 1 {
		t.Errorf("sealed %d", n)
	}
	if n := sealLog(t, db, o); n != 0 {
		t.Errorf("sealed %d again", n)
	}
	if v := verdict(t, db, o); v.Bad != "" || v.Batches != 4 || v.Open != 0 {
		t.Errorf("%+v", v)
	}
}

// A120: whatever a superuser changes, the first bad batch or entry is named.
func TestA120_changes_by_a_superuser(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	const entry = `(select entry_id from audit_members where tenant_id = $1 and number = 2 and position = 1)`
	for name, c := range map[string]struct{ sql, batch string }{
		"verb":          {"update audit_entries set verb = 'nothing' where tenant_id = $1 and id = " + entry, "batch 2"},
		"kind":          {"update audit_entries set kind = 'nothing' where tenant_id = $1 and id = " + entry, "batch 2"},
		"time":          {"update audit_entries set at = at - interval '1 microsecond' where tenant_id = $1 and id = " + entry, "batch 2"},
		"actor":         {"update audit_entries set actor = gen_random_uuid() where tenant_id = $1 and id = " + entry, "batch 2"},
		"nobody":        {"update audit_entries set actor = null where tenant_id = $1 and id = " + entry, "batch 2"},
		"object":        {"update audit_entries set object = gen_random_uuid() where tenant_id = $1 and id = " + entry, "batch 2"},
		"salt":          {"update audit_entries set salt = decode(repeat('00', 16), 'hex') where tenant_id = $1 and id = " + entry, "entry "},
		"commitment":    {"update audit_entries set commitment = decode(repeat('00', 32), 'hex') where tenant_id = $1 and id = " + entry, "entry "},
		"half erased":   {"update audit_entries set salt = '' where tenant_id = $1 and id = " + entry, "entry "},
		"sealed detail": {"update audit_entries set detail = set_byte(detail, 20, get_byte(detail, 20) # 1) where tenant_id = $1 and id = " + entry, "entry "},
		"deleted": {`with gone as (delete from audit_members where tenant_id = $1 and number = 2 and position = 1 returning entry_id)
			delete from audit_entries where tenant_id = $1 and id in (select entry_id from gone)`, "batch 2"},
		"reordered":              {`update audit_members set position = case position when 0 then 1000 when 1 then 0 else position end where tenant_id = $1 and number = 2`, "batch 2"},
		"moved to another batch": {"update audit_members set number = 3, position = 99 where tenant_id = $1 and number = 2 and position = 1", "batch 2"},
		"root":                   {"update audit_batches set root = decode(repeat('00', 32), 'hex') where tenant_id = $1 and number = 2", "batch 2"},
		"hash":                   {"update audit_batches set hash = decode(repeat('00', 32), 'hex') where tenant_id = $1 and number = 2", "batch 2"},
		"previous":               {"update audit_batches set previous = decode(repeat('00', 32), 'hex') where tenant_id = $1 and number = 2", "batch 2"},
		"sealed at":              {"update audit_batches set sealed_at = sealed_at + interval '1 hour' where tenant_id = $1 and number = 2", "batch 2"},
		"entries":                {"update audit_batches set entries = entries + 1 where tenant_id = $1 and number = 2", "batch 2"},
		"last":                   {"update audit_batches set last_id = gen_random_uuid() where tenant_id = $1 and number = 2", "batch 2"},
		"batch deleted":          {`with m as (delete from audit_members where tenant_id = $1 and number = 2) delete from audit_batches where tenant_id = $1 and number = 2`, "batch 2 is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			o := logged(t, db)
			tx, err := super.Begin(t.Context())
			must(t, err)
			_, err = tx.Exec(t.Context(), "set local session_replication_role = replica") // past references too
			must(t, err)
			tag, err := tx.Exec(t.Context(), c.sql, o.Owner.Tenant())
			must(t, err)
			must(t, tx.Commit(t.Context()))
			if tag.RowsAffected() == 0 {
				t.Fatal("nothing was changed")
			}
			if v := verdict(t, db, o); !strings.Contains(v.Bad, c.batch) {
				t.Errorf("found %+v, want %s", v, c.batch)
			}
		})
	}
}

// Erasing a person empties details and salts; the chain stays whole and says how many.
func TestP51_erased_detail_keeps_the_chain(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := logged(t, db)
	_, err := storetest.Superuser(t).Exec(t.Context(), "update audit_entries set detail = '', salt = '' where tenant_id = $1 and verb = 'session.started'", o.Owner.Tenant())
	must(t, err)
	if v := verdict(t, db, o); v.Bad != "" || v.Erased != 1 {
		t.Errorf("%+v", v)
	}
	must(t, db.Read(t.Context(), o.Owner, func(x *store.Tenant) error {
		all, err := x.Audit(store.AuditFilter{Verb: "session.started", Stretch: store.Stretch{Limit: 10}})
		if len(all) != 1 || !all[0].Erased || all[0].Detail != "" {
			t.Errorf("%+v", all)
		}
		return err
	}))
}

// Sealers in several processes: every entry is sealed once, and the chain is whole.
func TestA120_sealers_at_once(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := logged(t, db)
	for range 5 {
		o.Collection(t, domain.CollectionForm{Name: "More"})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				err := db.Tenant(t.Context(), store.System(o.Owner.Tenant()), func(x *store.Tenant) error { _, err := x.SealAudit(); return err })
				if err != nil && !errors.Is(err, domain.ErrConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if v := verdict(t, db, o); v.Bad != "" || v.Open != 0 {
		t.Errorf("%+v", v)
	}
	waiting, err := db.Unsealed(t.Context(), time.Time{})
	must(t, err)
	for _, id := range waiting {
		if id == o.Owner.Tenant() {
			t.Error("its sealed log waits to be sealed")
		}
	}
}

// What did not happen is not in the log.
func TestP51_audit_is_in_the_same_transaction(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	before := entries(t, db, o)
	undo := errors.New("undo")
	wants(t, in(t, db, o.Owner, func(x *store.Tenant) error {
		if _, err := x.CreateCollection(domain.CollectionForm{Name: "x"}); err != nil {
			return err
		}
		return undo
	}), undo)
	if after := entries(t, db, o); after != before {
		t.Errorf("%d entries, then %d", before, after)
	}
	o.Collection(t, domain.CollectionForm{})
	if after := entries(t, db, o); after != before+1 {
		t.Errorf("%d entries, then %d", before, after)
	}
}

func entries(t *testing.T, db *store.DB, o storetest.Organization) (n int) {
	t.Helper()
	must(t, db.Read(t.Context(), o.Owner, func(x *store.Tenant) (err error) {
		n, err = x.AuditSize()
		return err
	}))
	return n
}

// Only who may read the log reads it.
func TestA43_reading_the_log(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	for _, a := range o.People {
		err := db.Read(t.Context(), a, func(x *store.Tenant) error { _, err := x.Audit(store.AuditFilter{}); return err })
		if a.May(domain.ReadAudit) {
			wants(t, err, nil)
		} else {
			wants(t, err, domain.ErrNotFound)
		}
	}
}
