package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func used(t testing.TB, db *store.DB, a domain.Actor) (out []domain.Used) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) { out, err = x.Usage(); return err })
	return out
}

// P7: one row by person, event and day; a closed list, here and in the database; thirteen months.
func TestP7_UsageIsBounded(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	add := func(events ...domain.Used) error {
		return db.AddUsage(t.Context(), o.Owner.Tenant(), map[domain.ID][]domain.Used{o.Owner.Member(): events})
	}
	now := time.Date(2026, 11, 26, 23, 59, 0, 0, time.UTC)
	must(t, add(domain.Used{Event: domain.Searched, Day: now, Times: 2}))
	must(t, add(domain.Used{Event: domain.Searched, Day: now.Add(-20 * time.Hour), Times: 1}, domain.Used{Event: domain.UsedHome, Day: now.Add(time.Minute), Times: 1}))
	if got := fmt.Sprint(used(t, db, o.Owner)); got != "[{home 2026-11-27 00:00:00 +0000 UTC 1} {search 2026-11-26 00:00:00 +0000 UTC 3}]" {
		t.Error(got)
	}
	wants(t, add(domain.Used{Event: "read_minds", Day: now, Times: 1}), store.ErrUnknownEvent)
	super := storetest.Superuser(t)
	_, err := super.Exec(t.Context(), `insert into usage_events values ($1, $2, 'read_minds', current_date, 1)`, o.Owner.Tenant(), o.Owner.Member())
	if code(err) != "23514" {
		t.Errorf("the database took it: %v", err)
	}
	for _, e := range domain.UsageEvents { // and it takes what is on the list
		must(t, add(domain.Used{Event: e, Day: now.AddDate(0, 0, 2), Times: 1}))
	}
	other := storetest.New(t, db) // in another organization
	if got := used(t, db, other.Owner); len(got) != 0 {
		t.Errorf("in another organization: %v", got)
	}
	must(t, db.AddUsage(t.Context(), other.Owner.Tenant(), map[domain.ID][]domain.Used{o.Owner.Member(): {{Event: domain.Searched, Day: now, Times: 9}}}))
	if got := used(t, db, o.Owner); strings.Contains(fmt.Sprint(got), "search 2026-11-26 00:00:00 +0000 UTC 12") {
		t.Error("another organization counted this one's people")
	}
}

func TestP7_UsageIsForgottenAfterThirteenMonths(t *testing.T) {
	t.Parallel()
	o := newAsleep(t, time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC), "")
	first := domain.UsageDay(o.now)
	must(t, o.DB.AddUsage(t.Context(), o.Owner.Tenant(), map[domain.ID][]domain.Used{o.Owner.Member(): {
		{Event: domain.UsedHome, Day: first, Times: 1}, {Event: domain.UsedHome, Day: first.AddDate(0, 0, 1), Times: 1}}}))
	for _, c := range []struct {
		at   time.Time
		want int
	}{{first.AddDate(0, 13, 0), 2}, {first.AddDate(0, 13, 1), 1}, {first.AddDate(0, 13, 2), 0}} {
		o.now = c.at
		if _, err := o.DB.ForgetUsage(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := used(t, o.DB, o.Owner); len(got) != c.want {
			t.Errorf("%v: %d days are kept, want %d", c.at, len(got), c.want)
		}
	}
}

// P80: who objects is not counted from then on, and what was counted is gone; others' stays.
func TestP80_ObjectingEndsMeasuring(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	must(t, db.AddUsage(t.Context(), w.Owner.Tenant(), map[domain.ID][]domain.Used{w.Owner.Member(): {{Event: domain.Searched, Day: db.Now(), Times: 1}}}))
	screen := domain.Screen{Width: 1920, Height: 1080, Ratio: 2}
	save := func() {
		storetest.Do(t, db, w.staff(), func(x *store.Tenant) error { return x.SaveScreen(w.Session.Session, screen) })
	}
	screens := func() (n int) {
		storetest.Do(t, db, w.staff(), func(x *store.Tenant) error {
			all, err := x.Sessions()
			for _, s := range all {
				if s.Screen == screen {
					n++
				}
			}
			return err
		})
		return n
	}
	save()
	if screens() != 1 || len(used(t, db, w.staff())) != 1 {
		t.Error("nothing was measured: this shows nothing")
	}
	wants(t, in(t, db, w.Owner, func(x *store.Tenant) error { return x.SaveScreen(w.Session.Session, screen) }), domain.ErrNotFound) // another's session
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) error { return x.Measure(false) })
	save()
	must(t, db.AddUsage(t.Context(), w.Owner.Tenant(), map[domain.ID][]domain.Used{w.staff().Member(): {{Event: domain.Searched, Day: db.Now(), Times: 2}}}))
	if screens() != 0 || len(used(t, db, w.staff())) != 0 {
		t.Errorf("still measured: %d screens, %v", screens(), used(t, db, w.staff()))
	}
	if len(used(t, db, w.Owner)) != 1 {
		t.Error("somebody else's was deleted")
	}
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) error { return x.Measure(true) })
	save()
	if screens() != 1 {
		t.Error("not measured after agreeing again")
	}
}

// P8: a row about a run holds counts, times and names of models, and nothing of what was asked or answered.
func TestP8_ReceiptsHoldNoContent(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	var row string
	must(t, storetest.Superuser(t).QueryRow(t.Context(), `select r::text || coalesce(string_agg(s::text, ''), '') from receipts r
		left join receipt_sources s on s.tenant_id = r.tenant_id and s.receipt_id = r.id where r.tenant_id = $1 and r.id = $2 group by r.*`,
		w.Owner.Tenant(), w.Receipt.ID).Scan(&row))
	for _, word := range w.Words {
		for n := range len(word) - 8 {
			if strings.Contains(row, word[n:n+9]) {
				t.Fatalf("the row holds %q of %q: %s", word[n:n+9], word, row)
			}
		}
	}
	if !strings.Contains(row, "gpt-4.1") {
		t.Errorf("this is no receipt: %s", row)
	}
}
