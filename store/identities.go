package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// identityRow says which of our people somebody of a provider is: the keyed hash of issuer and subject, never the address
// (A12).
type identityRow struct {
	bun.BaseModel `bun:"table:identities,alias:idn"`
	owned
	ID        domain.ID `bun:",pk"`
	MemberID  domain.ID
	Lookup    []byte
	UsedAt    time.Time `bun:",nullzero"`
	CreatedAt time.Time
}

func (db *DB) identityLookup(c domain.Claims) []byte {
	return db.keys.Lookup("identity|" + c.Issuer + "\x00" + c.Subject)
}

// Recognized is who a provider's word is here: somebody known, somebody who must first prove that an account is theirs, or
// somebody for whom one can be made.
type Recognized struct {
	Actor domain.Actor // known; it may do nothing but come in
	Prove bool         // the address has an account that is not linked
	Join  bool         // nobody has the address, and an account may be made
}

// Recognize says who a provider's word is in its organization, and brings a known person's role and department to where
// their groups put them. Whatever is not clear is refused, and nothing is linked by address (A12).
func (db *DB) Recognize(ctx context.Context, tenant domain.ID, c domain.Claims) (out Recognized, err error) {
	err = db.Tenant(ctx, System(tenant), func(t *Tenant) error {
		s, err := t.believes(c)
		if err != nil {
			return err
		}
		i, known, err := t.identity(c)
		if err != nil {
			return err
		}
		if !known {
			out, err = t.stranger(s, c)
			return err
		}
		var m memberRow
		if err := t.of(&m).Where("id = ?", i.MemberID).Scan(t.ctx); err != nil {
			return err
		}
		if !m.Active {
			return domain.Refused{Code: domain.SSOClosed}
		}
		if _, err := t.update(&identityRow{UsedAt: t.now}, []string{"used_at"}, "id = ?", i.ID); err != nil {
			return err
		}
		out.Actor = domain.NewActor(t.id(), m.ID, "")
		return t.place(m, domain.PlaceByGroups(c.Groups, s.Groups))
	})
	return out, err
}

// believes says that single sign-on is on and that it is the organization's own provider that spoke.
func (t *Tenant) believes(c domain.Claims) (domain.SSO, error) {
	s, err := t.sso()
	switch {
	case err != nil:
		return s, err
	case !s.Enabled:
		return s, domain.Refused{Code: domain.SSOOff}
	case c.Issuer == "" || c.Subject == "" || c.Issuer != s.Issuer:
		return s, domain.Refused{Code: domain.SSOIssuer}
	}
	return s, nil
}

func (t *Tenant) identity(c domain.Claims) (identityRow, bool, error) {
	var rows []identityRow
	err := t.of(&rows).Where("lookup = ?", t.db.identityLookup(c)).Limit(1).Scan(t.ctx)
	if err != nil || len(rows) == 0 {
		return identityRow{}, false, err
	}
	return rows[0], true, nil
}

// stranger is who a provider's word is that no account is linked with.
func (t *Tenant) stranger(s domain.SSO, c domain.Claims) (out Recognized, err error) {
	if !c.EmailVerified {
		return out, domain.Refused{Code: domain.SSOUnverified}
	}
	ours, err := t.claims(c.Email)
	if err != nil {
		return out, err
	}
	if !ours {
		return out, domain.Refused{Code: domain.SSODomain}
	}
	m, there, err := t.memberOf(c.Email)
	switch {
	case err != nil:
		return out, err
	case there && !m.Active:
		return out, domain.Refused{Code: domain.SSOClosed}
	case there:
		out.Prove = true
		return out, nil
	}
	_, invited, err := t.invitationFor(c.Email)
	if err == nil && !invited && !s.Provision {
		err = domain.Refused{Code: domain.SSONoAccount}
	}
	out.Join = err == nil
	return out, err
}

func (t *Tenant) memberOf(email string) (memberRow, bool, error) {
	var rows []memberRow
	err := t.of(&rows).Where("email_lookup = ?", t.db.keys.Lookup(domain.NormalEmail(email))).Limit(1).Scan(t.ctx)
	if err != nil || len(rows) == 0 {
		return memberRow{}, false, err
	}
	return rows[0], true, nil
}

