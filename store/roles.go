package store

import (
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type roleRow struct {
	bun.BaseModel `bun:"table:roles,alias:ro"`
	owned
	ID          domain.ID `bun:",pk"`
	Name        []byte
	Permissions []domain.Permission `bun:",array"`
	CreatedAt   time.Time
}

// actorOf is the actor that a person with a role is; allowed are the permissions of the organization's own role.
func (t *Tenant) actorOf(member domain.ID, role domain.Role, custom domain.ID, allowed []domain.Permission) domain.Actor {
	if role == domain.Custom {
		return domain.NewCustomActor(t.id(), member, custom, allowed)
	}
	return domain.NewActor(t.id(), member, role)
}
