package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type organizationRow struct {
	bun.BaseModel `bun:"table:organizations,alias:o"`
	owned
	Name       []byte
	State      domain.OrganizationState
	LeavesAt   time.Time `bun:",nullzero"`
	AIEnabled  bool      `bun:"ai_enabled"`
	AIProvider domain.Provider
	CreatedAt  time.Time

	FactorRequired bool
	SSORequired    bool `bun:"sso_required"`
}

type searchStateRow struct {
	bun.BaseModel `bun:"table:search_state,alias:st"`
	owned
	NextNumber, Epoch int64
}

// Founded is what signing up made.
type Founded struct {
	Actor domain.Actor
	Token string // of the session, for the cookie
}

// SignUp founds an organization with its owner and signs them in. Its keys are made first: a key without an organization
// harms nobody, an organization without a key could not be read. password is the PHC string of the hash.
func (db *DB) SignUp(ctx context.Context, s domain.SignUp, hash string, policyVersion int, device, address string) (Founded, error) {
	by := domain.Arrival{Method: domain.ByPassword, Device: device, Address: address}
	s = s.Clean()
	if err := s.Problems().Err(); err != nil {
		return Founded{}, err
	}
	actor := domain.NewActor(newID(), newID(), domain.Owner)
	if err := db.keys.CreateTenant(ctx, string(actor.Tenant())); err != nil {
		return Founded{}, known(err)
	}
	box, err := db.keys.Tenant(ctx, string(actor.Tenant()))
	if err != nil {
		return Founded{}, known(err)
	}
	if err := box.CreatePerson(ctx, string(actor.Member())); err != nil {
		return Founded{}, known(err)
	}
	out := Founded{Actor: actor}
	err = db.Tenant(ctx, actor, func(t *Tenant) (err error) {
		if err = t.found(s, hash, policyVersion); err != nil {
			return err
		}
		if err = t.arrived(by); err != nil {
			return err
		}
		out.Token, err = t.startSession(by, domain.Whole)
		return err
	})
	return out, err
}

func (t *Tenant) found(s domain.SignUp, hash string, policyVersion int) error {
	p := t.in("organizations", t.id())
	o := organizationRow{owned: owned{t.id()}, Name: p.text("name", s.Organization), State: domain.OrganizationActive,
		AIProvider: domain.NoProvider, AIEnabled: true, CreatedAt: t.now}
	if p.err != nil {
		return p.err
	}
	t.moved, t.epoch = true, 1 // nobody has known anything of it
	if err := t.insert(&o); err != nil {
		return err
	}
	if err := t.insert(&standingRow{owned: owned{t.id()}, Epoch: t.epoch}); err != nil {
		return err
	}
	if err := t.insert(&searchStateRow{owned: owned{t.id()}, NextNumber: 1, Epoch: 1}); err != nil {
		return err
	}
	m := newMember{Name: s.Name, Email: s.Email, Role: domain.Owner, Hash: hash, PolicyVersion: policyVersion}
	if err := t.addMember(t.actor.Member(), m); err != nil {
		return err
	}
	if err := t.audit("organization.founded", "organization", t.id(), ""); err != nil {
		return err
	}
	if b := t.db.begin; b.Provider != "" { // the operator's own provider: it answers whoever consents
		if err := t.SaveProvider(b); err != nil {
			return err
		}
		if err := t.ChooseProvider(b.Provider); err != nil {
			return err
		}
	}
	return t.agree(s.Consents, policyVersion, "sign-up")
}

// Organization is the actor's own.
func (t *Tenant) Organization() (domain.Organization, error) {
	r, err := t.organization()
	if err != nil {
		return domain.Organization{}, err
	}
	return t.shownOrganization(r), nil
}

func (t *Tenant) shownOrganization(r organizationRow) domain.Organization {
	return domain.Organization{ID: r.TenantID, Name: t.in("organizations", t.id()).shown("name", r.Name), State: r.State,
		LeavesAt: r.LeavesAt, AIEnabled: r.AIEnabled, Door: r.rules(), CreatedAt: r.CreatedAt}
}

func (r organizationRow) rules() domain.DoorRules {
	return domain.DoorRules{Factor: r.FactorRequired, SSO: r.SSORequired}
}

// LeaveOrganization makes the organization read-only until it is deleted at a time.
func (t *Tenant) LeaveOrganization(at time.Time) error {
	if t.actor.Role() != domain.Owner {
		return domain.ErrNotFound
	}
	r := organizationRow{State: domain.OrganizationLeaving, LeavesAt: at, AIEnabled: false}
	if err := one(t.update(&r, []string{"state", "leaves_at", "ai_enabled"}, "true")); err != nil {
		return err
	}
	return t.audit("organization.leaving", "organization", t.id(), at.Format(time.RFC3339))
}

// writable refuses changes in an organization that is leaving.
func (t *Tenant) writable() error {
	r, err := t.organization()
	if err != nil {
		return err
	}
	if r.State != domain.OrganizationActive {
		return domain.Refused{Code: "organization_leaving"}
	}
	return nil
}
