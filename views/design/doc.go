// Package design is the page that shows every part in every state, with canned data: where a part is looked at while it
// is made, in light and dark, wide and narrow, and where axe looks at it in tests. It is served in development only.
package design

import (
	"time"

	"aimyorg/domain"
	"aimyorg/views/layout"
	"aimyorg/views/ui"
)

// Page is what the design page is made of: only the time, so that it looks the same each day in tests.
type Page struct{ Now time.Time }

// Shell is a frame with canned data for the design page.
func Shell() layout.PageProps {
	return layout.PageProps{
		Title: "Parts",
		Nav: []layout.NavItem{
			{Label: "Home", Href: "/home", Icon: "house", Key: "h", Current: true},
			{Label: "Knowledge", Href: "/knowledge", Icon: "library", Key: "k", Count: "3"},
			{Label: "Search", Href: "/search", Icon: "search", Key: "s"},
			{Label: "Copilot", Href: "/copilot", Icon: "sparkles", Key: "c"},
		},
		Admin: []layout.NavItem{
			{Label: "AI", Href: "/admin/ai", Icon: "brain", Key: "a"},
			{Label: "Audit log", Href: "/admin/audit", Icon: "scroll-text", Key: "l"},
		},
		Menu:    []layout.NavItem{{Label: "Your account", Href: "/account", Icon: "circle-user"}},
		Person:  layout.Person{Name: "Mara Klein", Email: "mara@northwind.example", Organization: "Northwind Lighting GmbH", Role: "Owner"},
		Copilot: Panel(),
	}
}

var (
	problems = domain.Problems{
		{Field: "broken-email", Code: "email", Text: "Enter an e-mail address with an @, such as mara@example.org."},
		{Field: "broken-role", Code: "required", Text: "Choose a role."},
	}
	roles = []ui.Option{
		{Value: "manager", Label: "Manager", Hint: "Adds documents and decides who reads them"},
		{Value: "member", Label: "Member", Hint: "Reads what is shared, asks the Copilot"},
		{Value: "auditor", Label: "Auditor", Hint: "Reads logs and proofs, changes nothing", Disabled: true},
	}
)

const answerClosed = `<p>Two of the 14 contracts in <strong>Suppliers</strong> end before 1 June <a class="cite" href="#c1" aria-label="Source 1">1</a>:</p>` +
	`<div class="md-table" tabindex="0"><table><thead><tr><th>Supplier</th><th>Ends</th><th class="md-right">Notice</th></tr></thead>` +
	`<tbody><tr><td>Alder Logistics</td><td>31 March</td><td class="md-right">90 days</td></tr>` +
	`<tr><td>Brightline</td><td>15 May</td><td class="md-right">30 days</td></tr></tbody></table></div>`

const answerOpen = `<p>Both renew by themselves unless notice is given in writing <a class="cite" href="#c2" aria-label="Source 2">2</a>.</p>` +
	`<pre tabindex="0"><code>notice_period = "90 days"` + "\n" + `renewal       = "12 months"</code></pre>`
