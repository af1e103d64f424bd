//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"aimyorg/trial"
)

// mailed is the path of the link in a mail to an address, as it lies among the files that mails are in development: the link
// begins with prefix.
func mailed(t *testing.T, p *product, to, prefix string) (path string) {
	t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(prefix) + `[0-9a-f-]{36}\.[A-Za-z0-9_-]{43}`)
	found := trial.Holds(patience, func() bool {
		files, _ := filepath.Glob(filepath.Join(p.Data(), "mail", "*"))
		for _, f := range files {
			raw, err := os.ReadFile(f)
			text := strings.NewReplacer("=\r\n", "", "=\n", "", "=3D", "=").Replace(string(raw))
			if err == nil && strings.Contains(text, to) && link.MatchString(text) {
				path = link.FindString(text)
				return true
			}
		}
		return false
	})
	if !found {
		t.Fatalf("no mail to %s with a link %s", to, prefix)
	}
	return path
}

// Somebody is invited, follows the link of the mail, reads, agrees and is at home; the owner sees them among the people.
func TestInvitedPersonComesIn(t *testing.T) {
	t.Parallel()
	p := shared(t)
	owner := joined(t, p, false).expect("status of 422")
	owner.open("/people").sound("people-alone")
	owner.open("/admin/people").sound("invitations-empty")
	guest := somebody(t)
	guest.email = "guest-" + guest.email
	owner.fill("[name=email]", "not an address").click("#invite-form button").there(".error-summary").sound("invitations-problems")
	owner.fill("[name=email]", "").fill("[name=email]", guest.email).fill("#invite-form [name=name]", "Gerda Guest").click("#invite-form button").there("#invitations tr[data-state=open]")
	owner.sound("invitations")
	link := mailed(t, p, guest.email, "/invitations/")

	owner.open(link).there("[data-code=signed_in]").sound("join-signed-in")
	b := visit(t, p).expect("status of 422", "status of 404")
	b.open(link).sound("join")
	if b.js("document.querySelector('[name=ai_consent]').checked") != "false" {
		t.Error("consent is ticked beforehand")
	}
	b.js("document.querySelector('#join').noValidate = true")
	b.fill("[name=password]", "short").click("#join button[type=submit]").there(".error-summary").sound("join-problems")
	b.fill("[name=password]", guest.password).click("[name=business]").click("[name=terms]").click("#join button[type=submit]").at("/home")
	if seen := b.open("/account").js("document.querySelector('[name=name]').value"); seen != "Gerda Guest" {
		t.Errorf("joined as %q", seen)
	}
	visit(t, p).expect("status of 404").open(link).there("[data-code=invitation_over]").sound("join-over")

	owner.open("/people").there("#people li:nth-child(2)").sound("people")
	owner.fill(".filters [name=q]", "gerda").until("document.querySelectorAll('#people li.item').length === 1 && document.querySelector('#people').dataset.total === '1'")
	owner.click("#people a.row-link").there("#closing").sound("person")
	owner.click("a[href$='/deactivate']").there(".confirm").sound("deactivate")
	b.open("/people").there("#people li")
	b.click("#people li:nth-child(1) a.row-link").there("#contact").sound("person-as-member")
}

// A list is checked first.
func TestInvitingFromAList(t *testing.T) {
	t.Parallel()
	p := shared(t)
	b := joined(t, p, false)
	b.open("/admin/people/import").sound("import")
	tag := strings.Split(b.person.email, "@")[0]
	csv := "email,name,role\\n" + tag + "-a@example.com,Ann Able,manager\\n" + tag + "-b@example.com,Bob,emperor\\nnonsense,,\\n" + tag + "-c@example.com,A very long name of somebody who has many names,\\n"
	b.js(`(() => { const d = new DataTransfer(); d.items.add(new File(["` + csv + `"], "people.csv", {type: "text/csv"})); document.querySelector("[name=csv]").files = d.files; return "ok" })()`)
	b.click("#list button[type=submit]").there("#report [data-state=unknown_role]").until("document.readyState === 'complete'").sound("import-checked")
	b.click("#send button[type=submit]").until("location.pathname === '/admin/people/import/send' && document.readyState === 'complete'").
		there("#report a").sound("import-sent")
	b.open("/admin/people").there("#invitations tr[data-state=open]").sound("invitations-from-list")
}

// The owner offers, the other agrees.
func TestHandingTheOrganizationOver(t *testing.T) {
	t.Parallel()
	p := shared(t)
	owner := joined(t, p, false)
	guest := somebody(t)
	guest.email = "heir-" + guest.email
	owner.open("/admin/people").fill("[name=email]", guest.email).click("#invite-form button").there("#invitations")
	b := visit(t, p)
	b.open(mailed(t, p, guest.email, "/invitations/")).fill("[name=name]", "Hedda Heir").fill("[name=password]", guest.password).
		click("[name=business]").click("[name=terms]").click("#join button[type=submit]").at("/home")
	owner.open("/people?q=hedda").click("#people a.row-link").there("#closing").click("a[href$='/ownership']").there(".confirm").sound("offer")
	owner.click(".confirm button").there("[data-code=ownership_offered]").sound("offered")
	b.open(mailed(t, p, guest.email, "/ownership/")).there(".confirm").sound("becoming-owner")
	facts := "aside[aria-label='About this person']"
	b.click(".confirm button").sees(facts, "Owner")
}
