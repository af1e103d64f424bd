package store

import (
	"context"

	"aimyorg/domain"
)

// Joining is what a new person decided before their account is made: nobody begins without having read the policy.
type Joining struct {
	Name          string
	AIConsent     bool
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
		used := invitedRow{AcceptedAt: t.now, MemberID: t.actor.Member()}
		if err := one(t.update(&used, []string{"accepted_at", "member_id"}, "id = ?", invitation.ID)); err != nil {
			return err
		}
	}
	if err := t.addIdentity(c); err != nil {
		return err
	}
	if err := t.audit("member.joined", "member", t.actor.Member(), string(domain.BySSO)); err != nil {
		return err
	}
	if !j.AIConsent {
		return nil
	}
	return t.Consent(true, allScopes(), j.PolicyVersion, "sign-up")
}

// settle puts a new person where their groups say.
func (t *Tenant) settle(m newMember, p domain.Placement) (newMember, error) {
	p, err := t.existing(p)
	if err != nil {
		return m, err
	}
	otherwise, err := t.existing(domain.Placement{Role: m.Role, RoleID: m.RoleID})
	switch {
	case p.Role != "":
		m.Role, m.RoleID = p.Role, p.RoleID
	case otherwise.Role == "": // the default was deleted
		m.Role, m.RoleID = domain.Staff, ""
	}
	m.Department = p.Department
	return m, err
}

// existing drops from a placement what was deleted since the rule was written.
func (t *Tenant) existing(p domain.Placement) (domain.Placement, error) {
	if p.RoleID != "" {
		n, err := t.bun.NewSelect().TableExpr("roles AS r").Where("r.tenant_id = ? AND r.id = ?", t.id(), p.RoleID).Count(t.ctx)
		if err != nil {
			return p, err
		}
		if n == 0 {
			p.Role, p.RoleID = "", ""
		}
	}
	if p.Department != "" {
		n, err := t.bun.NewSelect().TableExpr("departments AS d").Where("d.tenant_id = ? AND d.id = ?", t.id(), p.Department).Count(t.ctx)
		if err != nil {
			return p, err
		}
		if n == 0 {
			p.Department = ""
		}
	}
	return p, nil
}

// place brings a person to where their groups say, if they say anything. An owner stays owner, and nobody becomes one.
func (t *Tenant) place(m memberRow, p domain.Placement) error {
	p, err := t.existing(p)
	if err != nil {
		return err
	}
	if p.Role != "" && m.Role != domain.Owner && (p.Role != m.Role || p.RoleID != m.RoleID) {
		if err := t.placeRole(m, p); err != nil {
			return err
		}
	}
	if p.Department != "" && p.Department != m.DepartmentID {
		return t.placeDepartment(m, p.Department)
	}
	return nil
}

func (t *Tenant) placeRole(m memberRow, p domain.Placement) error {
	r := memberRow{Role: p.Role, RoleID: p.RoleID}
	if err := one(t.changeMember(&r, []string{"role", "role_id"}, "id = ? AND role <> ?", m.ID, domain.Owner)); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	if err := t.audit("member.role_by_groups", "member", m.ID, string(p.Role)); err != nil {
		return err
	}
	return t.notify(m.ID, domain.Notice{Kind: domain.NoticeRoleChanged, About: "member", Object: m.ID, Words: domain.NoticeWords{What: p.Role.Name()}})
}

func (t *Tenant) placeDepartment(m memberRow, to domain.ID) error {
	r := memberRow{DepartmentID: to}
	if err := one(t.changeMember(&r, []string{"department_id"}, "id = ?", m.ID)); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	if err := t.keepMove("member", m.ID, m.DepartmentID, to); err != nil {
		return err
	}
	if err := t.audit("member.department_by_groups", "member", m.ID, string(to)); err != nil {
		return err
	}
	name, err := t.departmentName(to)
	if err != nil {
		return err
	}
	return t.notify(m.ID, domain.Notice{Kind: domain.NoticeDepartment, About: "department", Object: to, Words: domain.NoticeWords{What: name}})
}

func (t *Tenant) departmentName(id domain.ID) (string, error) {
	var rows []namedRow
	err := t.bun.NewSelect().TableExpr("departments AS d").Column("d.id", "d.name").Where("d.tenant_id = ? AND d.id = ?", t.id(), id).Scan(t.ctx, &rows)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return t.in("departments", id).shown("name", rows[0].Name), nil
}
