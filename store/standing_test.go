package store_test

import (
	"errors"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func epochOf(t testing.TB, db *store.DB, tenant domain.ID) int64 {
	t.Helper()
	all, err := db.Epochs(t.Context(), []domain.ID{tenant})
	must(t, err)
	return all[tenant]
}

// P48: whatever decides who may what moves the organization's epoch, by which every process notices, and no other's.
func TestP48_epoch_moves(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	other := build(t, db)
	staff := func(w *world) domain.Actor { return w.staff() }
	owner := func(w *world) domain.Actor { return w.Owner }
	for name, c := range map[string]struct {
		as func(*world) domain.Actor
		do func(*store.Tenant, *world) error
	}{
		"consent withdrawn": {staff, func(x *store.Tenant, _ *world) error {
			return x.Consent(false, copilotScopes(domain.OpenAI), 1, "account")
		}},
		"AI off":          {owner, func(x *store.Tenant, _ *world) error { return x.SwitchAI(false) }},
		"provider chosen": {owner, func(x *store.Tenant, _ *world) error { return x.ChooseProvider(domain.NoProvider) }},
		"provider saved": {owner, func(x *store.Tenant, _ *world) error {
			return x.SaveProvider(store.ProviderForm{Provider: domain.OpenAI, Models: []string{"gpt-4o"}, Default: "gpt-4o"})
		}},
		"deactivated": {owner, func(x *store.Tenant, w *world) error { return x.Deactivate(w.staff().Member()) }},
		"leaving":     {owner, func(x *store.Tenant, _ *world) error { return x.LeaveOrganization(x.Now().Add(time.Hour)) }},
		"department made": {owner, func(x *store.Tenant, _ *world) error {
			_, err := x.CreateDepartment("X", "")
			return err
		}},
		"department renamed": {owner, func(x *store.Tenant, w *world) error { return x.RenameDepartment(w.Department, "X") }},
		"department moved":   {owner, func(x *store.Tenant, w *world) error { return x.MoveDepartment(w.Department, "") }},
		"manager set":        {owner, func(x *store.Tenant, w *world) error { return x.SetManager(w.Department, w.Owner.Member()) }},
		"stop":               {staff, func(x *store.Tenant, w *world) error { return x.RequestStop(w.Asking.ID) }},
		"deleted":            {staff, func(x *store.Tenant, w *world) error { return x.DeleteConversation(w.Conversation.ID) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, db)
			before, others := epochOf(t, db, w.Owner.Tenant()), epochOf(t, db, other.Owner.Tenant())
			storetest.Do(t, db, c.as(w), func(x *store.Tenant) error { return c.do(x, w) })
			if after := epochOf(t, db, w.Owner.Tenant()); after <= before {
				t.Errorf("the epoch stays at %d", after)
			}
			if after := epochOf(t, db, other.Owner.Tenant()); after != others {
				t.Errorf("in another organization it moved from %d to %d", others, after)
			}
		})
	}
}

// What was known is no longer believed once another process has changed it, and what a transaction saw of its own changes is
// forgotten when it is rolled back.
func TestP47_known_facts_are_true(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	elsewhere := another(t)
	agreed := func(db *store.DB, want bool) {
		t.Helper()
		_, err := store.Desk{DB: db}.Authorize(t.Context(), w.staff(), w.Ask)
		if got := err == nil; got != want || !want && refusal(err) != domain.RefusedConsent {
			t.Errorf("agreed: %v (%v), want %v", got, err, want)
		}
	}
	say := func(db *store.DB, yes bool, then error) {
		t.Helper()
		wants(t, in(t, db, w.staff(), func(x *store.Tenant) error {
			if err := x.Consent(yes, copilotScopes(domain.OpenAI), 1, "account"); err != nil {
				return err
			}
			s, err := x.ConsentState()
			if got := s.CoversCopilot(domain.OpenAI, 1); got != yes {
				t.Errorf("the transaction sees %v of its own %v", got, yes)
			}
			return errors.Join(err, then)
		}), then)
	}
	agreed(db, true)
	agreed(elsewhere, true)
	say(db, false, errors.ErrUnsupported) // rolled back
	agreed(db, true)
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error { return x.SwitchAI(true) }) // the number that was rolled back is given again
	agreed(db, true)
	say(db, false, nil)
	agreed(elsewhere, false)
	say(elsewhere, true, nil)
	agreed(db, true)
}
