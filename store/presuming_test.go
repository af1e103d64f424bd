package store_test

import (
	"errors"
	"slices"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// What another process has changed since it was seen last is not presumed in what is given out: not who may read what, not what
// there is, and not who answers. Nor is what such a look read remembered as if it were older.
func TestP54_WhatIsPresumedIsLookedAt(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	elsewhere := another(t)
	o := storetest.New(t, db)
	staff, other := o.People[domain.Staff], storetest.New(t, db)
	id := o.Collection(t, domain.CollectionForm{Name: "C", Everyone: true})
	o.Document(t, id, "D", "The pangolin is a shy animal.")
	if got := found(t, db, staff, "pangolin"); len(got) != 1 {
		t.Fatalf("found %q", got)
	}
	for _, everyone := range []bool{false, true, false} {
		storetest.Do(t, elsewhere, o.Owner, func(x *store.Tenant) error {
			return x.ChangeCollection(id, domain.CollectionForm{Name: "C", Everyone: everyone})
		})
		for range 2 {
			if got := found(t, db, staff, "pangolin"); (len(got) == 1) != everyone {
				t.Errorf("everyone %v: %q found", everyone, got)
			}
			if got, _ := retrieved(t, db, staff, "pangolin", false); (len(got) == 1) != everyone {
				t.Errorf("everyone %v: %q retrieved", everyone, got)
			}
		}
		if got := found(t, db, o.Owner, "pangolin"); len(got) != 1 {
			t.Errorf("the owner finds %q", got)
		}
		if got := found(t, db, other.Owner, "pangolin"); len(got) != 0 {
			t.Errorf("another organization finds %q", got)
		}
	}
	o.Document(t, id, "E", "The pangolin eats ants.") // by db itself, of which elsewhere knows nothing
	if got := found(t, elsewhere, o.Owner, "pangolin"); len(got) != 2 {
		t.Errorf("elsewhere %q is found", got)
	}
}

// Nothing but what was looked at counts: a look that presumed wrongly is made again, and one that presumed rightly is not.
func TestP47_APresumptionIsMadeOnce(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	elsewhere := another(t)
	w := build(t, db)
	look := func() (seen []bool) {
		must(t, db.Presuming(t.Context(), w.staff(), func(x *store.Tenant) error {
			s, err := x.AI()
			seen = append(seen, s.Enabled)
			return err
		}))
		return seen
	}
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) error { _, err := x.AI(); return err })
	for _, c := range []struct {
		on   bool
		want []bool
	}{{false, []bool{true, false}}, {true, []bool{false, true}}} {
		storetest.Do(t, elsewhere, w.Owner, func(x *store.Tenant) error { return x.SwitchAI(c.on) })
		if got := look(); !slices.Equal(got, c.want) {
			t.Errorf("switched to %v, looked at %v, want %v", c.on, got, c.want)
		}
		if got := look(); !slices.Equal(got, c.want[1:]) {
			t.Errorf("then looked at %v, want %v", got, c.want[1:])
		}
	}
}

// Who answers is as it is when the answer begins, whatever was known.
func TestP46_ABriefIsOfItsMoment(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	elsewhere := another(t)
	w := build(t, db)
	for _, want := range []domain.Provider{domain.OpenAI, domain.NoProvider, domain.OpenAI} {
		storetest.Do(t, elsewhere, w.Owner, func(x *store.Tenant) error { return x.ChooseProvider(want) })
		for range 2 {
			b, err := store.Desk{DB: db}.Brief(t.Context(), w.staff(), w.Question, 8, func([]domain.Message) string { return "nothing that there is" })
			must(t, err)
			if b.Choice.Provider != want || b.Choice.Epoch != epochOf(t, db, w.Owner.Tenant()) {
				t.Errorf("%s answers in epoch %d, want %s", b.Choice.Provider, b.Choice.Epoch, want)
			}
		}
	}
}

// What a look reads whose moment is older than what it presumes is remembered for nobody: neither the switch nor what AI may see.
func TestP43_APresumptionLeavesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	staff := o.People[domain.Staff]
	id := o.Collection(t, domain.CollectionForm{Name: "C", Everyone: true, AIAllowed: true})
	o.Document(t, id, "D", "The pangolin is a shy animal.")
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.SwitchAI(true) })
	turn := 0
	must(t, db.Presuming(t.Context(), staff, func(x *store.Tenant) error {
		turn++
		if _, err := x.Message(id); err == nil { // now it has its moment
			t.Error("a collection is a message")
		}
		if turn == 1 {
			storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
				if err := x.SwitchAI(false); err != nil {
					return err
				}
				return x.ChangeCollection(id, domain.CollectionForm{Name: "C", Everyone: true})
			})
			found(t, db, staff, "pangolin") // the new epochs are known
		}
		_, switched := x.AI()
		_, _, searched := x.Retrieve("pangolin", 8, true)
		if turn == 1 && (switched == nil || searched == nil) {
			t.Errorf("what was not known was read: %v, %v", switched, searched)
		}
		return errors.Join(switched, searched)
	}))
	storetest.Do(t, db, staff, func(x *store.Tenant) error {
		s, err := x.AI()
		if s.Enabled {
			t.Error("the switch is remembered to be on")
		}
		return err
	})
	if got, withheld := retrieved(t, db, staff, "pangolin", true); turn != 2 || len(got) > 0 || withheld != 1 {
		t.Errorf("after %d turns AI gets %q, and %d are withheld", turn, got, withheld)
	}
}

