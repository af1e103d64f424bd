package handlers_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/llm/llmtest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

var (
	streamOf = regexp.MustCompile(`data-stream="([^"]+)"`)
	hx       = []string{"HX-Request", "true"}
)

// writing founds an organization whose Copilot writes with the scripted provider, with one document.
func writing(t *testing.T, s *site) storetest.Organization {
	t.Helper()
	o := storetest.New(t, s.db)
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		f := store.ProviderForm{Provider: domain.OpenAI, Enabled: true, Key: "sk-test-key", Models: []string{"gpt-4.1"}, Default: "gpt-4.1"}
		if err := x.SaveProvider(f); err != nil {
			return err
		}
		return x.ChooseProvider(domain.OpenAI)
	})
	o.Document(t, o.Collection(t, domain.CollectionForm{}), "Travel policy", "A hotel may cost up to 140 euros a night.")
	return o
}

// ask posts a question as the page's script does and gives the address of the answer's stream.
func (b *browser) ask(text string, more ...string) (answer, string) {
	b.t.Helper()
	form := url.Values{"text": {text}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	a := b.post("/copilot/messages", form, hx...)
	m := streamOf.FindStringSubmatch(a.body)
	if m == nil {
		return a, ""
	}
	return a, m[1]
}

// follow opens a stream and gives its events' lines as they come.
func (b *browser) follow(ctx context.Context, path string, header ...string) *bufio.Scanner {
	b.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Cookie", b.cookie)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		b.t.Fatalf("stream: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	return bufio.NewScanner(res.Body)
}

// until reads lines until one holds a text.
func until(t *testing.T, lines *bufio.Scanner, text string) string {
	t.Helper()
	var all strings.Builder
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), text) {
			return all.String()
		}
	}
	t.Fatalf("the stream ended before %q:\n%s", text, all.String())
	return ""
}

func TestCopilotAnswersWithCitations(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	s.provider.Script(llmtest.Say("At most **140 euros** ", "a night [1]."))
	b := s.as(t, o.People[domain.Staff])
	b.consent(t)
	a, stream := b.ask("How much may a hotel cost?")
	a.must(t, 200, "How much may a hotel cost?", `data-state="pending"`)
	all := until(t, b.follow(t.Context(), stream), "event: done")
	if !strings.Contains(all, "<strong>140 euros</strong>") {
		t.Error(all)
	}
	message := strings.TrimSuffix(stream, "/stream")
	b.get(message, hx...).must(t, 200, `class="cite"`, "Travel policy", "1 passage", "OpenAI", `data-state="done"`)
	b.get(message).must(t, 303)
	conversation, _, _ := strings.Cut(b.get(message).header.Get("Location"), "#")
	b.get(conversation).must(t, 200, "<strong>140 euros</strong>", "How much may a hotel cost?")
	b.get(conversation+"/delete").must(t, 200, "2\u00a0messages", "<html")
	b.get(conversation+"/delete", hx...).must(t, 200, "2\u00a0messages", "<dialog", "!<html")
	t.Run("in another organization", func(t *testing.T) {
		other := s.as(t, storetest.New(t, s.db).Owner)
		for _, path := range []string{message, conversation, conversation + "/delete"} {
			other.get(path, hx...).must(t, 404, "!140 euros")
		}
		for _, path := range []string{message + "/stop", message + "/retry", conversation + "/delete", conversation + "/title"} {
			other.post(path, url.Values{"title": {"x"}}).must(t, 404)
		}
		until(t, other.follow(t.Context(), stream), "event: done")
		if a, _ := other.ask("x", "conversation", conversation[len("/copilot/conversations/"):]); a.status != 404 {
			t.Error("went on with another's conversation", a.status)
		}
	})
	t.Run("of a colleague", func(t *testing.T) {
		s.as(t, o.Owner).get(conversation).must(t, 404)
	})
	t.Run("of nobody", func(t *testing.T) {
		s.nobody(t).get(conversation).must(t, 303)
		if all := until(t, s.nobody(t).follow(t.Context(), stream), "event: done"); strings.Contains(all, "140") {
			t.Error(all)
		}
	})
}

