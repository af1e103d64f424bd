package store

import (
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type consentRow struct {
	bun.BaseModel `bun:"table:consents,alias:c"`
	owned
	ID            domain.ID `bun:",pk"`
	MemberID      domain.ID
	Provider      domain.Provider
	DataClass     domain.DataClass
	Purpose       domain.Purpose
	Given         bool
	PolicyVersion int
	TextHash      string
	Surface       string
	At            time.Time
}

func (r consentRow) consent() domain.Consent {
	return domain.Consent{ID: r.ID, Scope: domain.Scope{Provider: r.Provider, Class: r.DataClass, Purpose: r.Purpose},
		Given: r.Given, PolicyVersion: r.PolicyVersion, TextHash: r.TextHash, Surface: r.Surface, At: r.At}
}

// allScopes is everything that the consent box at sign-up names.
func allScopes() []domain.Scope {
	var out []domain.Scope
	for _, p := range []domain.Provider{domain.OpenAI, domain.OpenRouter} {
		for _, c := range domain.DataClasses {
			out = append(out, domain.Scope{Provider: p, Class: c, Purpose: domain.PurposeCopilot})
		}
	}
	return out
}

// Consent records the actor's own yes or no for scopes, under a version of the policy (P47, P48). Nobody consents for
// somebody else.
func (t *Tenant) Consent(given bool, scopes []domain.Scope, policyVersion int, surface string) error {
	rows := make([]consentRow, 0, len(scopes))
	for _, s := range scopes {
		rows = append(rows, consentRow{owned: owned{t.id()}, ID: newID(), MemberID: t.actor.Member(), Provider: s.Provider,
			DataClass: s.Class, Purpose: s.Purpose, Given: given, PolicyVersion: policyVersion,
			TextHash: domain.ConsentHash(s), Surface: surface, At: t.now})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := t.insert(&rows); err != nil {
		return err
	}
	verb := "consent.given"
	if !given {
		verb = "consent.withdrawn"
	}
	return t.audit(verb, "member", t.actor.Member(), surface)
}

// ConsentState is the actor's last word per scope.
func (t *Tenant) ConsentState() (domain.ConsentState, error) {
	history, err := t.Consents(2000)
	if err != nil {
		return nil, err
	}
	out := domain.ConsentState{}
	for _, c := range history {
		if _, later := out[c.Scope]; !later {
			out[c.Scope] = c
		}
	}
	return out, nil
}

// Consents is the actor's history, newest first.
func (t *Tenant) Consents(limit int) ([]domain.Consent, error) {
	var rows []consentRow
	err := t.of(&rows).Where("member_id = ?", t.actor.Member()).Order("id DESC").Limit(int64(limit)).Scan(t.ctx)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Consent, len(rows))
	for i, r := range rows {
		out[i] = r.consent()
	}
	return out, nil
}
