package scoped_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"

	"aimyorg/store/localpg"
	"aimyorg/store/scoped"
)

const (
	tenantA = "aaaaaaaa-0000-7000-8000-000000000001"
	tenantB = "bbbbbbbb-0000-7000-8000-000000000002"
)

var server *localpg.Server // one for all tests of this package

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "scoped")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if server, err = localpg.Start(ctx, localpg.Config{Dir: dir}); err != nil {
		return 0, err
	}
	if err := makeSchema(ctx); err != nil {
		return 0, err
	}
	return m.Run(), server.Stop(ctx)
}

// makeSchema is the third wall in small, and an open door beside it to see the second wall alone: open has no RLS.
func makeSchema(ctx context.Context) error {
	c, err := pgx.Connect(ctx, server.DSN(localpg.Superuser, "postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, `
		create role app login nosuperuser nobypassrls;
		create role acting nosuperuser nobypassrls;
		create role entry login nosuperuser nobypassrls;
		grant acting to entry;
		revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
		create table notes (tenant_id uuid, id bigint, body text, primary key (tenant_id, id));
		alter table notes enable row level security;
		alter table notes force row level security;
		create policy tenant on notes using (tenant_id = current_setting('app.tenant_id')::uuid)
			with check (tenant_id = current_setting('app.tenant_id')::uuid);
		create table open (id bigint);
		create table shifting (id bigint);
		create table late (id bigint unique deferrable initially deferred);
		create table kinds (id bigint primary key, yes boolean, small smallint, num integer, big bigint, unsigned bigint, word text, raw bytea,
			at timestamptz, key uuid, words text[], numbers bigint[], none text);
		grant select, insert, update, delete on notes, open, shifting, kinds, late to app;
		insert into notes select t, i, 'x' from unnest(array['`+tenantA+`', '`+tenantB+`']::uuid[]) t, generate_series(1, 20) i`)
	return err
}

type note struct {
	bun.BaseModel `bun:"table:notes,alias:n"`
	TenantID      string `bun:"tenant_id,pk,type:uuid"`
	ID            int64  `bun:"id,pk"`
	Body          string `bun:"body"`
}

// pool is made as the product makes it.
func pool(t testing.TB, role string, conns int32) *pgxpool.Pool {
	t.Helper()
	cfg, err := scoped.Config(server.DSN(role, "postgres"), "", conns)
	must(t, err)
	p, err := pgxpool.NewWithConfig(t.Context(), cfg)
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

func open(t testing.TB, conns int32) (*sql.DB, *pgxpool.Pool) {
	t.Helper()
	p := pool(t, "app", conns)
	db := scoped.Open(p)
	t.Cleanup(func() { _ = db.Close() })
	return db, p
}

func as(t testing.TB, tenant string) context.Context { return scoped.With(t.Context(), tenant) }

// unmarked fails unless every connection of the pool is out of a transaction and bears no tenant.
func unmarked(t testing.TB, p *pgxpool.Pool) {
	t.Helper()
	var held []*pgxpool.Conn
	defer func() {
		for _, c := range held {
			c.Release()
		}
	}()
	for range p.Config().MaxConns {
		c, err := p.Acquire(t.Context())
		must(t, err)
		held = append(held, c)
		if s := c.Conn().PgConn().TxStatus(); s != 'I' {
			t.Errorf("a connection came back with transaction status %c", s)
		}
		var tenant string
		must(t, c.QueryRow(t.Context(), "select coalesce(current_setting('app.tenant_id', true), '')").Scan(&tenant))
		if tenant != "" {
			t.Errorf("a connection came back as %s", tenant)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
