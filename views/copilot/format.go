package copilot

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

func number(n int) string { return strconv.Itoa(n) }

// fresh begins a new conversation in the panel; without script the link goes to the Copilot's own page.
func fresh(place Place) templ.Attributes {
	return templ.Attributes{
		"hx-get": "/copilot/panel?" + url.Values{"new": {"yes"}, "page": {place.Path}}.Encode(), "hx-target": "#copilot-panel",
		"hx-swap": "outerHTML",
	}
}

func canAsk(s State) bool { return s == Ready || s == Quoting }

func how(s Standing) string {
	switch s.State {
	case Quoting:
		return "Quoting only: nothing leaves"
	case NeedsConsent:
		return "Needs your consent"
	case AIOff:
		return "AI is off"
	case NotAllowed:
		return "Not part of your role"
	}
	if s.Model == "" {
		return s.Provider.Name()
	}
	return s.Model + " at " + s.Provider.Name()
}

func howIcon(s State) string {
	switch s {
	case Quoting:
		return "quote"
	case NeedsConsent:
		return "shield"
	case AIOff, NotAllowed:
		return "shield-off"
	}
	return "sparkles"
}

// leaves says what happens to a question, in the place where it is typed.
func leaves(s Standing) string {
	if s.State == Quoting {
		return "Answered with quotations. Nothing leaves."
	}
	return "Your question and fitting passages go to " + words.ProviderInSentence(s.Provider) + "."
}

func problemCode(a Ask) string {
	if a.Code != "" {
		return a.Code
	}
	for _, p := range a.Problems {
		if p.Field == "text" {
			return p.Code
		}
	}
	return ""
}

func consent(a Ask) ui.ConsentProps {
	p := a.Standing.Provider
	return ui.ConsentProps{
		ID: "ask-consent-" + string(p), Title: words.ConsentTitle(p), Text: words.ConsentExplains,
		Sends: words.ConsentSends(), Never: words.NeverSent, Recipient: p.Recipient(),
		Keeps: words.KeptThere(p), Version: "Version " + number(a.Standing.PolicyVersion), PolicyHref: "/privacy",
		Action: "/account/consents", Fields: consentFields(a),
	}
}

func renamed(r Rename, c domain.Conversation) string {
	if r.Title != "" || len(r.Problems) > 0 {
		return r.Title
	}
	return c.Title
}

func (p DeletePage) goes() string {
	return "“" + p.Conversation.Title + "” goes with " + words.Count(p.Messages, "message", "messages") +
		". The receipts of what was sent stay. This can't be undone."
}
