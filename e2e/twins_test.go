//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"aimyorg/llm/llmtest"
)

// Two processes on one database, one data folder and one set of keys: whatever is done at one holds at the other.
func TestTwoProcessesAreOneProduct(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	one, db := onCluster(t, aiSettings(base)...)
	two := beside(t, one)
	m := db.enrolled(t, one, true)
	other := m.at(two)
	shelf := m.shelved(travel)
	m.read(shelf)
	t.Run("what is uploaded at one is found at the other", func(t *testing.T) {
		if n := other.found("zeppelin"); n != 0 { // and the other has the directory in memory from here on
			t.Errorf("found %d times before it was uploaded", n)
		}
		m.upload(shelf, file{"air.txt", []byte("The zeppelin leaves at noon.")})
		m.read(shelf)
		if n := other.found("zeppelin"); n != 1 {
			t.Errorf("found %d times at the other", n)
		}
		m.post("/knowledge/documents/"+m.titled(shelf, file{name: "air.txt"})+"/delete", nil)
		if n := other.found("zeppelin"); n != 0 {
			t.Errorf("found %d times at the other after it was deleted", n)
		}
	})
	t.Run("an answer is followed at the other", func(t *testing.T) {
		tokens, whole := story(60)
		gate := make(chan struct{})
		id := m.asks(aboutHotels+provider.cue(llmtest.Gated(gate, tokens...)), "")
		type seen struct {
			text  string
			ended bool
		}
		here, there := make(chan seen, 1), make(chan seen, 1)
		for at, out := range map[*guest]chan seen{m.guest: here, other.guest: there} {
			go func() { text, ended := at.followed(id); out <- seen{text, ended} }()
		}
		for range tokens {
			gate <- struct{}{}
		}
		for name, out := range map[string]chan seen{"one": here, "the other": there} {
			if s := <-out; !s.ended || s.text != whole {
				t.Errorf("at %s, ended %v:\n%s\nwant\n%s", name, s.ended, s.text, whole)
			}
		}
	})
	t.Run("stopped at the other", func(t *testing.T) {
		cue := provider.cue(endless)
		id := m.asks(aboutHotels+cue, "")
		request := provider.wait(t, cue, 1)
		other.post("/copilot/messages/"+id+"/stop", nil)
		<-request.Gone
		m.becomes(id, "stopped")
		db.comes("stopped", "select outcome from receipts where message_id = $1", id)
	})
	t.Run("withdrawn at the other", func(t *testing.T) {
		cue := provider.cue(endless)
		id := m.asks(aboutHotels+cue, "")
		request := provider.wait(t, cue, 1)
		other.consents("no")
		<-request.Gone
		m.becomes(id, "stopped")
		const late = `select (ms.finished_at - c.at)::text from messages ms, consents c where ms.id = $1 and c.tenant_id = ms.tenant_id and not c.given
			and ms.finished_at > c.at + interval '2 seconds'`
		if by := db.one(late, id); by != "" { // by the rows: a second is promised (P48), the machine is shared
			t.Errorf("cut %s after it was withdrawn", by)
		}
		if a := m.post("/copilot/messages", url.Values{"text": {aboutHotels + cue}}, "HX-Request", "true"); a.status != http.StatusForbidden {
			t.Errorf("the next question: %d", a.status)
		}
		other.consents("yes")
	})
	t.Run("each document is read once", func(*testing.T) {
		var files []file
		for i := range 12 {
			files = append(files, file{fmt.Sprintf("part%d.md", i), []byte(fmt.Sprintf("# Part %d\n\nThe marmot number %d sleeps.\n", i, i))})
		}
		m.upload(shelf, files[:6]...)
		other.upload(shelf, files[6:]...)
		m.read(shelf)
		db.comes("0", "select count(*)::text from river.river_job where state <> 'completed'")
		db.comes("0", "select count(*)::text from river.river_job where attempt <> 1 or cardinality(attempted_by) <> 1")
		db.comes("0", "select count(*)::text from document_versions v where 1 <> (select count(*) from river.river_job j where j.args->>'version' = v.id::text)")
	})
	t.Run("signed out at one", func(t *testing.T) {
		if a := other.get("/home"); a.status != http.StatusOK {
			t.Errorf("before: %d", a.status)
		}
		elsewhere := m.at(two)
		m.post("/sign-out", nil)
		elsewhere.cookie = other.cookie
		if a := elsewhere.get("/home"); a.status != http.StatusSeeOther {
			t.Errorf("signed out at one, the other answers %d", a.status)
		}
	})
	db.soundAfterAll(one, two, provider)
}

func (g *guest) consents(yes string) {
	g.t.Helper()
	a := g.post("/account/consents", url.Values{"consent": {yes}, "provider": {"openai"}, "class": {"message", "kb"}, "surface": {"account"}})
	if a.status != http.StatusSeeOther {
		g.t.Fatalf("consent %s: %d\n%s", yes, a.status, a.body)
	}
}

// soundAfterAll holds the chores of two processes to one outcome: each audit entry sealed once, the ledger whole.
func (d *behind) soundAfterAll(one, two *product, provider *cast) {
	d.t.Helper()
	d.comes("0", "select count(*)::text from audit_entries e where 1 <> (select count(*) from audit_members m where m.tenant_id = e.tenant_id and m.entry_id = e.id)")
	if out, code := one.run(d.t, "audit", "verify"); code != 0 || contains(out, "first_bad") {
		d.t.Errorf("audit verify: exit code %d\n%s", code, out)
	}
	d.balances(one, provider)
	for _, p := range []*product{one, two} {
		if log := p.Log.String(); contains(log, "chore failed") || contains(log, "panic") {
			d.t.Errorf("the log says\n%s", tail(log, 3000))
		}
	}
}

// balances holds the ledger against what the provider received: as many requests, as many bytes, none left open.
func (d *behind) balances(p *product, provider *cast) {
	d.t.Helper()
	var requests int
	var bytes int64
	for _, sum := range p.ledger(d.t) {
		requests, bytes = requests+sum.Requests, bytes+sum.BytesOut
		if sum.Open != 0 || sum.Bad != "" {
			d.t.Errorf("the ledger has %+v", sum)
		}
	}
	if requests != len(provider.Requests()) || bytes != provider.BytesIn() {
		d.t.Errorf("the ledger has %d requests with %d bytes, the provider received %d with %d", requests, bytes, len(provider.Requests()), provider.BytesIn())
	}
}
