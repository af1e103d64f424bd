package scoped_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"aimyorg/store/scoped"
)

// crowd is many users of few connections, of two tenants, who end their work in every way there is.
type crowd struct {
	db   *sql.DB
	b    *bun.DB
	saw  atomic.Int64
	fail func(string, ...any)
}

func TestA48_ScopeNeverReachesTheNextUser(t *testing.T) {
	t.Parallel()
	db, p := open(t, 4)
	c := &crowd{db: db, b: bun.NewDB(db, pgdialect.New()), fail: t.Errorf}
	ends := []func(context.Context, string){
		c.readsAlone, c.readsOnly, c.readsOnlyOnOne, c.readsOnlyAndFails, c.commits, c.rollsBack, c.fails, c.failsAlone, c.panics, c.panicsWithoutRollback,
		c.isCancelled, c.isCancelledAlone, c.stopsReading, c.prepares, c.endsWithItsLast, c.isAllInOne, c.failsAtLast, c.panicsAtLast,
	}
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			for i := range 2 * len(ends) {
				tenant := []string{tenantA, tenantB}[(g+i)%2]
				ctx, cancel := context.WithCancel(as(t, tenant))
				ends[(g*7+i)%len(ends)](ctx, tenant)
				cancel()
			}
		})
	}
	wg.Wait()
	t.Logf("%d rows seen", c.saw.Load())
	if c.saw.Load() == 0 {
		t.Error("nobody saw anything")
	}
	unmarked(t, p)
}

// A connection is made anew only when it is broken: none of these ends breaks it.
func TestEndsKeepTheConnection(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	c := &crowd{db: db, b: bun.NewDB(db, pgdialect.New()), fail: t.Errorf}
	for name, end := range map[string]func(context.Context, string){
		"readsAlone": c.readsAlone, "readsOnly": c.readsOnly, "readsOnlyOnOne": c.readsOnlyOnOne, "readsOnlyAndFails": c.readsOnlyAndFails, "commits": c.commits, "rollsBack": c.rollsBack, "fails": c.fails, "failsAlone": c.failsAlone,
		"panics": c.panics, "panicsWithoutRollback": c.panicsWithoutRollback, "stopsReading": c.stopsReading, "prepares": c.prepares,
		"endsWithItsLast": c.endsWithItsLast, "isAllInOne": c.isAllInOne, "failsAtLast": c.failsAtLast, "panicsAtLast": c.panicsAtLast,
	} {
		ctx, cancel := context.WithCancel(as(t, tenantA))
		end(ctx, tenantA)
		cancel()
		unmarked(t, p) // waits for the only connection
		if n := p.Stat().NewConnsCount(); n != 1 {
			t.Fatalf("after %s: %d connections were made", name, n)
		}
	}
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// look has no condition: only the scope keeps the tenants apart.
func (c *crowd) look(ctx context.Context, q querier, tenant string) {
	rows, err := q.QueryContext(ctx, "select tenant_id, current_setting('app.tenant_id') from notes where id <= 20")
	if err != nil {
		c.fail("look: %v", err)
		return
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var of, setting string
		if err := rows.Scan(&of, &setting); err != nil || of != tenant || setting != tenant {
			c.fail("as %s saw a row of %s under %s (%v)", tenant, of, setting, err)
		}
		n++
	}
	if err := rows.Err(); err != nil || n != 20 {
		c.fail("saw %d rows: %v", n, err)
	}
	c.saw.Add(int64(n))
}

func (c *crowd) begin(ctx context.Context) *sql.Tx {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		panic(fmt.Sprint("begin: ", err))
	}
	return tx
}

func (c *crowd) readsAlone(ctx context.Context, tenant string) { c.look(ctx, c.db, tenant) }

func (c *crowd) readsOnly(ctx context.Context, tenant string) {
	tx, err := c.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		panic(fmt.Sprint("begin: ", err))
	}
	c.look(ctx, tx, tenant)
	if err := tx.Commit(); err != nil {
		c.fail("commit: %v", err)
	}
	if _, err := tx.QueryContext(ctx, "select 1"); !errors.Is(err, sql.ErrTxDone) {
		c.fail("a transaction that is over was asked: %v", err)
	}
}

// readsOnlyOnOne keeps the connection for what comes after the transaction, and for another.
func (c *crowd) readsOnlyOnOne(ctx context.Context, tenant string) {
	one, err := c.db.Conn(ctx)
	if err != nil {
		panic(fmt.Sprint("conn: ", err))
	}
	defer one.Close()
	for range 2 {
		tx, err := one.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			c.fail("begin again: %v", err)
			return
		}
		c.look(ctx, tx, tenant)
		if err := tx.Commit(); err != nil {
			c.fail("commit: %v", err)
		}
	}
	c.look(ctx, one, tenant)
}

func (c *crowd) readsOnlyAndFails(ctx context.Context, tenant string) {
	tx, err := c.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		panic(fmt.Sprint("begin: ", err))
	}
	c.look(ctx, tx, tenant)
	if _, err := tx.ExecContext(ctx, "delete from notes"); err == nil {
		c.fail("a reader deleted")
	}
	if err := tx.Commit(); !errors.Is(err, pgx.ErrTxCommitRollback) {
		c.fail("a reader that failed committed: %v", err)
	}
}

