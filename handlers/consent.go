package handlers

import (
	"slices"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/store"
	"aimyorg/views/account"
	"aimyorg/views/words"
)

// consentHistory is how many decisions the page shows.
const consentHistory = 100

func (q *request) consentPart(t *store.Tenant) (p account.ConsentPart, err error) {
	p = account.ConsentPart{Providers: q.recipients(), Classes: domain.CopilotClasses, AIEnabled: q.who.Org.AIEnabled, Now: q.now}
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return p, err
	}
	p.PolicyVersion = inForce.Version
	if p.State, err = t.ConsentState(); err != nil {
		return p, err
	}
	p.History, err = t.Consents(consentHistory)
	return p, err
}

// decision is one click about one recipient and some kinds of data.
type decision struct {
	given   bool
	scopes  []domain.Scope
	surface string
}

// decideConsent records the person's own yes or no (P47). A no is in force when it is committed; what runs for them here
// is cut at once (P48), and what runs on other servers at its next checkpoint, since each asks the rows again.
func (q *request) decideConsent() error {
	d, err := q.decision()
	if err != nil {
		return err
	}
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return err
	}
	err = q.do(func(t *store.Tenant) error { return t.Consent(d.given, d.scopes, inForce.Version, d.surface) })
	if err != nil {
		return err
	}
	if !d.given {
		q.Runs.Cut(q.actor().Tenant(), q.actor().Member(), llm.ConsentWithdrawn)
	}
	if next := safeNext(q.exactly("next"), ""); d.surface == "panel" && next != "" {
		return q.redirect(next)
	}
	if !q.partial() {
		return q.redirect("/account/data#consents")
	}
	var part account.ConsentPart
	err = q.read(func(t *store.Tenant) (err error) {
		part, err = q.consentPart(t)
		return err
	})
	part.Said = said(d)
	if err != nil {
		return err
	}
	return q.fragments(200, account.Consents(part))
}

// decision reads the form: only what this page can ask about, in words that it knows.
func (q *request) decision() (decision, error) {
	var problems domain.Problems
	d := decision{given: q.typed("consent") == "yes", surface: "account"}
	if q.typed("surface") == "panel" {
		d.surface = "panel"
	}
	provider := domain.Provider(q.typed("provider"))
	problems.Add(q.typed("consent") != "yes" && q.typed("consent") != "no", "consent", "unknown", "Choose to agree or to withdraw.")
	problems.Add(!slices.Contains(q.recipients(), provider), "provider", "unknown", "Choose a recipient from the list.")
	problems.Add(len(q.form["class"]) == 0, "class", "required", "Choose the kinds of data.")
	for _, v := range q.form["class"] {
		class := domain.DataClass(v)
		problems.Add(!slices.Contains(domain.CopilotClasses, class), "class", "unknown", "Choose kinds of data from the list.")
		if s := (domain.Scope{Provider: provider, Class: class, Purpose: domain.PurposeCopilot}); !slices.Contains(d.scopes, s) {
			d.scopes = append(d.scopes, s)
		}
	}
	return d, problems.Err()
}

func said(d decision) string {
	to := words.ProviderInSentence(d.scopes[0].Provider)
	if d.given {
		return "You agreed. What is listed can be sent to " + to + " when you ask."
	}
	return "Withdrawn. Nothing more of it is sent to " + to + "."
}
