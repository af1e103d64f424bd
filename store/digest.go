package store

import (
	"context"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// Reader is somebody for whom notices wait.
type Reader struct{ Tenant, Member domain.ID }

// PostDigest mails a person what has waited for their digest since it was last due, eight in the morning by their own
// clock: one letter, and none when nothing waits. Those rows leave the digest in the same transaction, so that a day has
// one letter however often, and by however many processes, this is asked.
func (db *DB) PostDigest(ctx context.Context, r Reader) error {
	return db.Tenant(ctx, System(r.Tenant), func(t *Tenant) error { return t.postDigest(r.Member) })
}

func (t *Tenant) postDigest(member domain.ID) error {
	var m memberRow
	if err := t.of(&m).Where("m.id = ?", member).For("UPDATE").Scan(t.ctx); err != nil {
		return err
	}
	var rows []notificationRow
	due := domain.DigestDue(t.now, domain.Zone(m.TimeZone))
	err := t.of(&rows).Where("nt.member_id = ? AND nt.digest AND nt.created_at < ?", member, due).Order("nt.id").Scan(t.ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	if err := t.endDigest(member, rows); err != nil || !m.Active {
		return err
	}
	var notices []domain.Notice
	for _, r := range rows {
		if r.ReadAt.IsZero() || r.onlyForDigest() { // what was read in the product needs no mail
			notices = append(notices, t.notice(r))
		}
	}
	if len(notices) == 0 {
		return nil
	}
	if notices, err = t.named(notices); err != nil {
		return err
	}
	o, err := t.Organization()
	if err != nil {
		return err
	}
	to := t.member(m)
	_, err = t.post(member, domain.Letter{Kind: domain.LetterDigest, To: to.Email, Name: to.Name, Organization: o.Name, Notices: notices})
	return err
}

// onlyForDigest says that a notice was never for the product: it counts as read since it came.
func (r notificationRow) onlyForDigest() bool { return r.ReadAt.Equal(r.CreatedAt) }

// endDigest takes notices out of the digest. What was never for the product is gone with it.
func (t *Tenant) endDigest(member domain.ID, rows []notificationRow) error {
	ids := make([]domain.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	if _, err := t.remove((*notificationRow)(nil), "member_id = ? AND id IN (?) AND read_at = created_at", member, bun.List(ids)); err != nil {
		return err
	}
	_, err := t.update(&notificationRow{}, []string{"digest"}, "member_id = ? AND id IN (?)", member, bun.List(ids))
	return err
}
