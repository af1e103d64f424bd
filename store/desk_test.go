package store_test

import (
	"context"
	"errors"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// clock is a time that a test moves.
type clock struct{ at atomic.Int64 }

func newClock(t *testing.T) *clock {
	t.Helper()
	storetest.At(t) // first: what it makes must not lie in this clock's future
	c := &clock{}
	c.at.Store(time.Now().UnixMicro())
	return c
}

func (c *clock) now() time.Time        { return time.UnixMicro(c.at.Load()) }
func (c *clock) move(by time.Duration) { c.at.Add(by.Microseconds()) }

// PROMISES §4: the gate's rule on live rows, and what each change makes of a running answer within one beat.
func TestP48_standing_turns(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	desk := store.Desk{DB: db}
	withdraw := func(t *testing.T, w *world) {
		storetest.Do(t, db, w.staff(), func(x *store.Tenant) error {
			return x.Consent(false, copilotScopes(domain.OpenAI)[1:], 1, "panel")
		})
	}
	owner := func(fn func(*store.Tenant, *world) error) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			storetest.Do(t, db, w.Owner, func(x *store.Tenant) error { return fn(x, w) })
		}
	}
	for name, c := range map[string]struct {
		change func(*testing.T, *world)
		code   string
		quoted string // the code for an answer that leaves nothing
	}{
		"nothing":      {func(*testing.T, *world) {}, "", ""},
		"withdrawn":    {withdraw, domain.RefusedConsent, ""},
		"switched off": {owner(func(x *store.Tenant, _ *world) error { return x.SwitchAI(false) }), domain.RefusedByOrg, domain.RefusedByOrg},
		"deactivated":  {owner(func(x *store.Tenant, w *world) error { return x.Deactivate(w.staff().Member()) }), domain.RefusedSignedOut, domain.RefusedSignedOut},
		"provider off": {owner(func(x *store.Tenant, _ *world) error {
			return x.SaveProvider(store.ProviderForm{Provider: domain.OpenAI, Models: []string{"gpt-4.1"}, Default: "gpt-4.1"})
		}), domain.RefusedProvider, ""},
		"model removed": {owner(func(x *store.Tenant, _ *world) error {
			return x.SaveProvider(store.ProviderForm{Provider: domain.OpenAI, Enabled: true, Models: []string{"gpt-4o"}, Default: "gpt-4o"})
		}), domain.RefusedModel, ""},
		"leaving": {owner(func(x *store.Tenant, _ *world) error { return x.LeaveOrganization(x.Now().Add(time.Hour)) }), domain.RefusedByOrg, domain.RefusedByOrg},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, db)
			c.change(t, w)
			s, err := desk.Standing(t.Context(), w.staff(), w.Asking.ID, w.Ask)
			if err != nil || s.Refused != c.code || s.Stop {
				t.Errorf("standing: %+v, %v", s, err)
			}
			s, err = desk.Standing(t.Context(), w.staff(), w.Asking.ID, domain.Ask{Provider: domain.NoProvider})
			if err != nil || s.Refused != c.quoted {
				t.Errorf("quoting: %+v, %v", s, err)
			}
			_, err = desk.Authorize(t.Context(), w.staff(), w.Ask)
			if c.code != domain.RefusedSignedOut && refusal(err) != c.code {
				t.Errorf("a new request: %v", err)
			}
		})
	}
}

func TestP47_authorize_on_live_rows(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w, desk := build(t, db), store.Desk{DB: db}
	g, err := desk.Authorize(t.Context(), w.staff(), w.Ask)
	if err != nil || len(g.Consents) != 2 || g.PolicyVersion != 1 {
		t.Errorf("%+v, %v", g, err)
	}
	_, err = desk.Authorize(t.Context(), w.People[domain.Manager], w.Ask) // nobody consents for somebody else
	if refusal(err) != domain.RefusedConsent {
		t.Errorf("a person who agreed to nothing: %v", err)
	}
	_, err = desk.Authorize(t.Context(), w.People[domain.Auditor], w.Ask)
	wants(t, err, domain.ErrNotFound)
	test := domain.Ask{Provider: domain.OpenAI, Model: "gpt-4.1", Purpose: domain.PurposeTest}
	_, err = desk.Authorize(t.Context(), w.staff(), test)
	wants(t, err, domain.ErrNotFound)
	_, err = desk.Authorize(t.Context(), w.Owner, test)
	wants(t, err, nil)
}

