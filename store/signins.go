package store

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type signInRow struct {
	bun.BaseModel `bun:"table:sign_ins,alias:si"`
	owned
	ID        domain.ID `bun:",pk"`
	MemberID  domain.ID
	Method    domain.Method
	Outcome   domain.SignInOutcome
	Device    []byte
	Address   []byte
	Shortened bool
	Mark      []byte
	At        time.Time
}

// markOf is the same for one person on one kind of device in one network, and tells nothing of either.
func (t *Tenant) markOf(by domain.Arrival) []byte {
	return t.db.keys.Lookup(strings.Join([]string{"sign-in mark", string(t.actor.Member()), by.Device, domain.Network(by.Address)}, "\x00"))
}

// keepSignIn adds a line to the actor's history (P9). Device and address are the person's own: their key seals them.
func (t *Tenant) keepSignIn(by domain.Arrival, outcome domain.SignInOutcome) error {
	id := newID()
	p := t.inOf(t.actor.Member(), "sign_ins", id)
	r := signInRow{owned: owned{t.id()}, ID: id, MemberID: t.actor.Member(), Method: by.Method, Outcome: outcome,
		Device: p.text("device", by.Device), Address: p.text("address", by.Address), Mark: t.markOf(by), At: t.now}
	if p.err != nil {
		return p.err
	}
	return t.insert(&r)
}

// lockMyself makes what is decided of the actor's account wait for each other: of two sign-ins from a new device one
// alerts. Rows that refer to the account are not kept waiting.
func (t *Tenant) lockMyself() (m memberRow, err error) {
	err = t.of(&m).Where("id = ?", t.actor.Member()).For("NO KEY UPDATE").Scan(t.ctx)
	return m, err
}

// arrived records that the actor came in, and tells them when it was from where they have not been before (P9, P21). The
// caller holds the account (lockMyself).
func (t *Tenant) arrived(by domain.Arrival) error {
	isNew, err := t.newDevice(by)
	if err != nil {
		return err
	}
	if err := t.keepSignIn(by, domain.SignInOK); err != nil || !isNew {
		return err
	}
	return t.notify(t.actor.Member(), domain.Notice{Kind: domain.NoticeNewDevice, About: "account",
		Words: domain.NoticeWords{Device: by.Device, Address: by.Address}})
}

// newDevice says whether the actor has come in before, but never like this.
func (t *Tenant) newDevice(by domain.Arrival) (bool, error) {
	var seen struct{ Before, Like bool }
	err := t.of((*signInRow)(nil)).ColumnExpr("count(*) > 0 AS before").ColumnExpr("coalesce(bool_or(mark = ?), false) AS alike", t.markOf(by)).
		Where("member_id = ? AND outcome = ?", t.actor.Member(), domain.SignInOK).Scan(t.ctx, &seen.Before, &seen.Like)
	return seen.Before && !seen.Like, err
}

// Missed records a try to come in to an account that did not succeed, and tells its person of a burst (P9, P21). Nobody
// waits for it: how long a try takes must not tell whether there is such an account (A119).
func (db *DB) Missed(ctx context.Context, a domain.Actor, by domain.Arrival, outcome domain.SignInOutcome) error {
	return db.Tenant(ctx, a, func(t *Tenant) error { return t.missed(by, outcome) })
}

// missed is Missed in a transaction of the account.
func (t *Tenant) missed(by domain.Arrival, outcome domain.SignInOutcome) error {
	if _, err := t.lockMyself(); err != nil {
		return err
	}
	if err := t.keepSignIn(by, outcome); err != nil || outcome != domain.SignInWrong {
		return err
	}
	me := t.actor.Member()
	wrong, err := t.count(t.of((*signInRow)(nil)).Where("member_id = ? AND outcome = ? AND at > ?", me, domain.SignInWrong, t.now.Add(-domain.FailuresSpan)))
	if err != nil {
		return err
	}
	var told time.Time
	err = t.of((*notificationRow)(nil)).ColumnExpr("coalesce(max(created_at), 'epoch')").
		Where("member_id = ? AND kind = ?", me, domain.NoticeFailures).Scan(t.ctx, &told)
	if err != nil || !domain.BurstAlert(wrong, told, t.now) {
		return err
	}
	return t.notify(me, domain.Notice{Kind: domain.NoticeFailures, About: "account",
		Words: domain.NoticeWords{Device: by.Device, Address: by.Address, Count: wrong}})
}

// SignIns is the actor's own history, newest first.
func (t *Tenant) SignIns(s Stretch) ([]domain.SignIn, error) { return t.signIns(t.actor.Member(), s) }

// SignInsOf is another person's history, for those who manage people. That they looked is recorded first, where the person
// sees it; what can't be recorded is not shown.
func (t *Tenant) SignInsOf(member domain.ID, s Stretch) (domain.Member, []domain.SignIn, error) {
	if err := t.may(domain.ManagePeople); err != nil {
		return domain.Member{}, nil, err
	}
	var m memberRow
	if err := t.find(&m, "id = ?", member); err != nil {
		return domain.Member{}, nil, err
	}
	if err := t.look(member, domain.LookSignIns, ""); err != nil {
		return domain.Member{}, nil, err
	}
	if err := t.audit("sign_ins.read", "member", member, ""); err != nil {
		return domain.Member{}, nil, err
	}
	list, err := t.signIns(member, s)
	return t.member(m), list, err
}

func (t *Tenant) signIns(member domain.ID, s Stretch) ([]domain.SignIn, error) {
	var rows []signInRow
	if err := s.narrow(t.of(&rows).Where("member_id = ?", member), "id").Scan(t.ctx); err != nil {
		return nil, err
	}
	ordered(s, rows)
	out := make([]domain.SignIn, len(rows))
	for i, r := range rows {
		p := t.in("sign_ins", r.ID)
		out[i] = domain.SignIn{ID: r.ID, Method: r.Method, Outcome: r.Outcome, Device: p.shown("device", r.Device),
			Address: p.shown("address", r.Address), Shortened: r.Shortened, At: r.At}
	}
	return out, nil
}
