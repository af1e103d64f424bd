package store_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestP27_every_method_of_Tenant_is_tried_from_another_organization(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, list := range [][]call{reads, counts, writes, quiet} {
		for _, c := range list {
			tried[c.method] = true
		}
	}
	for _, name := range harmless {
		tried[name] = true
	}
	for m := range reflect.TypeFor[*store.Tenant]().Methods() {
		if !tried[m.Name] {
			t.Errorf("Tenant.%s is not tried from another organization: add it to walls_test.go", m.Name)
		}
	}
}

// The suite runs against row-level security, and as a role that bypasses it: there, the types alone must hold.
func TestP27_walls(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]*store.DB{"all_walls": storetest.DB(t), "types_alone": storetest.Bypassing(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := build(t, db), build(t, db)
			t.Run("reads", func(t *testing.T) { tryReads(t, db, a, b) })
			t.Run("desk", func(t *testing.T) { tryDesk(t, db, a, b) })
			t.Run("writes", func(t *testing.T) { tryWrites(t, db, a, b) })
		})
	}
}

func tryReads(t *testing.T, db *store.DB, a, b *world) {
	for _, c := range reads {
		t.Run(c.method, func(t *testing.T) {
			as := a.staff()
			if slices.Contains(ownersReads, c.method) {
				as = a.Owner
			}
			got, err := look(db, as, c, a)
			if c.method != "BeginReading" && (err != nil || len(a.traces(got)) == 0) {
				t.Errorf("its own people find %+v, %v: this shows nothing", got, err)
			}
		})
		t.Run(c.method+"/in_another_organization", func(t *testing.T) {
			for _, as := range []domain.Actor{b.Owner, b.staff()} {
				got, err := look(db, as, c, a)
				if found := a.traces(got); len(found) > 0 {
					t.Errorf("%s found %v", as.Role(), found)
				}
				if err != nil {
					wants(t, err, domain.ErrNotFound)
				}
			}
		})
	}
	for _, c := range counts {
		t.Run(c.method+"/in_another_organization", func(t *testing.T) {
			if got, err := look(db, a.staff(), c, a); err != nil || got == 0 {
				t.Errorf("its own people count %v, %v: this shows nothing", got, err)
			}
			if got, err := look(db, b.Owner, c, a); got != 0 || err != nil && !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("counted %v, %v", got, err)
			}
		})
	}
}

func look(db *store.DB, as domain.Actor, c call, a *world) (got any, err error) {
	err = db.Tenant(background, as, func(x *store.Tenant) (err error) {
		got, err = c.do(x, a)
		return err
	})
	return got, err
}

func tryWrites(t *testing.T, db *store.DB, a, b *world) {
	super := storetest.Superuser(t)
	before := fingerprints(t, super, a.Owner.Tenant())
	for i, c := range slices.Concat(writes, quiet) {
		t.Run(c.method+"/in_another_organization", func(t *testing.T) {
			_, err := look(db, b.Owner, c, a)
			var problems domain.Problems
			loud := i < len(writes)
			if loud && !errors.Is(err, domain.ErrNotFound) && !errors.As(err, &problems) || !loud && err != nil {
				t.Errorf("answered %v", err)
			}
			for table, mark := range fingerprints(t, super, a.Owner.Tenant()) {
				if before[table] != mark {
					t.Fatalf("%s of the other organization changed", table)
				}
			}
		})
	}
}

// fingerprints are of everything that an organization has in each table.
func fingerprints(t *testing.T, super *pgx.Conn, tenant domain.ID) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range tenantTables(t, super) {
		var mark *string
		must(t, super.QueryRow(t.Context(), "select md5(string_agg(x::text, ',' order by x::text)) from "+table+" x where tenant_id = $1", tenant).Scan(&mark))
		if mark == nil {
			t.Fatalf("%s is empty: this shows nothing", table)
		}
		out[table] = *mark
	}
	return out
}