func TestP46_choice(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	desk := store.Desk{DB: db, Operator: map[domain.Provider]domain.Secret{domain.OpenAI: domain.NewSecret("operator"), domain.OpenRouter: domain.NewSecret("router")}}
	choose := func(p domain.Provider) domain.Choice {
		t.Helper()
		c, err := desk.Choice(t.Context(), w.staff(), p)
		must(t, err)
		return c
	}
	if c := choose(""); c.Provider != domain.OpenAI || c.Model != "gpt-4.1" || c.Key.Reveal() == "operator" || c.Key.Empty() {
		t.Errorf("%+v", c)
	}
	if c := choose(domain.OpenRouter); c.Provider != domain.NoProvider || !c.Key.Empty() {
		t.Errorf("a provider that nobody configured: %+v", c)
	}
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error {
		return x.SaveProvider(store.ProviderForm{Provider: domain.OpenAI, Enabled: true, RemoveKey: true, Models: []string{"gpt-4.1"}, Default: "gpt-4.1"})
	})
	if c := choose(""); c.Key.Reveal() != "operator" {
		t.Errorf("without a key of its own: %+v", c)
	}
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error { return x.SwitchAI(false) })
	if c := choose(""); c.Provider != domain.NoProvider || !c.Key.Empty() {
		t.Errorf("switched off: %+v", c)
	}
	fresh := storetest.New(t, db)
	if c, err := desk.Choice(t.Context(), fresh.Owner, ""); err != nil || c.Provider != domain.NoProvider {
		t.Errorf("a new organization: %+v, %v", c, err)
	}
}

// At a desk that only quotes nobody is chosen and nothing is let out, whatever the organization has set (seeding).
func TestP47_a_quoting_desk_lets_nothing_out(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	desk := store.Desk{DB: db, Quoting: true, Operator: map[domain.Provider]domain.Secret{domain.OpenAI: domain.NewSecret("operator")}}
	for _, p := range []domain.Provider{"", domain.OpenAI} {
		if c, err := desk.Choice(t.Context(), w.staff(), p); err != nil || c.Provider != domain.NoProvider || !c.Key.Empty() {
			t.Errorf("%q: %+v, %v", p, c, err)
		}
	}
	b, err := desk.Brief(t.Context(), w.staff(), w.Question, 8, func([]domain.Message) string { return "x" })
	if err != nil || b.Choice.Provider != domain.NoProvider || !b.Choice.Key.Empty() {
		t.Errorf("%+v, %v", b.Choice, err)
	}
	var refused domain.Refused
	if _, err := desk.OpenReceipt(t.Context(), w.staff(), w.Ask, w.Receipt); !errors.As(err, &refused) {
		t.Errorf("a request was let out: %v", err)
	}
}

func TestP51_answers_end_once(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w, desk := build(t, db), store.Desk{DB: db}
	me := w.staff()
	message := func(id domain.ID) (m domain.Message) {
		t.Helper()
		storetest.Do(t, db, me, func(x *store.Tenant) (err error) { m, err = x.Message(id); return err })
		return m
	}
	again := w.Answer
	again.Text, again.State = "something else", domain.MessageFailed
	if err := desk.Finish(t.Context(), me, again, nil); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("finishing again: %v", err)
	}
	if m := message(w.Answer.ID); m.Text != w.Answer.Text || m.State != domain.MessageDone || len(m.Citations) != 1 || m.Citations[0].Gone {
		t.Errorf("finished twice: %+v", m)
	}
	w.late(t, me, w.Answer.ID)
	w.late(t, w.People[domain.Manager], w.Asking.ID)
	storetest.Do(t, db, me, func(x *store.Tenant) error { return x.RequestStop(w.Asking.ID) })
	w.draft(t, me, w.Asking.ID, "so far")
	s, err := desk.Standing(t.Context(), me, w.Asking.ID, w.Ask)
	if err != nil || !s.Stop {
		t.Errorf("asked to stop: %+v, %v", s, err)
	}
	if m := message(w.Asking.ID); m.Text != "so far" || m.State != domain.MessageStreaming {
		t.Errorf("%+v", m)
	}
	heard := 0
	brief, err := desk.Brief(t.Context(), me, domain.Message{ID: w.Asking.ID, Conversation: w.Conversation.ID}, 8, func(h []domain.Message) string {
		heard = len(h)
		return "x"
	})
	if err != nil || heard != 5 || len(brief.History) != 5 || brief.History[0].ID != w.Question.ID {
		t.Errorf("%d before it, %v", len(brief.History), err)
	}
	storetest.Do(t, db, me, func(x *store.Tenant) error { return x.RequestStop(w.Asking.ID) })
	for conversation, known := range map[domain.ID]bool{"": false, w.Conversation.ID: true} { // as they are asked
		var q domain.Message
		storetest.Do(t, db, me, func(x *store.Tenant) (err error) { q, _, err = x.Ask(conversation, "And then?"); return err })
		brief, err := desk.Brief(t.Context(), me, q, 8, func([]domain.Message) string { return "x" })
		if err != nil || len(brief.History) > 0 != known {
			t.Errorf("a question in conversation %q begins with %d before it, %v", conversation, len(brief.History), err)
		}
	}
}