// opened is a gate that lets one token through.
func opened() chan struct{} {
	gate := make(chan struct{}, 1)
	gate <- struct{}{}
	return gate
}

// consent agrees to what the Copilot sends, as the panel's card does.
func (b *browser) consent(t *testing.T) {
	t.Helper()
	b.say(t, "yes").must(t, 303)
}

func (b *browser) say(t *testing.T, yes string) answer {
	t.Helper()
	return b.post("/account/consents", url.Values{"consent": {yes}, "provider": {"openai"}, "class": {"message", "kb"}, "surface": {"panel"}})
}

func TestP47_NothingIsSentWithoutConsent(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	b := s.as(t, o.People[domain.Staff])
	a, stream := b.ask("How much may a hotel cost?")
	a.must(t, 403, `consent_required`)
	if stream != "" || len(s.provider.Requests()) != 0 {
		t.Error("asked the provider", stream)
	}
	b.get("/home").must(t, 200, "consent_required")
	b.get("/copilot").must(t, 200, "consent_required")
}

func TestP48_WithdrawalCutsARunningAnswer(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	gate := opened()
	defer close(gate)
	s.provider.Script(llmtest.Gated(gate, "One ", "two"))
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	lines := b.follow(t.Context(), stream)
	until(t, lines, "One")
	begun := time.Now()
	s.as(t, o.Owner).say(t, "no").must(t, 303)
	until(t, lines, "event: done")
	t.Log("cut after", time.Since(begun))
	b.get(strings.TrimSuffix(stream, "/stream"), hx...).must(t, 200, `data-code="consent_withdrawn"`, "One")
	requests := s.provider.Requests()
	select {
	case <-requests[0].Gone:
	case <-time.After(10 * time.Second):
		t.Error("the provider still writes")
	}
}

func TestStopClosesUpstreamAndRetryAnswersAgain(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	gate := opened()
	defer close(gate)
	s.provider.Script(llmtest.Gated(gate, "One ", "two"), llmtest.Say("Whole answer"))
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	message := strings.TrimSuffix(stream, "/stream")
	lines := b.follow(t.Context(), stream)
	until(t, lines, "One")
	begun := time.Now()
	b.post(message+"/stop", nil, hx...).must(t, 200, `data-state="stopped"`, "One")
	<-s.provider.Requests()[0].Gone
	t.Log("upstream closed after", time.Since(begun))
	until(t, lines, "event: done")
	again := b.post(message+"/retry", nil, hx...).must(t, 200, "data-stream")
	next := streamOf.FindStringSubmatch(again.body)[1]
	until(t, b.follow(t.Context(), next), "Whole answer")
	until(t, b.follow(t.Context(), next), "event: done")
	b.post(strings.TrimSuffix(next, "/stream")+"/retry", nil, hx...).must(t, 409)
}

func TestA38_LastEventIDIsAHint(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	s.provider.Script(llmtest.Say("First block.\n\nSecond block."))
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	whole := until(t, b.follow(t.Context(), stream), "event: done")
	if !strings.Contains(whole, "First block.") {
		t.Fatal(whole)
	}
	for _, id := range []string{"-1", "x", "99999999", "1e9", strings.Repeat("9", 300), "01900000-0000-7000-8000-000000000000"} {
		until(t, b.follow(t.Context(), stream, "Last-Event-ID", id), "event: done")
	}
	rest := until(t, b.follow(t.Context(), stream, "Last-Event-ID", "14"), "event: done")
	if strings.Contains(rest, "First") || !strings.Contains(rest, "Second block.") {
		t.Error(rest)
	}
}

