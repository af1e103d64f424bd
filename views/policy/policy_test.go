package policy_test

import (
	"testing"
	"time"

	"aimyorg/views/policy"
	"aimyorg/views/words/rendertest"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestP1_PolicyShowsTextVersionAndDate(t *testing.T) {
	t.Parallel()
	v1 := policy.Version{Number: 1, Hash: "aa11", Effective: now.AddDate(-1, 0, 0)}
	v2 := policy.Version{Number: 2, Hash: "bb22", Material: true, Published: now, Effective: now.AddDate(0, 0, 31)}
	html := rendertest.HTML(t, policy.Privacy(policy.PrivacyPage{Version: v1, Versions: []policy.Version{v2, v1}, Now: now,
		Intro: []string{"An introduction."}, Sections: []policy.Section{{ID: "s1", Title: "One", Blocks: []policy.Block{{Text: "A text",
			Items: []string{"an item"}}},
			Parts: []policy.Section{{ID: "s11", Title: "A part", Blocks: []policy.Block{{Text: "Deeper"}}}}}, {ID: "s2", Title: "Two"},
			{ID: "s3", Title: "Three"}}}))
	rendertest.Contains(t, html, "Version 1", "in force since ", "23 November 2025", "An introduction.", `id="s1"`, `href="#s1"`,
		"A text", "an item",
		"A part", "Deeper", `href="/privacy/2"`, "in force from ", "24 December 2026", "aa11", "bb22")
	rendertest.Lacks(t, html, `href="/privacy/1"`)
}

func TestLandingOffersBothWaysIn(t *testing.T) {
	t.Parallel()
	rendertest.Contains(t, rendertest.HTML(t, policy.Landing()), `href="/sign-up"`, `href="/sign-in"`)
}

func TestP82_CookiesAreListed(t *testing.T) {
	t.Parallel()
	page := policy.CookiesPage{Cookies: []policy.Cookie{{Name: "__Host-sid", Holds: "An id", Stays: "Until sign-out"}}}
	rendertest.Contains(t, rendertest.HTML(t, policy.Cookies(page)), "__Host-sid", "An id", "Until sign-out")
	rendertest.Contains(t, rendertest.HTML(t, policy.Cookies(policy.CookiesPage{})), "No cookie is set.")
}

func TestSupportGivesTheAddresses(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, policy.Support(policy.SupportPage{Privacy: "privacy@aimyorg.app", DPO: "dpo@aimyorg.app"}))
	rendertest.Contains(t, html, `href="mailto:privacy@aimyorg.app"`, "dpo@aimyorg.app")
}

func TestA73_HostilePolicyTextsAreText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, policy.PrivacyPage{}, policy.Privacy)
	rendertest.Hostile(t, policy.CookiesPage{}, policy.Cookies)
	rendertest.Hostile(t, policy.SupportPage{}, policy.Support)
}
