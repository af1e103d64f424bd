package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"aimyorg/store/localpg"
	"aimyorg/store/scoped"
)

const (
	oneTenant = "aaaaaaaa-0000-7000-8000-000000000001"
	rounds    = 4000
)

// note has a key as the product's rows have them.
type note struct {
	bun.BaseModel `bun:"table:notes,alias:n"`
	TenantID      string `bun:"tenant_id,pk,type:uuid"`
	ID            string `bun:",pk"`
	Body          []byte
}

const notes = `
create role app login; create role free login bypassrls;
create table notes (tenant_id uuid, id uuid, body bytea, primary key (tenant_id, id));
insert into notes select '` + oneTenant + `', lpad(i::text, 32, '0')::uuid, 'body' from generate_series(1, 10000) i;
alter table notes enable row level security; alter table notes force row level security;
create policy own on notes to app using (tenant_id = current_setting('app.tenant_id')::uuid) with check (tenant_id = current_setting('app.tenant_id')::uuid);
grant select, insert, update, delete on notes to app, free; analyze notes`

// benchScoped reads and writes through the scoped connector under row-level security, and through Bun alone as a role that is
// free of it, in turn.
func benchScoped(ctx context.Context, b *bench) (err error) {
	dir := filepath.Join(b.dir, "scoped")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	server, err := localpg.Start(ctx, localpg.Config{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	if err := prepareNotes(ctx, server); err != nil {
		return err
	}
	walled, err := notesPool(ctx, server.DSN("app", "postgres"))
	if err != nil {
		return err
	}
	defer walled.Close()
	free, err := notesPool(ctx, server.DSN("free", "postgres"))
	if err != nil {
		return err
	}
	defer free.Close()
	ours, plain := bun.NewDB(scoped.Open(walled), scoped.Dialect()), bun.NewDB(stdlib.OpenDBFromPool(free), pgdialect.New())
	for name, do := range map[string]func(context.Context, *bun.DB, int) error{"read": readNote, "write": writeNote} {
		if err := b.sideBySide(ctx, name, ours, plain, do); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) sideBySide(ctx context.Context, name string, ours, plain *bun.DB, do func(context.Context, *bun.DB, int) error) error {
	var mine, theirs time.Duration
	scope := scoped.With(ctx, oneTenant)
	for i := range rounds { // in turn, so that what disturbs one disturbs the other
		begun := time.Now()
		if err := do(scope, ours, i); err != nil {
			return err
		}
		between := time.Now()
		if err := do(ctx, plain, i); err != nil {
			return err
		}
		if i > rounds/10 {
			mine, theirs = mine+between.Sub(begun), theirs+time.Since(between)
		}
	}
	n := float64(rounds - rounds/10 - 1)
	b.add("scoped "+name+" through Bun", fmt.Sprintf("%.0f µs", mine.Seconds()*1e6/n), fmt.Sprintf("%.0f µs", theirs.Seconds()*1e6/n),
		ratio(mine.Seconds(), theirs.Seconds()), "≤ 1.10×")
	return nil
}

func prepareNotes(ctx context.Context, server *localpg.Server) error {
	conn, err := pgx.Connect(ctx, server.DSN(localpg.Superuser, "postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, notes)
	return errors.Join(err, conn.Close(ctx))
}

func notesPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	cfg, err := scoped.Config(dsn, "", 2)
	if err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}

func noteID(i int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", 1+i%10000) }

func readNote(ctx context.Context, db *bun.DB, i int) error {
	var n note
	return db.NewSelect().Model(&n).Where("tenant_id = ?", oneTenant).Where("id = ?", noteID(i)).Scan(ctx)
}

func writeNote(ctx context.Context, db *bun.DB, i int) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model(&note{Body: []byte("changed")}).Column("body").Where("tenant_id = ?", oneTenant).Where("id = ?", noteID(i)).Exec(ctx)
		return err
	})
}