func TestA111_StreamsAreCapped(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	gate := opened()
	defer close(gate)
	s.provider.Script(llmtest.Gated(gate, "One ", "two"))
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	for range 6 {
		until(t, b.follow(t.Context(), stream), "One")
	}
	r := b.get(stream)
	if r.status != 429 || r.header.Get("Retry-After") == "" {
		t.Error(r.status, r.header)
	}
	s.as(t, o.People[domain.Admin]).get("/home").must(t, 200)
}

func TestA114_QuestionsAreBounded(t *testing.T) {
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	long := strings.Repeat("word ", 4000)
	a, _ := b.ask(long)
	a.must(t, 422, "too_long", "word word")
	a, _ = b.ask(" \n ")
	a.must(t, 422, "required")
	b.post("/copilot/messages", url.Values{"text": {strings.Repeat("x", 1<<20)}}).must(t, 422)
	b.post("/copilot/messages", url.Values{"text": {strings.Repeat("x", 3<<20)}}).must(t, 413)
}

// Forty questions at once by one person, and a conversation that has gone on for long: as many are answered as may be, the
// others are told to wait, and nothing of them stays.
func TestA114_ManyQuestionsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	gate := make(chan struct{})
	s.provider.Script(llmtest.Gated(gate, "One"))
	b := s.as(t, o.Owner)
	var taken, refused atomic.Int64
	var askers sync.WaitGroup
	for range 40 {
		askers.Go(func() {
			a, stream := b.ask("How much may a hotel cost?")
			switch {
			case a.status == 200 && stream != "":
				taken.Add(1)
			case a.status == 429 && a.header.Get("Retry-After") != "":
				refused.Add(1)
			default:
				t.Errorf("%d", a.status)
			}
		})
	}
	askers.Wait()
	close(gate)
	if taken.Load() != 3 || refused.Load() != 37 {
		t.Errorf("%d taken, %d told to wait", taken.Load(), refused.Load())
	}
	var messages int
	err := storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from messages where tenant_id = $1", o.Owner.Tenant()).Scan(&messages)
	if err != nil || messages != 6 {
		t.Errorf("%d messages stay, %v", messages, err)
	}
}

// A conversation that goes on and on: its page and what leaves for its next question are as long as any other's, until it is full.
func TestA114_EndlessConversations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	until(t, b.follow(t.Context(), stream), "event: done")
	conversation, _, _ := strings.Cut(b.get(strings.TrimSuffix(stream, "/stream")).header.Get("Location"), "#")
	id := strings.TrimPrefix(conversation, "/copilot/conversations/")
	_, err := storetest.Superuser(t).Exec(t.Context(), `insert into messages select (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid()))).*
		from messages m, generate_series(1, 998) where m.tenant_id = $1 and m.conversation_id = $2`, o.Owner.Tenant(), id)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.get(conversation).must(t, 200).body, "<article"); n > 60 {
		t.Errorf("%d messages on a page", n)
	}
	a, stream := b.ask("And a train?", "conversation", id)
	if stream == "" {
		t.Fatal(a.status)
	}
	until(t, b.follow(t.Context(), stream), "event: done")
	requests := s.provider.Requests()
	if n := len(requests[len(requests)-1].Body); n > 100<<10 {
		t.Errorf("%d bytes left", n)
	}
	a, _ = b.ask("And a ship?", "conversation", id)
	a.must(t, 422, "This conversation is full.")
}

func TestQuotingWaitsForAPlainForm(t *testing.T) {
	s := newSite(t)
	o := storetest.New(t, s.db)
	o.Document(t, o.Collection(t, domain.CollectionForm{}), "Travel policy", "A hotel may cost up to 140 euros a night.")
	b := s.as(t, o.Owner)
	a := b.post("/copilot/messages", url.Values{"text": {"How much may a hotel cost?"}}).must(t, 303)
	path, _, _ := strings.Cut(a.header.Get("Location"), "#")
	b.get(path).must(t, 200, "140 euros a night", `data-state="done"`, "Nothing left")
	a = b.post("/copilot/messages", url.Values{"text": {"Who discovered the moons of Jupiter?"}}).must(t, 303)
	path, _, _ = strings.Cut(a.header.Get("Location"), "#")
	b.get(path).must(t, 200, "The documents don't say")
	b.post(path+"/title", url.Values{"title": {"Moons <script>"}}).must(t, 303)
	b.get("/copilot?q=moons").must(t, 200, "Moons &lt;script&gt;")
	b.post(path+"/title", url.Values{"title": {" "}}).must(t, 422, "Give the conversation a name.")
	b.get(path+"/delete").must(t, 200, "Delete conversation")
	b.post(path+"/delete", nil).must(t, 303)
	b.get(path).must(t, 404)
}

