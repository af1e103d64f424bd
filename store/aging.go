package store

import (
	"context"
	"errors"

	"aimyorg/domain"
)

// agingAtOnce bounds one transaction of the aging of sign-in histories.
const agingAtOnce = 500

// AgeSignIns shortens the addresses of sign-ins to their network after thirty days, and deletes what is older than a year
// (P9). It finds the organizations by times alone; each is done as its own machinery.
func (db *DB) AgeSignIns(ctx context.Context) error {
	now := db.Now()
	tenants, err := db.ids(ctx, `select distinct tenant_id::text from sign_ins where not shortened and at < $1 or at < $2`,
		now.Add(-domain.AddressWhole), now.Add(-domain.SignInsKept))
	for _, id := range tenants {
		err = errors.Join(err, db.AgeSignInsOf(ctx, id))
	}
	return err
}

// AgeSignInsOf is AgeSignIns for one organization.
func (db *DB) AgeSignInsOf(ctx context.Context, tenant domain.ID) error {
	for {
		var n int
		err := db.Tenant(ctx, System(tenant), func(t *Tenant) (err error) {
			n, err = t.ageSignIns()
			return err
		})
		if err != nil || n < agingAtOnce {
			return err
		}
	}
}

// ageSignIns deletes what is over and shortens some of what is old, and says how many it shortened. A line whose key is gone
// (its person was erased) is emptied: there is nothing left in it to shorten.
func (t *Tenant) ageSignIns() (int, error) {
	if _, err := t.remove((*signInRow)(nil), "at < ?", t.now.Add(-domain.SignInsKept)); err != nil {
		return 0, err
	}
	var rows []signInRow
	err := t.of(&rows).Where("NOT shortened AND at < ?", t.now.Add(-domain.AddressWhole)).Order("id").Limit(agingAtOnce).For("UPDATE SKIP LOCKED").Scan(t.ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		p := t.inOf(r.MemberID, "sign_ins", r.ID)
		r.Address, r.Shortened = p.text("address", domain.Network(p.read("address", r.Address))), true
		if p.err != nil && !errors.Is(known(p.err), ErrUnreadable) {
			return 0, p.err
		}
		if p.err != nil {
			r.Address = []byte{}
		}
		if _, err := t.update(&r, []string{"address", "shortened"}, "id = ?", r.ID); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}