// A request is recorded, and so made, only under what holds when it is: a consent withdrawn or given again, or a switch turned,
// in another process is no matter of what was known here.
func TestP48_NoReceiptUnderWhatWasOnlyPresumed(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	elsewhere := another(t)
	w, desk := build(t, db), store.Desk{DB: db}
	consent := func(yes bool) func(*store.Tenant) error {
		return func(x *store.Tenant) error { return x.Consent(yes, copilotScopes(domain.OpenAI), 1, "account") }
	}
	rows := 1
	for i, c := range []struct {
		as      domain.Actor
		do      func(*store.Tenant) error
		refused string
	}{
		{w.staff(), consent(false), domain.RefusedConsent},
		{w.staff(), consent(true), ""},
		{w.Owner, func(x *store.Tenant) error { return x.SwitchAI(false) }, domain.RefusedByOrg},
		{w.Owner, func(x *store.Tenant) error { return x.SwitchAI(true) }, ""},
		{w.staff(), func(*store.Tenant) error { return nil }, ""},
	} {
		storetest.Do(t, elsewhere, c.as, c.do)
		var consents []domain.ID
		storetest.Do(t, elsewhere, w.staff(), func(x *store.Tenant) error {
			s, err := x.ConsentState()
			for _, scope := range copilotScopes(domain.OpenAI) {
				consents = append(consents, s[scope].ID)
			}
			return err
		})
		r := w.Receipt
		r.ID, r.Message = db.NewID(), w.Asking.ID
		got, err := desk.OpenReceipt(t.Context(), w.staff(), w.Ask, r)
		if refusal(err) != c.refused || c.refused == "" && err != nil {
			t.Errorf("%d: %v, want %q", i, err, c.refused)
		}
		if err == nil {
			rows++
			slices.Sort(consents)
			slices.Sort(got.Consents)
			if !slices.Equal(got.Consents, consents) {
				t.Errorf("%d: under %v, want %v", i, got.Consents, consents)
			}
		}
		if sum, err := db.LedgerOf(t.Context(), w.Owner.Tenant()); err != nil || sum.Requests != rows || sum.Bad != "" {
			t.Errorf("%d: %+v, %v, want %d rows", i, sum, err, rows)
		}
	}
}

// Who asks a question stands where they stood when their session was looked at, or later: not where this process saw them last.
func TestP47_AQuestionIsOfItsSession(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	elsewhere := another(t)
	w := build(t, db)
	token, err := storetest.SignIn(t, db, w.staff())
	must(t, err)
	for _, on := range []bool{false, true, false} {
		storetest.Do(t, elsewhere, w.Owner, func(x *store.Tenant) error { return x.SwitchAI(on) })
		who, err := db.Session(t.Context(), token)
		must(t, err)
		asked := func(then error) error {
			return db.Asking(t.Context(), &who, func(x *store.Tenant) error {
				s, err := x.AI()
				if err != nil || s.Enabled != on {
					t.Errorf("switched to %v, asked when it was %v, %v", on, s.Enabled, err)
				}
				if then != nil {
					return then
				}
				_, _, err = x.Ask("", "What is it now?")
				return err
			})
		}
		must(t, asked(nil))
		wants(t, asked(domain.ErrConflict), domain.ErrConflict)
	}
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) error {
		all, err := x.Conversations("What is it now?", 0, 10)
		if len(all) != 3 {
			t.Errorf("%d questions saved, want 3", len(all))
		}
		return err
	})
}

// A look that searches twice presumes once: what it looks at in the end is what its first search presumed, too.
func TestP43_APresumptionIsOneForAllSearches(t *testing.T) {
	t.Parallel()
	db, elsewhere := storetest.DB(t), another(t)
	o := storetest.New(t, db)
	id := o.Collection(t, domain.CollectionForm{Name: "C", AIAllowed: true})
	o.Document(t, id, "D", "The pangolin is a shy animal.")
	retrieved(t, db, o.Owner, "pangolin", true)
	storetest.Do(t, elsewhere, o.Owner, func(x *store.Tenant) error {
		return x.ChangeCollection(id, domain.CollectionForm{Name: "C"})
	})
	var first []domain.Passage
	must(t, db.Presuming(t.Context(), o.Owner, func(x *store.Tenant) (err error) {
		if first, _, err = x.Retrieve("pangolin", 8, true); err != nil {
			return err
		}
		retrieved(t, db, o.Owner, "pangolin", true) // now the newest index is known
		_, _, err = x.Retrieve("pangolin", 8, true)
		return err
	}))
	if len(first) != 0 {
		t.Errorf("AI gets %q", first[0].Title)
	}
}
