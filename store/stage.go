package store

import "aimyorg/domain"

// stageFor is how far a session comes with what its person proved: whole, or wanting what the person or the organization
// asks for beyond it (A9).
func (t *Tenant) stageFor(m memberRow, by domain.Arrival) (domain.Stage, error) {
	has, err := t.factorsOf(m.ID)
	if err != nil {
		return "", err
	}
	rules, err := t.doorRules()
	return domain.StageFor(by.Method, has, rules), err
}

func (t *Tenant) doorRules() (domain.DoorRules, error) {
	o, err := t.organization()
	return domain.DoorRules{Factor: o.FactorRequired, SSO: o.SSORequired}, err
}

// factorsOf is what a person can prove beside a password.
func (t *Tenant) factorsOf(member domain.ID) (f domain.Factors, err error) {
	n, err := t.count(t.of((*authenticatorRow)(nil)).Where("member_id = ? AND confirmed_at IS NOT NULL", member))
	if err != nil {
		return f, err
	}
	f.App = n > 0
	if f.Passkeys, err = t.count(t.of((*passkeyRow)(nil)).Where("member_id = ?", member)); err != nil {
		return f, err
	}
	f.Recovery, err = t.count(t.of((*recoveryRow)(nil)).Where("member_id = ? AND used_at IS NULL", member))
	return f, err
}

// Factors is what the actor can prove beside a password.
func (t *Tenant) Factors() (domain.Factors, error) { return t.factorsOf(t.actor.Member()) }

// raise makes the actor's half session whole once they proved what it wanted. It is the same row with another token: the one
// before, which somebody else may know, is worth nothing from here on (A15).
func (t *Tenant) raise(session domain.ID, from domain.Stage, how domain.Method, by domain.Arrival) (token string, err error) {
	by.Method = how
	token = newToken(t.id())
	r := sessionRow{TokenHash: hashToken(token), Stage: domain.Whole, SeenAt: t.now, ProvedAt: t.now}
	err = one(t.update(&r, []string{"token_hash", "stage", "seen_at", "proved_at"}, "id = ? AND member_id = ? AND stage = ?",
		session, t.actor.Member(), from))
	if err != nil {
		return "", err
	}
	if err = t.arrived(by); err != nil {
		return "", err
	}
	return token, t.audit("session.finished", "session", session, string(by.Method))
}

// ResetFactors takes a person's second factors away, for whom everything is lost: they sign in with their password and set
// up new ones. Whatever is signed in ends. Only an owner resets an owner.
func (t *Tenant) ResetFactors(member domain.ID) error {
	if err := t.mayManage(member); err != nil {
		return err
	}
	var m memberRow
	if err := t.of(&m).Where("m.id = ?", member).For("UPDATE").Scan(t.ctx); err != nil {
		return err
	}
	if m.Role == domain.Owner && t.actor.Role() != domain.Owner {
		return domain.ErrNotFound
	}
	for _, model := range []any{(*authenticatorRow)(nil), (*passkeyRow)(nil), (*recoveryRow)(nil), (*sessionRow)(nil)} {
		if _, err := t.remove(model, "member_id = ?", member); err != nil {
			return err
		}
	}
	if err := t.audit("factors.reset", "member", member, ""); err != nil {
		return err
	}
	who, err := t.NamesOf(t.actor.Member())
	if err != nil {
		return err
	}
	return t.notify(member, domain.Notice{Kind: domain.NoticeFactorChanged,
		Words: domain.NoticeWords{Who: who[t.actor.Member()], What: "all second factors removed"}})
}

// factorChanged records and tells that one of the actor's factors came or went, and which (P21).
func (t *Tenant) factorChanged(verb string, object domain.ID, what string) error {
	if err := t.audit(verb, "factor", object, ""); err != nil {
		return err
	}
	return t.notify(t.actor.Member(), domain.Notice{Kind: domain.NoticeFactorChanged, Words: domain.NoticeWords{What: what}})
}

// mayLose refuses to take the last factor away where the organization asks for one. The person's row is locked, so that two
// at once can't take the last two.
func (t *Tenant) mayLose(app bool) error {
	var m memberRow
	if err := t.of(&m).Column("id").Where("m.id = ?", t.actor.Member()).For("UPDATE").Scan(t.ctx); err != nil {
		return err
	}
	has, err := t.Factors()
	if err != nil {
		return err
	}
	rules, err := t.doorRules()
	if err != nil || has.MayLose(app, rules) {
		return err
	}
	return domain.Problems{{Field: "factor", Code: "last_factor",
		Text: "Your organization asks for a second factor, and this is your last one. Add another one first."}}
}
