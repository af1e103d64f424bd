package store

import (
	"cmp"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// OfferOwnership asks a person to become the owner. Nothing changes until they agree; an earlier offer gives way to this one.
func (t *Tenant) OfferOwnership(to domain.ID) error {
	if err := t.may(domain.OwnOrganization); err != nil {
		return err
	}
	if err := t.writable(); err != nil {
		return err
	}
	me, them, err := t.lockTwo(t.actor.Member(), to)
	if err != nil {
		return err
	}
	if me.Role != domain.Owner || !them.Active || them.Role == domain.Owner {
		return domain.ErrNotFound
	}
	if _, err := t.endOffers(); err != nil {
		return err
	}
	id, token := newID(), newToken(t.id())
	p := t.in("links", id)
	r := linkRow{owned: owned{t.id()}, ID: id, MemberID: to, Purpose: "ownership", TokenHash: hashToken(token),
		Body: p.bytes("body", []byte(t.actor.Member())), CreatedAt: t.now, ExpiresAt: t.now.Add(domain.OwnershipLasts)}
	if p.err != nil {
		return p.err
	}
	if err := t.insert(&r); err != nil {
		return err
	}
	if err := t.mailOffer(them, token, r.ExpiresAt); err != nil {
		return err
	}
	return t.audit("ownership.offered", "member", to, "")
}

// mailOffer sends the link, and says in the product that it was sent.
func (t *Tenant) mailOffer(to memberRow, token string, until time.Time) error {
	by, err := t.NamesOf(t.actor.Member())
	if err != nil {
		return err
	}
	o, err := t.Organization()
	if err != nil {
		return err
	}
	m, who := t.member(to), by[t.actor.Member()]
	_, err = t.post(to.ID, domain.Letter{Kind: domain.LetterOwnership, To: m.Email, Name: m.Name, Organization: o.Name, By: who,
		Path: "/ownership/" + token, Until: until})
	if err != nil {
		return err
	}
	return t.keepNotice(to.ID, domain.Notice{Kind: domain.NoticeOwnership, About: "ownership", Words: domain.NoticeWords{Who: who}},
		domain.NoticeChoice{Kind: domain.NoticeOwnership, InProduct: true, Email: domain.EmailOff}) // the letter is its mail
}

// endOffers ends the offers that are open, and says how many there were.
func (t *Tenant) endOffers() (int64, error) {
	return t.update(&linkRow{UsedAt: t.now}, []string{"used_at"}, "purpose = 'ownership' AND used_at IS NULL AND expires_at > ?", t.now)
}

// WithdrawOwnership takes the open offer back.
func (t *Tenant) WithdrawOwnership() error {
	if err := t.may(domain.OwnOrganization); err != nil {
		return err
	}
	if err := one(t.endOffers()); err != nil {
		return err
	}
	return t.audit("ownership.withdrawn", "organization", t.id(), "")
}

// OwnershipOffer is the offer that is open: for the owner who made it and for whom it is made.
func (t *Tenant) OwnershipOffer() (domain.OwnershipOffer, error) {
	r, err := t.openOffer("member_id = ?", t.actor.Member())
	if t.actor.May(domain.OwnOrganization) {
		r, err = t.openOffer("TRUE")
	}
	if err != nil {
		return domain.OwnershipOffer{}, err
	}
	return t.offer(r)
}

// OwnershipOffered is the offer that a link leads to. It is the reader's own or not found.
func (t *Tenant) OwnershipOffered(token string) (domain.OwnershipOffer, error) {
	r, err := t.openOffer("member_id = ? AND token_hash = ?", t.actor.Member(), hashToken(token))
	if err != nil {
		return domain.OwnershipOffer{}, err
	}
	return t.offer(r)
}

func (t *Tenant) openOffer(where string, args ...any) (linkRow, error) {
	var r linkRow
	err := t.of(&r).Where("purpose = 'ownership' AND used_at IS NULL AND expires_at > ?", t.now).Where(where, args...).
		Order("id DESC").Limit(1).Scan(t.ctx)
	return r, known(err)
}

func (t *Tenant) offer(r linkRow) (domain.OwnershipOffer, error) {
	p := t.in("links", r.ID)
	from := domain.ID(p.raw("body", r.Body))
	if p.err != nil {
		return domain.OwnershipOffer{}, p.err
	}
	names, err := t.NamesOf(from, r.MemberID)
	if err != nil {
		return domain.OwnershipOffer{}, err
	}
	o, err := t.Organization()
	return domain.OwnershipOffer{ID: r.ID, From: from, To: r.MemberID, FromName: names[from], ToName: names[r.MemberID], Organization: o.Name,
		CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt}, err
}

// TakeOwnership makes the actor the owner by the link that the owner had sent, and the owner an admin: both at once.
func (t *Tenant) TakeOwnership(token string) error {
	if err := t.writable(); err != nil {
		return err
	}
	o, err := t.OwnershipOffered(token)
	if err != nil {
		return err
	}
	from, me, err := t.lockTwo(o.From, o.To)
	if err != nil {
		return err
	}
	if from.Role != domain.Owner || !from.Active || !me.Active {
		return domain.ErrNotFound
	}
	// After the people's rows: whoever offers or withdraws has them first, too.
	if err := one(t.update(&linkRow{UsedAt: t.now}, []string{"used_at"}, "id = ? AND used_at IS NULL", o.ID)); err != nil {
		return err
	}
	for id, role := range map[domain.ID]domain.Role{o.From: domain.Admin, o.To: domain.Owner} {
		if err := one(t.changeMember(&memberRow{Role: role}, []string{"role", "role_id"}, "id = ?", id)); err != nil {
			return err
		}
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	if err := t.audit("ownership.taken", "member", o.To, string(o.From)); err != nil {
		return err
	}
	for _, id := range []domain.ID{o.From, o.To} {
		n := domain.Notice{Kind: domain.NoticeOwnership, About: "member", Object: o.To, Words: domain.NoticeWords{Who: o.ToName}}
		if err := t.notify(id, n); err != nil {
			return err
		}
	}
	return nil
}

// lockTwo locks two people's rows, in the order of their ids, so that no two transactions wait for each other.
func (t *Tenant) lockTwo(a, b domain.ID) (first, second memberRow, err error) {
	if err := t.move(); err != nil { // before their rows, as lockPerson does
		return first, second, err
	}
	var rows []memberRow
	if err := t.of(&rows).Where("id IN (?)", bun.List([]domain.ID{a, b})).Order("id").For("NO KEY UPDATE").Scan(t.ctx); err != nil {
		return first, second, err
	}
	slices.SortFunc(rows, func(x, y memberRow) int { return cmp.Compare(sign(x.ID == b), sign(y.ID == b)) })
	if len(rows) != 2 {
		return first, second, domain.ErrNotFound
	}
	return rows[0], rows[1], nil
}

func sign(b bool) int {
	if b {
		return 1
	}
	return 0
}
