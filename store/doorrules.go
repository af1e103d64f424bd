package store

import (
	"fmt"

	"aimyorg/domain"
)

// DoorFacts is what one must know before asking more of everybody at the door.
type DoorFacts struct {
	Rules    domain.DoorRules
	People   int  // with an open account
	Without  int  // of them, who have neither an authenticator nor a passkey
	SSO      bool // single sign-on is switched on
	SSOTried bool // and somebody has come in by it
}

// withoutFactor are people who have nothing to prove who they are by beside their password.
const withoutFactor = `active AND NOT EXISTS (SELECT FROM authenticators x WHERE x.tenant_id = m.tenant_id AND x.member_id = m.id
		AND x.confirmed_at IS NOT NULL)
	AND NOT EXISTS (SELECT FROM passkeys x WHERE x.tenant_id = m.tenant_id AND x.member_id = m.id)`

// DoorFacts is read by those who manage the door.
func (t *Tenant) DoorFacts() (f DoorFacts, err error) {
	if err := t.may(domain.ManageSecurity); err != nil {
		return f, err
	}
	o, err := t.organization()
	if err != nil {
		return f, err
	}
	f.Rules = o.rules()
	if f.People, err = t.count(t.of((*memberRow)(nil)).Where("active")); err != nil {
		return f, err
	}
	if f.Without, err = t.count(t.of((*memberRow)(nil)).Where(withoutFactor)); err != nil {
		return f, err
	}
	err = t.of((*organizationRow)(nil)).
		ColumnExpr("EXISTS (SELECT FROM sso x WHERE x.tenant_id = o.tenant_id AND x.enabled)").
		ColumnExpr("EXISTS (SELECT FROM identities x WHERE x.tenant_id = o.tenant_id AND x.used_at IS NOT NULL)").Scan(t.ctx, &f.SSO, &f.SSOTried)
	return f, err
}

// Problems says what keeps rules from being made.
func (f DoorFacts) Problems(r domain.DoorRules) (p domain.Problems) {
	asked := r.SSO && !f.Rules.SSO
	p.Add(asked && !f.SSO, "sso", "sso_off", "Set up single sign-on and switch it on first.")
	p.Add(asked && f.SSO && !f.SSOTried, "sso", "sso_untried",
		"Sign in by single sign-on once first, so that nobody is locked out by a mistake in its settings.")
	return p
}

// SaveDoorRules changes what the organization asks for at its door. It counts from the next sign-in on: who is in stays in.
// Single sign-on can only be required once somebody has come in by it.
func (t *Tenant) SaveDoorRules(r domain.DoorRules) error {
	if err := t.may(domain.ManageSecurity); err != nil {
		return err
	}
	if err := t.writable(); err != nil {
		return err
	}
	f, err := t.DoorFacts()
	if err != nil {
		return err
	}
	if err := f.Problems(r).Err(); err != nil {
		return err
	}
	row := organizationRow{FactorRequired: r.Factor, SSORequired: r.SSO}
	if err := one(t.update(&row, []string{"factor_required", "sso_required"}, "true")); err != nil {
		return err
	}
	return t.audit("door.changed", "organization", t.id(), fmt.Sprintf("factor required: %t, single sign-on required: %t", r.Factor, r.SSO))
}
