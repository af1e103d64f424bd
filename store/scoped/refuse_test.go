package scoped_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"aimyorg/store/scoped"
)

// Every way to a statement that database/sql and Bun have, also those that Bun's hooks don't see.
func ways(db *sql.DB) map[string]func(context.Context) error {
	b := bun.NewDB(db, pgdialect.New())
	var ns []note
	var n int64
	row := &note{TenantID: tenantA, ID: 99}
	return map[string]func(context.Context) error{
		"sql_exec":     func(ctx context.Context) error { _, err := db.ExecContext(ctx, "select 1"); return err },
		"sql_query":    func(ctx context.Context) error { return query(ctx, db, "select 1") },
		"sql_queryrow": func(ctx context.Context) error { return db.QueryRowContext(ctx, "select 1").Scan(&n) },
		"sql_prepare":  func(ctx context.Context) error { return prepare(ctx, db, "select 1") },
		"sql_begin":    func(ctx context.Context) error { return begin(ctx, db, nil) },
		"sql_begin_ro": func(ctx context.Context) error { return begin(ctx, db, &sql.TxOptions{ReadOnly: true}) },
		"bun_raw_exec": func(ctx context.Context) error { _, err := b.NewRaw("select 1").Exec(ctx); return err },
		"bun_raw_scan": func(ctx context.Context) error { return b.NewRaw("select 1").Scan(ctx, &n) },
		"bun_select":   func(ctx context.Context) error { return b.NewSelect().Model(&ns).Scan(ctx) },
		"bun_count_nil": func(ctx context.Context) error {
			_, err := b.NewSelect().Model((*note)(nil)).Count(ctx)
			return err
		},
		"bun_exists_nil": func(ctx context.Context) error {
			_, err := b.NewSelect().Model((*note)(nil)).Exists(ctx)
			return err
		},
		"bun_table_expr": func(ctx context.Context) error {
			return b.NewSelect().TableExpr("notes").ColumnExpr("id").Scan(ctx, &n)
		},
		"bun_rows": func(ctx context.Context) error {
			rows, err := b.NewSelect().Model((*note)(nil)).Rows(ctx)
			if err != nil {
				return err
			}
			defer rows.Close()
			return rows.Err()
		},
		"bun_insert": func(ctx context.Context) error { _, err := b.NewInsert().Model(row).Exec(ctx); return err },
		"bun_insert_map": func(ctx context.Context) error {
			_, err := b.NewInsert().Model(&map[string]any{"tenant_id": tenantA, "id": 98}).TableExpr("notes").Exec(ctx)
			return err
		},
		"bun_update_nil": func(ctx context.Context) error {
			_, err := b.NewUpdate().Model((*note)(nil)).Set("body = 'y'").Where("true").Exec(ctx)
			return err
		},
		"bun_delete_nil": func(ctx context.Context) error {
			_, err := b.NewDelete().Model((*note)(nil)).Where("true").Exec(ctx)
			return err
		},
		"bun_truncate": func(ctx context.Context) error {
			_, err := b.NewTruncateTable().Model((*note)(nil)).Exec(ctx)
			return err
		},
		"bun_tx": func(ctx context.Context) error {
			return b.RunInTx(ctx, nil, func(context.Context, bun.Tx) error { return nil })
		},
		"bun_prepare": func(ctx context.Context) error { return prepare(ctx, b.DB, "select 1") },
		"bun_conn": func(ctx context.Context) error {
			c, err := b.Conn(ctx)
			if err != nil {
				return err
			}
			defer c.Close()
			_, err = c.ExecContext(ctx, "select 1")
			return err
		},
	}
}

// query runs what should be refused; should it not be, the connection is not kept.
func query(ctx context.Context, q querier, text string, args ...any) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return rows.Err()
}

func prepare(ctx context.Context, p interface {
	PrepareContext(context.Context, string) (*sql.Stmt, error)
}, text string) error {
	st, err := p.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	return st.Close()
}

func begin(ctx context.Context, b interface {
	BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
}, opts *sql.TxOptions) error {
	tx, err := b.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	return tx.Rollback()
}

