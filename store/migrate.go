package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"aimyorg/migrations"
)

// migrationLock is the advisory lock that one migrator holds.
const migrationLock = 0x61696d79

// Migrate brings the database to the newest schema, each step in its own transaction, recorded with its digest. dsn is of
// the owner: a role that may create roles. It does nothing when there is nothing to do, and refuses a database that a
// newer version has migrated or whose steps differ. policy is the text of the privacy policy's first version (P1).
func Migrate(ctx context.Context, dsn, policy string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	done, err := migrated(ctx, conn)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return err
	}
	for name := range done {
		if name != queueStep && !slices.Contains(names, name) {
			return fmt.Errorf("migrate: a newer version of AImyOrg has migrated this database: it knows %s", name)
		}
	}
	for _, name := range names {
		if err := step(ctx, conn, name, done[name]); err != nil {
			return err
		}
	}
	if err := migrateQueue(ctx, dsn, conn, done[queueStep]); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return firstPolicy(ctx, conn, policy)
}

func migrated(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	_, err := conn.Exec(ctx, `create table if not exists migrations (name text primary key, digest text not null, at timestamptz not null default now())`)
	if err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, "select name, digest from migrations")
	if err != nil {
		return nil, err
	}
	done := map[string]string{}
	var name, digest string
	_, err = pgx.ForEachRow(rows, []any{&name, &digest}, func() error {
		done[name] = digest
		return nil
	})
	return done, err
}

func step(ctx context.Context, conn *pgx.Conn, name, done string) error {
	text, err := fs.ReadFile(migrations.Files, name)
	if err != nil {
		return err
	}
	digest := Digest(string(text))
	if done == digest {
		return nil
	}
	if done != "" {
		return fmt.Errorf("migrate: %s was changed after it ran", name)
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // after a commit this does nothing
	if _, err := tx.Exec(ctx, string(text)); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	if _, err := tx.Exec(ctx, "insert into migrations (name, digest) values ($1, $2)", name, digest); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// Digest is the SHA-256 of a text, in hex.
func Digest(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// queueStep is what the queue's tables and grants are recorded as among the migrations.
const queueStep = "river"

// migrateQueue lets River make its own tables, then grants what each role needs of them: requests insert jobs of their
// own organization, the worker works them. done is the digest recorded of it. Making a policy anew locks the table that
// every process works on, so nothing is touched when all of it is there.
func migrateQueue(ctx context.Context, dsn string, conn *pgx.Conn, done string) error {
	digest, err := queueDigest()
	if err != nil {
		return err
	}
	walled := false
	if err := conn.QueryRow(ctx, queueWalled).Scan(&walled); err != nil {
		return err
	}
	if walled && done == digest {
		return nil
	}
	if err := makeQueue(ctx, dsn, conn); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `insert into migrations (name, digest) values ($1, $2)
		on conflict (name) do update set digest = excluded.digest, at = now()`, queueStep, digest)
	return err
}

// queueDigest changes with River's newest migration and with our grants.
func queueDigest() (string, error) {
	m, err := rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{Schema: QueueSchema})
	if err != nil {
		return "", err
	}
	all := m.AllVersions()
	return Digest(fmt.Sprint(all[len(all)-1].Version, queueGrants)), nil
}

func makeQueue(ctx context.Context, dsn string, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "create schema if not exists "+QueueSchema); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: QueueSchema})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, queueGrants)
	return err
}

// queueWalled says whether the queue's table is there and walled, whatever is recorded of it.
const queueWalled = `select coalesce((select c.relrowsecurity and c.relforcerowsecurity
	and (select count(*) from pg_policy p where p.polrelid = c.oid and p.polname in ('own_organization', 'work')) = 2
	and has_table_privilege('aimyorg_app', c.oid, 'INSERT') and has_table_privilege('aimyorg_worker', c.oid, 'UPDATE')
	from pg_class c where c.oid = to_regclass('river.river_job')), false)`

const queueGrants = `
grant usage on schema river to aimyorg_app, aimyorg_worker;
grant insert, select, update (kind) on river.river_job to aimyorg_app;
grant usage on sequence river.river_job_id_seq to aimyorg_app;
grant select, insert, update, delete on all tables in schema river to aimyorg_worker;
grant usage on all sequences in schema river to aimyorg_worker;
alter table river.river_job enable row level security;
alter table river.river_job force row level security;
drop policy if exists own_organization on river.river_job;
create policy own_organization on river.river_job to aimyorg_app
	using (args->>'tenant' = current_setting('app.tenant_id')) with check (args->>'tenant' = current_setting('app.tenant_id'));
drop policy if exists work on river.river_job;
create policy work on river.river_job to aimyorg_worker using (true) with check (true);`

// firstPolicy records the first version of the privacy policy; later ones are published with their notice (P87, P88).
func firstPolicy(ctx context.Context, conn *pgx.Conn, text string) error {
	_, err := conn.Exec(ctx, `insert into policy_versions (version, text_hash, material, published_at, effective_at)
		values (1, $1, true, now(), now()) on conflict do nothing`, Digest(text))
	return err
}
