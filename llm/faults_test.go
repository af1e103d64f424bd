package llm_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/llm/llmtest"
)

// TestFaults takes every misbehaviour of a provider through a whole answer: the stable reason, the text that came kept,
// the ledger row closed with the bytes that the provider really got, and no word of the provider in a log.
func TestFaults_A101_P51(t *testing.T) {
	t.Parallel()
	for _, f := range llmtest.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, f.Reply)
			m := b.answer("How much leave do people have?")
			if m.Reason != f.Reason || m.Text != f.Keeps {
				t.Errorf("reason %q, text %q; want %q, %q", m.Reason, m.Text, f.Reason, f.Keeps)
			}
			if !m.State.Over() || m.State == domain.MessageDone != (f.Reason == string(llm.Truncated)) {
				t.Errorf("state %s", m.State)
			}
			if strings.Contains(f.Keeps, "[1]") && len(m.Citations) != 1 {
				t.Errorf("citations %v", m.Citations)
			}
			r := b.receipt()
			if r.BytesOut != b.provider.BytesIn() || len(b.provider.Requests()) != 1 || r.ID != m.Receipt {
				t.Errorf("row says %d bytes, provider got %d in %d requests", r.BytesOut, b.provider.BytesIn(), len(b.provider.Requests()))
			}
			if r.Outcome == domain.OutcomeStarted || r.Outcome == domain.OutcomeOK && f.Reason != string(llm.Truncated) {
				t.Errorf("outcome %s", r.Outcome)
			}
			if s := b.log.String(); strings.Contains(s, llmtest.Leak) || strings.Contains(s, "sk-") {
				t.Errorf("log: %s", s)
			}
		})
	}
}

// TestReasonsAreListed holds the closed list.
func TestReasonsAreListed(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, r := range llm.Reasons {
		listed[string(r)] = true
	}
	for _, f := range llmtest.Faults() {
		if !listed[f.Reason] {
			t.Error(f.Reason)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int{"7": 7, "0.2": 1, "Thu, 01 Jan 2026 12:01:30 GMT": 90, "Thu, 01 Jan 2026 11:00:00 GMT": 0,
		"soon": 0, "-3": 0, "1e9": 86400, "NaN": 0, "": 0} {
		b := newBench(t, llmtest.Status(429, "", "Retry-After", value))
		if m := b.answer("How much leave?"); m.RetryAfter != want || m.Reason != "provider_busy" {
			t.Errorf("%q gave %d, %s; want %d", value, m.RetryAfter, m.Reason, want)
		}
	}
}

// TestHugeLine: a line that langchaingo's scanner could not read is read.
func TestHugeLine(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, llm.GateConfig{MaxTokens: 100_000}, llmtest.HugeLine(200_000))
	if m := b.answer("How much leave?"); len(m.Text) != 200_000 || m.State != domain.MessageDone || m.Reason != "" {
		t.Errorf("%d bytes, %s, %s", len(m.Text), m.State, m.Reason)
	}
}

// TestBudget: what exceeds the reserved worst case is cut.
func TestBudget(t *testing.T) {
	t.Parallel()
	endless := func(x *llmtest.Exchange) {
		x.Begin()
		for x.Request.Context().Err() == nil {
			x.Text("word word word word ")
		}
	}
	b := newBenchWith(t, llm.GateConfig{MaxTokens: 100}, endless)
	m := b.answer("How much leave?")
	if m.Reason != "answer_truncated" || m.State != domain.MessageDone || len(m.Text) > 1000 || len(m.Text) < 400 {
		t.Errorf("%d bytes, %s, %s", len(m.Text), m.State, m.Reason)
	}
	if r := b.receipt(); !r.Estimated || r.TokensOut < 100 || r.TokensIn == 0 {
		t.Errorf("receipt %+v", r)
	}
}

// TestWhole: a long but talkative answer ends at the whole limit.
func TestWholeLimit(t *testing.T) {
	t.Parallel()
	drip := llmtest.Slowly(20*time.Millisecond, strings.Split(strings.Repeat("w ", 1000), " ")...)
	b := newBenchWith(t, llm.GateConfig{Whole: 300 * time.Millisecond}, drip)
	if m := b.answer("How much leave?"); m.Reason != "answer_truncated" || m.Text == "" {
		t.Errorf("%q, %s", m.Text, m.Reason)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const nobody = "http://127.0.0.1:1/v1"
	g, err := llm.NewGate(llm.GateConfig{Addresses: []llm.Address{{Provider: domain.OpenAI, BaseURL: nobody}}}, b.desk, slogTo(b.log))
	if err != nil {
		t.Fatal(err)
	}
	b.desk.choice.BaseURL = nobody
	b.runs = runsOn(t, b, g)
	if m := b.answer("How much leave?"); m.Reason != "provider_unreachable" || m.State != domain.MessageFailed {
		t.Errorf("%s %s", m.State, m.Reason)
	}
	if r := b.receipt(); r.BytesOut != 0 || r.Outcome != domain.OutcomeError {
		t.Errorf("receipt %+v", r)
	}
}

// A database that restarts while an answer ends does not leave its ledger row open.
func TestP51_ClosingIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, llmtest.Say("Twenty days [1]."))
	b.desk.closeDown = 2
	if m := b.answer("How much leave?"); m.State != domain.MessageDone {
		t.Errorf("%s %s", m.State, m.Reason)
	}
	if r := b.receipt(); r.Outcome != domain.OutcomeOK {
		t.Errorf("outcome %s", r.Outcome)
	}
}
