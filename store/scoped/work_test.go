package scoped_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"aimyorg/store/localpg"
	"aimyorg/store/scoped"
)

func TestConfigSettings(t *testing.T) {
	t.Parallel()
	cfg, err := scoped.Config(server.DSN("entry", "postgres"), "acting", 3)
	must(t, err)
	p, err := pgxpool.NewWithConfig(t.Context(), cfg)
	must(t, err)
	defer p.Close()
	for q, want := range map[string]string{
		"select current_user": "acting", "select session_user": "entry", "show statement_timeout": "30s", "show timezone": "UTC",
		"show idle_in_transaction_session_timeout": "1min", "show application_name": "aimyorg",
	} {
		var got string
		must(t, p.QueryRow(t.Context(), q).Scan(&got))
		if got != want {
			t.Errorf("%s: %q, want %q", q, got, want)
		}
	}
	if p.Config().MaxConns != 3 {
		t.Errorf("%d connections", p.Config().MaxConns)
	}
	if _, err := scoped.Config(server.DSN("entry", "postgres"), "", 0); err == nil {
		t.Error("a pool of 0 connections")
	}
}

func TestTransactionOptions(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	for _, c := range []struct {
		opts           sql.TxOptions
		level, readOny string
	}{
		{sql.TxOptions{}, "read committed", "off"},
		{sql.TxOptions{Isolation: sql.LevelReadCommitted}, "read committed", "off"},
		{sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, "repeatable read", "on"},
		{sql.TxOptions{Isolation: sql.LevelSerializable}, "serializable", "off"},
	} {
		tx, err := db.BeginTx(as(t, tenantA), &c.opts)
		must(t, err)
		var level, ro, tenant string
		must(t, tx.QueryRow(`select current_setting('transaction_isolation'), current_setting('transaction_read_only'),
			current_setting('app.tenant_id')`).Scan(&level, &ro, &tenant))
		if level != c.level || ro != c.readOny || tenant != tenantA {
			t.Errorf("%+v gives %s, %s, %s", c.opts, level, ro, tenant)
		}
		must(t, tx.Commit())
	}
	if _, err := db.BeginTx(as(t, tenantA), &sql.TxOptions{Isolation: sql.LevelLinearizable}); !errors.Is(err, scoped.ErrRefused) {
		t.Errorf("an isolation that PostgreSQL has not: %v", err)
	}
	unmarked(t, p)
}

type everything struct {
	Yes   bool      `bun:"yes"`
	Small int16     `bun:"small"`
	Big   int64     `bun:"big"`
	Real  float64   `bun:"real"`
	Raw   []byte    `bun:"raw"`
	At    time.Time `bun:"at"`
	ID    string    `bun:"id"`
	JSON  []byte    `bun:"js"`
	Words []string  `bun:"words,array"`
	Nums  []int64   `bun:"nums,array"`
	None  *string   `bun:"none"`
	Word  string    `bun:"word"`
}

const everySQL = `select true as yes, 7::smallint as small, 9007199254740993::bigint as big, 1.5::float8 as real, '\x00ff27'::bytea as raw,
	'2024-02-03 04:05:06.789+02'::timestamptz as at, '` + tenantA + `'::uuid as id, '{"a": 1}'::jsonb as js,
	array['a','b,"c'] as words, array[1,2]::bigint[] as nums, null::text as none, 'ü' as word`

// The same values arrive alone, in a transaction and from a prepared statement.
func TestValuesArrive(t *testing.T) {
	t.Parallel()
	db, _ := open(t, 1)
	b := bun.NewDB(db, pgdialect.New())
	ctx := as(t, tenantA)
	var alone, within everything
	must(t, b.NewRaw(everySQL).Scan(ctx, &alone))
	checkEverything(t, "alone", alone)
	must(t, b.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		must(t, tx.NewRaw(everySQL).Scan(ctx, &within))
		checkEverything(t, "in a transaction", within)
		st, err := tx.PrepareContext(ctx, "select id, body from notes where tenant_id = $1 and id = any($2) order by id")
		must(t, err)
		defer st.Close()
		for range 2 {
			var id int64
			var body string
			must(t, st.QueryRowContext(ctx, tenantA, []int64{3}).Scan(&id, &body))
			if id != 3 || body != "x" {
				t.Errorf("prepared: %d %q", id, body)
			}
		}
		return nil
	}))
	var n int
	must(t, db.QueryRowContext(ctx, "select count(*) from notes where id = any($1)", []int64{1, 2}).Scan(&n))
	if n != 2 {
		t.Errorf("arguments of a single read: %d rows", n)
	}
}

func checkEverything(t *testing.T, how string, e everything) {
	t.Helper()
	at := time.Date(2024, 2, 3, 2, 5, 6, 789e6, time.UTC)
	if !e.Yes || e.Small != 7 || e.Big != 9007199254740993 || e.Real != 1.5 || string(e.Raw) != "\x00\xff'" || !e.At.Equal(at) ||
		e.At.Location() != time.UTC || e.ID != tenantA || string(e.JSON) != `{"a": 1}` || len(e.Words) != 2 || e.Words[1] != `b,"c` ||
		len(e.Nums) != 2 || e.None != nil || e.Word != "ü" {
		t.Errorf("%s: %+v", how, e)
	}
}

