package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`
	owned
	ID        domain.ID `bun:",pk"`
	MemberID  domain.ID
	TokenHash []byte
	Device    []byte
	Address   []byte
	CreatedAt time.Time
	SeenAt    time.Time

	Member       *memberRow       `bun:"rel:belongs-to,join:tenant_id=tenant_id,join:member_id=id"`
	Organization *organizationRow `bun:"rel:belongs-to,join:tenant_id=tenant_id"`
}

// seenStep is how exact "last use" is: a session is not written more often.
const seenStep = time.Minute

// SignedIn is a session that holds.
type SignedIn struct {
	Actor   domain.Actor
	Session domain.ID
	Member  domain.Member
	Org     domain.Organization
}

// A session's token names its organization, so that finding it needs no look across organizations, and 32 random bytes,
// of which only the hash is kept.
func newToken(tenant domain.ID) string {
	return string(tenant) + "." + base64.RawURLEncoding.EncodeToString(random(32))
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// startSession signs the actor in and gives the cookie's token.
func (t *Tenant) startSession(device, address string) (string, error) {
	id, token := newID(), newToken(t.id())
	p := t.inOf(t.actor.Member(), "sessions", id)
	r := sessionRow{owned: owned{t.id()}, ID: id, MemberID: t.actor.Member(), TokenHash: hashToken(token),
		Device: p.text("device", device), Address: p.text("address", address), CreatedAt: t.now, SeenAt: t.now}
	if p.err != nil {
		return "", p.err
	}
	if err := t.insert(&r); err != nil {
		return "", err
	}
	return token, t.audit("session.started", "session", id, "")
}

// Session finds who a cookie's token belongs to, now: ended, idle, over, deactivated and forged are all ErrSignedOut.
// It moves "last use" at most once a minute.
func (db *DB) Session(ctx context.Context, token string) (SignedIn, error) {
	tenant, err := domain.ParseID(strings.SplitN(token, ".", 2)[0])
	if err != nil {
		return SignedIn{}, domain.ErrSignedOut
	}
	var out SignedIn
	var seen time.Time
	err = db.Read(ctx, domain.NewActor(tenant, "", ""), func(t *Tenant) (err error) {
		out, seen, err = t.session(hashToken(token))
		return err
	})
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, ErrUnreadable) { // unreadable: the organization's keys were destroyed
		err = domain.ErrSignedOut
	}
	if err == nil && db.Now().Sub(seen) > seenStep {
		err = db.touch(ctx, out)
	}
	return out, err
}

// sessionOf finds a session together with whose it is, in one statement: every request asks.
func (t *Tenant) sessionOf(where string, args ...any) (s sessionRow, err error) {
	err = t.of(&s).Relation("Member").Relation("Organization").Where(where, args...).Limit(1).Scan(t.ctx)
	if err == nil && (s.Member == nil || s.Organization == nil) {
		err = domain.ErrNotFound
	}
	return s, err
}

func (t *Tenant) session(hash []byte) (SignedIn, time.Time, error) {
	s, err := t.sessionOf("s.token_hash = ?", hash)
	if err != nil {
		return SignedIn{}, time.Time{}, err
	}
	m := *s.Member
	if !m.Active || domain.SessionOver(s.CreatedAt, s.SeenAt, t.now) {
		return SignedIn{}, time.Time{}, domain.ErrSignedOut
	}
	actor := domain.NewActor(t.id(), m.ID, m.Role)
	return SignedIn{Actor: actor, Session: s.ID, Member: t.member(m), Org: t.shownOrganization(*s.Organization)}, s.SeenAt, nil
}

func (db *DB) touch(ctx context.Context, s SignedIn) error {
	return db.Tenant(ctx, s.Actor, func(t *Tenant) error {
		_, err := t.update(&sessionRow{SeenAt: t.now}, []string{"seen_at"}, "id = ?", s.Session)
		return err
	})
}

// Sessions lists where the actor is signed in, newest use first.
func (t *Tenant) Sessions() ([]domain.Session, error) {
	var rows []sessionRow
	err := t.of(&rows).Where("member_id = ?", t.actor.Member()).Order("seen_at DESC").Limit(100).Scan(t.ctx)
	if err != nil {
		return nil, err
	}
	var out []domain.Session
	for _, r := range rows {
		if domain.SessionOver(r.CreatedAt, r.SeenAt, t.now) {
			continue
		}
		p := t.in("sessions", r.ID)
		out = append(out, domain.Session{ID: r.ID, Device: p.shown("device", r.Device), Address: p.shown("address", r.Address),
			CreatedAt: r.CreatedAt, SeenAt: r.SeenAt})
	}
	return out, nil
}

// EndSession signs one of the actor's own sessions out.
func (t *Tenant) EndSession(id domain.ID) error {
	if err := one(t.remove((*sessionRow)(nil), "id = ? AND member_id = ?", id, t.actor.Member())); err != nil {
		return err
	}
	return t.audit("session.ended", "session", id, "")
}

// SessionHolds says whether a session that was read before still holds, without moving its last use: streams ask it now
// and then.
func (db *DB) SessionHolds(ctx context.Context, who SignedIn) error {
	return db.Read(ctx, who.Actor, func(t *Tenant) error {
		s, err := t.sessionOf("s.id = ? AND s.member_id = ?", who.Session, who.Actor.Member())
		if errors.Is(known(err), domain.ErrNotFound) || err == nil && t.now.Sub(s.CreatedAt) > domain.SessionAbsolute {
			return domain.ErrSignedOut
		}
		if err != nil {
			return err
		}
		if !s.Member.Active || s.Member.Role != who.Actor.Role() {
			return domain.ErrSignedOut // also when the role changed: the page in that window shows what it no longer may (A16)
		}
		return nil
	})
}
