package store_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/store"
	"aimyorg/store/localpg"
	"aimyorg/store/storetest"
)

// badSchema is one way to break each rule, and what must be found then.
var badSchema = []struct{ rule, object, break_ string }{
	{"row_level_security", "loose", "create table loose (tenant_id uuid, id uuid, primary key (tenant_id, id))"},
	{"row_level_security", "members", "alter table members no force row level security"},
	{"row_level_security", "messages", "alter table messages disable row level security"},
	{"row_level_security", "parted_1", `create table parted (tenant_id uuid) partition by hash (tenant_id);
		alter table parted enable row level security; alter table parted force row level security;
		create table parted_1 partition of parted for values with (modulus 1, remainder 0)`},
	{"unwalled_table", "notes", "create table notes (body text); grant select on notes to aimyorg_app"},
	{"unwalled_table", "migrations", "grant select (name) on migrations to public"},
	{"policy_without_check", "members.own_organization", `drop policy own_organization on members; create policy own_organization on members
		to aimyorg_app using (tenant_id = current_setting('app.tenant_id')::uuid)`},
	{"policy_too_wide", "members.also", "create policy also on members to aimyorg_app using (true) with check (true)"},
	{"policy_too_wide", "messages.everybody", "create policy everybody on messages for select using (state = 'done')"},
	{"policy_too_wide", "river.river_job.also", "create policy also on river.river_job for select to aimyorg_app using (true)"},
	{"queue_policy", "river.river_job", "drop policy own_organization on river.river_job"},
	{"queue_policy", "river.river_job", "alter table river.river_job no force row level security"},
	{"view_as_owner", "everybody", "create view everybody as select * from members"},
	{"view_as_owner", "later", "create view later with (security_invoker=false) as select * from members"},
	{"materialized_view", "counted", "create materialized view counted as select tenant_id from members; grant select on counted to aimyorg_worker"},
	{"definer_function", "count_members()", `create function count_members() returns bigint language sql security definer as 'select count(*) from members'`},
	{"foreign_key", "notes.notes_member_fkey", `create table notes (tenant_id uuid, member uuid, primary key (tenant_id, member));
		alter table notes enable row level security; alter table notes force row level security;
		alter table members add constraint one_id unique (id);
		alter table notes add constraint notes_member_fkey foreign key (member) references members (id)`},
	{"foreign_key", "sessions.crossed", `alter table sessions add constraint crossed foreign key (member_id, tenant_id) references members (tenant_id, id)`},
	{"unique_index", "members_name", "create unique index members_name on members (email_lookup, tenant_id)"},
	{"unique_index", "members_half", "create unique index members_half on members ((id::text), tenant_id)"},
	{"sequence", "numbers", "create sequence numbers; grant select on numbers to aimyorg_app"},
	{"sequence", "numbers", "create sequence numbers; grant usage on numbers to aimyorg_door"},
	{"sequence", "river.river_job_id_seq", "grant select on river.river_job_id_seq to aimyorg_app"},
	{"privilege", "members", "grant truncate on members to aimyorg_app"},
	{"privilege", "members", "grant references on members to aimyorg_door"},
	{"privilege", "sessions", "grant trigger on sessions to aimyorg_worker"},
	{"set_config", "aimyorg_app", "grant execute on function set_config(text, text, boolean) to public"},
	{"preset_scope", "aimyorg_app", "alter role aimyorg_app set app.tenant_id = '00000000-0000-7000-8000-000000000000'"},
	{"owner", "attempts", "alter table attempts owner to aimyorg_door"},
	{"create", "public", "grant create on schema public to aimyorg_app"},
	{"role", "aimyorg_app", "alter role aimyorg_app bypassrls"},
	{"role", "aimyorg_door", "alter role aimyorg_door createrole"},
	{"role", "aimyorg_worker", "grant pg_read_all_data to aimyorg_worker"},
	{"role", "aimyorg_door", "alter role aimyorg_door rename to door"},
}

// scratch is a cluster whose roles and schema may be broken.
func scratch(t *testing.T) string {
	t.Helper()
	s, err := localpg.Start(t.Context(), localpg.Config{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { _ = s.Stop(background) })
	dsn := s.DSN(localpg.Superuser, "postgres")
	must(t, store.Migrate(t.Context(), dsn, "policy"))
	must(t, store.Migrate(t.Context(), dsn, "policy")) // again: nothing to do
	return dsn
}

func TestP29_the_live_schema_is_walled(t *testing.T) {
	t.Parallel()
	found, err := store.AuditSchema(t.Context(), storetest.At(t).Server.DSN(localpg.Superuser, "postgres"))
	must(t, err)
	for _, f := range found {
		t.Errorf("%s: %s: %s", f.Rule, f.Object, f.Detail)
	}
}

func TestP29_each_hole_in_the_schema_is_found(t *testing.T) {
	t.Parallel()
	dsn := scratch(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	must(t, err)
	defer conn.Close(background)
	before, err := store.AuditSchema(t.Context(), dsn)
	must(t, err)
	if len(before) > 0 {
		t.Fatalf("the sound schema: %v", before)
	}
	held := map[string]bool{}
	for _, bad := range badSchema {
		t.Run(bad.rule+"/"+bad.object, func(t *testing.T) {
			found := auditBroken(t, conn, bad.break_)
			if !slices.ContainsFunc(found, func(f store.Finding) bool { return f.Rule == bad.rule && f.Object == bad.object }) {
				t.Errorf("after %s found %v", bad.break_, found)
			}
		})
		held[bad.rule] = true
	}
	for _, rule := range store.AuditRules() {
		if !held[rule] {
			t.Errorf("nothing shows that the rule %s finds anything", rule)
		}
	}
}

// auditBroken breaks the schema, looks, and takes it back.
func auditBroken(t *testing.T, conn *pgx.Conn, how string) []store.Finding {
	t.Helper()
	_, err := conn.Exec(t.Context(), "begin")
	must(t, err)
	defer func() {
		_, err := conn.Exec(background, "rollback")
		must(t, err)
	}()
	_, err = conn.Exec(t.Context(), how)
	must(t, err)
	found, err := store.AuditConn(t.Context(), conn)
	must(t, err)
	return found
}
