package store

import (
	"cmp"
	"slices"
	"strings"
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

// Roles are the organization's own roles, by name, to choose from and to name.
func (t *Tenant) Roles() ([]domain.OwnRole, error) {
	var rows []roleRow
	if err := t.of(&rows).Limit(domain.MaxRoles).Scan(t.ctx); err != nil {
		return nil, err
	}
	out := make([]domain.OwnRole, len(rows))
	for i, r := range rows {
		out[i] = t.ownRole(r)
	}
	slices.SortFunc(out, func(a, b domain.OwnRole) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(string(a.ID), string(b.ID)))
	})
	return out, nil
}

func (t *Tenant) ownRole(r roleRow) domain.OwnRole {
	return domain.OwnRole{ID: r.ID, Name: t.in("roles", r.ID).shown("name", r.Name), Permissions: r.Permissions, CreatedAt: r.CreatedAt}
}

// roleWords are the names of the organization's own roles, by id.
func (t *Tenant) roleWords() (map[domain.ID]string, error) {
	all, err := t.Roles()
	out := make(map[domain.ID]string, len(all))
	for _, r := range all {
		out[r.ID] = r.Name
	}
	return out, err
}

// Role is one of the organization's own roles with what uses it, for who manages them.
func (t *Tenant) Role(id domain.ID) (domain.OwnRole, error) {
	if err := t.may(domain.ManageRoles); err != nil {
		return domain.OwnRole{}, err
	}
	var r roleRow
	if err := t.find(&r, "id = ?", id); err != nil {
		return domain.OwnRole{}, err
	}
	out := t.ownRole(r)
	var err error
	out.Uses, err = t.roleUses(id)
	return out, err
}

// RoleSizes counts the people of each role, by a built-in role's name or the id of one's own, for who manages them.
func (t *Tenant) RoleSizes() (map[string]int, error) {
	if err := t.may(domain.ManageRoles); err != nil {
		return nil, err
	}
	var rows []struct {
		Role   domain.Role
		RoleID domain.ID `bun:",nullzero"`
		N      int
	}
	err := t.of((*memberRow)(nil)).Column("role", "role_id").ColumnExpr("count(*) AS n").Group("role", "role_id").Scan(t.ctx, &rows)
	out := map[string]int{}
	for _, r := range rows {
		subject := string(r.Role)
		if r.Role == domain.Custom {
			subject = string(r.RoleID)
		}
		out[subject] += r.N
	}
	return out, err
}

const roleUses = `select (select count(*) from members m where m.tenant_id = $1 and m.role_id = $2) as people,
	(select count(*) from invitations i where i.tenant_id = $1 and i.role_id = $2) as invitations,
	(select count(*) from collection_access x where x.tenant_id = $1 and x.kind = 'role' and x.subject = $3)
		+ (select count(*) from document_access y where y.tenant_id = $1 and y.kind = 'role' and y.subject = $3) as lines,
	(select count(*) from sso_groups g where g.tenant_id = $1 and g.kind = 'role' and g.subject = $3) as groups`

func (t *Tenant) roleUses(id domain.ID) (domain.RoleUses, error) {
	var rows []domain.RoleUses
	if err := t.hot(&rows, roleUses, id, string(id)); err != nil || len(rows) == 0 {
		return domain.RoleUses{}, err
	}
	return rows[0], nil
}

// lockRoles holds that whoever manages roles changes one after the other: two of the same name can't come about.
func (t *Tenant) lockRoles() error {
	if err := t.may(domain.ManageRoles); err != nil {
		return err
	}
	if err := t.writable(); err != nil {
		return err
	}
	return t.move()
}

// CreateRole makes a role of the organization's own.
func (t *Tenant) CreateRole(f domain.RoleForm) (domain.ID, error) {
	if err := t.lockRoles(); err != nil {
		return "", err
	}
	id := newID()
	r, err := t.typedRole(id, f, nil)
	if err != nil {
		return "", err
	}
	r.owned, r.CreatedAt = owned{t.id()}, t.now
	if err := t.insert(&r); err != nil {
		return "", err
	}
	return id, t.audit("role.created", "role", id, spelled(r.Permissions))
}

// ChangeRole changes what a role is called and allows. Whoever has it has the new rights at their next request, and what
// runs for them with the old ones ends (A16).
func (t *Tenant) ChangeRole(id domain.ID, f domain.RoleForm) error {
	if err := t.lockRoles(); err != nil {
		return err
	}
	var before roleRow
	if err := t.of(&before).Where("id = ?", id).For("UPDATE").Scan(t.ctx); err != nil {
		return err
	}
	r, err := t.typedRole(id, f, before.Permissions)
	if err != nil {
		return err
	}
	if err := one(t.update(&r, []string{"name", "permissions"}, "id = ?", id)); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	return t.audit("role.changed", "role", id, spelled(r.Permissions))
}

// typedRole checks a form beside the organization's other roles.
func (t *Tenant) typedRole(id domain.ID, f domain.RoleForm, before []domain.Permission) (roleRow, error) {
	f.Name = domain.Line(f.Name)
	others, err := t.Roles()
	if err != nil {
		return roleRow{}, err
	}
	others = slices.DeleteFunc(others, func(o domain.OwnRole) bool { return o.ID == id })
	problems := f.Problems(t.actor, before, others)
	problems.Add(len(others) >= domain.MaxRoles, "name", "too_many", "There are 100 roles already. Delete one that is not needed first.")
	p := t.in("roles", id)
	r := roleRow{ID: id, Name: p.text("name", f.Name), Permissions: f.Chosen()}
	if r.Permissions == nil {
		r.Permissions = []domain.Permission{}
	}
	if problems.Err() != nil {
		return r, problems
	}
	return r, p.err
}

func spelled(all []domain.Permission) string {
	words := make([]string, len(all))
	for i, p := range all {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

// DeleteRole deletes a role that nothing uses. Whoever is about to give it to somebody, or to name it in a line, waits for
// this, and then finds it gone.
func (t *Tenant) DeleteRole(id domain.ID) error {
	if err := t.lockRoles(); err != nil {
		return err
	}
	var r roleRow
	if err := t.of(&r).Where("id = ?", id).For("UPDATE").Scan(t.ctx); err != nil {
		return err
	}
	uses, err := t.roleUses(id)
	if err != nil {
		return err
	}
	if !uses.None() {
		return domain.Problems{{Field: "role", Code: "in_use", Text: "It is still used: nothing was deleted."}}
	}
	if err := one(t.remove((*roleRow)(nil), "id = ?", id)); err != nil {
		return err
	}
	return t.audit("role.deleted", "role", id, "")
}
