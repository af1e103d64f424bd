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

// agree records the consents with which an account begins: to the recipients that the form named, and to what answering a
// question can send, which it names, too (P47).
func (t *Tenant) agree(to []domain.Provider, policyVersion int, surface string) error {
	var scopes []domain.Scope
	for _, p := range to {
		for _, c := range domain.CopilotClasses {
			scopes = append(scopes, domain.Scope{Provider: p, Class: c, Purpose: domain.PurposeCopilot})
		}
	}
	if len(scopes) == 0 {
		return nil
	}
	return t.Consent(true, scopes, policyVersion, surface)
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

// lastWords are the actor's per scope.
func (t *Tenant) lastWords() (domain.ConsentState, error) {
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

// ConsentsUnder are the consents that a request was sent under, for who may see its receipt.
func (t *Tenant) ConsentsUnder(r domain.Receipt) ([]domain.Consent, error) {
	if r.Member != t.actor.Member() && !t.actor.May(domain.ReadEgress) {
		return nil, domain.ErrNotFound
	}
	if len(r.Consents) == 0 {
		return nil, nil
	}
	var rows []consentRow
	err := t.of(&rows).Where("member_id = ?", r.Member).Where("id IN (?)", bun.List(r.Consents)).Order("id").Scan(t.ctx)
	out := make([]domain.Consent, len(rows))
	for i, x := range rows {
		out[i] = x.consent()
	}
	return out, err
}

// Consented counts the people of the organization and those of them who agreed to everything that a provider's answers
// need, under a version of the policy.
func (t *Tenant) Consented(p domain.Provider, policyVersion int) (agreed, people int, err error) {
	if err := t.may(domain.ConfigureAI); err != nil {
		return 0, 0, err
	}
	if people, err = t.count(t.of((*memberRow)(nil)).Where("active")); err != nil {
		return 0, 0, err
	}
	var rows []consentRow
	err = t.of(&rows).DistinctOn("member_id, data_class").Where("provider = ? AND purpose = ?", p, domain.PurposeCopilot).
		OrderExpr("member_id, data_class, id DESC").Scan(t.ctx)
	states := map[domain.ID]domain.ConsentState{}
	for _, r := range rows {
		if states[r.MemberID] == nil {
			states[r.MemberID] = domain.ConsentState{}
		}
		c := r.consent()
		states[r.MemberID][c.Scope] = c
	}
	for _, s := range states {
		if s.CoversCopilot(p, policyVersion) {
			agreed++
		}
	}
	return agreed, people, err
}
