package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
)

// Who forgot their password is asked for their address only. The answer is the same, and takes as long, whoever has the
// address (A119): the request is kept, cloaked, and SendResets looks at it afterwards.

const cloakReset = "reset request"

// RequestReset keeps that somebody asked for a new password for an address.
func (db *DB) RequestReset(ctx context.Context, email string) error {
	body, err := db.cloak(cloakReset, []byte(domain.NormalEmail(email)))
	if err != nil {
		return err
	}
	_, err = db.door.Exec(ctx, `insert into reset_requests (id, email, at) values ($1, $2, $3)`, string(newID()), body, db.Now())
	return known(err)
}

type resetRequest struct {
	ID    domain.ID
	Email []byte
	At    time.Time
}

// resetsAtOnce bounds what is held in memory.
const resetsAtOnce = 100

// SendResets answers what was asked: a mail for each account that an address has. A request is deleted after its mails are
// in the outbox; whoever answers it twice, since another process died or is as fast, finds its links there.
func (db *DB) SendResets(ctx context.Context) error {
	for {
		n, err := db.sendSomeResets(ctx)
		if err != nil || n < resetsAtOnce {
			return err
		}
	}
}

func (db *DB) sendSomeResets(ctx context.Context) (int, error) {
	rows, err := db.door.Query(ctx, `select id::text, email, at from reset_requests order by at limit $1`, resetsAtOnce)
	if err != nil {
		return 0, known(err)
	}
	requests, err := pgx.CollectRows(rows, pgx.RowToStructByPos[resetRequest])
	if err != nil {
		return 0, known(err)
	}
	var failed error
	for _, r := range requests { // one that fails must not keep the others; it is tried again until nobody waits for it
		err := db.sendReset(ctx, r)
		if err == nil {
			_, err = db.door.Exec(ctx, `delete from reset_requests where id = $1`, string(r.ID))
		}
		failed = errors.Join(failed, known(err))
	}
	return len(requests), failed
}

func (db *DB) sendReset(ctx context.Context, r resetRequest) error {
	if db.Now().Sub(r.At) > domain.LinkLasts { // nobody waits for it any more
		return nil
	}
	email, err := db.uncloak(cloakReset, r.Email)
	if errors.Is(err, domain.ErrNotFound) { // of other keys: nothing that could be answered
		return nil
	}
	if err != nil {
		return err
	}
	accounts, err := db.Accounts(ctx, string(email))
	if err != nil {
		return err
	}
	for _, a := range accounts {
		err := db.Tenant(ctx, a.Actor, func(t *Tenant) error { return t.mailReset(r.ID, a.Actor.Member(), "") })
		if err != nil && !errors.Is(err, domain.ErrConflict) && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
	}
	return nil
}

// SendReset mails a person a link to a new password, for an admin. Nobody sets somebody else's password (A13).
func (t *Tenant) SendReset(member domain.ID) error {
	if err := t.may(domain.ManagePeople); err != nil {
		return err
	}
	me, err := t.Me()
	if err != nil {
		return err
	}
	if err := t.mailReset(newID(), member, me.Name); err != nil {
		return err
	}
	return t.audit("member.reset_sent", "member", member, "")
}

// mailReset mails an active person their link, under an id that is used once. Whom the organization lets in by single
// sign-on only is told so instead.
func (t *Tenant) mailReset(id, member domain.ID, by string) error {
	var m memberRow
	if err := t.find(&m, "id = ? AND active", member); err != nil {
		return err
	}
	o, err := t.Organization()
	if err != nil {
		return err
	}
	to := t.member(m)
	letter := domain.Letter{Kind: domain.LetterReset, To: to.Email, Name: to.Name, Organization: o.Name, By: by, Path: "/sign-in"}
	token, err := t.link(id, member, linkReset, "")
	if err != nil {
		return err
	}
	if byPassword(o, m) {
		letter.Path, letter.Until = "/reset/"+token, t.now.Add(domain.LinkLasts)
	} else if err = t.useLink(id); err != nil {
		return err
	}
	_, err = t.post(member, letter)
	return err
}

// byPassword says whether a person may come in by a password.
func byPassword(o domain.Organization, m memberRow) bool {
	return !o.Door.SSO || m.Role == domain.Owner
}

// Reset is what a link to a new password is about.
type Reset struct {
	Actor                     domain.Actor // whose; without a role
	Organization, Name, Email string
}

// Reset finds what a link is for. ErrNotFound when it was used, is over or void, or never was (A6).
func (db *DB) Reset(ctx context.Context, token string) (out Reset, err error) {
	err = db.at(ctx, token, false, func(t *Tenant) error {
		out, _, err = t.reset(token)
		return err
	})
	return out, gone(err)
}

// gone is an error of a token: an organization whose keys are gone has none that works.
func gone(err error) error {
	if errors.Is(err, ErrUnreadable) {
		return domain.ErrNotFound
	}
	return err
}

func (t *Tenant) reset(token string) (Reset, linkRow, error) {
	r, err := t.openLink(token, linkReset)
	if err != nil {
		return Reset{}, r, err
	}
	var m memberRow
	if err := t.find(&m, "id = ? AND active", r.MemberID); err != nil {
		return Reset{}, r, err
	}
	o, err := t.Organization()
	if err == nil && !byPassword(o, m) { // since the link was sent
		err = domain.ErrNotFound
	}
	to := t.member(m)
	return Reset{domain.NewActor(t.id(), r.MemberID, ""), o.Name, to.Name, to.Email}, r, err
}

// ResetPassword uses a link: the person's password has the hash from now on, all their sessions end, and they are told.
func (db *DB) ResetPassword(ctx context.Context, token, hash string) error {
	return gone(db.at(ctx, token, true, func(t *Tenant) error {
		about, r, err := t.reset(token)
		if err != nil {
			return err
		}
		t.actor = about.Actor
		if err := t.useLink(r.ID); err != nil {
			return err
		}
		return t.setPassword(r.MemberID, hash, "")
	}))
}
