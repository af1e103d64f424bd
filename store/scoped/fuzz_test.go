package scoped_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"aimyorg/store/scoped"
)

// FuzzStatement gives the connector any text as a statement, with PostgreSQL behind it: what is let through runs as its own
// tenant, leaves the transaction and its scope as they were, and leaves nothing on the connection for its next user (A46).
func FuzzStatement(f *testing.F) {
	for _, q := range []string{
		"select 1", "(values (1))", "with x as (select 1) select * from x", "insert into open values (1)", "savepoint a", "rollback to a", "release a",
		"/* a /* b */ c */ select 1", "-- select\ncommit", "/* select", "select 1; set local app.tenant_id = 'x'", "explain select 1", "explain analyze execute x",
		"set local app.tenant_id = '" + tenantB + "'", "commit", "end", "rollback", "rollback and chain", "rollback/**/to a", "listen x", "prepare x as select 1",
		"declare c cursor for select 1", "copy notes to stdout", "do $$ begin end $$", "select $$a$$", "select 'a''b'", "select $1", "\x00", "select\x00", "select \x00tx\x00", "é",
		"select set_config('app.tenant_id', '" + tenantB + "', false)", "select current_setting('app.tenant_id') from notes",
	} {
		f.Add(q)
	}
	db, p := open(f, 1)
	f.Fuzz(func(t *testing.T, q string) {
		ctx, cancel := context.WithTimeout(as(t, tenantA), 10*time.Second)
		defer cancel()
		tx, err := db.BeginTx(ctx, nil)
		must(t, err)
		defer tx.Rollback() //nolint:errcheck // over by then
		_, err = tx.ExecContext(ctx, q)
		if err == nil || errors.Is(err, scoped.ErrRefused) { // any other failure has ended the transaction's use
			var tenant string
			must(t, tx.QueryRowContext(ctx, "select current_setting('app.tenant_id')").Scan(&tenant))
			if tenant != tenantA {
				t.Fatalf("after %q the transaction is %q's", q, tenant)
			}
		}
		must(t, tx.Rollback())
		if rows, err := db.QueryContext(ctx, q); err == nil {
			_ = rows.Close() // reads what is left, and the failure that may come with it
		}
		unmarked(t, p)
		clean(t, p)
	})
}

// clean fails when a connection hears, holds or remembers something of its last user, but for the plans that the connector
// keeps, which hold no argument.
func clean(t *testing.T, p *pgxpool.Pool) {
	t.Helper()
	var left int
	must(t, p.QueryRow(t.Context(), `select (select count(*) from pg_listening_channels()) + (select count(*) from pg_prepared_statements where name not like 'kept\_%') +
		(select count(*) from pg_cursors where is_holdable) + (select count(*) from pg_locks where locktype = 'advisory')`).Scan(&left))
	if left > 0 {
		t.Fatalf("%d things are left on the connection", left)
	}
}
