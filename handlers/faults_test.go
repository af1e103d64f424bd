package handlers_test

import (
	"context"
	"html"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/llm"
	"aimyorg/llm/llmtest"
	"aimyorg/store"
	"aimyorg/store/storetest"
	"aimyorg/views/words"
)

// impatient is a site whose provider misbehaves once and is well again after, and whose gate waits shorter than the
// product's does. Its log is what an operator would see.
func impatient(t *testing.T, f llmtest.Fault) (*site, *llmtest.Provider, *kept) {
	t.Helper()
	var said kept
	s, provider := answeredBy(t, store.Desk{DB: storetest.DB(t)}, llm.GateConfig{FirstByte: 2 * time.Second, Idle: 2 * time.Second},
		slog.New(slog.NewTextHandler(&said, nil)), f.Reply, llmtest.Say("Whole [1]."))
	return s, provider, &said
}

// answeredBy is a site whose answers come by way of a desk and a gate of its own, from a provider of its own.
func answeredBy(t *testing.T, desk llm.Desk, c llm.GateConfig, log *slog.Logger, replies ...llmtest.Reply) (*site, *llmtest.Provider) {
	t.Helper()
	provider, address := llmtest.Start(t, replies...)
	c.Addresses = []llm.Address{{Provider: domain.OpenAI, BaseURL: address}}
	gate, err := llm.NewGate(c, desk, log)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := llm.New(context.Background(), llm.Config{Desk: desk, Gate: gate, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = runs.Close(context.Background()) })
	return newSite(t, func(c *handlers.Config) { c.Runs = runs }), provider
}

var (
	overAs  = regexp.MustCompile(`data-state="(done|failed|stopped|interrupted)"`)
	nothing = regexp.MustCompile(`<[^>]*>`)
)

// Every misbehaviour of a provider, through the pages: the answer's own says what went wrong and keeps what came, Try
// again answers, the ledger knows how the request ended, and no word of the provider's error is anywhere.
func TestA101_P51_EveryMisbehaviourOfAProviderOnItsPage(t *testing.T) {
	t.Parallel()
	for _, f := range llmtest.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s, provider, log := impatient(t, f)
			o := writing(t, s)
			b := s.as(t, o.Owner)
			_, stream := b.ask("How much may a hotel cost?")
			message := strings.TrimSuffix(stream, "/stream")
			end := ending(t, b.get(stream).must(t, 200).body)
			shown := b.get(message, hx...)
			eventually(t, func() bool { shown = b.get(message, hx...); return overAs.MatchString(shown.body) })
			if end != strings.TrimSpace(shown.body) {
				t.Errorf("the stream ended with\n%s\nread again it is\n%s", end, shown.body)
			}
			r := receiptOf(t, s, o)
			state := b.saysOf(t, f, shown, r)
			if len(provider.Requests()) != 1 || r.BytesOut != provider.BytesIn() {
				t.Errorf("%d bytes are recorded, the provider received %d in %d requests", r.BytesOut, provider.BytesIn(), len(provider.Requests()))
			}
			if state != "done" {
				b.post(message+"/retry", url.Values{}).must(t, 303)
				conversation, _, _ := strings.Cut(b.get(message).header.Get("Location"), "#")
				b.get(conversation).must(t, 200, "Whole", "!"+llmtest.Leak)
			}
			if strings.Contains(log.String(), llmtest.Leak) {
				t.Error("the log holds the provider's text")
			}
		})
	}
}

// saysOf holds an answer's page and ledger row to what a fault must lead to.
func (b *browser) saysOf(t *testing.T, f llmtest.Fault, shown answer, r domain.Receipt) (state string) {
	t.Helper()
	state = overAs.FindStringSubmatch(shown.body)[1]
	text := strings.Join(strings.Fields(html.UnescapeString(nothing.ReplaceAllString(shown.body, " "))), " ")
	sentence, _, _ := strings.Cut(words.Answer(f.Reason, 0), ". ")
	want := map[bool]string{true: "done", false: "failed"}[f.Reason == string(llm.Truncated)]
	outcome := map[string]domain.Outcome{string(llm.Truncated): domain.OutcomeOK, string(llm.ProviderNo): domain.OutcomeRefused}[f.Reason]
	if outcome == "" {
		outcome = domain.OutcomeError
	}
	if state != want || !strings.Contains(shown.body, `data-code="`+f.Reason+`"`) || !strings.Contains(text, strings.TrimSuffix(sentence, ".")) {
		t.Errorf("%s, want %s with %s: %q\n%s", state, want, f.Reason, sentence, text)
	}
	for _, word := range strings.Fields(strings.ReplaceAll(f.Keeps, "[1].", "")) {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not kept\n%s", f.Keeps, text)
		}
	}
	if r.Outcome != outcome || r.EndedAt.IsZero() {
		t.Errorf("the ledger says %s, want %s", r.Outcome, outcome)
	}
	if strings.Contains(shown.body, llmtest.Leak) {
		t.Error("the provider's text is on the page")
	}
	return state
}

// receiptOf is the organization's only row of the ledger.
func receiptOf(t *testing.T, s *site, o storetest.Organization) domain.Receipt {
	t.Helper()
	var rows []domain.Receipt
	if err := s.db.Read(t.Context(), o.Owner, func(x *store.Tenant) (err error) {
		rows, err = x.Receipts(store.ReceiptFilter{Stretch: store.Stretch{Limit: 10}})
		return err
	}); err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows[0]
}
