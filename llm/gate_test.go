package llm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/llm/llmtest"
)

func slogTo(l *logs) *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func runsOn(t *testing.T, b *bench, g *llm.Gate) *llm.Runs {
	t.Helper()
	r, err := llm.New(t.Context(), llm.Config{Desk: b.desk, Gate: g, Log: slogTo(b.log), Pace: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTruthTable is PROMISES §4's table: only the first row opens the gate.
func TestP47_TruthTable(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, code string
		close      func(*desk)
	}{
		{"all yes", "", func(*desk) {}},
		{"org switch off", "ai_disabled_by_org", func(d *desk) { d.orgOff = true }},
		{"provider not enabled", "provider_not_enabled", func(d *desk) { d.disabled = true }},
		{"no consent", "consent_required", func(d *desk) { delete(d.consent, "m1") }},
		{"model unlisted", "model_not_allowed", func(d *desk) { d.unlisted = true }},
		{"unknown model", "model_not_allowed", func(d *desk) { d.choice.Model = "llama" }},
		{"gpt over OpenRouter", "model_not_allowed", func(d *desk) { d.choice.Provider, d.choice.Model = domain.OpenRouter, "openai/gpt-4.1" }},
		{":free", "model_not_allowed", func(d *desk) { d.choice.Provider, d.choice.Model = domain.OpenRouter, "x/y:free" }},
		{":online", "model_not_allowed", func(d *desk) { d.choice.Provider, d.choice.Model = domain.OpenRouter, "x/y:online" }},
		{"ledger down", "egress_not_recordable", func(d *desk) { d.ledgerDown = true }},
		{"key store down", "egress_not_recordable", func(d *desk) { d.macDown = true }},
		{"no key", "provider_not_addressed", func(d *desk) { d.choice.Key = llm.Secret{} }},
		{"address not listed", "provider_not_addressed", func(d *desk) { d.choice.BaseURL = "https://evil.example/v1" }},
		{"consent withdrawn after the body was built", "consent_required", func(d *desk) {
			d.onAuthorize = func(n int) {
				if n == 1 { // the only time that it is asked: with the body, in the transaction of the ledger's row
					d.consent["m1"] = false
				}
			}
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			row.close(b.desk)
			m := b.answer("How much leave?")
			if m.Reason != row.code {
				t.Errorf("reason %q, want %q", m.Reason, row.code)
			}
			if row.code == "" {
				if len(b.provider.Requests()) != 1 || m.State != domain.MessageDone {
					t.Errorf("%d requests, %s", len(b.provider.Requests()), m.State)
				}
				return
			}
			b.nothingLeft()
			if len(b.desk.opened) != 0 || m.Text != "" || m.State == domain.MessageDone {
				t.Errorf("%d rows, %q, %s", len(b.desk.opened), m.Text, m.State)
			}
		})
	}
}

// TestWithheld: the table's row of a document that AI may not see, and A90: it is absent from the body.
func TestP43_A90_WithheldDocument(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	secret := passage("t1", 3)
	secret.Text = "CANARY-NO-AI annual leave is secret"
	b.desk.passages["t1"] = append(b.desk.passages["t1"], secret)
	b.desk.noAI["t1-d3"] = true
	b.desk.history = []domain.Message{{Text: "Before?"}, {Answer: true, Quoting: true, Text: "CANARY-QUOTED"},
		{Text: "And?"}, {Answer: true, Text: "Earlier [7] answer"}}
	m := b.answer("How much leave?")
	body := string(b.provider.Requests()[0].Body)
	if m.Withheld != 1 || strings.Contains(body, "CANARY") || !strings.Contains(body, "Earlier  answer") || strings.Contains(body, "Before?") {
		t.Errorf("withheld %d, body %s", m.Withheld, body)
	}
}

// TestBody looks at every byte that leaves: keys, flags, headers, bounds (P39, P42, P43, P45, P56).
func TestP39_P42_P43_Body(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		provider     domain.Provider
		model        string
		want, absent []string
	}{
		{domain.OpenAI, "gpt-4.1", []string{`"store":false`, `"max_completion_tokens":4096`, `"temperature":0.2`}, []string{`"provider"`, `"max_tokens"`}},
		{domain.OpenAI, "gpt-5-mini", []string{`"store":false`}, []string{"temperature"}},
		{domain.OpenAI, "o3-mini", []string{`"store":false`}, []string{"temperature", `"system"`}},
		{domain.OpenRouter, "anthropic/claude-sonnet-4", []string{
			`"provider":{"data_collection":"deny","zdr":true,"allow_fallbacks":false,"only":["amazon-bedrock"]}`, `"max_tokens":4096`}, []string{`"store"`}},
		{domain.Compatible, "llama-3.3", []string{`"max_tokens":4096`}, []string{`"store"`, `"provider"`}},
	} {
		b := newBenchWith(t, llm.GateConfig{OpenRouterOnly: []string{"amazon-bedrock"}}, llmtest.OpenRouter("Amazon Bedrock", "Thirty days [1]."))
		b.desk.choice.Provider, b.desk.choice.Model = c.provider, c.model
		for n := 3; n < 20; n++ {
			b.desk.passages["t1"] = append(b.desk.passages["t1"], passage("t1", n))
		}
		m := b.answer("How much leave {{.Env}} {% include '/etc/passwd' %} do people have?")
		if m.State != domain.MessageDone || m.Text != "Thirty days [1]." {
			t.Fatalf("%s: %s %s %q", c.model, m.State, m.Reason, m.Text)
		}
		req := b.provider.Requests()[0]
		body := string(req.Body)
		checkKeys(t, req.Body)
		for _, want := range append(c.want, "{{.Env}} {% include", "[8] Handbook 8", `"include_usage":true`) {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in %s", c.model, want, body)
			}
		}
		for _, absent := range append(c.absent, "[9]", "m1", "c-m1", "KEY") {
			if strings.Contains(body, absent) {
				t.Errorf("%s: %s in %s", c.model, absent, body)
			}
		}
		if req.Path != "/v1/chat/completions" || req.Header.Get("Authorization") != "Bearer sk-test-KEY" || len(req.Header) > 5 {
			t.Errorf("%s %v", req.Path, req.Header)
		}
		r := b.receipt()
		if r.BodyMAC != mac(b.actor, req.Body) || r.BytesOut != int64(len(req.Body)) || len(r.Sources) != 8 || r.Outcome != domain.OutcomeOK ||
			r.TokensIn != 321 || r.TokensOut != 12 || r.Estimated || fmt.Sprint(r.Classes) != "[message kb]" || r.PolicyVersion != 3 || r.Status != 200 ||
			r.Served == "" || r.ServedBy != "Amazon Bedrock" || r.Upstream != "gen-scripted" || len(r.Consents) != 1 || r.BytesIn == 0 {
			t.Errorf("receipt %+v", r)
		}
	}
}

