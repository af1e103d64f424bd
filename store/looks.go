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
	What     string
	Object   domain.ID `bun:",nullzero"`
	At       time.Time
}

// looked records, for the person, that the actor looked at what is theirs. Looking at one's own is nothing to tell.
func (t *Tenant) looked(member domain.ID, what string, object domain.ID) error {
	if member == t.actor.Member() {
		return nil
	}
	return t.insert(&lookRow{owned: owned{t.id()}, ID: newID(), MemberID: member, LookedBy: t.actor.Member(), What: what, Object: object, At: t.now})
}
