package jobs

import (
	"context"

	"aimyorg/domain"
	"aimyorg/store"
)

// VerifyDomains is the chore for one organization.
func VerifyDomains(ctx context.Context, db *store.DB, tenant domain.ID, lookup func(context.Context, string) ([]string, error)) error {
	return verifyOf(ctx, db, store.System(tenant), lookup)
}
