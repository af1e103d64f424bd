package account

import (
	"strconv"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

func number(n int) string { return strconv.Itoa(n) }

func swap(action, id string) templ.Attributes {
	return templ.Attributes{"hx-post": action, "hx-target": "#" + id, "hx-swap": "outerHTML"}
}

var themes = []ui.Option{
	{Value: "system", Label: "As on this device"}, {Value: "light", Label: "Light"}, {Value: "dark", Label: "Dark"},
}

func themeValue(theme string) string {
	if theme == "" {
		return "system"
	}
	return theme
}

func scope(p domain.Provider, c domain.DataClass) domain.Scope {
	return domain.Scope{Provider: p, Class: c, Purpose: domain.PurposeCopilot}
}

func covers(p ConsentPart, provider domain.Provider, class domain.DataClass) bool {
	return p.State.Covers(scope(provider, class), p.PolicyVersion)
}

// given counts the kinds of data that consent covers for a recipient.
func given(p ConsentPart, provider domain.Provider) int {
	n := 0
	for _, c := range p.Classes {
		if covers(p, provider, c) {
			n++
		}
	}
	return n
}

func label(agreed bool) string {
	if agreed {
		return "Withdraw"
	}
	return "Agree"
}

func allLabel(given int) string { return label(given > 0) + " for everything" }

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func decision(given bool) string {
	if given {
		return "Agreed"
	}
	return "Withdrawn"
}

func surface(s string) string {
	switch s {
	case "sign-up":
		return "When signing up"
	case "invitation":
		return "When joining"
	case "panel":
		return "In the Copilot"
	}
	return "On this page"
}

var historyColumns = []ui.Column{
	{Label: "When"}, {Label: "Decision"}, {Label: "Recipient"}, {Label: "Kind of data"}, {Label: "Where", HideSmall: true},
	{Label: "Policy", Number: true, HideSmall: true},
}

// sentence says in one line what a request sent, and to whom.
func sentence(r domain.Receipt) string {
	documents := map[domain.ID]bool{}
	for _, s := range r.Sources {
		documents[s.Document] = true
	}
	return words.Capital(words.Sent(len(r.Sources), len(documents), r.Provider))
}

func receiptCrumbs(admin bool) []ui.Crumb {
	if admin {
		return []ui.Crumb{{Label: "What left the building", Href: "/admin/egress"}}
	}
	return []ui.Crumb{{Label: "My data", Href: "/account/data"}, {Label: "What left the building", Href: "/account/receipts"}}
}

func sourcePath(s domain.Source) string {
	return "/knowledge/documents/" + string(s.Document) + "?passage=" + number(s.Ordinal) + "#passage"
}

func outcomeTone(o domain.Outcome) ui.Tone {
	switch o {
	case domain.OutcomeOK:
		return ui.Good
	case domain.OutcomeStarted, domain.OutcomeStopped, domain.OutcomeCut, domain.OutcomeUnknown:
		return ui.Wait
	}
	return ui.Bad
}

func tokens(r domain.Receipt) string {
	s := words.Number(int64(r.TokensIn)) + " out, " + words.Number(int64(r.TokensOut)) + " back"
	if r.Estimated {
		return s + " (counted here)"
	}
	return s
}

// flagWords says what a request demanded of its recipient.
func flagWords(flag string) string {
	switch flag {
	case "store:false":
		return "not to be stored"
	case "data_collection:deny":
		return "only providers that don't collect data"
	case "zdr:true", "zdr":
		return "only providers that keep nothing"
	case "allow_fallbacks:false":
		return "no other provider in its place"
	}
	return flag
}
