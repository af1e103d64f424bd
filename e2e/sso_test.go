//go:build e2e

package e2e_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestSingleSignOn sets single sign-on up as an admin does, with a provider that nobody here wrote, and comes in by it: as
// somebody new, and as somebody who has an account and proves it once.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	p := shared(t)
	issuer := realProvider(t, p.Base+"/sign-in/sso/callback")
	elsewhere := []string{issuer, "status of 422", "status of 404"} // the provider's own pages, and its icon that there is none of
	owner := visit(t, p).expect(elsewhere...)
	owner.person = somebody(t)
	owner.person.email = "petra@corp.example"
	owner.signUp(owner.person, false)
	owner.open("/admin/security/sso").sound("sso-admin-empty")
	owner.fill("[name=issuer]", "not an address").click("#sso-form button[type=submit]").there(".error-summary").sound("sso-admin-problems")
	owner.fill("[name=issuer]", issuer).fill("[name=client_id]", "aimyorg").fill("[name=client_secret]", "hush").click("[name=enabled]").
		click("[name=provision]").fill("#group-0", "it").click("#sso-form button[type=submit]").sees("#sso-provider", "On")
	owner.fill("[name=domain]", "gmail.com").click("[action='/admin/security/sso/domains'] button").sees(".error-summary", "Anybody can have an address there")
	owner.fill("[name=domain]", "corp.example").click("[action='/admin/security/sso/domains'] button").sees("#sso-domains", "aimyorg-verification=")
	owner.click("[action$='/check'] button").there("[data-code=record_missing]")
	verify(t, p)
	owner.open("/admin/security/sso").sees("#sso-domains", "Verified").sound("sso-admin")
	owner.click("[action='/admin/security/sso/try'] button").there("[name=password]").provider("ada").sees("h1", "It works").sound("sso-tried")

	t.Run("somebody new", func(t *testing.T) {
		b := visit(t, p).expect(elsewhere...)
		b.open("/sign-in").sound("sign-in-sso").click("a[href='/sign-in/sso']").at("/sign-in/sso").sound("sso-start")
		b.fill("[name=email]", "nobody@nowhere.example").click("#sso-start button[type=submit]").there("[data-code=sso_none]").sound("sso-none")
		b.fill("[name=email]", "nina@corp.example").click("#sso-start button[type=submit]").provider("nina")
		b.at("/sign-in/sso/join").sees("h1", "Welcome to").sound("sso-join")
		if b.js("document.querySelector('[name=ai_consent]').checked") != "false" {
			t.Error("consent is ticked beforehand")
		}
		b.js("document.querySelector('#sso-join').noValidate = true")
		b.click("#sso-join button[type=submit]").there(".error-summary").sound("sso-join-problems")
		b.click("[name=business]").click("[name=terms]").click("#sso-join button[type=submit]").at("/home")
		b.open("/account").sees("main", "nina@corp.example")
		b.open("/account/sso").sees("#sso-links", "Linked").sound("sso-account")
		b.click("[action$='/unlink'] button").sees(".error-summary", "only way to sign in")
		b.signOut().open("/sign-in/sso").fill("[name=email]", "nina@corp.example").click("#sso-start button[type=submit]").provider("nina").at("/home")
	})
	t.Run("somebody with an account", func(t *testing.T) {
		b := visit(t, p).expect(elsewhere...)
		b.open("/sign-in/sso").fill("[name=email]", owner.person.email).click("#sso-start button[type=submit]").provider("olga")
		b.at("/sign-in/sso/link").sees("h1", "Is this your account?").sound("sso-link")
		b.fill("[name=password]", "not that one at all").click("#sso-prove button[type=submit]").there("[data-code=sign_in_failed]").sound("sso-link-failed")
		b.fill("[name=password]", owner.person.password).click("#sso-prove button[type=submit]").at("/home")
		b.signOut().open("/sign-in/sso").fill("[name=email]", owner.person.email).click("#sso-start button[type=submit]").provider("olga").at("/home")
	})
	t.Run("not vouched for", func(t *testing.T) {
		b := visit(t, p).expect(elsewhere...)
		b.open("/sign-in/sso").fill("[name=email]", "mallory@corp.example").click("#sso-start button[type=submit]").provider("mallory")
		b.there("[data-code=sso_email_unverified]").sound("sso-refused")
		b.open("/home").at("/sign-in")
	})
}

// provider signs in on the provider's page.
func (b *tab) provider(name string) *tab {
	b.t.Helper()
	return b.there("[name=password]").until("location.port !== '' && location.origin !== '"+b.base+"'").
		fill("[name=username]", name).fill("[name=password]", "password").click("[type=submit]").until("location.origin === '" + b.base + "'")
}

// realProvider starts zitadel's provider with the people of this test, and gives its issuer.
func realProvider(t *testing.T, redirect string) string {
	t.Helper()
	raw, err := json.Marshal([]map[string]any{
		{"name": "nina", "first": "Nina", "last": "New", "email": "nina@corp.example", "verified": true, "groups": []string{"it"}},
		{"name": "ada", "first": "Ada", "last": "Admin", "email": "ada@corp.example", "verified": true, "groups": []string{"it", "everybody"}},
		{"name": "olga", "first": "Petra", "last": "Probe", "email": "petra@corp.example", "verified": true},
		{"name": "mallory", "first": "Mallory", "last": "M", "email": "mallory@corp.example", "verified": false}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "people.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("../tools/run", "sso-provider", "-redirect", redirect, "-people", file)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe() // it ends when this closes
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = c.Wait() })
	issuer, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(issuer)
}

// verify stands in for the record of a name that nobody owns: the one step of this test that no person can take.
func verify(t *testing.T, p *product) {
	t.Helper()
	superuser(t, p, "update domains set verified_at = now(), checked_at = now()")
}

func superuser(t *testing.T, p *product, statement string) {
	t.Helper()
	dsn, err := p.Superuser()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}
