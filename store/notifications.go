package store

import (
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type notificationRow struct {
	bun.BaseModel `bun:"table:notifications,alias:nt"`
	owned
	ID        domain.ID `bun:",pk"`
	MemberID  domain.ID
	Kind      domain.NoticeKind
	About     string
	Object    domain.ID `bun:",nullzero"`
	Body      []byte
	Digest    bool
	ReadAt    time.Time `bun:",nullzero"`
	CreatedAt time.Time
}

type choiceRow struct {
	bun.BaseModel `bun:"table:notice_choices,alias:nc"`
	owned
	MemberID  domain.ID         `bun:",pk"`
	Kind      domain.NoticeKind `bun:",pk"`
	InProduct bool
	Email     domain.EmailChoice
}

// notify tells a person something, in the ways that they chose: in the product, by a mail of its own, in a digest. It
// happens in the transaction of what it tells, or not at all.
func (t *Tenant) notify(member domain.ID, n domain.Notice) error {
	choice, err := t.choiceOf(member, n.Kind)
	if err != nil {
		return err
	}
	if choice.InProduct || choice.Email == domain.EmailDigest {
		if err := t.keepNotice(member, n, choice); err != nil {
			return err
		}
	}
	if choice.Email != domain.EmailNow {
		return nil
	}
	var m memberRow
	if err := t.find(&m, "id = ?", member); err != nil {
		return err
	}
	return t.postNotice(t.member(m), n)
}

// postNotice mails a person one notice at once.
func (t *Tenant) postNotice(to domain.Member, n domain.Notice) error {
	o, err := t.Organization()
	if err != nil {
		return err
	}
	n.At = t.now
	_, err = t.post(to.ID, domain.Letter{Kind: domain.LetterNotice, To: to.Email, Name: to.Name, Organization: o.Name, Notices: []domain.Notice{n}})
	return err
}

func (t *Tenant) keepNotice(member domain.ID, n domain.Notice, choice domain.NoticeChoice) error {
	words, err := json.Marshal(n.Words)
	if err != nil {
		return err
	}
	id := newID()
	p := t.inOf(member, "notifications", id)
	r := notificationRow{owned: owned{t.id()}, ID: id, MemberID: member, Kind: n.Kind, About: n.About, Object: n.Object,
		Body: p.bytes("body", words), Digest: choice.Email == domain.EmailDigest, CreatedAt: t.now}
	if !choice.InProduct { // it only waits for the digest
		r.ReadAt = t.now
	}
	if p.err != nil {
		return p.err
	}
	return t.insert(&r)
}

// choiceOf is what a person wants of a kind of notice.
func (t *Tenant) choiceOf(member domain.ID, kind domain.NoticeKind) (domain.NoticeChoice, error) {
	var rows []choiceRow
	if err := t.of(&rows).Where("member_id = ? AND kind = ?", member, kind).Scan(t.ctx); err != nil {
		return domain.NoticeChoice{}, err
	}
	if len(rows) == 0 {
		return domain.DefaultChoice(kind), nil
	}
	return domain.NoticeChoice{Kind: kind, InProduct: rows[0].InProduct, Email: rows[0].Email}.Effective(), nil
}