func TestProviderFaultsAreSaidInWords(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	b := s.as(t, o.Owner)
	for _, f := range []string{"401", "429", "500"} {
		reply, ok := llmtest.FaultNamed(f)
		if !ok {
			continue
		}
		s.provider.Script(reply)
		_, stream := b.ask("How much may a hotel cost?")
		until(t, b.follow(t.Context(), stream), "event: done")
		b.get(strings.TrimSuffix(stream, "/stream"), hx...).must(t, 200, `data-state="failed"`, "data-retry", "!"+llmtest.Leak)
	}
}

func TestP51_SwitchedOffOrWithoutPermissionNothingIsAsked(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	owner := s.as(t, o.Owner)
	owner.post("/admin/ai/switch", url.Values{"enabled": {"false"}}, hx...).must(t, 200)
	a, _ := owner.ask("x y z")
	a.must(t, 403, "ai_disabled_by_org")
	s.as(t, o.People[domain.Auditor]).post("/copilot/messages", url.Values{"text": {"x"}}).must(t, 404)
	if n := len(s.provider.Requests()); n != 0 {
		t.Error(n, "requests")
	}
}

func TestAISettings(t *testing.T) {
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/admin/ai").must(t, 200, "What AI may see")
	path := "/admin/ai/providers/openai"
	b.post(path, url.Values{"key": {"sk-secret-canary"}, "models": {"gpt-4.1\ngpt-4o"}, "default": {"gpt-4.1"}}, hx...).must(t, 200, "!sk-secret-canary")
	b.post(path, url.Values{"models": {"openai/gpt-4.1"}}, hx...).must(t, 422, "model_not_allowed")
	b.post(path+"/enabled", url.Values{"enabled": {"true"}}, hx...).must(t, 200)
	b.post("/admin/ai/provider", url.Values{"provider": {"openai"}}, hx...).must(t, 200)
	b.get("/admin/ai").must(t, 200, "!sk-secret-canary", "gpt-4o", "The whole request", "&#34;store&#34;: false", "(the question)")
	tried := b.post(path+"/test", nil, hx...).must(t, 200, "Works", "What was sent")
	b.get("/admin/egress/"+between(t, tried.body, `href="/admin/egress/`, `"`)).must(t, 200, "OpenAI")
	if auth := s.provider.Requests()[0].Header.Get("Authorization"); auth != "Bearer sk-secret-canary" {
		t.Error(auth)
	}
	b.post("/admin/ai/providers/evil", url.Values{}, hx...).must(t, 404)
	b.post("/admin/ai/provider", url.Values{"provider": {"evil"}}, hx...).must(t, 422)
	for _, role := range []domain.Role{domain.Manager, domain.Staff, domain.Auditor} {
		s.as(t, o.People[role]).get("/admin/ai").must(t, 404)
		s.as(t, o.People[role]).post(path+"/test", nil).must(t, 404)
	}
}

