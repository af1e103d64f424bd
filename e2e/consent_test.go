//go:build e2e

package e2e_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"aimyorg/llm/llmtest"
)

// cut waits until a running request's connection is closed, and says how long it took.
func cut(t *testing.T, r *llmtest.Request, what string, begun time.Time) {
	t.Helper()
	select {
	case <-r.Gone:
		t.Logf("%s reached the provider after %v", what, time.Since(begun))
	case <-time.After(2 * time.Second): // a second is promised; the machine is shared
		t.Errorf("%s did not reach the provider within 2 s", what)
	}
}

func TestP48_WithdrawnConsentCutsTheRunningAnswer(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t)).expect("status of 403")
	cue := world.cast.cue(endless)
	b.open("/copilot").ask(aboutHotels + cue).says("word 3 ")
	other := b.another().open("/account/data")
	begun := time.Now()
	other.click("#consent-openai .recipient-head button[value=no]")
	cut(t, world.cast.got(cue)[0], "withdrawing", begun)
	b.until(last + "?.matches('[data-code=consent_withdrawn]')")
	if !contains(b.answerText(), "word 3 ") {
		t.Errorf("what came is gone: %q", b.answerText())
	}
	other.sees("#consents .said", "Withdrawn").sound("consent-withdrawn")

	before := len(world.cast.got(cue))
	b.ask2(aboutHotels + cue).there("#ask .consent")
	a := b.guest().post("/copilot/messages", url.Values{"text": {aboutHotels + cue}}, "HX-Request", "true")
	if a.status != http.StatusForbidden || !contains(a.body, "consent_required") {
		t.Errorf("P47: a question without consent: %d\n%s", a.status, a.body)
	}
	if n := len(world.cast.got(cue)); n != before {
		t.Errorf("P47: the provider received %d requests without consent", n-before)
	}
	b.click("#ask .consent button[value=yes]").there("#ask textarea")
}

// ask2 sends a question without waiting for an answer.
func (b *tab) ask2(text string) *tab {
	b.t.Helper()
	return b.fill("#ask textarea", text).press("\r")
}

func TestTheSwitchCutsAndRefuses(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t)).expect("status of 403")
	cue := world.cast.cue(endless)
	b.open("/copilot").ask(aboutHotels + cue).says("word 3 ")
	admin := b.another().open("/admin/ai").sound("admin-ai")
	begun := time.Now()
	admin.click("#ai-switch button, #ai-switch [role=switch], #ai-switch label")
	cut(t, world.cast.got(cue)[0], "the switch", begun)
	b.until(last + "?.matches('[data-code=ai_disabled_by_org]')")
	a := b.guest().post("/copilot/messages", url.Values{"text": {aboutHotels + cue}}, "HX-Request", "true")
	if a.status != http.StatusForbidden || !contains(a.body, "ai_disabled_by_org") {
		t.Errorf("a question with AI switched off: %d\n%s", a.status, a.body)
	}
	if n := len(world.cast.got(cue)); n != 1 {
		t.Errorf("the provider received %d requests", n)
	}
	b.open("/copilot").there("[data-code=ai_disabled_by_org]").sound("copilot-off")
	admin.until("document.querySelector('#ai-switch .said')").click("#ai-switch button, #ai-switch [role=switch], #ai-switch label")
	admin.sees("#ai-switch .said", "AI is on")
	b.open("/copilot").there("#ask textarea")
}

func TestAKeyIsNeverShownAgain(t *testing.T) {
	t.Parallel()
	p := shared(t)
	b := settled(t, p)
	const key = "sk-planted-4c1f9e27a8"
	b.open("/admin/ai").click("#provider-openai details.disclosure > summary")
	b.fill("#form-openai [name=key]", key).click("#form-openai button[type=submit]").sees("#provider-openai .said", "Saved")
	g := b.guest()
	for _, path := range []string{"/admin/ai", "/admin/audit", "/admin/egress", "/account", "/home"} {
		if contains(g.get(path).body, key) || contains(g.get(path).body, "4c1f9e27a8") {
			t.Errorf("%s shows the key", path)
		}
	}
	if contains(b.js("document.documentElement.outerHTML"), key) {
		t.Error("the page holds the key")
	}
	b.click("#test-openai button").there("#test-openai [data-code]")
	if text := b.text("#test-openai"); !contains(text, "Works") {
		t.Errorf("the test says %q", text)
	}
	requests := world.cast.Requests()
	found := false
	for _, r := range requests {
		found = found || r.Header.Get("Authorization") == "Bearer "+key
	}
	if !found {
		t.Error("no request carried the organization's own key")
	}
	if contains(p.Log.String(), key) {
		t.Error("the log holds the key")
	}
	b.open("/admin/egress").sound("egress").open("/admin/audit").sound("audit")
}
