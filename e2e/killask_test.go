//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"aimyorg/llm/llmtest"
)

// asker is somebody whose answer stands still at one step of its making.
type asker struct {
	member
	cue, answer string
	gate        chan struct{} // lets the provider go on
	kept        string        // what had been shown and must be there afterwards
	outcome     string        // of its ledger row; empty: there is none
	done        bool          // its end was on its way, and is saved although nobody was there to hear of it
}

// answering is a product on which answers are held at every step, with the locks that hold them.
type answering struct {
	t        *testing.T
	p        *product
	db       *behind
	provider *cast
	by       map[string]*asker
	release  []func()
}

const firstWords = "These words were shown before it was killed. "

// Killed at each step of a question and its answer: what was acknowledged is there, its answer interrupted with what was
// kept of it or, once its end was on its way to the database, done, and the ledger says of each request what is known.
func TestKilledAtEachStepOfAnswering(t *testing.T) {
	t.Parallel()
	x := &answering{t: t, provider: newCast(), by: map[string]*asker{}}
	base, err := x.provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x.p, x.db = onCluster(t, aiSettings(base)...)
	x.sending()
	x.before()
	x.ending()

	x.p.kill(t)
	for _, release := range x.release {
		release()
	}
	x.p.restart(t)
	for step, a := range x.by {
		x.holds(step, a)
	}
	x.db.balances(x.p, x.provider)
	for _, a := range x.by {
		if a.answer != "" && !a.done {
			a.again(a.answer, "Whole at the second try")
		}
	}
	x.db.balances(x.p, x.provider)
	if out, code := x.p.run(t, "audit", "verify"); code != 0 || contains(out, "first_bad") {
		t.Errorf("audit verify: exit code %d\n%s", code, out)
	}
}

// asker enrols somebody with a document; the provider's replies to their questions end with a whole one.
func (x *answering) asker(step string, first ...llmtest.Reply) *asker {
	x.t.Helper()
	a := &asker{member: x.db.enrolled(x.t, x.p, true)}
	a.read(a.shelved(travel))
	a.cue = x.provider.cue(append(first, llmtest.Say("Whole at the second try [1]."))...)
	x.by[step] = a
	return a
}

// shown has the first words of an answer shown and kept; the provider goes on when the gate is opened.
func (x *answering) shown(step string) {
	x.t.Helper()
	gate := make(chan struct{})
	a := x.asker(step, func(e *llmtest.Exchange) {
		e.Begin()
		e.Text(firstWords)
		select {
		case <-gate:
			e.Finish("stop")
		case <-e.Request.Context().Done():
		}
	})
	a.gate, a.kept = gate, strings.TrimSpace(firstWords)
	a.answer = a.asks(aboutHotels+a.cue, "")
	x.provider.wait(x.t, a.cue, 1)
	x.db.comes("true", "select (octet_length(body) > $2)::text from messages where id = $1", a.answer, len(firstWords))
}

// sending are the steps while the provider has the request.
func (x *answering) sending() {
	x.t.Helper()
	dialed := x.asker("dialed", (*llmtest.Exchange).Hang)
	dialed.answer, dialed.outcome = dialed.asks(aboutHotels+dialed.cue, ""), "unknown"
	x.provider.wait(x.t, dialed.cue, 1)
	for _, step := range []string{"writing", "closing", "finishing"} {
		x.shown(step)
	}
	x.by["writing"].outcome = "unknown"
}

// before are the steps before the provider hears of a question.
func (x *answering) before() {
	x.t.Helper()
	again := func(a *asker) (conversation string) { // a conversation that was begun, so that going on with it can be held
		return a.conversationOf(a.whole(aboutHotels))
	}
	saving, recording, retrieving := x.asker("saving"), x.asker("recording"), x.asker("retrieving")
	conversation := again(saving)
	x.hold("select from conversations where tenant_id = $1 for update", saving.tenant)
	x.unanswered(saving, conversation)
	x.db.waiting(1, "update%conversations%")

	conversation = again(recording)
	x.hold("select from members where tenant_id = $1 for update", recording.tenant)
	recording.answer = recording.asks(aboutHotels+recording.cue, conversation)
	x.db.waiting(1, `with%update%messages%"receipt" as%`) // one statement, of which no more is shown

	x.hold("lock table passages in access exclusive mode") // the index is in memory
	retrieving.answer = retrieving.asks(aboutHotels+retrieving.cue, "")
	x.db.waiting(1, "select%from%passages%")
}

// ending are the steps after the provider has said everything.
func (x *answering) ending() {
	x.t.Helper()
	closing, finishing := x.by["closing"], x.by["finishing"]
	x.hold("select from receipts where message_id = $1 for update", closing.answer)
	closing.gate <- struct{}{}
	x.db.waiting(1, "with%update%messages%update%receipts%")
	x.hold("select from messages where id = $1 for update", finishing.answer)
	finishing.gate <- struct{}{}
	x.db.waiting(2, "with%update%messages%update%receipts%")
	for _, a := range []*asker{closing, finishing} {
		a.outcome, a.done = "ok", true // how a request ended is saved with its answer, or not at all
	}
}

func (x *answering) hold(query string, args ...any) {
	x.t.Helper()
	x.release = append(x.release, x.db.hold(query, args...))
}

// whole asks and waits for the whole answer.
func (g *guest) whole(text string) (id string) {
	g.t.Helper()
	id = g.asks(text, "")
	g.becomes(id, "done")
	return id
}

func (x *answering) unanswered(a *asker, conversation string) {
	done := make(chan error, 1)
	form := url.Values{"text": {aboutHotels + a.cue}, "conversation": {conversation}}
	go func() {
		_, err := a.try(http.MethodPost, "/copilot/messages", strings.NewReader(form.Encode()), "HX-Request", "true",
			"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
		done <- err
	}()
	x.t.Cleanup(func() {
		if err := <-done; err == nil {
			x.t.Error("the question was answered")
		}
	})
}

// holds looks at a step after the restart.
func (x *answering) holds(step string, a *asker) {
	x.t.Helper()
	if a.answer == "" { // never acknowledged
		x.db.comes("2", "select count(*)::text from messages where tenant_id = $1", a.tenant)
		return
	}
	state := "interrupted"
	if a.done {
		state = "done"
	}
	shown := a.becomes(a.answer, state)
	if !contains(shown.body, a.kept) || contains(shown.body, `data-code="server_stopped"`) == a.done || contains(shown.body, a.answer+"/retry") == a.done {
		x.t.Errorf("%s: the answer's page says\n%s", step, shown.body)
	}
	page := a.get("/copilot/conversations/" + a.conversationOf(a.answer))
	if n := strings.Count(page.body, a.cue); page.status != http.StatusOK || n == 0 {
		x.t.Errorf("%s: the question is on its page %d times: %d", step, n, page.status)
	}
	got := x.db.one("select string_agg(outcome || ' ' || bytes_out, ', ') from receipts where message_id = $1 having count(*) > 0", a.answer)
	want := ""
	for _, r := range x.provider.got(a.cue) {
		want += fmt.Sprintf("%s %d", a.outcome, len(r.Body))
	}
	if got != want || (a.outcome == "") != (want == "") {
		x.t.Errorf("%s: the ledger says %q, want %q", step, got, want)
	}
}
