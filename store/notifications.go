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

// unnamed keeps whose name a notice says in place of the name, if they have an account (P78).
func (t *Tenant) unnamed(n domain.Notice) (domain.Notice, error) {
	if n.Words.Who == "" {
		return n, nil
	}
	might := []domain.ID{t.actor.Member()}
	if n.About == "member" {
		might = append(might, n.Object)
	}
	names, err := t.NamesOf(might...)
	for id, name := range names {
		if name == n.Words.Who {
			n.Words.Who, n.Words.By = "", id
			break
		}
	}
	return n, err
}

// named puts the names into notices that people have now.
func (t *Tenant) named(all []domain.Notice) ([]domain.Notice, error) {
	var by []domain.ID
	for _, n := range all {
		if n.Words.By != "" {
			by = append(by, n.Words.By)
		}
	}
	names, err := t.NamesOf(by...)
	for i, n := range all {
		if name := names[n.Words.By]; name != "" {
			all[i].Words.Who = name
		}
	}
	return all, err
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
	n, err := t.unnamed(n)
	if err != nil {
		return err
	}
	words, err := json.Marshal(n.Words)
	if err != nil {
		return err
	}
	id := newID()
	p := t.inOf(member, "notifications", id)
	r := notificationRow{owned: owned{t.id()}, ID: id, MemberID: member, Kind: n.Kind, About: n.About, Object: n.Object,
		Body: p.text("body", string(words)), Digest: choice.Email == domain.EmailDigest, CreatedAt: t.now}
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

// NoticeFilter narrows the actor's notifications.
type NoticeFilter struct {
	Unread bool
	Stretch
}

// notices are a person's notices that are for the product: one that only waits for a digest counts as read when it came.
func (t *Tenant) notices(rows *[]notificationRow) *bun.SelectQuery {
	return t.of(rows).Where("nt.member_id = ?", t.actor.Member()).Where("(nt.read_at IS NULL OR nt.read_at > nt.created_at)")
}

// Notices lists the actor's notifications, newest first.
func (t *Tenant) Notices(f NoticeFilter) ([]domain.Notice, error) {
	var rows []notificationRow
	q := f.narrow(t.notices(&rows), "id")
	if f.Unread {
		q = q.Where("nt.read_at IS NULL")
	}
	if err := q.Scan(t.ctx); err != nil {
		return nil, err
	}
	ordered(f.Stretch, rows)
	out := make([]domain.Notice, len(rows))
	for i, r := range rows {
		out[i] = t.notice(r)
	}
	return t.named(out)
}

// mostUnread bounds the count of what is unread here and in whose.
const mostUnread = 100

// UnreadNotices counts what the actor has not read yet, a hundred at most, as SignedIn.Unread does.
func (t *Tenant) UnreadNotices() (n int, err error) {
	unread := t.of((*notificationRow)(nil)).ColumnExpr("1").Where("member_id = ? AND read_at IS NULL", t.actor.Member()).Limit(mostUnread)
	err = t.bun.NewSelect().TableExpr("(?) x", unread).ColumnExpr("count(*)").Scan(t.ctx, &n)
	return n, err
}

// notice opens a row. One that can't be opened still says what kind it is.
func (t *Tenant) notice(r notificationRow) domain.Notice {
	n := domain.Notice{ID: r.ID, Kind: r.Kind, About: r.About, Object: r.Object, At: r.CreatedAt, ReadAt: r.ReadAt}
	p := t.in("notifications", r.ID)
	if body := p.read("body", r.Body); p.err == nil {
		_ = json.Unmarshal([]byte(body), &n.Words) // what it lacks is said without
	}
	return n
}

// OpenNotice marks one of the actor's notifications as read and gives it, so that its reader can be led on.
func (t *Tenant) OpenNotice(id domain.ID) (domain.Notice, error) {
	var rows []notificationRow
	if err := t.notices(&rows).Where("nt.id = ?", id).Scan(t.ctx); err != nil {
		return domain.Notice{}, err
	}
	if len(rows) == 0 {
		return domain.Notice{}, domain.ErrNotFound
	}
	_, err := t.update(&notificationRow{ReadAt: t.now}, []string{"read_at"}, "id = ? AND member_id = ? AND read_at IS NULL", id, t.actor.Member())
	return t.notice(rows[0]), err
}

// ReadNotices marks all of the actor's notifications as read that had come by the time they looked: last is the newest
// that they saw.
func (t *Tenant) ReadNotices(last domain.ID) (int64, error) {
	return t.update(&notificationRow{ReadAt: t.now}, []string{"read_at"}, "member_id = ? AND read_at IS NULL AND id <= ?", t.actor.Member(), last)
}

// NoticeChoices are what the actor wants of each kind, in the order of the kinds.
func (t *Tenant) NoticeChoices() ([]domain.NoticeChoice, error) {
	var rows []choiceRow
	if err := t.of(&rows).Where("nc.member_id = ?", t.actor.Member()).Scan(t.ctx); err != nil {
		return nil, err
	}
	chosen := map[domain.NoticeKind]domain.NoticeChoice{}
	for _, r := range rows {
		chosen[r.Kind] = domain.NoticeChoice{Kind: r.Kind, InProduct: r.InProduct, Email: r.Email}
	}
	out := make([]domain.NoticeChoice, len(domain.NoticeKinds))
	for i, k := range domain.NoticeKinds {
		out[i] = domain.DefaultChoice(k)
		if c, ok := chosen[k]; ok {
			out[i] = c.Effective()
		}
	}
	return out, nil
}

// ChooseNotices keeps what the actor wants. Kinds of security stay as they are, whatever is asked (P21); what waits for a
// digest that is not wanted any more does not come.
func (t *Tenant) ChooseNotices(choices []domain.NoticeChoice) error {
	var rows []choiceRow
	var without []domain.NoticeKind
	me := t.actor.Member()
	for _, c := range choices {
		if c.Kind.Security() {
			continue
		}
		if problems := c.Problems(); problems.Err() != nil {
			return problems
		}
		rows = append(rows, choiceRow{owned: owned{t.id()}, MemberID: me, Kind: c.Kind, InProduct: c.InProduct, Email: c.Email})
		if c.Email != domain.EmailDigest {
			without = append(without, c.Kind)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := t.bun.NewInsert().Model(&rows).On("CONFLICT (tenant_id, member_id, kind) DO UPDATE").
		Set("in_product = EXCLUDED.in_product").Set("email = EXCLUDED.email").Exec(t.ctx)
	if err != nil || len(without) == 0 {
		return err
	}
	_, err = t.update(&notificationRow{}, []string{"digest"}, "member_id = ? AND digest AND kind IN (?)", me, bun.List(without))
	return err
}
