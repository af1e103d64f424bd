package store

import (
	"context"

	"aimyorg/domain"
)

// Joining is what a new person decided before their account is made: nobody begins without having read the policy.
type Joining struct {
	Name          string
	Consents      []domain.Provider // see domain.Joining
	PolicyVersion int
}

// JoinBySSO makes an account for somebody whom their organization's provider vouches for, with a key of their own. An open
// invitation gives role and department; else their groups do; else the organization's default.
func (db *DB) JoinBySSO(ctx context.Context, tenant domain.ID, c domain.Claims, j Joining) (domain.Actor, error) {
	who := domain.NewActor(tenant, newID(), "")
	box, err := db.keys.Tenant(ctx, string(tenant))
	if err != nil {
		return domain.Actor{}, known(err)
	}
	if err := box.CreatePerson(ctx, string(who.Member())); err != nil {
		return domain.Actor{}, known(err)
	}
	return who, db.Tenant(ctx, who, func(t *Tenant) error { return t.joinBySSO(c, j) })
}

func (t *Tenant) joinBySSO(c domain.Claims, j Joining) error {
	if err := t.writable(); err != nil {
		return err
	}
	s, err := t.believes(c)
	if err != nil {
		return err
	}
	if _, known, err := t.identity(c); err != nil || known {
		return orConflict(err)
	}
	r, err := t.stranger(s, c) // again: much may have happened since
	if err != nil {
		return err
	}
	if !r.Join {
		return domain.ErrConflict
	}
	invitation, invited, err := t.invitationFor(c.Email)
	if err != nil {
		return err
	}
	m := newMember{Name: j.Name, Email: c.Email, PolicyVersion: j.PolicyVersion, Role: s.Role, RoleID: s.RoleID}
	if m, err = t.settle(m, domain.PlaceByGroups(c.Groups, s.Groups)); err != nil {
		return err
	}
	if invited {
		m.Role, m.RoleID, m.Department = invitation.Role, invitation.RoleID, invitation.DepartmentID
	}
	if err := t.addMember(t.actor.Member(), m); err != nil {
		return err
	}
	if invited {
		if err := t.take(invitation, j.Name); err != nil {
			return err
		}
	}
	if err := t.addIdentity(c); err != nil {
		return err
	}
	if err := t.audit("member.joined", "member", t.actor.Member(), string(domain.BySSO)); err != nil {
		return err
	}
	return t.agree(j.Consents, j.PolicyVersion, "sign-up")
}

// settle puts a new person where their groups say.
func (t *Tenant) settle(m newMember, p domain.Placement) (newMember, error) {
	d, err := t.directory()
	if err != nil {
		return m, err
	}
	role, ok := d.placed(p)
	if !ok {
		role, ok = d.placed(domain.Placement{Role: m.Role, RoleID: m.RoleID})
	}
	if !ok { // the default was deleted
		role = domain.GivenRole{Role: domain.Staff}
	}
	m.Role, m.RoleID = role.Role, role.ID
	if _, there := d.units[p.Department]; there {
		m.Department = p.Department
	}
	return m, nil
}

// placed is the role of a placement, unless it has none or it was deleted since the rule was written.
func (d *directory) placed(p domain.Placement) (domain.GivenRole, bool) {
	role := d.given(p.Role, p.RoleID)
	return role, role.Role != ""
}

// place brings a person to where their groups say, if they say anything that is not so already. An owner stays owner, and
// nobody becomes one.
func (t *Tenant) place(m memberRow, p domain.Placement) error {
	d, err := t.directory()
	if err != nil {
		return err
	}
	if role, ok := d.placed(p); ok && m.Role != domain.Owner && (role.Role != m.Role || role.ID != m.RoleID) {
		if m, err = t.lockPerson(m.ID); err != nil {
			return err
		}
		if m.Role != domain.Owner {
			if err := t.putRole("member.role_by_groups", m.ID, d.given(m.Role, m.RoleID), role); err != nil {
				return err
			}
		}
	}
	to, there := d.units[p.Department]
	if !there || p.Department == m.DepartmentID {
		return nil
	}
	if m, err = t.lockPerson(m.ID); err != nil || p.Department == m.DepartmentID {
		return err
	}
	return t.putDepartment("member.department_by_groups", m, p.Department, to.path)
}
