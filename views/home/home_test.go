package home_test

import (
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/home"
	"aimyorg/views/words/rendertest"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestNewOrganizationSeesWhatToDo(t *testing.T) {
	t.Parallel()
	page := home.Page{Member: domain.Member{Name: "Mara Klein"}, Organization: domain.Organization{Name: "Northwind"}, MayWrite: true,
		MayConfigure: true, MayAsk: true, Now: now}
	rendertest.Contains(t, rendertest.HTML(t, home.Home(page)), "Good morning, Mara", "Northwind", `href="/knowledge/collections/new"`,
		`href="/copilot"`, `href="/admin/ai"`)
	page.MayConfigure = false
	rendertest.Lacks(t, rendertest.HTML(t, home.Home(page)), "/admin/ai", "/account/data#consents")
	page.HasProvider = true
	rendertest.Contains(t, rendertest.HTML(t, home.Home(page)), "/account/data#consents")
}

func TestBusyOrganizationSeesWhatWaits(t *testing.T) {
	t.Parallel()
	page := home.Page{Now: now, MayAsk: true, HasAsked: true, HasProvider: true, Consented: true, Waiting: 2, Unreadable: 1,
		Documents:     []domain.Document{{ID: "d1", Title: "Lease", Version: domain.Version{State: domain.DocumentUnreadable}}},
		Conversations: []domain.Conversation{{ID: "k1", Title: "Notice periods", UpdatedAt: now.Add(-5 * time.Minute)}}}
	html := rendertest.HTML(t, home.Home(page))
	rendertest.Contains(t, html, `href="/knowledge/documents/d1"`, "Can&#39;t be read", `href="/copilot/conversations/k1"`, "5 min ago",
		"2\u00a0documents are still being read", "1 document can&#39;t be read")
	rendertest.Lacks(t, html, "What to do next")
}

func TestLeavingOrganizationSaysUntilWhen(t *testing.T) {
	t.Parallel()
	org := domain.Organization{Name: "N", State: domain.OrganizationLeaving, LeavesAt: now.AddDate(0, 0, 10)}
	rendertest.Contains(t, rendertest.HTML(t, home.Home(home.Page{Organization: org, Now: now})), `data-code="leaving"`, "3 December")
}

func TestA73_HostileNamesAreText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, home.Page{Now: now}, home.Home)
}
