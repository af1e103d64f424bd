package account_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/account"
	"aimyorg/views/words/rendertest"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

var box = regexp.MustCompile(`<input[^>]*name="ai_consent"[^>]*>`)

func TestP47_ConsentAtSignUpIsItsOwnBoxAndNotTicked(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, account.SignUp(account.SignUpPage{PolicyVersion: 3, Recipients: domain.Providers[:2]}))
	tag := box.FindString(html)
	if tag == "" || strings.Contains(tag, " checked") || strings.Contains(tag, " required") {
		t.Errorf("the consent's box: %q", tag)
	}
	rendertest.Contains(t, html, "Your account works without this", "OpenAI", "OpenRouter", "Your questions to the Copilot",
		"Passages of documents", "version 3",
		`name="name"`, `name="email"`, `name="organization"`, `name="password"`, `name="terms"`, `name="business"`, `href="/privacy"`,
		`action="/sign-up"`)
	html = rendertest.HTML(t, account.SignUp(account.SignUpPage{Form: domain.SignUp{Consents: []domain.Provider{domain.OpenAI}}}))
	if !strings.Contains(box.FindString(html), " checked") {
		t.Error("what was ticked does not come back after a problem")
	}
}

func TestSignUpKeepsWhatWasTypedButNeverThePassword(t *testing.T) {
	t.Parallel()
	form := domain.SignUp{Name: "Mara", Email: "mara", Password: "a secret that must not come back"}
	html := rendertest.HTML(t, account.SignUp(account.SignUpPage{Form: form, Problems: form.Problems()}))
	rendertest.Contains(t, html, `value="Mara"`, `value="mara"`, "Enter your work email", `data-code="invalid"`)
	rendertest.Lacks(t, html, form.Password)
}

func TestA119_SignInFailsInOneWay(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, account.SignIn(account.SignInPage{Email: "mara@x.example", Failed: true, Next: "/knowledge"}))
	rendertest.Contains(t, html, "Sign-in failed", `data-code="sign_in_failed"`, `value="mara@x.example"`, `name="next" value="/knowledge"`)
	rendertest.Contains(t, rendertest.HTML(t, account.SignIn(account.SignInPage{RetryAfter: 40, Failed: true})), "Wait 40 seconds",
		`data-code="too_many"`)
}

func consents(states ...domain.Consent) account.ConsentPart {
	p := account.ConsentPart{State: domain.ConsentState{}, Providers: []domain.Provider{domain.OpenAI}, Classes: domain.CopilotClasses,
		PolicyVersion: 2, AIEnabled: true, History: states, Now: now}
	for _, c := range states {
		p.State[c.Scope] = c
	}
	return p
}

func consent(class domain.DataClass, given bool, version int) domain.Consent {
	return domain.Consent{Scope: domain.Scope{Provider: domain.OpenAI, Class: class, Purpose: domain.PurposeCopilot}, Given: given,
		PolicyVersion: version, Surface: "panel", At: now.Add(-time.Hour)}
}

var decision = regexp.MustCompile(`name="consent"[^>]*value="(yes|no)"`)

func TestP48_WithdrawingTakesAsManyClicksAsAgreeing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		part account.ConsentPart
		want string // the button for all, for messages, for passages
	}{
		"none":      {consents(), "yes yes yes"},
		"both":      {consents(consent(domain.ClassMessage, true, 2), consent(domain.ClassKnowledge, true, 2)), "no no no"},
		"one":       {consents(consent(domain.ClassMessage, true, 2), consent(domain.ClassKnowledge, false, 2)), "no no yes"},
		"old terms": {consents(consent(domain.ClassMessage, true, 1)), "yes yes yes"},
	} {
		html := rendertest.HTML(t, account.Consents(c.part))
		var got []string
		for _, m := range decision.FindAllStringSubmatch(html, -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: buttons %v, want %s", name, got, c.want)
		}
	}
	rendertest.Contains(t, rendertest.HTML(t, account.Consents(consents(consent(domain.ClassMessage, true, 1)))), "needs a new yes",
		"In the Copilot", `id="consents"`)
}

func TestAccountShowsItsParts(t *testing.T) {
	t.Parallel()
	page := account.Page{Member: domain.Member{Role: domain.Manager}, Organization: "Northwind",
		Profile: account.ProfileForm{ProfileForm: domain.ProfileForm{Name: "Mara"}, Email: "m@x.example", Role: "Manager"}, Theme: account.ThemeForm{Theme: "dark"},
		Now: now,
		Sessions: account.SessionsPart{Sessions: []domain.Session{{ID: "s1", Device: "Firefox"}, {ID: "s2", SeenAt: now}}, Current: "s1",
			Now: now}}
	html := rendertest.HTML(t, account.Account(page))
	rendertest.Contains(t, html, "Manager in Northwind", `id="profile"`, `id="theme"`, `id="sessions"`, `href="/account/data"`, `href="/account/notifications"`,
		"m@x.example", `action="/account/sessions/s2/end"`, "This one", "Unknown device", `<optgroup label="Europe">`)
	html = rendertest.HTML(t, account.Data(account.DataPage{Consents: consents(), Now: now}))
	rendertest.Contains(t, html, `id="consents"`, `id="receipts"`, `id="looks"`, `id="measured"`, `id="stored"`, "Nothing has left on your behalf.",
		"Nobody has looked at it.")
	rendertest.Lacks(t, html, "/account/sessions/s1/end")
}

func TestP51_ReceiptSaysWhatWentWhereUnderWhichConsent(t *testing.T) {
	t.Parallel()
	r := domain.Receipt{ID: "r1", Provider: domain.OpenAI, Host: "api.openai.com", Model: "gpt-4.1", Served: "gpt-4.1-2026",
		Upstream: "up-9", Classes: domain.CopilotClasses, Flags: []string{"store:false"},
		Sources: []domain.Source{{Document: "d1", Title: "Lease", Ordinal: 4}, {Document: "d1", Title: "Lease", Ordinal: 5},
			{Document: "d2", Gone: true, Title: "must not show"}},
		PolicyVersion: 2, BytesOut: 12345, TokensIn: 2874, TokensOut: 99, Estimated: true, BodyMAC: "aabb", Outcome: domain.OutcomeCut,
		StartedAt: now.Add(-time.Hour), EndedAt: now.Add(-time.Hour + 4*time.Second)}
	html := rendertest.HTML(t, account.Receipt(account.ReceiptPage{Receipt: r, Consents: []domain.Consent{consent(domain.ClassMessage,
		true, 2)}, Now: now}))
	rendertest.Contains(t, html, "3\u00a0passages from 2\u00a0documents went to OpenAI", "api.openai.com", "gpt-4.1-2026", "up-9",
		"Messages and conversations", "Passages from documents", "not to be stored",
		"/knowledge/documents/d1?passage=4#passage", "was deleted", "12\u00a0KB", "counted here", "aabb", `data-code="cut"`, "Cut off",
		"4.0 s", "version 2")
	rendertest.Lacks(t, html, "must not show")
}

func TestA73_HostileAccountIsText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, account.SignUpPage{}, account.SignUp)
	rendertest.Hostile(t, account.SignInPage{}, account.SignIn)
	rendertest.Hostile(t, account.Page{}, account.Account)
	rendertest.Hostile(t, account.DataPage{}, account.Data)
	rendertest.Hostile(t, account.LooksPart{}, account.AllLooks)
	rendertest.Hostile(t, account.NoticesPage{}, account.Notices)
	rendertest.Hostile(t, account.ReceiptPage{}, account.Receipt)
	rendertest.Hostile(t, account.ReceiptsPart{}, account.AllReceipts)
}