// invitationFor is the newest that an address has and has not used.
func (t *Tenant) invitationFor(email string) (invitationRow, bool, error) {
	var rows []invitationRow
	err := t.of(&rows).
		Where("email_lookup = ?", t.db.keys.Lookup(domain.NormalEmail(email))).
		Where("accepted_at IS NULL AND revoked_at IS NULL AND expires_at > ?", t.now).
		Order("id DESC").Limit(1).For("UPDATE").Scan(t.ctx)
	if err != nil || len(rows) == 0 {
		return invitationRow{}, false, err
	}
	return rows[0], true, nil
}

// Link makes a provider's word the actor's own: who is signed in has proved both. One identity is one person's.
func (t *Tenant) Link(c domain.Claims) error {
	if _, err := t.believes(c); err != nil {
		return err
	}
	i, there, err := t.identity(c)
	switch {
	case err != nil:
		return err
	case there && i.MemberID != t.actor.Member():
		return domain.Refused{Code: domain.SSOLinked}
	case there:
		return nil
	}
	if err := t.addIdentity(c); err != nil {
		return err
	}
	return t.toldFactor("linked")
}

func (t *Tenant) addIdentity(c domain.Claims) error {
	r := identityRow{owned: owned{t.id()}, ID: newID(), MemberID: t.actor.Member(), Lookup: t.db.identityLookup(c), UsedAt: t.now, CreatedAt: t.now}
	if err := t.insert(&r); err != nil {
		return err
	}
	return t.audit("identity.linked", "member", t.actor.Member(), "")
}

func (t *Tenant) toldFactor(what string) error {
	return t.notify(t.actor.Member(), domain.Notice{Kind: domain.NoticeFactorChanged, Words: domain.NoticeWords{What: "single sign-on was " + what}})
}

// Linked is one link of a person with the organization's provider.
type Linked struct {
	ID                domain.ID
	UsedAt, CreatedAt time.Time
}

// Identities are the actor's own links.
func (t *Tenant) Identities() ([]Linked, error) {
	var rows []identityRow
	if err := t.of(&rows).Where("member_id = ?", t.actor.Member()).Order("id").Limit(50).Scan(t.ctx); err != nil {
		return nil, err
	}
	out := make([]Linked, len(rows))
	for i, r := range rows {
		out[i] = Linked{r.ID, r.UsedAt, r.CreatedAt}
	}
	return out, nil
}

// SSOOffered says whether the organization has single sign-on, for its people.
func (t *Tenant) SSOOffered() (bool, error) {
	rows, err := t.ssoRows()
	return err == nil && len(rows) > 0 && rows[0].Enabled, err
}

// Unlink takes one of the actor's own links away, but not the last way in: somebody must be able to come back.
func (t *Tenant) Unlink(id domain.ID) error {
	var m memberRow
	if err := t.of(&m).Column("id", "role", "password_hash").Where("id = ?", t.actor.Member()).For("UPDATE").Scan(t.ctx); err != nil {
		return err
	}
	if err := one(t.remove((*identityRow)(nil), "id = ? AND member_id = ?", id, m.ID)); err != nil {
		return err
	}
	left, err := t.waysIn(m)
	if err != nil {
		return err
	}
	if !left {
		return domain.Problems{{Field: "", Code: "last_way_in", Text: "This is your only way to sign in. Set a password or add a passkey first."}}
	}
	if err := t.audit("identity.unlinked", "member", m.ID, ""); err != nil {
		return err
	}
	return t.toldFactor("unlinked")
}

// waysIn says whether a person could still sign in.
func (t *Tenant) waysIn(m memberRow) (bool, error) {
	others, err := t.count(t.of((*identityRow)(nil)).Where("member_id = ?", m.ID))
	if err != nil || others > 0 {
		return others > 0, err
	}
	o, err := t.organization()
	if err != nil {
		return false, err
	}
	if m.PasswordHash != "" && !o.rules().PasswordRefused(m.Role, domain.ByPassword) {
		return true, nil
	}
	factors, err := t.factorsOf(m.ID)
	return factors.Passkeys > 0, err
}