func (c *crowd) commits(ctx context.Context, tenant string) {
	tx := c.begin(ctx)
	c.look(ctx, tx, tenant)
	if err := tx.Commit(); err != nil {
		c.fail("commit: %v", err)
	}
}

func (c *crowd) rollsBack(ctx context.Context, tenant string) {
	tx := c.begin(ctx)
	defer tx.Rollback() //nolint:errcheck // what is tested is the next user
	c.look(ctx, tx, tenant)
}

func (c *crowd) fails(ctx context.Context, tenant string) {
	tx := c.begin(ctx)
	c.look(ctx, tx, tenant)
	if _, err := tx.ExecContext(ctx, "select 1/0"); err == nil {
		c.fail("divided by zero")
	}
	_ = tx.Commit()
}

func (c *crowd) failsAlone(ctx context.Context, _ string) {
	var n int
	for _, q := range []string{"select 1/0", "select nothing", "select 1/(n-1999) from generate_series(1, 2000) n"} {
		if err := c.db.QueryRowContext(ctx, q).Scan(&n); err == nil {
			c.fail("%s gave %d", q, n)
		}
	}
}

func (c *crowd) panics(ctx context.Context, tenant string) {
	defer func() { _ = recover() }()
	_ = c.b.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		c.look(ctx, tx, tenant)
		panic("between begin and commit")
	})
}

// panicsWithoutRollback leaves the transaction to the end of its context, which database/sql watches.
func (c *crowd) panicsWithoutRollback(ctx context.Context, tenant string) {
	defer func() { _ = recover() }()
	tx := c.begin(ctx)
	c.look(ctx, tx, tenant)
	panic("between begin and nothing")
}

func (c *crowd) isCancelled(ctx context.Context, tenant string) {
	tx := c.begin(ctx)
	c.look(ctx, tx, tenant)
	short, cancel := context.WithTimeout(ctx, 2*time.Millisecond)
	defer cancel()
	if _, err := tx.ExecContext(short, "select pg_sleep(5)"); err == nil {
		c.fail("slept")
	}
	_ = tx.Commit()
}

func (c *crowd) isCancelledAlone(ctx context.Context, _ string) {
	short, cancel := context.WithTimeout(ctx, 2*time.Millisecond)
	defer cancel()
	if err := query(short, c.db, "select pg_sleep(5)"); !errors.Is(err, context.DeadlineExceeded) {
		c.fail("slept: %v", err)
	}
}

func (c *crowd) stopsReading(ctx context.Context, tenant string) {
	rows, err := c.db.QueryContext(ctx, "select tenant_id from notes, generate_series(1, 100)")
	if err != nil {
		c.fail("stopsReading: %v", err)
		return
	}
	defer rows.Close()
	var of string
	if rows.Next() && (rows.Scan(&of) != nil || of != tenant) {
		c.fail("as %s saw %s", tenant, of)
	}
}

func (c *crowd) prepares(ctx context.Context, tenant string) {
	tx := c.begin(ctx)
	defer tx.Rollback() //nolint:errcheck // what is tested is the next user
	st, err := tx.PrepareContext(ctx, "select tenant_id from notes where id = $1")
	if err != nil {
		c.fail("prepare: %v", err)
		return
	}
	var of string
	if err := st.QueryRowContext(ctx, 1).Scan(&of); err != nil || of != tenant {
		c.fail("as %s saw %s (%v)", tenant, of, err)
	}
}

func (c *crowd) endsWithItsLast(ctx context.Context, tenant string) {
	tx := c.begin(ctx)
	c.look(ctx, tx, tenant)
	c.look(scoped.Last(ctx), tx, tenant)
	if err := query(ctx, tx, "select 1"); !errors.Is(err, scoped.ErrUnscoped) {
		c.fail("a statement after the last: %v", err)
	}
	if err := tx.Commit(); err != nil {
		c.fail("commit: %v", err)
	}
}

func (c *crowd) isAllInOne(ctx context.Context, tenant string) {
	tx := c.begin(ctx)
	c.look(scoped.Last(ctx), tx, tenant)
	if err := tx.Commit(); err != nil {
		c.fail("commit: %v", err)
	}
}

func (c *crowd) failsAtLast(ctx context.Context, _ string) {
	for _, q := range []string{"select 1/0", "select nothing", "select 1/(n-1999) from generate_series(1, 2000) n"} {
		tx := c.begin(ctx)
		if _, err := tx.ExecContext(scoped.Last(ctx), q); err == nil {
			c.fail("%s went well", q)
		}
		if err := tx.Commit(); !errors.Is(err, pgx.ErrTxCommitRollback) {
			c.fail("committed after %s: %v", q, err)
		}
	}
}

func (c *crowd) panicsAtLast(ctx context.Context, tenant string) {
	defer func() { _ = recover() }()
	_ = c.b.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		c.look(scoped.Last(ctx), tx, tenant)
		panic("between the last and the end")
	})
}
