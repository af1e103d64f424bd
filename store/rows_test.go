package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// raw is a connection as one of the product's roles, past the types and the connector: row-level security stands alone.
func raw(t *testing.T, role string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), storetest.At(t).Server.DSN(role, "postgres"))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(background) })
	return conn
}

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// as runs one statement in a transaction of its own with an organization's setting, and takes it back.
func as(t *testing.T, conn *pgx.Conn, tenant domain.ID, sql string, args ...any) (int64, error) {
	t.Helper()
	_, err := conn.Exec(t.Context(), "begin; set local app.tenant_id = '"+string(tenant)+"'")
	must(t, err)
	defer func() {
		_, err := conn.Exec(background, "rollback")
		must(t, err)
	}()
	tag, err := conn.Exec(t.Context(), sql, args...)
	return tag.RowsAffected(), err
}

const (
	noPrivilege = "42501" // also what a policy's WITH CHECK says
	noReference = "23503"
)

// Wall 3: on every table of the live schema, the application's role with A's setting reaches none of B's rows.
func TestA52_rows_of_another_organization(t *testing.T) {
	t.Parallel()
	db, super, app := storetest.DB(t), storetest.Superuser(t), raw(t, store.RoleApp)
	wa, wb := build(t, db), build(t, db)
	a, b := wa.Owner.Tenant(), wb.Owner.Tenant()
	for _, table := range tenantTables(t, super) {
		t.Run(table, func(t *testing.T) {
			if n, err := as(t, app, b, "select from "+table+" where tenant_id = $1", b); n == 0 || err != nil {
				t.Fatalf("its own organization sees %d rows, %v: this shows nothing", n, err)
			}
			if n, err := as(t, app, a, "select from "+table+" where tenant_id = $1", b); n != 0 || err != nil {
				t.Errorf("saw %d rows, %v", n, err)
			}
			if n, err := as(t, app, a, "select from "+table+" where tenant_id <> $1", a); n != 0 || err != nil {
				t.Errorf("saw %d rows of others, %v", n, err)
			}
			for _, change := range []string{"update " + table + " set tenant_id = tenant_id where tenant_id = $1", "delete from " + table + " where tenant_id = $1"} {
				if n, err := as(t, app, a, change, b); n != 0 || err != nil && code(err) != noPrivilege {
					t.Errorf("%s: %d rows, %v", change, n, err)
				}
			}
			if _, err := as(t, app, a, "update "+table+" set tenant_id = $1", b); code(err) != noPrivilege {
				t.Errorf("moving its own rows to another organization (A52): %v", err)
			}
			if _, err := as(t, app, a, "truncate "+table+" cascade"); code(err) != noPrivilege {
				t.Errorf("truncate: %v", err)
			}
			var row string
			must(t, super.QueryRow(t.Context(), "select to_jsonb(x)::text from "+table+" x where tenant_id = $1 limit 1", b).Scan(&row))
			if _, err := as(t, app, a, "insert into "+table+" select * from jsonb_populate_record(null::"+table+", $1::jsonb)", row); code(err) != noPrivilege {
				t.Errorf("inserting a row of another organization: %v", err)
			}
		})
	}
}

// A47: without a setting nothing is seen: it is an error, on a fresh connection and after a transaction that had one.
func TestA47_no_setting_is_an_error(t *testing.T) {
	t.Parallel()
	super, app := storetest.Superuser(t), raw(t, store.RoleApp)
	build(t, storetest.DB(t))
	try := func(when, want string) {
		for _, table := range append(tenantTables(t, super), "river.river_job") {
			_, err := app.Exec(t.Context(), "select from "+table)
			if got := code(err); got != want && (table != "river.river_job" || want != "22P02" || got != "") {
				t.Errorf("%s, %s: %v", when, table, err)
			}
		}
	}
	try("fresh", "42704")
	_, err := as(t, app, "00000000-0000-7000-8000-000000000001", "select from members")
	must(t, err)
	try("after another's transaction", "22P02")
}

