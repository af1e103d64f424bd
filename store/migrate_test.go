package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/store"
	"aimyorg/store/localpg"
	"aimyorg/store/storetest"
)

// emptyDatabase makes a database of its own in the tests' cluster, and gives its address and a superuser's connection.
func emptyDatabase(t *testing.T) (dsn string, super *pgx.Conn) {
	t.Helper()
	name := "migrate_" + strings.ReplaceAll(string(storetest.DB(t).NewID())[19:], "-", "")
	boss := storetest.Superuser(t)
	_, err := boss.Exec(t.Context(), "create database "+name)
	must(t, err)
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), storetest.At(t).Server.DSN(localpg.Superuser, "postgres"))
		if err == nil {
			_, _ = c.Exec(context.Background(), "drop database "+name+" with (force)")
			_ = c.Close(context.Background())
		}
	})
	dsn = storetest.At(t).Server.DSN(localpg.Superuser, name)
	super, err = pgx.Connect(t.Context(), dsn)
	must(t, err)
	t.Cleanup(func() { _ = super.Close(context.Background()) })
	return dsn, super
}

// schema is everything that migrations make, with the row versions of the catalogue: what was dropped and made again
// differs.
func schema(t *testing.T, c *pgx.Conn) string {
	t.Helper()
	var text string
	must(t, c.QueryRow(t.Context(), `select string_agg(line, E'\n' order by line) from (
		select 'class ' || oid || ' ' || relname || ' ' || xmin || ' ' || coalesce(relacl::text, '') line from pg_class
			where relnamespace in ('public'::regnamespace, 'river'::regnamespace)
		union all select 'policy ' || oid || ' ' || polname || ' ' || xmin from pg_policy
		union all select 'migration ' || name || ' ' || digest || ' ' || at from migrations) x`).Scan(&text))
	return text
}

func TestMigrate_twice_does_nothing(t *testing.T) {
	t.Parallel()
	dsn, super := emptyDatabase(t)
	must(t, store.Migrate(t.Context(), dsn, "a policy"))
	before := schema(t, super)
	tx, err := super.Begin(t.Context()) // a job is being inserted meanwhile: nothing may wait for it
	must(t, err)
	_, err = tx.Exec(t.Context(), "lock table river.river_job, members in row exclusive mode")
	must(t, err)
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	must(t, store.Migrate(ctx, dsn, "a policy"))
	t.Logf("the second time took %v", time.Since(began))
	must(t, tx.Commit(t.Context()))
	if after := schema(t, super); after != before {
		t.Errorf("the second time changed something:\n%s\n\n%s", before, after)
	}
}

func TestMigrate_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ spoil, says string }{
		"a changed step":                 {"update migrations set digest = 'other' where name like '0002%'", "was changed after it ran"},
		"a newer database":               {"insert into migrations values ('9999_later.sql', 'd')", "newer version"},
		"a newer one with as many steps": {"update migrations set name = '9999_later.sql' where name like '0002%'", "newer version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn, super := emptyDatabase(t)
			must(t, store.Migrate(t.Context(), dsn, "a policy"))
			_, err := super.Exec(t.Context(), c.spoil)
			must(t, err)
			before := schema(t, super)
			if err := store.Migrate(t.Context(), dsn, "a policy"); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if schema(t, super) != before {
				t.Error("it changed something all the same")
			}
		})
	}
}

func TestMigrate_two_at_once(t *testing.T) {
	t.Parallel()
	dsn, super := emptyDatabase(t)
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() { errs[i] = store.Migrate(t.Context(), dsn, "a policy") })
	}
	all.Wait()
	for _, err := range errs {
		must(t, err)
	}
	var n int
	must(t, super.QueryRow(t.Context(), "select count(*) from policy_versions").Scan(&n))
	if n != 1 {
		t.Errorf("%d versions of the policy", n)
	}
}

// P29: the queue's walls come back when somebody has taken them down, and its tables work for the roles.
func TestP29_queue_is_walled_again(t *testing.T) {
	t.Parallel()
	dsn, super := emptyDatabase(t)
	must(t, store.Migrate(t.Context(), dsn, "a policy"))
	for _, spoil := range []string{"drop policy own_organization on river.river_job", "drop policy work on river.river_job",
		"alter table river.river_job disable row level security", "alter table river.river_job no force row level security",
		"revoke insert on river.river_job from aimyorg_app", "revoke update on river.river_job from aimyorg_worker", "drop schema river cascade"} {
		_, err := super.Exec(t.Context(), spoil)
		must(t, err)
		must(t, store.Migrate(t.Context(), dsn, "a policy"))
		findings, err := store.AuditSchema(t.Context(), dsn)
		if err != nil || len(findings) != 0 {
			t.Errorf("after %q: %+v, %v", spoil, findings, err)
		}
		queueWorks(t, super)
	}
}

func queueWorks(t *testing.T, super *pgx.Conn) {
	t.Helper()
	const tenant = "0190b1d2-0000-7000-8000-000000000001"
	tx, err := super.Begin(t.Context())
	must(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	for _, step := range []string{"set local role aimyorg_app", fmt.Sprintf("set local app.tenant_id = '%s'", tenant),
		fmt.Sprintf(`insert into river.river_job (kind, args, max_attempts, state, queue, priority)
			values ('tidy_search', '{"tenant": "%s"}', 25, 'available', 'default', 1)`, tenant),
		"reset role", "set local role aimyorg_worker", "update river.river_job set state = 'running', attempted_at = now()",
		"select count(*) from river.river_leader, river.river_queue", "delete from river.river_job"} {
		if _, err := tx.Exec(t.Context(), step); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
	}
}
