package store

import "aimyorg/domain"

// lockPerson is a person's row, locked. The epoch is moved before, as changeMember does, so that no two transactions that
// change people wait for each other; who only refers to the person goes on meanwhile.
func (t *Tenant) lockPerson(id domain.ID) (memberRow, error) {
	var r memberRow
	if err := t.move(); err != nil {
		return r, err
	}
	err := t.of(&r).Where("id = ?", id).For("NO KEY UPDATE").Scan(t.ctx)
	return r, err
}

// lockMember is a person's row, locked, for who manages people; not one's own and not an owner's: nobody takes away the
// organization, or their own rights by mistake.
func (t *Tenant) lockMember(id domain.ID) (memberRow, error) {
	if err := t.may(domain.ManagePeople); err != nil {
		return memberRow{}, err
	}
	if err := t.writable(); err != nil {
		return memberRow{}, err
	}
	r, err := t.lockPerson(id)
	if err != nil {
		return r, err
	}
	if id == t.actor.Member() || r.Role == domain.Owner {
		return r, domain.ErrNotFound
	}
	return r, nil
}

// GiveRole gives a person another role, which is named by its key. The actor must be one who may give both: nobody gives,
// or takes away, a right that they don't have. What the person has open ends where it goes beyond the new role (A16).
func (t *Tenant) GiveRole(id domain.ID, key string) error {
	r, err := t.lockMember(id)
	if err != nil {
		return err
	}
	d, err := t.directory()
	if err != nil {
		return err
	}
	had, role, found := d.given(r.Role, r.RoleID), domain.GivenRole{}, false
	for _, g := range t.givable(d) {
		if g.Key() == key {
			role, found = g, true
		}
	}
	if !found || !t.actor.MayGive(had.Role, had.Allowed) {
		return domain.Problems{{Field: "role", Code: "unknown", Text: "Choose a role from the list."}}
	}
	if role.Key() == had.Key() {
		return nil
	}
	return t.putRole("member.role_changed", id, had, role)
}

// putRole gives a person, whose row is locked, another role; verb says in the audit log who decided.
func (t *Tenant) putRole(verb string, id domain.ID, had, role domain.GivenRole) error {
	if err := one(t.changeMember(&memberRow{Role: role.Role, RoleID: role.ID}, []string{"role", "role_id"}, "id = ?", id)); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil { // what they may read has changed
		return err
	}
	if err := t.audit(verb, "member", id, had.Key()+" → "+role.Key()); err != nil {
		return err
	}
	return t.tell(id, domain.NoticeRoleChanged, role.Name)
}

// GivesRole lists the roles that the actor may give a person in place of the one that they have; none when it is not theirs
// to change.
func (t *Tenant) GivesRole(id domain.ID) ([]domain.GivenRole, error) {
	d, err := t.directory()
	if err != nil {
		return nil, err
	}
	p := d.byID[id]
	if p == nil || p.role == domain.Owner || id == t.actor.Member() || !t.actor.May(domain.ManagePeople) {
		return nil, nil
	}
	if had := d.given(p.role, p.roleID); !t.actor.MayGive(had.Role, had.Allowed) {
		return nil, nil
	}
	return t.givable(d), nil
}

// ChangeDepartment puts a person into a department, or into none; where they were before is kept. Who manages people may
// move everybody, also themselves and the owner.
func (t *Tenant) ChangeDepartment(id, to domain.ID) error {
	if err := t.may(domain.ManagePeople); err != nil {
		return err
	}
	if err := t.writable(); err != nil {
		return err
	}
	r, err := t.lockPerson(id)
	if err != nil {
		return err
	}
	d, err := t.directory()
	if err != nil {
		return err
	}
	if _, known := d.units[to]; to != "" && !known { // another organization's too (A34)
		return domain.Problems{{Field: "department", Code: "unknown", Text: "Choose a department from the list."}}
	}
	if r.DepartmentID == to {
		return nil
	}
	return t.putDepartment("member.department_changed", r, to, d.units[to].path)
}

// putDepartment puts a person, whose row is locked, into a department of a path, or into none; where they were before is kept.
func (t *Tenant) putDepartment(verb string, r memberRow, to domain.ID, path string) error {
	if err := one(t.changeMember(&memberRow{DepartmentID: to}, []string{"department_id"}, "id = ?", r.ID)); err != nil {
		return err
	}
	if err := t.keepMove("member", r.ID, r.DepartmentID, to); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	if err := t.audit(verb, "member", r.ID, ""); err != nil {
		return err
	}
	return t.tell(r.ID, domain.NoticeDepartment, path)
}

// tell tells a person what the actor did; nobody is told of what they did themselves.
func (t *Tenant) tell(id domain.ID, kind domain.NoticeKind, what string) error {
	if id == t.actor.Member() {
		return nil
	}
	by, err := t.NamesOf(t.actor.Member())
	if err != nil {
		return err
	}
	return t.notify(id, domain.Notice{Kind: kind, About: "member", Object: id, Words: domain.NoticeWords{Who: by[t.actor.Member()], What: what}})
}

// maxMoves is how many of a person's moves are shown.
const maxMoves = 100

// MovesOf lists a person's departments, newest first, for who manages people.
func (t *Tenant) MovesOf(id domain.ID) ([]domain.Moved, error) {
	if err := t.may(domain.ManagePeople); err != nil {
		return nil, err
	}
	var rows []moveRow
	if err := t.of(&rows).Where("kind = 'member' AND subject = ?", id).Order("id DESC").Limit(maxMoves).Scan(t.ctx); err != nil {
		return nil, err
	}
	d, err := t.directory()
	if err != nil {
		return nil, err
	}
	out := make([]domain.Moved, len(rows))
	for i, r := range rows {
		out[i] = domain.Moved{From: r.FromID, To: r.ToID, By: r.MovedBy, At: r.At, FromPath: d.units[r.FromID].path, ToPath: d.units[r.ToID].path}
		if by := d.byID[r.MovedBy]; by != nil {
			out[i].ByName = by.name
		}
	}
	return out, nil
}
