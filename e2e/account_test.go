//go:build e2e

package e2e_test

import "testing"

func TestSigningUpInAndOut(t *testing.T) {
	t.Parallel()
	p := shared(t)
	b := visit(t, p).expect("status of 422")
	b.open("/").sound("landing")
	b.open("/sign-up").sound("sign-up")
	if b.js("document.querySelector('[name=ai_consent]').checked") != "false" {
		t.Error("consent is ticked beforehand")
	}
	who := somebody(t)
	b.signUp(who, false).sound("home-new")
	b.open("/copilot").there(".consent").sound("copilot-consent")
	b.open("/account").sound("account")
	b.signOut().sound("sign-in")

	b.back() // A21
	b.at("/sign-in")
	if seen := b.text("body"); contains(seen, who.organization) || contains(seen, who.name) {
		t.Errorf("Back after signing out shows %q", seen)
	}
	wrong := who
	wrong.password = "not that one at all"
	b.signIn(wrong).there("[data-code=sign_in_failed]")
	if got := b.js("document.querySelector('[name=email]').value"); got != who.email {
		t.Errorf("after a wrong password the address is %q, typed was %q", got, who.email)
	}
	if got := b.js("document.querySelector('[name=password]').value"); got != "" {
		t.Errorf("the password came back: %q", got)
	}
	b.sound("sign-in-failed")
	b.signIn(who).at("/home")
}

func TestSigningUpSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := visit(t, shared(t)).expect("status of 422")
	b.open("/sign-up").fill("[name=name]", "Petra").fill("[name=email]", "petra@example.com").fill("[name=organization]", "Probe").fill("[name=password]", "short")
	b.js("document.querySelector('#sign-up').noValidate = true")
	b.click("#sign-up button[type=submit]").there(".error-summary")
	if got := b.js("document.querySelector('[name=organization]').value"); got != "Probe" {
		t.Errorf("what was typed is gone: %q", got)
	}
	b.focused(".error-summary").sound("sign-up-problems")
}

func TestPublicPagesAreSound(t *testing.T) {
	t.Parallel()
	b := visit(t, shared(t)).expect("status of 404")
	for path, name := range map[string]string{"/privacy": "privacy", "/cookies": "cookies", "/support": "support", "/nowhere": "not-found", "/design": "design"} {
		b.open(path).sound(name)
	}
}
