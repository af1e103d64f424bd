package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Finding is one way in which the live database is not walled as the migrations left it.
type Finding struct {
	Rule   string `json:"rule"`
	Object string `json:"object"`
	Detail string `json:"detail"`
}

// schemaRule is one rule of AuditSchema: a query that yields what breaks it, as object and detail. $1 are our roles.
type schemaRule struct {
	name, query string
	allowed     map[string]string // objects that may, and why
}

// The only things that a policy for the application's role may say. A second, permissive one would widen the first.
const (
	ownRows = `(tenant_id = (current_setting('app.tenant_id'::text))::uuid)`
	ownJobs = `((args ->> 'tenant'::text) = current_setting('app.tenant_id'::text))`
)

// ours are the tables and what belongs to them that are not PostgreSQL's own.
const ours = ` n.nspname !~ '^pg_' and n.nspname <> 'information_schema' `

// schemaRules is the SCH list of PROMISES §1.3, and what else would let a role around a wall.
var schemaRules = []schemaRule{
	{"row_level_security", `select c.oid::regclass::text, 'has tenant_id, but row-level security is not enabled and forced'
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
		where c.relkind in ('r', 'p') and` + ours + `and not (c.relrowsecurity and c.relforcerowsecurity)`, nil},
	{"unwalled_table", `select c.oid::regclass::text, r.role || ' may use it, and no row-level security narrows what it sees'
		from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest($1::text[]) r(role)
		where c.relkind in ('r', 'p', 'f') and` + ours + `and not (c.relrowsecurity and c.relforcerowsecurity) and r.role = 'aimyorg_app'
		and (has_any_column_privilege(r.role, c.oid, 'select, insert, update') or has_table_privilege(r.role, c.oid, 'delete'))`,
		map[string]string{"policy_versions": "the privacy policy is of no organization, and public"}},
	{"policy_without_check", `select p.polrelid::regclass::text || '.' || p.polname, 'the policy has no WITH CHECK'
		from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
		where` + ours + `and p.polcmd in ('*', 'a', 'w') and p.polwithcheck is null`, nil},
	{"policy_too_wide", `select p.polrelid::regclass::text || '.' || p.polname, 'the policy lets the application past its own organization'
		from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
		where` + ours + `and p.polpermissive and (0 = any (p.polroles) or 'aimyorg_app'::regrole = any (p.polroles))
		and exists (select from unnest(array[pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)]) e(says)
			where says is not null and says <> case when c.oid::regclass::text = 'river.river_job'
				then $$` + ownJobs + `$$ else $$` + ownRows + `$$ end)`, nil},
	{"queue_policy", `select 'river.river_job', 'the application sees jobs of every organization'
		where not exists (select from pg_policy p join pg_class c on c.oid = p.polrelid
			where c.oid = to_regclass('river.river_job') and c.relrowsecurity and c.relforcerowsecurity and p.polcmd = '*'
			and p.polroles = array['aimyorg_app'::regrole::oid] and pg_get_expr(p.polqual, c.oid) = $$` + ownJobs + `$$
			and pg_get_expr(p.polwithcheck, c.oid) = $$` + ownJobs + `$$)`, nil},
	{"view_as_owner", `select c.oid::regclass::text, 'the view reads as its owner: security_invoker is not set'
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind = 'v' and` + ours + `and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false)`, nil},
	{"materialized_view", `select c.oid::regclass::text, r.role || ' may read it, and row-level security does not apply to it'
		from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest($1::text[]) r(role)
		where c.relkind = 'm' and` + ours + `and has_any_column_privilege(r.role, c.oid, 'select')`, nil},
	{"definer_function", `select p.oid::regprocedure::text, 'the function runs as its owner'
		from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and` + ours, nil},
	{"foreign_key", `select k.conrelid::regclass::text || '.' || k.conname, 'the reference can cross organizations: it does not pair tenant_id with tenant_id'
		from pg_constraint k join pg_namespace n on n.oid = k.connamespace
		join pg_attribute here on here.attrelid = k.conrelid and here.attname = 'tenant_id' and not here.attisdropped
		left join pg_attribute there on there.attrelid = k.confrelid and there.attname = 'tenant_id' and not there.attisdropped
		where k.contype = 'f' and` + ours + `and not exists (select from unnest(k.conkey, k.confkey) as pair(f, t)
			where pair.f = here.attnum and pair.t = there.attnum)`, nil},
	{"unique_index", `select i.indexrelid::regclass::text, 'it is unique across organizations: its first column is not tenant_id'
		from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
		left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
		where (i.indisunique or i.indisexclusion) and` + ours + `and c.relkind in ('r', 'p') and a.attname is distinct from 'tenant_id'`, globalKeys},
	{"sequence", `select c.oid::regclass::text, r.role || ' may read it, and so how much others do'
		from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest($1::text[]) r(role)
		where c.relkind = 'S' and` + ours + `and r.role <> 'aimyorg_worker' and (has_sequence_privilege(r.role, c.oid, 'select, update')
			or c.oid::regclass::text <> 'river.river_job_id_seq' and has_sequence_privilege(r.role, c.oid, 'usage'))`, nil},
	{"privilege", `select c.oid::regclass::text, r.role || ' may ' || p.what
		from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest($1::text[]) r(role),
			unnest(array['truncate', 'references', 'trigger']) p(what)
		where c.relkind in ('r', 'p', 'v', 'm', 'f') and` + ours + `and has_table_privilege(r.role, c.oid, p.what)`, nil},
	{"role", `select r.role, 'the role may more than sign in' from unnest($1::text[]) r(role) join pg_roles p on p.rolname = r.role
		where p.rolsuper or p.rolbypassrls or p.rolcreatedb or p.rolcreaterole or p.rolreplication
			or exists (select from pg_auth_members m where m.member = p.oid)`, nil},
	{"set_config", `select r.role, 'the role may call set_config, a second way to choose the organization'
		from unnest($1::text[]) r(role) where has_function_privilege(r.role, 'pg_catalog.set_config(text, text, boolean)', 'execute')`, nil},
	{"preset_scope", `select coalesce(s.setrole::regrole::text, 'all'), 'app.tenant_id has a default: unset is no longer an error'
		from pg_db_role_setting s, unnest(s.setconfig) c(setting) where c.setting like 'app.tenant_id=%'`, nil},
	{"owner", `select o.what, o.owner::regrole::text || ' owns it' from (
			select c.oid::regclass::text, c.relowner from pg_class c union all select p.oid::regprocedure::text, p.proowner from pg_proc p
			union all select n.nspname, n.nspowner from pg_namespace n union all select d.datname, d.datdba from pg_database d
		) o(what, owner) join pg_roles r on r.oid = o.owner where r.rolname = any ($1)`, nil},
	{"create", `select n.nspname, r.role || ' may make tables and functions here' from pg_namespace n, unnest($1::text[]) r(role)
		where` + ours + `and has_schema_privilege(r.role, n.oid, 'create')`, nil},
}

