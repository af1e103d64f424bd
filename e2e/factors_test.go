//go:build e2e

package e2e_test

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"

	"aimyorg/domain"
)

// phoneCode is what an app shows for the secret on the page, or will show in the steps after.
func phoneCode(t *testing.T, secret string, steps int64) string {
	t.Helper()
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatalf("%q: %v", secret, err)
	}
	return domain.CodeOf(raw, domain.CodeStep(time.Now())+steps)
}

// virtualDevice plugs an authenticator into the window that unlocks itself.
func (b *tab) virtualDevice() webauthn.AuthenticatorID {
	b.t.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	return call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}}).AuthenticatorID
}

func TestA8_AnAppAsSecondFactor(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false).expect("status of 422")
	b.open("/account/security").sound("security-empty")
	b.click("form[action='/account/security/app'] button").at("/account/security/app").sound("app")
	b.click("details.disclosure > summary")
	secret := b.text(".secret")
	b.fill("[name=code]", "12").click("#confirm-app button").there(".error-summary").sound("app-wrong")
	b.fill("[name=code]", phoneCode(t, secret, -1)).click("#confirm-app button").there("#codes").sound("codes")
	codes := strings.Fields(b.text("#codes"))
	if len(codes) != domain.RecoveryCodes {
		t.Fatalf("%q", codes)
	}
	b.click("[data-copies]").sees("[data-copies]", "Cop")
	b.click("a.btn.primary").at("/account/security").sound("security-app").signOut()

	b.signIn(b.person).at("/sign-in/factor").sound("factor")
	b.open("/home").at("/sign-in/factor") // nothing else is there
	b.fill("[name=code]", "999").click("#code-form button").there(".error-summary").sound("factor-wrong")
	b.fill("[name=code]", phoneCode(t, secret, 0)).click("#code-form button").at("/home").signOut()
	b.signIn(b.person).at("/sign-in/factor").click("details.disclosure > summary").fill("[name=recovery]", codes[2]).
		click("#recovery-form button").at("/home").open("/account/security").sees("#recovery", "9 are left")
}

func TestPasskeyInTheBrowser(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false).expect("status of 422")
	b.virtualDevice()
	b.open("/account/security/passkeys/new").sound("passkey-new")
	b.fill("[name=name]", "Work laptop").click("[data-passkey] button").at("/account/security").sees("#passkeys", "Work laptop").sound("security-passkey")
	b.click(".passkey-more > summary").sound("security-passkey-open").signOut()
	b.open("/sign-in").there("[data-passkey] button").sound("sign-in-passkey")
	b.click("[data-passkey] button").at("/home").signOut()
	b.signIn(b.person).at("/sign-in/factor").sound("factor-passkey").click("[data-passkey] button").at("/home")
	b.open("/account/security/passkeys/new").click("[data-passkey] button").sees("[data-said]", "has a passkey of your account already")
}

// Without a script, or a browser that knows passkeys, what would not work is not shown, and a sentence says what to do.
func TestPasskeysWithoutScript(t *testing.T) {
	t.Parallel()
	b := visit(t, shared(t))
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open("/sign-in").sees("[data-no-passkey]", "browser with JavaScript")
	if b.js("Boolean("+visible("[data-passkey]")+")") != "false" {
		t.Error("a button that can do nothing is shown")
	}
}

func TestA22_ConfirmThatItIsYou(t *testing.T) {
	t.Parallel()
	p, db := onCluster(t)
	b := joined(t, p, false).expect("status of 403", "status of 422")
	b.virtualDevice()
	b.open("/account/security/passkeys/new").fill("[name=name]", "Laptop").click("[data-passkey] button").at("/account/security")
	later := func() {
		if _, err := db.Exec(t.Context(), "update sessions set proved_at = proved_at - interval '6 minutes'"); err != nil {
			t.Fatal(err)
		}
	}
	later()
	models := "#form-openai [name=models]"
	b.open("/admin/ai").js("document.querySelectorAll('details').forEach((x) => { x.open = true })")
	b.fill(models, "gpt-4.1").fill("#form-openai [name=default]", "gpt-4.1").click("#form-openai button").there("#proof").sound("proof")
	b.fill("[name=proof_password]", "this is not it").click("#proof button").there("[data-code=proof_wrong]").sound("proof-wrong")
	b.fill("[name=proof_password]", b.person.password).click("#proof button").at("/admin/ai").sees("#provider-openai", "Saved.")
	if got := b.js("document.querySelector('" + models + "').value"); strings.TrimSpace(got) != "gpt-4.1" {
		t.Errorf("what was typed came to %q", got)
	}
	later()
	b.open("/admin/ai").click("#provider-openai .switch button").there("#proof").click("[data-passkey] button").at("/admin/ai").
		sees("#provider-openai", "Allowed")
	later()
	b.open("/account/security/passkeys/new").at("/account/proof").sound("proof-page").click("[data-passkey] button").at("/account/security/passkeys/new")
}
