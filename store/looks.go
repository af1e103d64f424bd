package store

import (
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type lookRow struct {
	bun.BaseModel `bun:"table:looks,alias:lk"`
	owned
	ID       domain.ID `bun:",pk"`
	MemberID domain.ID
	LookedBy domain.ID
	What     domain.LookKind
	Object   domain.ID `bun:",nullzero"`
	At       time.Time
}

// look records that the actor looked at what is a person's own (P52), in the transaction that reads it: what is not
// recorded is not shown. One's own is no look. object is "" where a list was looked at.
func (t *Tenant) look(member domain.ID, what domain.LookKind, object domain.ID) error {
	if member == "" || member == t.actor.Member() {
		return nil
	}
	return t.insert(&lookRow{owned: owned{t.id()}, ID: newID(), MemberID: member, LookedBy: t.actor.Member(), What: what, Object: object, At: t.now})
}

// lookStep is how often the same person's looks at the same list are told apart: paging through one is one look an hour.
const lookStep = time.Hour

// lookThrough records a look at a list that has several people's own in it.
func (t *Tenant) lookThrough(members []domain.ID, what domain.LookKind) error {
	var before []lookRow
	err := t.of(&before).Where("lk.looked_by = ? AND lk.what = ? AND lk.at > ?", t.actor.Member(), what, t.now.Add(-lookStep)).Scan(t.ctx)
	if err != nil {
		return err
	}
	seen := map[domain.ID]bool{}
	for _, r := range before {
		seen[r.MemberID] = true
	}
	for _, m := range members {
		if seen[m] {
			continue
		}
		seen[m] = true
		if err := t.look(m, what, ""); err != nil {
			return err
		}
	}
	return nil
}

// Looks lists who looked at what is the actor's own, newest first.
func (t *Tenant) Looks(s Stretch) ([]domain.Look, error) {
	var rows []lookRow
	if err := s.narrow(t.of(&rows).Where("lk.member_id = ?", t.actor.Member()), "id").Scan(t.ctx); err != nil {
		return nil, err
	}
	ordered(s, rows)
	by := make([]domain.ID, len(rows))
	for i, r := range rows {
		by[i] = r.LookedBy
	}
	names, err := t.NamesOf(by...)
	out := make([]domain.Look, len(rows))
	for i, r := range rows {
		out[i] = domain.Look{ID: r.ID, By: r.LookedBy, ByName: names[r.LookedBy], What: r.What, Object: r.Object, At: r.At}
	}
	return out, err
}

// ReceiptLookedAt is Receipt for who reads the ledger: another's is recorded as looked at.
func (t *Tenant) ReceiptLookedAt(id domain.ID) (domain.Receipt, error) {
	r, err := t.Receipt(id)
	if err != nil {
		return r, err
	}
	return r, t.look(r.Member, domain.LookReceipt, id)
}

// ReceiptsLookedAt is Receipts for who reads the ledger: each whose requests are in the list is recorded as looked at.
func (t *Tenant) ReceiptsLookedAt(f ReceiptFilter) ([]domain.Receipt, error) {
	list, err := t.Receipts(f)
	if err != nil {
		return nil, err
	}
	of := make([]domain.ID, len(list))
	for i, r := range list {
		of[i] = r.Member
	}
	return list, t.lookThrough(of, domain.LookReceipts)
}