func TestRetryAndTakeBack(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	me := w.staff()
	wants(t, in(t, db, me, func(x *store.Tenant) error { _, _, err := x.Retry(w.Answer.ID); return err }), domain.ErrConflict)
	wants(t, in(t, db, me, func(x *store.Tenant) error { _, _, err := x.Retry(w.Question.ID); return err }), domain.ErrConflict)
	wants(t, in(t, db, w.Owner, func(x *store.Tenant) error { _, _, err := x.Retry(w.Stopped.ID); return err }), domain.ErrNotFound)
	lowered := domain.NewActor(me.Tenant(), me.Member(), domain.Auditor)
	wants(t, in(t, db, lowered, func(x *store.Tenant) error { _, _, err := x.Retry(w.Stopped.ID); return err }), domain.ErrNotFound)
	var q, again domain.Message
	storetest.Do(t, db, me, func(x *store.Tenant) (err error) { q, again, err = x.Retry(w.Stopped.ID); return err })
	if again.State != domain.MessagePending || again.Question != q.ID || q.ID != w.Stopped.Question || again.ID == w.Stopped.ID {
		t.Errorf("%+v", again)
	}
	storetest.Do(t, db, me, func(x *store.Tenant) error { return x.TakeBack(domain.Message{}, again) })
	wants(t, in(t, db, me, func(x *store.Tenant) error { _, err := x.Message(again.ID); return err }), domain.ErrNotFound)
	wants(t, in(t, db, me, func(x *store.Tenant) error { _, err := x.Message(q.ID); return err }), nil)
	var q2, a2 domain.Message
	storetest.Do(t, db, me, func(x *store.Tenant) (err error) { q2, a2, err = x.Ask("", "A new one?"); return err })
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error { return x.TakeBack(q2, a2) }) // not theirs: nothing happens
	wants(t, in(t, db, me, func(x *store.Tenant) error { _, err := x.Message(q2.ID); return err }), nil)
	storetest.Do(t, db, me, func(x *store.Tenant) error { return x.TakeBack(q2, a2) })
	wants(t, in(t, db, me, func(x *store.Tenant) error { _, err := x.Conversation(q2.Conversation); return err }), domain.ErrNotFound)
}

