package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
)

// lookupLimit is how long a look at one domain's records may take.
const lookupLimit = 10 * time.Second

// verifyDomains looks daily at the records of the mail domains that organizations have shown to be their own. A domain whose
// record is gone for a week is not the organization's any more.
func verifyDomains(lookup func(context.Context, string) ([]string, error)) chore {
	return chore{"verify mail domains", time.Hour, func(ctx context.Context, db *store.DB) error {
		if lookup == nil {
			return nil
		}
		tenants, err := db.Organizations(ctx)
		for _, id := range tenants {
			err = errors.Join(err, verifyOf(ctx, db, store.System(id), lookup))
		}
		return err
	}}
}

func verifyOf(ctx context.Context, db *store.DB, as domain.Actor, lookup func(context.Context, string) ([]string, error)) error {
	var due []domain.MailDomain
	if err := db.Read(ctx, as, func(t *store.Tenant) (err error) { due, err = t.DomainsDue(); return err }); err != nil {
		return err
	}
	for _, d := range due {
		found := record(ctx, d, lookup)
		if ctx.Err() != nil { // stopped, and nothing was learned
			return ctx.Err()
		}
		err := db.Tenant(ctx, as, func(t *store.Tenant) error { _, err := t.CheckedDomain(d.ID, found); return err })
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
	}
	return nil
}

func record(ctx context.Context, d domain.MailDomain, lookup func(context.Context, string) ([]string, error)) bool {
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	records, err := lookup(ctx, d.Name)
	return err == nil && slices.Contains(records, d.Record())
}
