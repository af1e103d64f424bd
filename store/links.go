package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// linkRow is a link that was sent to a person: for one purpose, for a while, once.
type linkRow struct {
	bun.BaseModel `bun:"table:links,alias:l"`
	owned
	ID        domain.ID `bun:",pk"`
	MemberID  domain.ID
	Purpose   string
	TokenHash []byte
	Body      []byte
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time `bun:",nullzero"`
}

// The purposes of links.
const (
	linkReset = "reset"
	linkEmail = "email"
)

// link makes a person's link and gives its token, which names the organization like a session's. What they had for the
// same purpose before is void: only the newest works.
func (t *Tenant) link(id, member domain.ID, purpose, body string) (token string, err error) {
	if err := t.voidLinks(member, purpose); err != nil {
		return "", err
	}
	token = newToken(t.id())
	r := linkRow{owned: owned{t.id()}, ID: id, MemberID: member, Purpose: purpose, TokenHash: hashToken(token), CreatedAt: t.now,
		ExpiresAt: t.now.Add(domain.LinkLasts)}
	if body != "" {
		p := t.inOf(member, "links", id)
		if r.Body = p.text("body", body); p.err != nil {
			return "", p.err
		}
	}
	return token, t.insert(&r)
}

// voidLinks uses a person's links for a purpose up.
func (t *Tenant) voidLinks(member domain.ID, purpose string) error {
	_, err := t.update(&linkRow{UsedAt: t.now}, []string{"used_at"}, "member_id = ? AND purpose = ? AND used_at IS NULL", member, purpose)
	return err
}

// voidAllLinks voids what a person was sent before their password or address changed.
func (t *Tenant) voidAllLinks(member domain.ID) error {
	return errors.Join(t.voidLinks(member, linkReset), t.voidLinks(member, linkEmail))
}

// openLink finds a link that still works, and keeps others from using it meanwhile.
func (t *Tenant) openLink(token, purpose string) (linkRow, error) {
	var r linkRow
	q := t.of(&r).Where("token_hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?", hashToken(token), purpose, t.now)
	if _, writing := t.bun.(bun.Tx); writing {
		q = q.For("UPDATE")
	}
	return r, q.Scan(t.ctx)
}

// useLink uses a link up.
func (t *Tenant) useLink(id domain.ID) error {
	return one(t.update(&linkRow{UsedAt: t.now}, []string{"used_at"}, "id = ? AND used_at IS NULL", id))
}

// tenantOf is the organization that a token names.
func tenantOf(token string) (domain.ID, error) {
	id, err := domain.ParseID(strings.SplitN(token, ".", 2)[0])
	if err != nil {
		return "", domain.ErrNotFound
	}
	return id, nil
}

// at runs fn in the organization that a token names, as somebody without rights. What is no token, or names no
// organization, is not found like a token that never was.
func (db *DB) at(ctx context.Context, token string, write bool, fn func(*Tenant) error) error {
	tenant, err := tenantOf(token)
	if err != nil {
		return err
	}
	run := db.Read
	if write {
		run = db.Tenant
	}
	return run(ctx, domain.NewActor(tenant, "", ""), fn)
}