func TestA47_UnscopedIsRefused(t *testing.T) {
	t.Parallel()
	db, p := open(t, 4)
	for name, way := range ways(db) {
		for scope, ctx := range map[string]context.Context{
			"none": t.Context(), "empty": as(t, ""), "upper_case": as(t, strings.ToUpper(tenantA)), "braces": as(t, "{"+tenantA+"}"),
			"injection": as(t, "'; select '"), "quote": as(t, tenantA[:35]+"'"), "removed": scoped.With(as(t, tenantA), "x"),
		} {
			if err := way(ctx); !errors.Is(err, scoped.ErrUnscoped) {
				t.Errorf("%s with scope %s: %v", name, scope, err)
			}
		}
	}
	unmarked(t, p)
}

// The third wall, seen without the second: the role itself, with no setting, gets an error and no rows.
func TestA47_RoleWithoutSettingSeesNothing(t *testing.T) {
	t.Parallel()
	var n int
	err := pool(t, "app", 1).QueryRow(t.Context(), "select count(*) from notes").Scan(&n)
	if err == nil || n != 0 {
		t.Errorf("saw %d rows, error %v", n, err)
	}
}

// A table without row-level security: what is refused here, the connector refuses.
func TestWritesNeedATransaction(t *testing.T) {
	t.Parallel()
	db, p := open(t, 2)
	ctx := as(t, tenantA)
	if _, err := db.ExecContext(ctx, "insert into open values (1)"); !errors.Is(err, scoped.ErrUnscoped) {
		t.Errorf("Exec: %v", err)
	}
	for _, q := range []string{
		"insert into open values (1) returning id",
		"with w as (insert into open values (1) returning id) select id from w",
	} {
		var id int64
		var pg *pgconn.PgError
		if err := db.QueryRowContext(ctx, q).Scan(&id); !errors.As(err, &pg) || pg.Code != "25006" {
			t.Errorf("%s: %v", q, err)
		}
	}
	unmarked(t, p)
}

func TestA46_SeveralStatementsAreRefused(t *testing.T) {
	t.Parallel()
	db, p := open(t, 2)
	many := "select 1; set local app.tenant_id = '" + tenantB + "'; delete from notes"
	inTx(t, db, func(tx *sql.Tx) {
		_, err := tx.ExecContext(t.Context(), many)
		syntaxError(t, "Exec", err)
	})
	inTx(t, db, func(tx *sql.Tx) {
		syntaxError(t, "Query", query(t.Context(), tx, many))
	})
	inTx(t, db, func(tx *sql.Tx) {
		syntaxError(t, "Prepare", prepare(t.Context(), tx, many))
	})
	syntaxError(t, "single read", query(as(t, tenantA), db, many))
	unmarked(t, p)
}

func syntaxError(t *testing.T, what string, err error) {
	t.Helper()
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "42601" {
		t.Errorf("%s: %v", what, err)
	}
}

func TestA46_StatementsThatCouldLeaveTheScopeAreRefused(t *testing.T) {
	t.Parallel()
	db, p := open(t, 2)
	for _, q := range []string{
		"set local app.tenant_id = '" + tenantB + "'", "SET app.tenant_id TO x", "reset app.tenant_id", "reset all", "discard all",
		"commit", "end", "rollback", "abort", "begin", "start transaction", "commit and chain", "prepare transaction 'x'",
		"prepare x as select 1", "execute x", "deallocate all", "listen x", "notify x", "unlisten *", "copy notes to stdout", "copy notes from stdin",
		"do $$ begin end $$", "call x()", "load 'x'", "declare c cursor with hold for select 1", "fetch c", "lock notes", "truncate notes",
		"create temp table x (y int)", "alter role app set app.tenant_id = 'x'", "/* select */ commit", "-- select\ncommit",
		"/* /* select */ */ set local x.y = 1", " \t\n(commit)", "rollback/**/and chain", "", ";", "-- select", "/* select", "selectx", "scoped_1",
	} {
		inTx(t, db, func(tx *sql.Tx) {
			if _, err := tx.ExecContext(t.Context(), q); !errors.Is(err, scoped.ErrRefused) {
				t.Errorf("Exec %q: %v", q, err)
			}
			if err := query(t.Context(), tx, q); !errors.Is(err, scoped.ErrRefused) {
				t.Errorf("Query %q: %v", q, err)
			}
			if err := prepare(t.Context(), tx, q); !errors.Is(err, scoped.ErrRefused) {
				t.Errorf("Prepare %q: %v", q, err)
			}
		})
		if err := query(as(t, tenantA), db, q); !errors.Is(err, scoped.ErrRefused) {
			t.Errorf("single read %q: %v", q, err)
		}
	}
	inTx(t, db, func(tx *sql.Tx) { // what the connector leaves to the role
		_, err := tx.ExecContext(t.Context(), "select set_config('app.tenant_id', '"+tenantB+"', false)")
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("set_config: %v", err)
		}
	})
	unmarked(t, p)
}

