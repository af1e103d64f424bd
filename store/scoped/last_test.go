package scoped_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"aimyorg/store/scoped"
)

func lates(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	must(t, db.QueryRowContext(as(t, tenantA), "select count(*) from late").Scan(&n))
	return n
}

// What is done with the last statement is done, all of it: also what came before, and whatever its caller does then.
func TestLastCommits(t *testing.T) {
	db, p := open(t, 1)
	other, _ := open(t, 1)
	ctx := as(t, tenantA)
	for _, rollback := range []bool{false, true} {
		before := lates(t, db)
		tx, err := db.BeginTx(ctx, nil)
		must(t, err)
		for i, last := range []context.Context{ctx, scoped.Last(ctx)} {
			r, err := tx.ExecContext(last, "insert into late values ($1)", before+i)
			must(t, err)
			if n, err := r.RowsAffected(); n != 1 || err != nil {
				t.Errorf("%d rows affected: %v", n, err)
			}
		}
		if n := lates(t, other); n != before+2 {
			t.Errorf("another connection sees %d rows, want %d", n, before+2)
		}
		if rollback {
			err = tx.Rollback()
		} else {
			err = tx.Commit()
		}
		if rollback != errors.Is(err, scoped.ErrCommitted) || !rollback && err != nil {
			t.Errorf("its end (rollback %t): %v", rollback, err)
		}
		if n := lates(t, db); n != before+2 {
			t.Errorf("%d rows, want %d", n, before+2)
		}
	}
	unmarked(t, p)
}

// A transaction whose last statement, or whose commit, fails leaves nothing.
func TestLastFails(t *testing.T) {
	db, p := open(t, 1)
	before := lates(t, db)
	for _, q := range []string{"insert into late values (1000 / 0)", "insert into late values (-1), (-1)", "insert into nothing values (1)"} {
		for _, first := range []bool{true, false} {
			ctx := as(t, tenantA)
			tx, err := db.BeginTx(ctx, nil)
			must(t, err)
			if !first {
				_, err = tx.ExecContext(ctx, "insert into late values (-2)")
				must(t, err)
			}
			if _, err = tx.ExecContext(scoped.Last(ctx), q); err == nil {
				t.Errorf("%s went well", q)
			}
			if err = tx.Rollback(); err != nil {
				t.Errorf("rollback after %s: %v", q, err)
			}
			if n := lates(t, db); n != before {
				t.Errorf("%d rows after %s, want %d", n, q, before)
			}
		}
	}
	unmarked(t, p)
}

// What its caller gave up before is not sent; what was sent is not cut off.
func TestLastCancelled(t *testing.T) {
	db, p := open(t, 1)
	before := lates(t, db)
	tx, err := db.BeginTx(as(t, tenantA), nil)
	must(t, err)
	over, cancel := context.WithCancel(as(t, tenantA))
	cancel()
	if _, err = tx.ExecContext(scoped.Last(over), "insert into late values (-3)"); !errors.Is(err, context.Canceled) {
		t.Errorf("given up before: %v", err)
	}
	must(t, tx.Rollback())
	if n := lates(t, db); n != before {
		t.Errorf("%d rows, want %d", n, before)
	}
	tx, err = db.BeginTx(as(t, tenantA), nil)
	must(t, err)
	short, done := context.WithTimeout(as(t, tenantA), 500*time.Millisecond)
	defer done()
	_, err = tx.ExecContext(scoped.Last(short), "insert into late select -4 from pg_sleep(1)")
	must(t, err)
	must(t, tx.Commit())
	if n := lates(t, db); n != before+1 {
		t.Errorf("%d rows, want %d", n, before+1)
	}
	unmarked(t, p)
}