// P51: a killed server's answers end as interrupted, with what was kept, and their requests as unknown.
func TestP51_lost_answers(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	w, desk := build(t, db), store.Desk{DB: db}
	receipt := w.Receipt
	receipt.ID, receipt.Message = db.NewID(), w.Asking.ID
	storetest.Record(t, db, w.staff(), receipt)
	w.draft(t, w.staff(), w.Asking.ID, "half an answer")
	lost := store.Lost{Tenant: w.Owner.Tenant(), Message: w.Asking.ID}
	is := func(want bool) {
		t.Helper()
		all, err := db.Lost(t.Context())
		must(t, err)
		found := false
		for _, l := range all {
			found = found || l == lost
		}
		if found != want {
			t.Errorf("lost: %v, want %v", found, want)
		}
	}
	c.move(9 * time.Second)
	is(false)
	must(t, db.Interrupt(t.Context(), lost)) // too early: nothing happens
	must(t, db.Beat(t.Context(), []domain.ID{w.Owner.Tenant(), w.Owner.Tenant()}, []domain.ID{w.Asking.ID, w.Answer.ID}))
	c.move(9 * time.Second)
	is(false)
	c.move(3 * time.Second)
	is(true)
	must(t, db.Interrupt(t.Context(), lost))
	is(false)
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) error {
		m, err := x.Message(w.Asking.ID)
		if m.State != domain.MessageInterrupted || m.Text != "half an answer" || m.Reason != "server_stopped" || m.FinishedAt.IsZero() {
			t.Errorf("%+v", m)
		}
		r, err2 := x.Receipt(receipt.ID)
		if r.Outcome != domain.OutcomeUnknown || r.EndedAt.IsZero() || err2 != nil {
			t.Errorf("%+v, %v", r, err2)
		}
		return err
	})
	w.late(t, w.staff(), w.Asking.ID)
	_, err := desk.Standing(t.Context(), w.staff(), w.Asking.ID, w.Ask)
	wants(t, err, domain.ErrNotFound)
}

// P40: a request without a person, an answer and a consent can't be recorded, and so can't be made.
func TestP40_receipts(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w, desk := build(t, db), store.Desk{DB: db}
	ctx, me := t.Context(), w.staff()
	for name, spoil := range map[string]func(*domain.Receipt){
		"no class":        func(r *domain.Receipt) { r.Classes = nil },
		"no message":      func(r *domain.Receipt) { r.Message = "" },
		"no conversation": func(r *domain.Receipt) { r.Conversation = "" },
		"no recipient":    func(r *domain.Receipt) { r.Provider = domain.NoProvider },
		"other purpose":   func(r *domain.Receipt) { r.Purpose = "training" },
		"twice":           func(r *domain.Receipt) { r.ID = w.Receipt.ID },
	} {
		r := w.Receipt
		r.ID, r.Message = db.NewID(), w.Asking.ID
		spoil(&r)
		if _, err := desk.OpenReceipt(ctx, me, storetest.AskOf(r), r); err == nil {
			t.Errorf("%s: was recorded", name)
		}
	}
	r := w.Receipt
	r.ID = db.NewID()
	manager := w.People[domain.Manager]
	storetest.Do(t, db, manager, func(x *store.Tenant) error { return x.Consent(true, copilotScopes(domain.OpenAI), 1, "account") })
	_, err := desk.OpenReceipt(ctx, manager, w.Ask, r) // somebody else's answer
	wants(t, err, domain.ErrNotFound)
	again := w.Receipt
	again.Outcome, again.BytesOut = domain.OutcomeError, 1
	must(t, desk.CloseReceipt(ctx, me, again))
	read := func(a domain.Actor) (r domain.Receipt, err error) {
		err = db.Read(ctx, a, func(x *store.Tenant) (err error) { r, err = x.Receipt(w.Receipt.ID); return err })
		return r, err
	}
	if r, err := read(me); err != nil || r.Outcome != domain.OutcomeOK || r.BytesOut != 120 || len(r.Sources) != 1 || r.Sources[0].Gone || len(r.Consents) != 2 {
		t.Errorf("closed twice: %+v, %v", r, err)
	}
	_, err = read(manager)
	wants(t, err, domain.ErrNotFound)
	_, err = read(w.People[domain.Auditor])
	wants(t, err, nil)
	sum, err := db.LedgerOf(ctx, w.Owner.Tenant())
	if err != nil || sum.Requests != 1 || sum.BytesOut != 120 || sum.Open != 0 || sum.Bad != "" {
		t.Errorf("%+v, %v", sum, err)
	}
}

