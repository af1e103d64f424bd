//go:build e2e

package e2e_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// department makes one, and gives its id.
func (g *guest) department(name, parent string) string {
	g.t.Helper()
	a := g.post("/departments", url.Values{"name": {name}, "parent": {parent}})
	if a.status != 303 {
		g.t.Fatalf("making %q: %d\n%s", name, a.status, a.body)
	}
	return strings.TrimPrefix(a.header.Get("Location"), "/departments/")
}

// company is an organization with a few departments: ids by name.
func (g *guest) company(email string) map[string]string {
	g.t.Helper()
	ids := map[string]string{}
	for _, path := range []string{"Engineering", "Engineering/Platform", "Engineering/Platform/Databases", "Engineering/Platform/Networks", "Engineering/Apps",
		"Engineering/Quality assurance, accessibility and documentation of everything that is delivered", "Operations", "Operations/Buildings",
		"Operations/Purchasing", "Sales", "Sales/Northern Europe", "Sales/Southern Europe", "Sales/Southern Europe/Iberia", "Legal"} {
		names := strings.Split(path, "/")
		parent := ""
		if len(names) > 1 {
			parent = ids[names[len(names)-2]]
		}
		ids[names[len(names)-1]] = g.department(names[len(names)-1], parent)
	}
	for _, name := range []string{"Engineering", "Platform", "Southern Europe"} {
		if a := g.post("/departments/"+ids[name]+"/manager", url.Values{"manager": {email}}); a.status != 303 {
			g.t.Fatalf("a manager of %s: %d", name, a.status)
		}
	}
	return ids
}

func TestDepartmentsWithTheKeyboard(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false).expect("status of 422")
	b.open("/departments").sees("h2", "No departments yet").sound("departments-empty")
	g := b.guest()
	ids := g.company(b.person.email)
	b.open("/home").press("g").press("d").at("/departments").there("svg.org-chart").sound("departments")
	focus := func(name string) *tab { t.Helper(); return b.focused("#department-" + ids[name]) }
	b.js(fmt.Sprintf("document.getElementById('department-%s').focus()", ids["Engineering"]))
	b.js("window.untouched = true")
	b.press(kb.ArrowDown)
	focus("Legal").press(kb.ArrowUp)
	focus("Engineering").press(kb.ArrowRight)
	focus("Apps").press(kb.ArrowDown)
	focus("Platform").press(kb.ArrowRight).there("#department-" + ids["Databases"]) // it was closed
	focus("Platform").press(kb.ArrowRight)
	focus("Databases").press(kb.ArrowDown)
	focus("Networks").shoot("departments-focus").press(kb.ArrowLeft)
	focus("Platform").press(kb.End)
	focus("Southern Europe").press(kb.Home)
	focus("Engineering").until("location.search.includes('open=')")
	if b.js("window.untouched") != "true" {
		t.Error("the page was loaded again")
	}
	b.until("document.querySelector('#live').textContent.includes('Open Platform: 2')")
	b.reload().there("#department-" + ids["Databases"]).click("#toggle-" + ids["Platform"]).until("!document.getElementById('department-" + ids["Databases"] + "')")
	b.focused("#toggle-" + ids["Platform"])
	b.sound("departments-open")
	b.js(fmt.Sprintf("document.getElementById('department-%s').focus()", ids["Platform"]))
	b.press(kb.Enter).at("/departments/"+ids["Platform"]).sees("h1", "Platform")
}

func TestDepartmentsAreMoved(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false).expect("status of 422")
	ids := b.guest().company(b.person.email)
	b.open("/departments/" + ids["Platform"]).sound("department")
	b.js(fmt.Sprintf("document.querySelector('[name=to]').value = '%s'", ids["Operations"]))
	b.click("#move button").sees(".org-history", "Moved from Engineering to Operations by "+b.person.name)
	b.sees(".facts", "Operations").shoot("department-moved")
	b.fill("[name=manager]", "nobody@example.com").click("#lead button").there(".error-summary").sound("department-problem")
	b.click("main .page-head a[href*='open=']").there("svg.org-chart").there("#department-" + ids["Databases"])
	b.open("/departments/"+ids["Operations"]+"/delete").sees("main", "3 departments below it").sound("department-in-use")
	b.open("/departments/" + ids["Legal"] + "/delete").sound("department-delete").click("main .btn.danger").at("/departments")
	b.open("/departments/new?parent=" + ids["Sales"]).sound("department-new")
}

// The list says what the chart says; narrow pages begin with it; both work without script.
func TestDepartmentsAsList(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false)
	ids := b.guest().company(b.person.email)
	b.open("/departments").there("svg.org-chart")
	names := func(selector string) string {
		return b.js("[...document.querySelectorAll('" + selector + "')].map((x) => x.dataset.node).join()")
	}
	if list, chart := names(".org-list [data-node]"), names(".org-chart [data-node]"); list != chart || list == "" {
		t.Errorf("the list says %s, the chart %s", list, chart)
	}
	b.click("[data-as=list]").there("#list-department-" + ids["Apps"]).sound("departments-list")
	b.click("#list-toggle-" + ids["Platform"]).there("#list-department-" + ids["Networks"]).focused("#list-toggle-" + ids["Platform"])
	b.press(kb.ArrowDown).focused("#list-department-" + ids["Databases"])
	b.width(390).open("/departments").there("#list-department-" + ids["Apps"]).click("[data-as=chart]").there("svg.org-chart").shoot("departments-chart-narrow")
	if wide := b.js("document.documentElement.scrollWidth > innerWidth"); wide != "false" {
		t.Error("the chart widens the page")
	}
}

// A tree of 200, broad and twelve deep, opened whole.
func TestDepartmentsOfALargeOrganization(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false)
	g := b.guest()
	var open []string
	parent := ""
	for i := range 12 {
		parent = g.department(fmt.Sprintf("Level %d of a deep organization", i+1), parent)
		open = append(open, parent)
	}
	for i := range 8 {
		top := g.department(fmt.Sprint("Division ", i+1), "")
		open = append(open, top)
		for j := range 22 {
			g.department(fmt.Sprintf("Team %d.%d", i+1, j+1), top)
		}
	}
	b.open("/departments").there("svg.org-chart").shoot("departments-large")
	b.open("/departments?open=" + strings.Join(open, ".")).there("svg.org-chart").sound("departments-large-open")
	if n := b.count("svg .org-node"); n != "196" {
		t.Errorf("%s departments are drawn", n)
	}
	if over := b.js(overlaps); over != "" {
		t.Errorf("drawn over each other: %s", over)
	}
}

const overlaps = `(() => { const all = [...document.querySelectorAll(".org-node rect, .org-toggle rect")].map((r) => ["x", "y", "width", "height"].map((a) => Number(r.getAttribute(a))));
  return all.flatMap((a, i) => all.slice(i + 1).filter((b) => a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]).map((b) => a + " and " + b)).slice(0, 3).join("; ") })()`