func checkKeys(t *testing.T, body []byte) {
	t.Helper()
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(body, &keys); err != nil {
		t.Fatal(err)
	}
	allowed := "model messages temperature max_tokens max_completion_tokens stream stream_options store provider"
	for k := range keys {
		if !strings.Contains(allowed, k) {
			t.Errorf("key %q", k)
		}
	}
}

// TestViolation: an answer of a provider that is not on the list is withheld (P56).
func TestP56_Violation(t *testing.T) {
	t.Parallel()
	for _, servedBy := range []string{"Shady", ""} {
		b := newBenchWith(t, llm.GateConfig{OpenRouterOnly: []string{"amazon-bedrock", "azure/eu"}}, llmtest.OpenRouter(servedBy, "secret ", "text"))
		b.desk.choice.Provider, b.desk.choice.Model = domain.OpenRouter, "anthropic/claude-sonnet-4"
		m := b.answer("How much leave?")
		if m.Text != "" || m.Reason != "provider_violation" || b.receipt().Outcome != domain.OutcomeViolation {
			t.Errorf("%q: %q %s %s", servedBy, m.Text, m.Reason, b.receipt().Outcome)
		}
	}
}

// TestGateAlone: the transport refuses whatever did not come through ask, and sees through names that resolve inside.
func TestP44_GateAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	client := &http.Client{Transport: b.gate}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.desk.choice.BaseURL+"/chat/completions", bytes.NewReader([]byte("{}")))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Do(req); err == nil {
		resp.Body.Close()
		t.Error("a request without a grant went out")
	}
	b.nothingLeft()
}