// P51: a request whose server died is not open for ever, whatever it was for.
func TestP51_lost_requests(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	w := build(t, db)
	test := domain.Receipt{ID: db.NewID(), Purpose: domain.PurposeTest, Provider: domain.OpenAI, Host: "api.openai.com", Model: "gpt-4.1",
		Flags: []string{"store:false"}, BodyMAC: "00", BytesOut: 7, StartedAt: db.Now()}
	storetest.Record(t, db, w.Owner, test)
	sum := func() store.LedgerSum {
		t.Helper()
		s, err := db.LedgerOf(t.Context(), w.Owner.Tenant())
		must(t, err)
		return s
	}
	if s := sum(); s.Open != 1 || s.Bad != "" || s.BytesOut != 127 {
		t.Errorf("%+v", s)
	}
	c.move(2 * time.Hour)
	if s := sum(); s.Bad == "" {
		t.Errorf("%+v", s)
	}
	storetest.Do(t, db, store.System(w.Owner.Tenant()), func(x *store.Tenant) error {
		n, err := x.CloseLost()
		if n != 1 {
			t.Errorf("closed %d", n)
		}
		return err
	})
	if s := sum(); s.Open != 0 || s.Bad != "" {
		t.Errorf("%+v", s)
	}
}

// P51: a request whose answer is over and which nobody closed, because the database was away just then, does not wait.
func TestP51_lost_requests_of_answers_that_are_over(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	super := storetest.Superuser(t)
	_, err := super.Exec(t.Context(), "update receipts set outcome = 'started', ended_at = null, started_at = now() where id = $1", w.Receipt.ID)
	must(t, err)
	closed := func(state string) (n int64) {
		_, err := super.Exec(t.Context(), "update messages set state = $2 where id = $1", w.Receipt.Message, state)
		must(t, err)
		storetest.Do(t, db, store.System(w.Owner.Tenant()), func(x *store.Tenant) error {
			n, err = x.CloseLost()
			return err
		})
		return n
	}
	if n := closed("streaming"); n != 0 {
		t.Error("closed while it is written")
	}
	if n := closed("failed"); n != 1 {
		t.Errorf("closed %d", n)
	}
}

// A draft whose row somebody holds is left for the next time: it keeps no other waiting, and says nothing of its answer.
func TestADraftWhoseRowIsHeldKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	held, other := build(t, db), build(t, db)
	tx, err := storetest.Superuser(t).Begin(t.Context())
	must(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "select from messages where id = $1 for update", held.Asking.ID)
	must(t, err)
	drafts := []domain.Draft{{Actor: held.staff(), Message: held.Asking.ID, Text: "held"}, {Actor: other.staff(), Message: other.Asking.ID, Text: "free"}}
	saved, err := store.Desk{DB: db}.Checkpoint(t.Context(), drafts)
	if want := map[domain.ID]bool{held.Asking.ID: false, other.Asking.ID: true}; err != nil || !maps.Equal(saved, want) {
		t.Errorf("%v, %v", saved, err)
	}
	must(t, tx.Rollback(t.Context()))
	held.draft(t, held.staff(), held.Asking.ID, "held no more")
	for _, w := range []*world{held, other} {
		storetest.Do(t, db, w.staff(), func(x *store.Tenant) error {
			m, err := x.Message(w.Asking.ID)
			if want := map[*world]string{held: "held no more", other: "free"}[w]; m.Text != want || m.State != domain.MessageStreaming {
				t.Errorf("%q, %s; want %q", m.Text, m.State, want)
			}
			return err
		})
	}
}

// The role that saves drafts of all organizations writes into answers under way, and ends none.
func TestP29_drafts_reach_answers_under_way_only(t *testing.T) {
	t.Parallel()
	w := build(t, storetest.DB(t))
	conn := raw(t, store.RoleWorker)
	for what, c := range map[string]struct{ change, where string }{
		"an answer that is over": {"body = 'x'", "id = '" + string(w.Answer.ID) + "'"},
		"its beat":               {"beat_at = now()", "id = '" + string(w.Answer.ID) + "'"},
		"a question":             {"body = 'x'", "id = '" + string(w.Question.ID) + "'"},
	} {
		if tag, err := conn.Exec(t.Context(), "update messages set "+c.change+" where "+c.where); err != nil || tag.RowsAffected() != 0 {
			t.Errorf("%s was changed: %v, %v", what, tag, err)
		}
	}
	if _, err := conn.Exec(t.Context(), "update messages set state = 'done' where id = $1", w.Asking.ID); code(err) != noPrivilege {
		t.Errorf("an answer was ended: %v", err)
	}
	w.draft(t, w.staff(), w.Asking.ID, "word")
}
