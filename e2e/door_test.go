//go:build e2e

package e2e_test

import (
	"strings"
	"testing"
)

// signedIn is a second browser of somebody.
func signedIn(t *testing.T, p *product, who person) *tab {
	t.Helper()
	return visit(t, p).open("/sign-in").signIn(who).at("/home")
}

func TestP9_OnesSignInsAndSessions(t *testing.T) {
	t.Parallel()
	p := shared(t)
	who := somebody(t)
	b := visit(t, p).expect("status of 422")
	b.open("/sign-up").signUp(who, false)
	wrong := who
	wrong.password = "not that one at all"
	failing := visit(t, p).expect("status of 422")
	failing.open("/sign-in").signIn(wrong).there("[data-code=sign_in_failed]")
	second := signedIn(t, p, who)
	b.open("/account/sign-ins").sees("main", "Chrome on Linux").there("[data-outcome=wrong]").sound("sign-ins")
	b.open("/account/sessions").sees("main", "by password").sound("sessions")
	b.click("form[action='/account/sessions/end-others'] button").sees("main [role=status]", "One other session was ended.").sound("sessions-ended")
	second.open("/home").at("/sign-in")
}

func TestA17_AChangedPasswordEndsTheOtherBrowser(t *testing.T) {
	t.Parallel()
	p := shared(t)
	who := somebody(t)
	b := visit(t, p).expect("status of 422")
	b.open("/sign-up").signUp(who, false)
	other := signedIn(t, p, who)
	b.open("/account/password").sound("password")
	b.fill("[name=current]", "not that one at all").fill("[name=password]", "short").click("#password button").there(".error-summary").sound("password-problems")
	b.fill("[name=current]", who.password).fill("[name=password]", "seven tall yellow ladders").click("#password button").
		there("[data-code=password_changed]").sound("password-changed")
	other.open("/home").at("/sign-in")
	who.password = "seven tall yellow ladders"
	other.signIn(who).at("/home")
	b.open("/home").at("/home")
}

func TestA37_ThePersonOfTwoOrganizationsAndAStaleTab(t *testing.T) {
	t.Parallel()
	p := shared(t)
	who := somebody(t)
	first := who.organization
	visit(t, p).open("/sign-up").signUp(who, false)
	who.organization = "The second one " + who.organization
	visit(t, p).open("/sign-up").signUp(who, false)

	b := visit(t, p).expect("status of 409")
	b.open("/sign-in").signIn(who).sees("h1", "Choose an organization").sound("choose")
	b.click(choose(b, first)).at("/home").sees(".organization", first)
	stale := b.another()
	stale.open("/account")
	b.open("/sign-in?switch=1").sees("main", "You stay signed in to "+first).sound("switch")
	b.fill("[name=password]", who.password).click("#sign-in button[type=submit]").sees("h1", "Choose an organization").click(choose(b, who.organization)).at("/home").sees(".organization", who.organization)
	stale.click("#theme [value=dark]").click("#theme .form-actions button").sees("main", "You are in "+who.organization).
		there("[data-code=other_organization]").sound("other-organization")
	b.open("/account")
	if got := b.js("document.documentElement.dataset.theme"); got != "system" {
		t.Errorf("the other organization was written to: %q", got)
	}
}

// choose selects the button of an organization.
func choose(b *tab, name string) string {
	b.t.Helper()
	n := b.js(`[...document.querySelectorAll(".entry-choices li")].findIndex((x) => x.textContent.trim() === "` + strings.ReplaceAll(name, `"`, `\"`) + `") + 1`)
	return ".entry-choices li:nth-child(" + n + ") button"
}

func TestDoorRules_AreSeenBeforeTheyAreMade(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false)
	b.open("/admin/security").sound("security")
	b.click("[name=factor]").click("#rules .form-actions button").sees("main", "at the next sign-in").sound("security-preview")
	b.click("#preview .btn.primary").sees("main [role=status]", "Saved.").open("/admin/security").there("[name=factor]:checked")
}