// TestDialControl: a host that must be public, but is not, is refused when the address is known: DNS rebinding (P44).
func TestP44_DialControl(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := strings.Replace(b.desk.choice.BaseURL, "http://127.0.0.1", "https://localhost", 1)
	g, err := llm.NewGate(llm.GateConfig{Addresses: []llm.Address{{Provider: domain.OpenAI, BaseURL: base, Public: true}}}, b.desk, slogTo(b.log))
	if err != nil {
		t.Fatal(err)
	}
	b.desk.choice.BaseURL = base
	b.runs = runsOn(t, b, g)
	if m := b.answer("How much leave?"); m.Reason != "provider_unreachable" {
		t.Errorf("reason %s", m.Reason)
	}
	b.nothingLeft()
	if r := b.receipt(); r.BytesOut != 0 {
		t.Errorf("receipt %+v", r)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, bad := range []llm.Address{{domain.OpenAI, "http://api.example/v1", true}, {domain.OpenAI, "ftp://x/v1", false},
		{domain.OpenAI, "https://user:pw@x/v1", false}, {domain.OpenAI, "/v1", false}, {domain.OpenAI, "https://x/v1?a=b", false}} {
		if _, err := llm.NewGate(llm.GateConfig{Addresses: []llm.Address{bad}}, newDesk(""), slogTo(&logs{})); err == nil {
			t.Errorf("%s accepted", bad.BaseURL)
		}
	}
	g, err := llm.NewGate(llm.GateConfig{}, newDesk(""), slogTo(&logs{}))
	if err != nil || !g.Listed(domain.OpenAI, "https://api.openai.com/v1/") || !g.Listed(domain.OpenRouter, "https://openrouter.ai/api/v1") ||
		g.Listed(domain.Compatible, "https://api.openai.com/v1") {
		t.Error("built-in addresses", err)
	}
}

// TestRedirect: no redirect is followed (counted: one request).
func TestP44_NoRedirect(t *testing.T) {
	t.Parallel()
	b := newBench(t, llmtest.Redirect, llmtest.Say("should not be asked"))
	m := b.answer("How much leave?")
	if len(b.provider.Requests()) != 1 || m.Text != "" {
		t.Errorf("%d requests, %q", len(b.provider.Requests()), m.Text)
	}
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	s := domain.NewSecret("sk-live")
	c := llm.Choice{Key: s}
	j, err := json.Marshal(c)
	var l logs
	slogTo(&l).Info("x", "key", s, "choice", c)
	all := fmt.Sprintf("%v %+v %#v %s %q %x %d", c, c, c, s, s, s, s) + string(j) + l.String()
	if err != nil || strings.Contains(all, "sk-live") || strings.Contains(all, "736b2d") {
		t.Error(all, err)
	}
}

// TestRedact: the slot is used before the row is written, so the row and the wire agree.
func TestRedact(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, llm.GateConfig{Redact: func(s string) string { return strings.ReplaceAll(s, "thirty", "[redacted]") }})
	b.answer("How much leave?")
	req := b.provider.Requests()[0]
	if strings.Contains(string(req.Body), "thirty") || b.receipt().BodyMAC != mac(b.actor, req.Body) {
		t.Error(string(req.Body))
	}
}

// TestTry is the admin's test button: no data, no consent, one recorded request.
func TestTry(t *testing.T) {
	t.Parallel()
	b := newBench(t, llmtest.Say("ready"), llmtest.Status(429, "", "Retry-After", "9"))
	delete(b.desk.consent, "m1")
	tried := b.runs.Try(t.Context(), b.actor, domain.OpenAI)
	if tried.Reason != "" {
		t.Error(tried)
	}
	if r := b.receipt(); r.ID != tried.Receipt || len(r.Classes) != 0 || r.Purpose != domain.PurposeTest || r.Outcome != domain.OutcomeOK {
		t.Errorf("%+v", r)
	}
	if tried = b.runs.Try(t.Context(), b.actor, domain.OpenAI); tried.Reason != llm.Busy || tried.Wait != 9 {
		t.Error(tried)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if p, err := b.runs.Ready(t.Context(), b.actor); err != nil || p != domain.OpenAI {
		t.Error(p, err)
	}
	b.desk.consent["m1"] = false
	_, err := b.runs.Ready(t.Context(), b.actor)
	var refused domain.Refused
	if !errors.As(err, &refused) || refused.Code != "consent_required" {
		t.Error(err)
	}
	b.desk.choice = llm.Choice{Provider: domain.NoProvider}
	if p, err := b.runs.Ready(context.Background(), b.actor); err != nil || p != domain.NoProvider {
		t.Error(p, err)
	}
}

// TestSample: what the admin is shown is what a provider would get, byte for byte, and nothing leaves.
func TestSampleIsWhatIsSent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	parts := []llm.Part{llm.KBChunk{Passage: passage("t1", 1)}, llm.KBChunk{Passage: passage("t1", 2)}, llm.Message{Text: "How much leave?"}}
	body, flags, err := b.gate.Sample(t.Context(), domain.OpenAI, "gpt-4.1", parts...)
	if err != nil || fmt.Sprint(flags) != "[store:false]" {
		t.Fatal(flags, err)
	}
	b.nothingLeft()
	b.answer("How much leave?")
	if sent := b.provider.Requests()[0].Body; !bytes.Equal(sent, body) {
		t.Errorf("shown %s\nsent %s", body, sent)
	}
	if _, _, err := b.gate.Sample(t.Context(), domain.OpenRouter, "openai/gpt-4.1"); err == nil {
		t.Error("a sample for a model that is not allowed")
	}
}

// An answer does not dial where one has just been, also when a provider ends its response some time after [DONE]; and one
// that leaves it open holds up no answer.
func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	defer close(open)
	late := func(x *llmtest.Exchange) {
		llmtest.Say("one")(x)
		x.Wait(60 * time.Millisecond)
	}
	never := func(x *llmtest.Exchange) {
		llmtest.Say("three")(x)
		<-open
	}
	b := newBench(t, late, late, never, late)
	for i, connections := range []int{1, 1, 1, 2} {
		if m := b.answer("How much leave?"); m.State != domain.MessageDone {
			t.Errorf("answer %d: %s, %s", i, m.State, m.Reason)
		}
		if n := b.provider.Connections(); n != connections {
			t.Errorf("answer %d: %d connections, want %d", i, n, connections)
		}
	}
}
