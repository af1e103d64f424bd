package store

import (
	"crypto/subtle"

	"aimyorg/domain"
)

// Whoever found a browser open, or copied its cookie, may look and work, but does nothing dangerous without proving once more
// who they are (A22). A proof counts for domain.ProofLasts.

// proved notes that the person of a whole session has just proved who they are.
func (t *Tenant) proved(session domain.ID, how domain.Method) error {
	err := one(t.update(&sessionRow{ProvedAt: t.now}, []string{"proved_at"}, "id = ? AND member_id = ? AND stage = ?",
		session, t.actor.Member(), domain.Whole))
	if err != nil {
		return err
	}
	return t.audit("proof.given", "session", session, string(how))
}

// ProveByHash takes a password's hash. Who has no password proves nothing with any.
func (t *Tenant) ProveByHash(session domain.ID, hash string) (Checked, error) {
	var m memberRow
	if err := t.of(&m).Column("password_hash").Where("m.id = ?", t.actor.Member()).Scan(t.ctx); err != nil {
		return Checked{}, err
	}
	if m.PasswordHash == "" || subtle.ConstantTimeCompare([]byte(m.PasswordHash), []byte(hash)) != 1 {
		return Checked{}, t.audit("proof.refused", "session", session, string(domain.ByPassword))
	}
	return Checked{Right: true}, t.proved(session, domain.ByPassword)
}

// ProveByCode takes a code of the actor's app.
func (t *Tenant) ProveByCode(session domain.ID, code string) (Checked, error) {
	out, err := t.useCode(code)
	if err == nil && out.Right {
		err = t.proved(session, domain.ByCode)
	}
	return out, err
}

// ProveByPasskey takes an answer of one of the actor's devices.
func (t *Tenant) ProveByPasskey(session domain.ID, device []byte, verify Verify) (Checked, error) {
	out, err := t.UsePasskey(device, verify)
	if err == nil && out.Right {
		err = t.proved(session, domain.ByPasskey)
	}
	return out, err
}

// HasPassword says whether the actor has one.
func (t *Tenant) HasPassword() (bool, error) {
	n, err := t.count(t.of((*memberRow)(nil)).Where("m.id = ? AND password_hash <> ''", t.actor.Member()))
	return n > 0, err
}
