//go:build e2e

package e2e_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// An owner makes a department, a role and a collection that denies it, and asks what somebody may see, and why.
func TestWhoMaySeeWhat(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false).expect("status of 422")
	g := b.guest()
	for _, name := range []string{"Sales", "Production of tools and everything that belongs to them"} {
		if a := g.post("/departments", url.Values{"name": {name}}); a.status != http.StatusSeeOther {
			t.Fatalf("a department: %d", a.status)
		}
	}
	b.open("/admin/roles").sound("roles-empty")
	b.click("main a[href='/admin/roles/new']").at("/admin/roles/new")
	b.click("[value='people.read']").click("#role .form-actions button.primary").there(".error-summary")
	if b.js("document.querySelector(\"[value='people.read']\").checked") != "true" {
		t.Error("what was ticked is gone")
	}
	b.sound("role-broken")
	b.fill("main [name=name]", "Front desk, and whoever else answers the telephone").click("#role .form-actions button.primary").at("/admin/roles")
	b.sees("#own-roles", "Front desk").sound("roles")

	b.open("/knowledge/collections/new").fill("main [name=name]", "Contracts").click("main [name=departments][value]")
	b.click("#access summary").click("[name=deny_roles][value=auditor]").click("button[name=check]").at("/knowledge/collections").sees("#readers", "may read this collection")
	b.sound("collection-access")
	b.click("#collection .form-actions button.primary").there("input[type=file]").sees(".page-meta", "with exceptions")
	collection := strings.TrimPrefix(b.js("location.pathname"), "/knowledge/collections/")
	a := g.post("/knowledge/collections/"+collection+"/pages", url.Values{"title": {"Lease of the hall"}, "text": {"The rent is paid each month."}})
	document := a.header.Get("Location")
	b.open(document).sees("aside", "Those of the collection").click("aside a[href$='/access']").sees("h1", "Who may read this document")
	b.click("[name=roles][value=manager]").click("#access summary").click("[name=deny_roles][value=manager]")
	b.click("#document-access .form-actions button.primary").there(".error-summary").sound("document-access-broken")
	b.click("[name=deny_roles][value=manager]").click("#document-access .form-actions button.primary").sees("aside", "Some of the collection")

	b.sound("document-narrowed")
	me := regexp.MustCompile(`<option value="([0-9a-f-]{36})"[^>]*>Petra Probe`).FindStringSubmatch(g.get("/admin/audit").body)
	if me == nil {
		t.Fatal("the audit log names nobody")
	}
	b.open("/people/"+me[1]+"/access").sees("h1", "What Petra Probe may see").sees("#knowledge", "can't be locked out").sound("person-access")
}