var missingRoles = schemaRule{"role", `select r.role, 'the role is missing' from unnest($1::text[]) r(role)
	where to_regrole(r.role) is null`, nil}

const queueOnly = "the queue's own; not granted to the application"

// globalKeys are the unique indexes that span organizations, each with its reason.
var globalKeys = map[string]string{
	"policy_versions_pkey":          "of no organization",
	"attempts_pkey":                 "keyed hashes, before an organization is known; only the door sees them",
	"challenges_pkey":               "keyed hashes, before an organization is known; only the door sees them",
	"reset_requests_pkey":           "an id that we made, before an organization is known; only the door sees it",
	"migrations_pkey":               "of no organization; granted to nobody",
	"workers_pkey":                  "a process of ours, not of any organization",
	"river.river_job_pkey":          "a job's number, given out by the queue: nobody chooses one",
	"river.river_job_unique_idx":    "our jobs have no unique key: see queue.go",
	"river.river_leader_pkey":       queueOnly,
	"river.river_queue_pkey":        queueOnly,
	"river.river_client_pkey":       queueOnly,
	"river.river_client_queue_pkey": queueOnly,
	"river.river_notification_pkey": queueOnly,
	"river.river_migration_pkey1":   queueOnly,
}

// AuditSchema holds the live database against the walls that it should be (P29, PROMISES §1.3's SCH list), and returns what
// it finds: nothing, when it is sound. dsn is of a role that may read the catalogue; nothing is changed.
func AuditSchema(ctx context.Context, dsn string) ([]Finding, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, known(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return AuditConn(ctx, conn)
}

// AuditConn is AuditSchema on a connection, within its transaction when one is open.
func AuditConn(ctx context.Context, conn *pgx.Conn) ([]Finding, error) {
	out, err := missingRoles.audit(ctx, conn)
	if err != nil || len(out) > 0 { // without its roles the rest can't even be asked
		return out, err
	}
	for _, rule := range schemaRules {
		found, err := rule.audit(ctx, conn)
		if err != nil {
			return nil, fmt.Errorf("audit %s: %w", rule.name, err)
		}
		out = append(out, found...)
	}
	return out, nil
}

func (r schemaRule) audit(ctx context.Context, conn *pgx.Conn) ([]Finding, error) {
	var args []any
	if strings.Contains(r.query, "$1") {
		args = []any{[]string{RoleApp, RoleDoor, RoleWorker}}
	}
	rows, err := conn.Query(ctx, r.query, args...)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Finding, error) {
		f := Finding{Rule: r.name}
		return f, row.Scan(&f.Object, &f.Detail)
	})
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.Object+a.Detail, b.Object+b.Detail) })
	return slices.DeleteFunc(found, func(f Finding) bool { return r.allowed[f.Object] != "" }), err
}

// AuditRules names the rules of AuditSchema.
func AuditRules() []string {
	out := make([]string, len(schemaRules))
	for i, r := range schemaRules {
		out[i] = r.name
	}
	return out
}