func TestTheCopilotLooksIntoTheDocumentBesideIt(t *testing.T) {
	s := newSite(t)
	o := storetest.New(t, s.db)
	c := o.Collection(t, domain.CollectionForm{})
	o.Document(t, c, "Lease", "The rent is due on the third working day.")
	d := o.Document(t, c, "Cleaning", "The office is cleaned on Tuesdays.")
	b := s.as(t, o.Owner)
	b.get("/knowledge/documents/"+string(d.ID)).must(t, 200, `name="document" value="`+string(d.ID)+`"`, "Knows that you are on")
	b.get("/home").must(t, 200, "!Knows that you are on")
	desk, summarise := store.Desk{DB: s.db}, func([]domain.Message) string { return "Summarise this, also the rent" }
	brief, err := desk.Brief(t.Context(), o.Owner, domain.Message{Conversation: d.ID, About: d.ID}, 8, summarise)
	if err != nil || len(brief.Passages) != 2 || brief.Passages[0].Document != d.ID {
		t.Fatal(brief.Passages, err)
	}
	other := storetest.New(t, s.db)
	if brief, err = desk.Brief(t.Context(), other.Owner, domain.Message{Conversation: d.ID, About: d.ID}, 8, summarise); err != nil || len(brief.Passages) != 0 {
		t.Fatal(brief.Passages, err)
	}
	if _, stream := s.as(t, other.Owner).ask("Summarise this", "document", string(d.ID)); stream == "" {
		t.Error("a document of another organization must be left out, not refused")
	}
}

func TestP51_AnInterruptedAnswerSaysWhereItWent(t *testing.T) {
	s := newSite(t)
	o := writing(t, s)
	gate := opened()
	defer close(gate)
	s.provider.Script(llmtest.Gated(gate, "One ", "two"))
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	until(t, b.follow(t.Context(), stream), "One")
	// What a killed server leaves: the message's provider is only saved with its end. This server lives, and may beat at any
	// moment in between: then the answer is lost once more.
	conn, message := storetest.Superuser(t), strings.TrimSuffix(stream, "/stream")
	eventually(t, func() bool {
		_, err := conn.Exec(t.Context(), "update messages set beat_at = now() - interval '1 hour' where id = $1", strings.TrimPrefix(message, "/copilot/messages/"))
		if err != nil {
			t.Fatal(err)
		}
		lost, err := s.db.Lost(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lost {
			if err := s.db.Interrupt(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		return strings.Contains(b.get(message, hx...).body, `data-state="interrupted"`)
	})
	b.get(message, hx...).must(t, 200, "1 passage from 1 document went to OpenAI", "!Built-in")
}

// A45: every conversation can be come to, in pages, with and without words, beside an open one; what the address says is clamped.
func TestA45_ConversationsArePaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	var first domain.ID
	for i := range 101 {
		storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
			q, _, err := x.Ask("", fmt.Sprintf("Paper %03d?", i))
			if i == 0 {
				first = q.Conversation
			}
			return err
		})
	}
	b := s.as(t, o.Owner)
	next := func(a answer) string {
		return strings.ReplaceAll(between(t, a.body[strings.Index(a.body, `class="pager"`):], `href="`, `"`), "&amp;", "&")
	}
	for _, start := range []string{"/copilot", "/copilot?q=paper", "/copilot/conversations/" + string(first)} {
		a := b.get(start).must(t, 200, "Paper 100?", "Paper 051?", "!Paper 050?", `rel="next"`, `!rel="prev"`)
		path, _, _ := strings.Cut(start, "?")
		if !strings.HasPrefix(next(a), path+"?") {
			t.Errorf("from %s on to %s", start, next(a))
		}
		b.get(next(a)).must(t, 200, "Paper 050?", "Paper 001?", "!Paper 051?", `rel="next"`, `rel="prev"`)
	}
	b.get("/copilot?from=100").must(t, 200, "Paper 000?", "!Paper 001?", `!rel="next"`, `rel="prev"`)
	for _, from := range []string{"-1", "1e9", "1073741824", "49", "x"} {
		b.get("/copilot?from="+from).must(t, 200, "Paper 100?", "Paper 051?", "!Paper 050?", `!rel="prev"`)
	}
	s.as(t, o.People[domain.Admin]).get("/copilot?from=50").must(t, 200, "!Paper")
	s.as(t, storetest.New(t, s.db).Owner).get("/copilot?from=50").must(t, 200, "!Paper")
}