// tenantTables are all tables with rows of organizations, as the live schema has them.
func tenantTables(t *testing.T, super *pgx.Conn) []string {
	t.Helper()
	rows, err := super.Query(t.Context(), `select table_schema || '.' || table_name from information_schema.columns join information_schema.tables
		using (table_schema, table_name) where column_name = 'tenant_id' and table_type = 'BASE TABLE' order by 1`)
	must(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if len(out) < 20 {
		t.Fatalf("only %d tables", len(out))
	}
	return out
}

func tryDesk(t *testing.T, db *store.DB, a, b *world) {
	ctx, desk, as := t.Context(), store.Desk{DB: db}, b.staff()
	super := storetest.Superuser(t)
	before := fingerprints(t, super, a.Owner.Tenant())
	brief, err := desk.Brief(ctx, as, domain.Message{Conversation: a.Conversation.ID, About: a.Doc.ID}, 8, func([]domain.Message) string { return a.Question.Text })
	if err != nil || len(brief.History) != 0 || slices.ContainsFunc(brief.Passages, func(p domain.Passage) bool { return p.Document == a.Doc.ID }) {
		t.Errorf("%+v, %v", brief, err)
	}
	b.late(t, as, a.Asking.ID)
	b.late(t, domain.NewActor(b.Owner.Tenant(), a.staff().Member(), domain.Staff), a.Asking.ID)
	saved, err := desk.Checkpoint(ctx, []domain.Draft{{Actor: as, Message: b.Asking.ID, Text: "x"}, {Actor: as, Message: a.Asking.ID, Text: "x"}})
	if err != nil || !maps.Equal(saved, map[domain.ID]bool{b.Asking.ID: true}) {
		t.Errorf("%v, %v", saved, err)
	}
	_, err = desk.Standing(ctx, as, a.Asking.ID, b.Ask)
	wants(t, err, domain.ErrNotFound)
	wants(t, desk.Finish(ctx, as, a.Asking, &a.Receipt), domain.ErrNotFound)
	_, err = desk.OpenReceipt(ctx, as, b.Ask, a.Receipt)
	wants(t, err, domain.ErrNotFound)
	wants(t, desk.CloseReceipt(ctx, as, a.Receipt), nil)
	wants(t, db.SaveText(ctx, store.ReadDocument{Tenant: b.Owner.Tenant(), Version: a.Doc.Version.ID}, store.Text{Text: "x"}), domain.ErrNotFound)
	_, err = db.Original(ctx, as, a.Doc.Version)
	wants(t, err, domain.ErrNotFound)
	db.DropFile(as, a.File)
	wants(t, db.Interrupt(ctx, store.Lost{Tenant: b.Owner.Tenant(), Message: a.Asking.ID}), nil)
	mac, err := desk.BodyMAC(ctx, as, []byte("same"))
	must(t, err)
	other, err := desk.BodyMAC(ctx, a.staff(), []byte("same"))
	must(t, err)
	if mac == other {
		t.Error("two organizations' marks of a text are alike")
	}
	for table, mark := range fingerprints(t, super, a.Owner.Tenant()) {
		if before[table] != mark {
			t.Errorf("%s of the other organization changed", table)
		}
	}
	if _, err := db.Original(ctx, a.Owner, a.Doc.Version); err != nil {
		t.Errorf("its own people can't open the original: %v", err)
	}
}

// A member of one organization is nobody in another: an actor that pairs the two finds no account.
func TestP27_actor_of_a_foreign_member(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	a, b := storetest.New(t, db), storetest.New(t, db)
	mixed := domain.NewActor(b.Owner.Tenant(), a.Owner.Member(), domain.Owner)
	wants(t, in(t, db, mixed, func(x *store.Tenant) error { _, err := x.Me(); return err }), domain.ErrNotFound)
	_, err := storetest.SignIn(t, db, mixed)
	wants(t, err, domain.ErrNotFound)
	wants(t, db.Tenant(t.Context(), domain.Actor{}, func(*store.Tenant) error { t.Error("entered"); return nil }), domain.ErrSignedOut)
	unknown := domain.NewActor(db.NewID(), db.NewID(), domain.Owner)
	wants(t, db.Read(t.Context(), unknown, func(*store.Tenant) error { t.Error("entered"); return nil }), domain.ErrNotFound)
}

// Wall 1: the store's handle offers nothing that takes or runs SQL, but the worker's pool, whose role sees no content.
func TestP27_DB_cannot_query(t *testing.T) {
	t.Parallel()
	if n := reflect.TypeFor[store.DB]().NumField(); n == 0 {
		t.Fatal("no fields")
	}
	for f := range reflect.TypeFor[store.DB]().Fields() {
		if f.IsExported() || f.Anonymous {
			t.Errorf("store.DB.%s can be reached from outside", f.Name)
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[*store.DB](), reflect.TypeFor[*store.Tenant]()} {
		for m := range typ.Methods() {
			if typ == reflect.TypeFor[*store.DB]() && m.Name == "Worker" {
				continue
			}
			for out := range m.Type.Outs() {
				if queries(out) {
					t.Errorf("%s.%s hands out %s", typ, m.Name, out)
				}
			}
		}
	}
	if !queries(reflect.TypeFor[store.DB]().Field(1).Type) {
		t.Error("the check knows no pool")
	}
}

func queries(typ reflect.Type) bool {
	for _, name := range []string{"Query", "QueryContext", "Exec", "ExecContext", "NewSelect", "NewRaw", "Acquire", "Conn", "Begin", "BeginTx"} {
		if _, ok := typ.MethodByName(name); ok {
			return true
		}
	}
	return false
}

// A Read can't write, and can't promise work.
func TestP28_read_does_not_write(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	for name, fn := range map[string]func(*store.Tenant) error{
		"insert": func(x *store.Tenant) error {
			_, err := x.CreateCollection(domain.CollectionForm{Name: "x"})
			return err
		},
		"update": func(x *store.Tenant) error { return x.SavePreferences(domain.Preferences{Theme: "dark"}) },
		"delete": func(x *store.Tenant) error { return x.DeleteConversation(db.NewID()) },
	} {
		if err := db.Read(t.Context(), o.Owner, fn); err == nil {
			t.Errorf("%s in a Read went through", name)
		}
		if err := db.Snapshot(t.Context(), o.Owner, fn); err == nil || errors.Is(err, domain.ErrNotFound) && name != "delete" {
			t.Errorf("%s in a Snapshot: %v", name, err)
		}
	}
	c := t.Context()
	must(t, db.Read(c, o.Owner, func(x *store.Tenant) error {
		got, err := x.Collections()
		if len(got) > 0 {
			t.Errorf("%v", got)
		}
		return err
	}))
}
