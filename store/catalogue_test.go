package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// P2, P3, P17: nothing is collected that the catalogue does not list, and everything it lists is there.
func TestP17_P2_P3_catalogue_is_the_schema(t *testing.T) {
	t.Parallel()
	rows, err := storetest.Superuser(t).Query(t.Context(), `select table_name, column_name, data_type from information_schema.columns
		join information_schema.tables using (table_schema, table_name) where table_schema = 'public' and table_type = 'BASE TABLE'`)
	must(t, err)
	type column struct{ Table, Name, Type string }
	live, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	must(t, err)
	for _, fault := range disagreements(live, func(c column) (string, string, string) { return c.Table, c.Name, c.Type }) {
		t.Error(fault)
	}
	more := append(slices.Clone(live), column{"members", "birth_date", "date"})
	if len(disagreements(more, func(c column) (string, string, string) { return c.Table, c.Name, c.Type })) != 1 {
		t.Error("a column that is not listed was not noticed")
	}
	if len(disagreements(live[1:], func(c column) (string, string, string) { return c.Table, c.Name, c.Type })) != 1 {
		t.Error("a listed column that is not there was not noticed")
	}
	clear := slices.Clone(live)
	for i := range clear {
		if clear[i].Table == "members" && clear[i].Name == "email" {
			clear[i].Type = "text"
		}
	}
	if len(disagreements(clear, func(c column) (string, string, string) { return c.Table, c.Name, c.Type })) != 1 {
		t.Error("an address in the clear was not noticed")
	}
}

// disagreements are between the live columns and the catalogue, both ways.
func disagreements[C any](live []C, of func(C) (table, name, typ string)) []string {
	var out []string
	there := map[string]bool{}
	for _, l := range live {
		table, name, typ := of(l)
		there[table+"."+name] = true
		c, ok := store.Catalogue()[table].Columns[name]
		open := c.Class == store.Secrets || c.Class == store.Relation || c.Class == store.State
		switch {
		case !ok:
			out = append(out, table+"."+name+" is collected and not listed")
		case c.Sealed && typ != "bytea":
			out = append(out, table+"."+name+" is listed as sealed and is "+typ)
		case !c.Sealed && typ == "bytea" && !open:
			out = append(out, table+"."+name+" holds bytes and is not listed as sealed")
		case !c.Sealed && (c.Class == store.Content || c.Class == store.Identity):
			out = append(out, table+"."+name+" is what people wrote and is not listed as sealed")
		}
	}
	for table, x := range store.Catalogue() {
		if x.Tenant != there[table+".tenant_id"] {
			out = append(out, table+": an organization's or not?")
		}
		for name := range x.Columns {
			if !there[table+"."+name] {
				out = append(out, table+"."+name+" is listed and not there")
			}
		}
	}
	return out
}

// sealedColumns are those of the catalogue, each with a value that a world has in it.
func sealedColumns() map[string][]string {
	out := map[string][]string{}
	for table, x := range store.Catalogue() {
		if !x.Tenant { // what waits at the door, before an organization is known
			continue
		}
		for name, c := range x.Columns {
			if c.Sealed {
				out[table] = append(out[table], name)
			}
		}
	}
	return out
}

// everything reads all that a world's people can read, and gives it as text with its errors.
func (w *world) everything() string {
	var out strings.Builder
	for _, c := range slices.Concat(reads, []call{{"key", func(x *store.Tenant, _ *world) (any, error) { return x.ProviderKey(domain.OpenAI) }}}) {
		for _, as := range []domain.Actor{w.Owner, w.staff()} {
			got, err := look(w.DB, as, c, w)
			fmt.Fprintf(&out, "%s %+v %v\n", c.method, got, err)
		}
	}
	return out.String()
}

// P28, P31: whatever sealed value is put in the place of another, or has a bit turned, is shown as unreadable or refused.
func TestP28_P31_sealed_values_hold_to_their_place(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	for name, change := range map[string]string{
		"copied": "(select y.%[2]s from %[1]s y where y.tenant_id = '%[4]s' limit 1)",
		"turned": "set_byte(%[2]s, octet_length(%[2]s) - 1, get_byte(%[2]s, octet_length(%[2]s) - 1) # 1)",
		"other":  "decode('%[3]s', 'hex')",
	} {
		t.Run(name, func(t *testing.T) {
			a, b := build(t, db), build(t, db)
			for table, columns := range sealedColumns() {
				for _, column := range columns {
					expr := fmt.Sprintf(change+"%.0[1]s%.0[2]s%.0[3]s%.0[4]s", table, column, "00112233445566778899aabbccddeeff", a.Owner.Tenant())
					tag, err := super.Exec(t.Context(), fmt.Sprintf("update %s x set %s = %s where tenant_id = $1 and %s is not null", table, column, expr, column), b.Owner.Tenant())
					must(t, err)
					if tag.RowsAffected() == 0 {
						t.Errorf("%s.%s: no row has it, so this shows nothing", table, column)
					}
				}
			}
			again, err := storetest.At(t).Open(t.Context(), "") // without what the other store has in memory
			must(t, err)
			defer again.Close()
			b.DB = again
			got := b.everything()
			for _, word := range slices.Concat(a.Words, b.Words) {
				if strings.Contains(got, word) {
					t.Errorf("%s was shown:\n%s", word, got)
				}
			}
			for _, said := range []string{"(unreadable)", store.ErrUnreadable.Error(), "its detail was changed"} {
				if !strings.Contains(got, said) {
					t.Errorf("nothing says %q", said)
				}
			}
			_, err = look(again, b.Owner, call{do: func(x *store.Tenant, _ *world) (any, error) { return x.ProviderKey(domain.OpenAI) }}, b)
			wants(t, err, store.ErrUnreadable)
		})
	}
}

// A value moved to another row or column of the same organization does not open either.
func TestP28_moved_within_an_organization(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	a := build(t, db)
	name := func() string {
		got, err := look(db, a.staff(), call{do: func(x *store.Tenant, _ *world) (any, error) {
			m, err := x.Me()
			return m.Name + "|" + m.Title, err
		}}, a)
		must(t, err)
		return got.(string)
	}
	if strings.Contains(name(), "unreadable") {
		t.Fatal("unreadable before")
	}
	_, err := super.Exec(t.Context(), `update members m set title = m.name, name = (select o.name from members o where o.tenant_id = m.tenant_id and o.role = 'owner')
		where tenant_id = $1 and id = $2`, a.Owner.Tenant(), a.staff().Member())
	must(t, err)
	if got := name(); got != "(unreadable)|(unreadable)" {
		t.Errorf("shown: %s", got)
	}
}
