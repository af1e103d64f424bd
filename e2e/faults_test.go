//go:build e2e

package e2e_test

import (
	"testing"

	"aimyorg/llm/llmtest"
	"aimyorg/trial"
)

// slow are the faults that wait for the product's time-outs of 45 and 60 seconds: llm's own tests hold them, with shorter
// ones.
func slow(f llmtest.Fault) bool { return f.Reason == "provider_stalled" }

func TestEveryMisbehaviourOfAProviderIsSaid(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, _ := onCluster(t, aiSettings(base)...)
	b := settled(t, p).expect("net::ERR", "status of")
	for _, f := range llmtest.Faults() {
		if !slow(f) {
			b.open("/copilot").ask(aboutHotels + provider.cue(f.Reply, llmtest.Say("Whole [1].")))
			b.tells(f)
		}
	}
	sums := p.ledger(t)
	if len(sums) != 1 || sums[0].Requests != len(provider.Requests()) || sums[0].BytesOut != provider.BytesIn() || sums[0].Open != 0 {
		t.Errorf("the ledger has %+v, the provider received %d requests with %d bytes", sums, len(provider.Requests()), provider.BytesIn())
	}
	if contains(p.Log.String(), llmtest.Leak) {
		t.Error("the log holds the provider's text")
	}
}

// conversation is the page that a first question led to.
func (b *tab) conversation() string {
	b.t.Helper()
	b.until("location.pathname.startsWith('/copilot/conversations/')")
	return b.js("location.pathname")
}

// tells holds the newest answer to what a fault must lead to, and tries again.
func (b *tab) tells(f llmtest.Fault) {
	b.t.Helper()
	ended := last + "?.matches('[data-state=done], [data-state=failed], [data-state=stopped], [data-state=interrupted]')"
	if !trial.Holds(3*patience+patience, func() bool { ok, err := eval[bool](b, "Boolean("+ended+")"); return err == nil && ok }) {
		b.t.Errorf("%s: never over", f.Name)
		return
	}
	if code := b.js(last + ".dataset.code"); code != f.Reason {
		b.t.Errorf("%s: the code is %q, want %q", f.Name, code, f.Reason)
	}
	if text := b.answerText(); f.Keeps != "" && !contains(text, f.Keeps[:10]) {
		b.t.Errorf("%s: kept is %q, want %q", f.Name, text, f.Keeps)
	}
	page := b.js("document.body.innerText")
	if contains(page, llmtest.Leak) {
		b.t.Errorf("%s: the provider's text is on the page", f.Name)
	}
	if b.js(last+".dataset.state") == "done" { // an answer that ran to its longest length is one
		return
	}
	if said := b.js(last + ".querySelector('.answer-state')?.innerText"); len(said) < 40 {
		b.t.Errorf("%s: the page says %q", f.Name, b.js(last+".innerText"))
	}
	b.shoot("fault-" + f.Name)
	b.click("[data-retry] button").says("Whole").state("done")
}