func TestBunWritesAndNests(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	b := bun.NewDB(db, pgdialect.New())
	const tenant = "cccccccc-0000-7000-8000-000000000003"
	ctx := as(t, tenant)
	must(t, b.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&[]note{{TenantID: tenant, ID: 1, Body: "o'k\\"}, {TenantID: tenant, ID: 2}}).Exec(ctx)
		must(t, err)
		failed := tx.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { // a savepoint
			_, err := tx.NewInsert().Model(&note{TenantID: tenant, ID: 1}).Exec(ctx)
			return err
		})
		if failed == nil {
			t.Error("a double key was taken")
		}
		res, err := tx.NewUpdate().Model((*note)(nil)).Set("body = 'z'").Where("tenant_id = ?", tenant).Where("id = 2").Exec(ctx)
		must(t, err)
		if n, err := res.RowsAffected(); n != 1 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		return nil
	}))
	var ns []note
	must(t, b.NewSelect().Model(&ns).Order("id").Scan(ctx))
	if len(ns) != 2 || ns[0].Body != "o'k\\" || ns[1].Body != "z" {
		t.Errorf("got %+v", ns)
	}
	err := b.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&note{TenantID: tenantB, ID: 77}).Exec(ctx)
		return err
	})
	if err == nil {
		t.Error("wrote another tenant's row")
	}
	unmarked(t, p)
}

// A transaction in which a statement failed must not look committed.
func TestCommitOfAFailedTransactionFails(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	tx, err := db.BeginTx(as(t, tenantA), nil)
	must(t, err)
	if _, err := tx.ExecContext(t.Context(), "select 1/0"); err == nil {
		t.Error("divided by zero")
	}
	if err := tx.Commit(); !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("got %v", err)
	}
	unmarked(t, p)
}

// What begins a transaction goes with its first statement. Where that is lost nothing runs after it, and nothing looks committed.
func TestATransactionThatCouldNotBegin(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	for range 2 {
		var pid int
		must(t, db.QueryRowContext(as(t, tenantA), "select pg_backend_pid()").Scan(&pid))
		tx, err := db.BeginTx(as(t, tenantA), nil)
		must(t, err)
		var gone bool
		must(t, pool(t, localpg.Superuser, 1).QueryRow(t.Context(), "select pg_terminate_backend($1, 5000)", pid).Scan(&gone))
		if _, err := tx.ExecContext(t.Context(), "update notes set body = 'mine'"); err == nil || !gone {
			t.Errorf("a statement without its beginning: %v, %v", err, gone)
		}
		if rows, err := tx.QueryContext(t.Context(), "select 1"); err == nil {
			_ = rows.Close()
			t.Error("a statement after it ran")
		}
		if err := tx.Commit(); err == nil {
			t.Error("it looks committed")
		}
	}
	unmarked(t, p)
}

// A transaction in which nothing is asked ends as it began, and leaves the connection for the next one.
func TestATransactionOfNothing(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
		for range 3 {
			tx, err := db.BeginTx(as(t, tenantA), nil)
			must(t, err)
			must(t, end(tx))
		}
		tx, err := db.BeginTx(as(t, tenantB), nil)
		must(t, err)
		var tenant string
		must(t, tx.QueryRowContext(t.Context(), "select current_setting('app.tenant_id')").Scan(&tenant))
		if tenant != tenantB {
			t.Errorf("the scope is %s", tenant)
		}
		must(t, tx.Rollback())
	}
	unmarked(t, p)
}

type chore struct {
	N int `json:"n"`
}

func (chore) Kind() string { return "chore" }

func TestRiverInsertsInTheTenantsTransaction(t *testing.T) {
	t.Parallel()
	su := pool(t, localpg.Superuser, 2)
	_, err := su.Exec(t.Context(), "create schema river")
	must(t, err)
	m, err := rivermigrate.New(riverpgxv5.New(su), &rivermigrate.Config{Schema: "river"})
	must(t, err)
	_, err = m.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	must(t, err)
	for _, grant := range []string{
		"grant usage on schema river to app", "grant select, insert, update on river.river_job to app",
		"grant usage on sequence river.river_job_id_seq to app",
	} {
		_, err = su.Exec(t.Context(), grant)
		must(t, err)
	}
	db, p := open(t, 1)
	client, err := river.NewClient(riverdatabasesql.New(db), &river.Config{Schema: "river"})
	must(t, err)
	insert := func(end func(*sql.Tx) error) {
		tx, err := db.BeginTx(as(t, tenantA), nil)
		must(t, err)
		defer tx.Rollback() //nolint:errcheck // over by then
		opts := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}, Tags: []string{"first", "second"}}
		first, err := client.InsertTx(t.Context(), tx, chore{1}, opts)
		must(t, err)
		again, err := client.InsertTx(t.Context(), tx, chore{1}, opts)
		must(t, err)
		if first.UniqueSkippedAsDuplicate || !again.UniqueSkippedAsDuplicate || first.Job.ID != again.Job.ID {
			t.Errorf("unique insert: %+v, %+v", first, again)
		}
		_, err = client.InsertManyTx(t.Context(), tx, []river.InsertManyParams{{Args: chore{2}}, {Args: chore{3}}})
		must(t, err)
		must(t, end(tx))
	}
	insert((*sql.Tx).Rollback)
	insert((*sql.Tx).Commit)
	var n int
	must(t, su.QueryRow(t.Context(), "select count(*) from river.river_job").Scan(&n))
	if n != 3 {
		t.Errorf("%d jobs, want those of the committed transaction: 3", n)
	}
	if _, err := client.Insert(t.Context(), chore{4}, nil); !errors.Is(err, scoped.ErrUnscoped) {
		t.Errorf("a job outside a transaction: %v", err)
	}
	unmarked(t, p)
}
