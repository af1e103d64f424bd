package store_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// crowded makes copies of an organization, each with a collection, and thousands of documents in the organization itself; the
// database then thinks that organizations are small.
var crowded = []string{
	`create temporary table ids on commit drop as select gen_random_uuid() as id from generate_series(1, 300)`,
	`insert into organizations select (jsonb_populate_record(x, jsonb_build_object('tenant_id', i.id))).* from organizations x, ids i where x.tenant_id = $1`,
	`insert into collections select (jsonb_populate_record(x, jsonb_build_object('tenant_id', i.id))).* from collections x, ids i where x.tenant_id = $1`,
	`insert into documents select (jsonb_populate_record(x, jsonb_build_object('id', gen_random_uuid()))).* from documents x, generate_series(1, 1000)
		where x.tenant_id = $1`,
	`insert into documents select (jsonb_populate_record(x, jsonb_build_object('tenant_id', i.id))).* from documents x, ids i where x.tenant_id = $1
		and x.id in (select document_id from document_versions where tenant_id = $1 limit 1)`,
	`analyze organizations, collections, documents, document_versions, passages, search_pages`,
}

// What a search reads does not grow with its organization where others are small: each row is looked up by its key. (Joined, all
// documents of the organization were read for each search.)
func TestSearchReadsNoMoreThanItFinds(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	for _, title := range []string{"a", "b", "c"} {
		o.Document(t, c, title, "The pangolin is a shy animal.")
	}
	tx, err := storetest.Superuser(t).Begin(t.Context())
	must(t, err)
	defer tx.Rollback(t.Context()) //nolint:errcheck // nothing of it is to stay
	id := string(o.Owner.Tenant())
	for _, q := range crowded {
		if strings.Contains(q, "$1") {
			_, err = tx.Exec(t.Context(), q, id)
		} else {
			_, err = tx.Exec(t.Context(), q)
		}
		must(t, err)
	}
	_, err = tx.Exec(t.Context(), "set local plan_cache_mode = force_generic_plan")
	must(t, err)
	for name, q := range store.SearchReads() {
		if most := mostRows(t, tx, name, q, id); most == 0 || most > 3 {
			t.Errorf("%s reads %d rows at once", name, most)
		}
	}
}

var actualRows = regexp.MustCompile(`actual rows=(\d+)`)

// mostRows is how many rows the step of a kept statement gives that gives most, asked for three.
func mostRows(t *testing.T, tx pgx.Tx, name, query, tenant string) (most int) {
	t.Helper()
	_, err := tx.Exec(t.Context(), "prepare "+name+" (uuid, bigint[], int[]) as "+query)
	must(t, err)
	plan, err := tx.Query(t.Context(), "explain (analyze, timing off) execute "+name+" ('"+tenant+"', '{1,2,3}', '{0,0,0}')")
	must(t, err)
	lines, err := pgx.CollectRows(plan, pgx.RowTo[string])
	must(t, err)
	for _, m := range actualRows.FindAllStringSubmatch(strings.Join(lines, "\n"), -1) {
		n, err := strconv.Atoi(m[1])
		must(t, err)
		most = max(most, n)
	}
	return most
}

// What a search reads is planned once a connection, however few things it is asked for. (Planned each time, planning took longer
// than running.)
func TestSearchReadsKeepTheirPlans(t *testing.T) {
	t.Parallel()
	o := storetest.New(t, storetest.DB(t))
	tx, err := storetest.Superuser(t).Begin(t.Context())
	must(t, err)
	defer tx.Rollback(t.Context()) //nolint:errcheck // it only reads
	for name, q := range store.SearchReads() {
		_, err := tx.Exec(t.Context(), "prepare "+name+" (uuid, bigint[], int[]) as "+q)
		must(t, err)
		for range 10 {
			_, err := tx.Exec(t.Context(), "execute "+name+" ('"+string(o.Owner.Tenant())+"', '{1}', '{0}')")
			must(t, err)
		}
		var kept int
		must(t, tx.QueryRow(t.Context(), "select generic_plans from pg_prepared_statements where name = $1", name).Scan(&kept))
		if kept != 5 { // the first five are always planned, to compare
			t.Errorf("%s was run by the kept plan %d times of 10", name, kept)
		}
	}
}