// A49, A46: the other ways to a row, or to another setting, are shut.
func TestA49_other_ways(t *testing.T) {
	t.Parallel()
	db, app := storetest.DB(t), raw(t, store.RoleApp)
	wa, wb := build(t, db), build(t, db)
	a := wa.Owner.Tenant()
	for _, sql := range []string{
		"select set_config('app.tenant_id', '" + string(wb.Owner.Tenant()) + "', false)",
		"alter role aimyorg_app set app.tenant_id = '" + string(wb.Owner.Tenant()) + "'",
		"alter table members disable row level security", "alter table members no force row level security",
		"create policy mine on members using (true)", "drop policy own_organization on members",
		"set role postgres", "set session authorization postgres", "set role aimyorg_worker",
		"create table public.copy as select * from members", "create function public.f() returns int language sql as 'select 1'",
		"select last_value from river.river_job_id_seq", "select * from migrations", "select * from attempts",
		"copy members to '/tmp/members'", "copy members to program 'cat'", "select pg_read_file('PG_VERSION')",
		"select * from river.river_queue", "select * from pg_authid",
		"insert into policy_versions values (9, 'x', false, now(), now())",
	} {
		if _, err := as(t, app, a, sql); code(err) != noPrivilege {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := as(t, app, a, "set row_security = off; select from members"); code(err) != noPrivilege {
		t.Errorf("row_security = off: %v", err)
	}
}

// What is written once stays: the application's role can't change it, not even of its own organization.
func TestA120_the_log_is_append_only(t *testing.T) {
	t.Parallel()
	app := raw(t, store.RoleApp)
	a := build(t, storetest.DB(t)).Owner.Tenant()
	for _, table := range []string{"consents", "audit_entries", "audit_batches", "audit_members"} {
		for _, sql := range []string{"update " + table + " set tenant_id = tenant_id", "delete from " + table} {
			if _, err := as(t, app, a, sql); code(err) != noPrivilege {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
	if _, err := as(t, app, a, "delete from receipts"); code(err) != noPrivilege {
		t.Errorf("deleting receipts: %v", err)
	}
}

// A51: a row can't refer to another organization's, so nobody learns what exists there.
func TestA51_reference_to_another_organization(t *testing.T) {
	t.Parallel()
	db, app, super := storetest.DB(t), raw(t, store.RoleApp), storetest.Superuser(t)
	wa, wb := build(t, db), build(t, db)
	rows, err := super.Query(t.Context(), `select k.conrelid::regclass::text, k.conname, k.confrelid::regclass::text,
		(select string_agg(f.attname || '|' || t.attname, ',') from unnest(k.conkey, k.confkey) p(f, t)
			join pg_attribute f on f.attrelid = k.conrelid and f.attnum = p.f join pg_attribute t on t.attrelid = k.confrelid and t.attnum = p.t
			where f.attname <> 'tenant_id') from pg_constraint k join pg_namespace n on n.oid = k.connamespace
		where k.contype = 'f' and n.nspname = 'public' and cardinality(k.conkey) > 1`)
	must(t, err)
	type reference struct{ From, Name, To, Columns string }
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reference])
	must(t, err)
	if len(all) < 10 {
		t.Fatalf("only %d references", len(all))
	}
	for _, r := range all {
		if r.Columns == "segment|segment" || r.Columns == "number|number" {
			continue // counted within the organization: the same number is its own
		}
		t.Run(r.Name, func(t *testing.T) {
			var set []string
			for pair := range strings.SplitSeq(r.Columns, ",") {
				from, to, _ := strings.Cut(pair, "|")
				set = append(set, "jsonb_build_object('"+from+"', (select "+to+" from "+r.To+" where tenant_id = '"+string(wb.Owner.Tenant())+"' limit 1))")
			}
			var row string
			must(t, super.QueryRow(t.Context(), "select (to_jsonb(x) || "+strings.Join(set, "||")+fresh(r.From)+")::text from "+r.From+
				" x where tenant_id = $1 "+whichOf[r.Name]+" limit 1", wa.Owner.Tenant()).Scan(&row))
			_, err := as(t, app, wa.Owner.Tenant(), "insert into "+r.From+" select * from jsonb_populate_record(null::"+r.From+", $1::jsonb)", row)
			if got := code(err); got != noReference {
				t.Errorf("%s referred to another organization's %s: %v", r.From, r.To, err)
			}
		})
	}
}

// whichOf are the rows in which a reference can be set at all.
var whichOf = map[string]string{"members_tenant_id_role_id_fkey": "and role = 'custom'",
	"invitations_tenant_id_role_id_fkey": "and role = 'custom'"}

// fresh gives a copied row keys of its own, so that only the reference is wrong.
func fresh(table string) string {
	out := " || case when to_jsonb(x) ? 'id' then jsonb_build_object('id', gen_random_uuid()) else '{}' end"
	switch table {
	case "invitations":
		out += " || jsonb_build_object('token_hash', '\\x' || repeat('ab', 32), 'email_lookup', '\\x' || repeat('ab', 32))"
	case "sessions", "links":
		out += " || jsonb_build_object('token_hash', '\\x' || repeat('ab', 32))"
	case "passkeys", "identities", "domains":
		out += " || jsonb_build_object('lookup', '\\x' || repeat('ab', 32))"
	case "members":
		out += " || jsonb_build_object('email_lookup', '\\x' || repeat('ab', 32))"
	case "recovery_codes":
		out += " || jsonb_build_object('hash', '\\x' || repeat('ab', 32))"
	case "audit_members":
		out += " || jsonb_build_object('position', 999999)"
	case "document_versions":
		out += " || jsonb_build_object('num', 999999)"
	}
	return out
}

// The queue is one table for all: a request sees and promises work of its own organization only.
func TestP27_jobs_of_another_organization(t *testing.T) {
	t.Parallel()
	db, app := storetest.DB(t), raw(t, store.RoleApp)
	wa, wb := build(t, db), build(t, db)
	a, b := wa.Owner.Tenant(), wb.Owner.Tenant()
	if n, err := as(t, app, b, "select from river.river_job where args->>'tenant' = $1", string(b)); n == 0 || err != nil {
		t.Fatalf("its own jobs: %d, %v", n, err)
	}
	if n, err := as(t, app, a, "select from river.river_job where args->>'tenant' <> $1", string(a)); n != 0 || err != nil {
		t.Errorf("others' jobs: %d, %v", n, err)
	}
	insert := "insert into river.river_job (kind, args, max_attempts, state, queue) values ('read_document', jsonb_build_object('tenant', $1::text), 1, 'available', 'default')"
	if _, err := as(t, app, a, insert, string(a)); err != nil {
		t.Errorf("its own job: %v", err)
	}
	if _, err := as(t, app, a, insert, string(b)); code(err) != noPrivilege {
		t.Errorf("a job of another organization: %v", err)
	}
}

// The roles that cross organizations see ids, states, times and keyed hashes, never what anybody wrote.
func TestP29_crossing_roles_read_no_content(t *testing.T) {
	t.Parallel()
	build(t, storetest.DB(t))
	may := map[string]int{store.RoleDoor: 0, store.RoleWorker: 0}
	for role := range may {
		conn := raw(t, role)
		for table, c := range store.Catalogue() {
			for column, x := range c.Columns {
				_, err := conn.Exec(t.Context(), "select "+column+" from "+table)
				if err == nil {
					may[role]++
				}
				if err == nil && !c.Tenant && role == store.RoleDoor {
					continue // not of any organization: what is asked at the door before one is known, sealed with its own key
				}
				if err == nil && (x.Sealed || x.Class == store.Secrets && role == store.RoleWorker) {
					t.Errorf("%s may read %s.%s", role, table, column)
				}
			}
		}
		if _, err := conn.Exec(context.WithoutCancel(t.Context()), "update members set active = true"); code(err) != noPrivilege {
			t.Errorf("%s changes members: %v", role, err)
		}
		if may[role] == 0 {
			t.Errorf("%s may read nothing: this shows nothing", role)
		}
	}
}
