package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// While a merge runs, which may take long, documents are added.
func TestAddingADocumentDoesNotWaitForAMerge(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	for i := range 4 {
		o.Document(t, c, fmt.Sprint(i), "The pangolin is a shy animal.")
	}
	holder := storetest.Superuser(t)
	tx, err := holder.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), "select from search_pages where tenant_id = $1 for update", string(o.Owner.Tenant()))
	must(t, err)
	tidied := make(chan error, 1)
	go func() {
		tidied <- db.Tenant(t.Context(), o.Owner, func(x *store.Tenant) error { return x.Tidy(false) })
	}()
	waitedFor(t, tx)
	v := receive(t, o, "The aardvark is another.")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	must(t, db.Tenant(ctx, o.Owner, func(x *store.Tenant) error {
		_, err := x.AddDocument(c, "another", v)
		return err
	}))
	must(t, tx.Rollback(t.Context()))
	must(t, <-tidied)
	if segments, _, _ := rows(t, o); segments != 1 {
		t.Errorf("%d segments", segments)
	}
}

// waitedFor waits until somebody waits for a lock of the transaction; nobody will when what should wait has failed. It looks from
// outside of it: within, the list of connections stays what it was.
func waitedFor(t *testing.T, tx pgx.Tx) {
	t.Helper()
	outside := storetest.Superuser(t)
	var waits bool
	for begun := time.Now(); !waits; {
		if time.Since(begun) > time.Minute {
			t.Fatal("nobody waits for it")
		}
		must(t, outside.QueryRow(t.Context(), "select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid)))",
			int32(tx.Conn().PgConn().PID())).Scan(&waits))
	}
}

// What was deleted does not stay in memory either, once it is tidied away (P67).
func TestP67_PagesOfWhatIsDeletedLeaveMemory(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	gone := o.Document(t, c, "gone", "The pangolin of the unrepeatable kind.")
	o.Document(t, c, "stays", "The pangolin of another kind.")
	found(t, db, o.Owner, "pangolin")
	before := db.KeptPages(o.Owner.Tenant())
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteDocument(gone.ID) })
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Tidy(true) })
	same(t, "finds", found(t, db, o.Owner, "pangolin"), []string{"stays"})
	if after := db.KeptPages(o.Owner.Tenant()); len(before) != 2 || len(after) != 1 {
		t.Errorf("pages of %v were kept, now of %v", before, after)
	}
}

// However little is kept, the same is found.
func TestSearchWithoutRoomForPages(t *testing.T) {
	t.Parallel()
	db, err := storetest.At(t).Open(t.Context(), "")
	must(t, err)
	t.Cleanup(db.Close)
	o := storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	for i := range 12 {
		o.Document(t, c, fmt.Sprint(i), fmt.Sprintf("The pangolin is shy, and number %d of its kind.", i))
	}
	want := found(t, db, o.Owner, "pangolin kind")
	db.KeepPages(600)
	for range 3 {
		if got := found(t, db, o.Owner, "pangolin kind"); fmt.Sprint(got) != fmt.Sprint(want) || len(got) != 12 {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if kept := db.KeptPages(o.Owner.Tenant()); len(kept) == 0 || len(kept) == 12 {
		t.Errorf("pages of %v were kept", kept)
	}
}