func TestStatementsBehindCommentsAreAllowed(t *testing.T) {
	t.Parallel()
	db, _ := open(t, 1)
	for _, q := range []string{
		"/* a /* b */ c */ select 1", "-- set\nselect 1", "((select 1) union (select 2))", "VALUES (1)", "\t/**/--\r\n/***/WITH x AS (select 1) select * from x",
	} {
		must(t, query(as(t, tenantA), db, q))
	}
}

func TestA46_ArgumentsCannotInstructTheDriver(t *testing.T) {
	t.Parallel()
	db, _ := open(t, 2)
	for name, arg := range map[string]any{
		"mode": pgx.QueryExecModeSimpleProtocol, "formats": pgx.QueryResultFormats{1}, "formats_by_oid": pgx.QueryResultFormatsByOID{25: 1},
		"rewriter": pgx.NamedArgs{"a": 1}, "named": sql.Named("a", 1),
	} {
		inTx(t, db, func(tx *sql.Tx) {
			if _, err := tx.ExecContext(t.Context(), "select 1", arg); !errors.Is(err, scoped.ErrRefused) {
				t.Errorf("%s: %v", name, err)
			}
		})
		if err := query(as(t, tenantA), db, "select 1", arg); !errors.Is(err, scoped.ErrRefused) {
			t.Errorf("%s, single read: %v", name, err)
		}
	}
}

func TestOtherTenantsContextIsRefusedInATransaction(t *testing.T) {
	t.Parallel()
	db, _ := open(t, 1)
	inTx(t, db, func(tx *sql.Tx) {
		for _, ctx := range []context.Context{as(t, tenantB), as(t, "")} {
			if _, err := tx.ExecContext(ctx, "select 1"); !errors.Is(err, scoped.ErrUnscoped) {
				t.Errorf("got %v", err)
			}
		}
		_, err := tx.ExecContext(as(t, tenantA), "select 1")
		must(t, err)
	})
}

func TestOneConnectionHasOneTransaction(t *testing.T) {
	t.Parallel()
	db, _ := open(t, 1)
	c, err := db.Conn(t.Context())
	must(t, err)
	defer c.Close()
	tx, err := c.BeginTx(as(t, tenantA), nil)
	must(t, err)
	defer tx.Rollback() //nolint:errcheck // over by then
	if err := begin(as(t, tenantB), c, nil); !errors.Is(err, scoped.ErrRefused) {
		t.Errorf("a second transaction on the connection: %v", err)
	}
}

func TestDriverConnectionOffersNoWayAround(t *testing.T) {
	t.Parallel()
	db, _ := open(t, 1)
	c, err := db.Conn(t.Context())
	must(t, err)
	defer c.Close()
	must(t, c.Raw(func(dc any) error {
		if _, ok := dc.(interface{ Conn() *pgx.Conn }); ok {
			t.Error("sql.Conn.Raw reaches pgx")
		}
		_, err := dc.(driver.QueryerContext).QueryContext(t.Context(), "select 1", nil)
		if !errors.Is(err, scoped.ErrUnscoped) {
			t.Errorf("got %v", err)
		}
		return nil
	}))
	if _, err := db.Driver().Open(server.DSN("app", "postgres")); !errors.Is(err, scoped.ErrUnscoped) {
		t.Errorf("opened by name: %v", err)
	}
}

func TestPoolOfAnotherMakeIsRefused(t *testing.T) {
	t.Parallel()
	cfg, err := pgxpool.ParseConfig(server.DSN("app", "postgres"))
	must(t, err)
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	p, err := pgxpool.NewWithConfig(t.Context(), cfg)
	must(t, err)
	defer p.Close()
	if err := query(as(t, tenantA), scoped.Open(p), "select 1"); !errors.Is(err, scoped.ErrPool) {
		t.Errorf("got %v", err)
	}
}

// inTx runs fn in a transaction of tenant A that is rolled back.
func inTx(t *testing.T, db *sql.DB, fn func(*sql.Tx)) {
	t.Helper()
	tx, err := db.BeginTx(as(t, tenantA), nil)
	must(t, err)
	defer tx.Rollback() //nolint:errcheck // not what is tested
	fn(tx)
}
