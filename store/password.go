package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"aimyorg/domain"
)

// Salts. All accounts of one address share a salt, so that one hash is computed per try however many accounts there are, and
// signing in takes as long for an address that has none (A119). The salt of an address is that of its oldest account's
// password; of an address without one it is derived from the address. So a person who changes their address takes the salt,
// and with it the password, along: see changeEmail.

// Salt is the derived salt of an address: that of an address which nobody has.
func (db *DB) Salt(email string) []byte {
	h := hmac.New(sha256.New, db.keys.Lookup(domain.NormalEmail(email)))
	h.Write([]byte("password salt"))
	return h.Sum(nil)[:16]
}

// SaltAmong is the salt of an address that has the accounts.
func (db *DB) SaltAmong(accounts []Account, email string) []byte {
	for _, a := range accounts {
		if salt := saltIn(a.Hash); salt != nil {
			return salt
		}
	}
	return db.Salt(email)
}

// SaltOf is the salt of an address: whoever hashes a new password for it asks here.
func (db *DB) SaltOf(ctx context.Context, email string) ([]byte, error) {
	accounts, err := db.Accounts(ctx, email)
	if err != nil {
		return nil, err
	}
	return db.SaltAmong(accounts, email), nil
}

// saltIn is the salt in a PHC string, nil when there is none.
func saltIn(phc string) []byte {
	parts := strings.Split(phc, "$") // "", argon2id, version, settings, salt, hash
	if len(parts) != 6 {
		return nil
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) == 0 {
		return nil
	}
	return salt
}

// MyPassword is the PHC string of the actor's own password, with its salt; "" when they have none.
func (t *Tenant) MyPassword() (hash string, salt []byte, err error) {
	var m memberRow
	err = t.of(&m).Column("password_hash").Where("id = ?", t.actor.Member()).Scan(t.ctx)
	return m.PasswordHash, saltIn(m.PasswordHash), err
}

// ChangePassword makes hash the actor's password if the one that was checked is still theirs, ends their other sessions and
// gives the one that they are in a new token (A17).
func (t *Tenant) ChangePassword(checked, hash string, session domain.ID) (token string, err error) {
	m, err := t.lockMyself()
	if err != nil {
		return "", err
	}
	if m.PasswordHash != checked {
		return "", domain.ErrConflict // somebody else changed it meanwhile
	}
	if err := t.setPassword(m.ID, hash, session); err != nil {
		return "", err
	}
	token = newToken(t.id())
	return token, one(t.update(&sessionRow{TokenHash: hashToken(token)}, []string{"token_hash"}, "id = ? AND member_id = ?", session, m.ID))
}

// setPassword makes hash a person's password, ends their sessions but the one to keep ("" for none), and tells them, with
// what ended (P21).
func (t *Tenant) setPassword(member domain.ID, hash string, keep domain.ID) error {
	if err := one(t.update(&memberRow{PasswordHash: hash}, []string{"password_hash"}, "id = ?", member)); err != nil {
		return err
	}
	if err := t.voidAllLinks(member); err != nil { // what was mailed before would undo it (A6)
		return err
	}
	ended, err := t.endSessions(member, keep)
	if err != nil {
		return err
	}
	if err := t.audit("password.changed", "member", member, fmt.Sprintf("%d sessions ended", len(ended))); err != nil {
		return err
	}
	return t.notify(member, domain.Notice{Kind: domain.NoticePasswordChanged, About: "account",
		Words: domain.NoticeWords{Count: len(ended), What: strings.Join(ended, "; ")}})
}

// maxEndedNamed bounds how many ended sessions a mail names.
const maxEndedNamed = 20

// endSessions ends a person's sessions but one, and says in words which.
func (t *Tenant) endSessions(member, keep domain.ID) (ended []string, err error) {
	var rows []sessionRow
	q := t.of(&rows).Where("member_id = ?", member)
	if keep != "" {
		q = q.Where("id <> ?", keep)
	}
	if err := q.Order("seen_at DESC").For("UPDATE").Scan(t.ctx); err != nil {
		return nil, err
	}
	for i, r := range rows {
		if _, err := t.remove((*sessionRow)(nil), "id = ?", r.ID); err != nil {
			return nil, err
		}
		p := t.in("sessions", r.ID)
		if i < maxEndedNamed && !domain.SessionOver(r.CreatedAt, r.SeenAt, t.now) {
			ended = append(ended, p.shown("device", r.Device)+" ("+p.shown("address", r.Address)+")")
		}
	}
	return ended, nil
}

// EndOtherSessions signs the actor out everywhere but in a session, and says how many ended.
func (t *Tenant) EndOtherSessions(keep domain.ID) (int, error) {
	ended, err := t.endSessions(t.actor.Member(), keep)
	if err != nil || len(ended) == 0 {
		return 0, err
	}
	return len(ended), t.audit("session.ended_others", "member", t.actor.Member(), fmt.Sprintf("%d sessions ended", len(ended)))
}

// changeEmail gives a person another address, and says whether their password still counts. It goes along with its salt, if
// the new address has no account with another salt. If it has (the person has an account in another organization under
// it), this account's password is dropped, so that still one hash decides a try: they come in by a reset, which goes to the
// new address, or by what else they have. Whoever calls it has shown that the new address is theirs, holds the account's
// row, audits and tells.
func (t *Tenant) changeEmail(member domain.ID, email string) (kept bool, err error) {
	email = domain.NormalEmail(email)
	var m memberRow
	if err := t.find(&m, "id = ?", member); err != nil {
		return false, err
	}
	others, err := t.db.Accounts(t.ctx, email)
	if err != nil {
		return false, err
	}
	p := t.inOf(member, "members", member)
	r := memberRow{Email: p.text("email", email), EmailLookup: t.db.keys.Lookup(email), PasswordHash: m.PasswordHash}
	if p.err != nil {
		return false, p.err
	}
	if own := saltIn(m.PasswordHash); own != nil && !hmac.Equal(own, t.db.saltBeside(others, m.ID, own)) {
		r.PasswordHash = ""
	}
	_, err = t.changeMember(&r, []string{"email", "email_lookup", "password_hash"}, "id = ?", member)
	return r.PasswordHash != "", err
}

// saltBeside is the salt of an address's other accounts, otherwise when none of them has a password.
func (db *DB) saltBeside(accounts []Account, member domain.ID, otherwise []byte) []byte {
	for _, a := range accounts {
		if salt := saltIn(a.Hash); salt != nil && a.Actor.Member() != member {
			return salt
		}
	}
	return otherwise
}
