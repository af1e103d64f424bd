package store_test

import (
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// Twins are two organizations whose rows have the same ids, so that nothing but tenant_id tells them apart: a predicate or
// a join that forgets it is seen, as a role that row-level security does not hold.
func TestP27_twins(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]*store.DB{"all_walls": storetest.DB(t), "types_alone": storetest.Bypassing(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := build(t, db)
			b := twin(t, a)
			tryTwinReads(t, db, a, b)
			tryTwinWrites(t, db, a, b)
		})
	}
}

// twin gives a new organization a copy of every row of a, and a's people. What was sealed for a does not open there.
func twin(t *testing.T, a *world) *world {
	t.Helper()
	super := storetest.Superuser(t)
	b := *a
	tenant := storetest.New(t, a.DB).Owner.Tenant()
	tx, err := super.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), "set local session_replication_role = replica")
	must(t, err)
	tables := tenantTables(t, super)
	for _, table := range tables {
		_, err = tx.Exec(t.Context(), "delete from "+table+" where tenant_id = $1", tenant)
		must(t, err)
	}
	for _, table := range tables {
		_, err = tx.Exec(t.Context(), "insert into "+table+" select (jsonb_populate_record(x, jsonb_build_object('tenant_id', $1::text))).* from "+
			table+" x where tenant_id = $2", tenant, a.Owner.Tenant())
		must(t, err)
	}
	must(t, tx.Commit(t.Context()))
	b.Owner = domain.NewActor(tenant, a.Owner.Member(), domain.Owner)
	b.People = map[domain.Role]domain.Actor{}
	for role, p := range a.People {
		b.People[role] = domain.NewActor(tenant, p.Member(), role)
	}
	return &b
}

func tryTwinReads(t *testing.T, db *store.DB, a, b *world) {
	for _, c := range reads {
		if c.method == "BeginReading" {
			continue
		}
		for _, as := range []domain.Actor{b.Owner, b.staff()} {
			for range 3 {
				got, _ := look(db, as, c, a) // an error is right too: the values are sealed for another
				for _, found := range a.traces(got) {
					if strings.HasPrefix(found, "w") || found == string(a.Owner.Tenant()) && c.method != "Audit" { // the log names its organization as an object
						t.Errorf("%s as %s found %s", c.method, as.Role(), found)
					}
				}
			}
		}
	}
	for _, c := range counts {
		own, err := look(db, a.staff(), c, a)
		must(t, err)
		if got, err := look(db, b.staff(), c, b); err != nil || got != own {
			t.Errorf("%s counts %v, its twin %v, %v", c.method, own, got, err)
		}
	}
}

func tryTwinWrites(t *testing.T, db *store.DB, a, b *world) {
	super := storetest.Superuser(t)
	before := fingerprints(t, super, a.Owner.Tenant())
	for _, list := range [][]call{writes, quiet} {
		for _, c := range list {
			for _, as := range []domain.Actor{b.staff(), b.Owner} {
				_, _ = look(db, as, c, b)
			}
			for table, mark := range fingerprints(t, super, a.Owner.Tenant()) {
				if before[table] != mark {
					t.Errorf("%s in one twin changed %s of the other", c.method, table)
					before[table] = mark
				}
			}
		}
	}
}
