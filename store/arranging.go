package store

import (
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// moveRow says where a department or a person was before. Rows are added and never changed; the database holds that.
type moveRow struct {
	bun.BaseModel `bun:"table:moves,alias:mv"`
	owned
	ID      domain.ID `bun:",pk"`
	Kind    string
	Subject domain.ID
	FromID  domain.ID `bun:",nullzero"`
	ToID    domain.ID `bun:",nullzero"`
	MovedBy domain.ID `bun:",nullzero"`
	At      time.Time
}

// keepMove remembers that a department or a member went from one department to another; "" is none.
func (t *Tenant) keepMove(kind string, subject, from, to domain.ID) error {
	return t.insert(&moveRow{owned: owned{t.id()}, ID: newID(), Kind: kind, Subject: subject, FromID: from, ToID: to,
		MovedBy: t.actor.Member(), At: t.now})
}

// arrange gives the tree to somebody who may change it. The epoch moves first: it is one row, so that changes of one
// organization's departments, and of its people's places in them, come one after the other, and each sees the one before.
// Who may read what hangs on departments, so the sets of what can be read move with them.
func (t *Tenant) arrange() (domain.Tree, error) {
	if err := t.may(domain.ManageDepartments); err != nil {
		return domain.Tree{}, err
	}
	if err := t.writable(); err != nil {
		return domain.Tree{}, err
	}
	if err := t.move(); err != nil {
		return domain.Tree{}, err
	}
	if err := t.moveEpoch(); err != nil {
		return domain.Tree{}, err
	}
	return t.Departments()
}

// arranged is arrange for a department that is there.
func (t *Tenant) arranged(id domain.ID) (domain.Tree, domain.Department, error) {
	tree, err := t.arrange()
	if err != nil {
		return tree, domain.Department{}, err
	}
	d, ok := tree.Department(id)
	if !ok {
		err = domain.ErrNotFound
	}
	return tree, d, err
}

// CreateDepartment makes a department below another one, or at the top when parent is "".
func (t *Tenant) CreateDepartment(name string, parent domain.ID) (domain.ID, error) {
	tree, err := t.arrange()
	if err != nil {
		return "", err
	}
	id := newID()
	if tree, err = tree.Add(domain.Department{ID: id, Parent: parent, Name: name}); err != nil {
		return "", err
	}
	d, _ := tree.Department(id)
	p := t.in("departments", id)
	r := departmentRow{owned: owned{t.id()}, ID: id, ParentID: parent, Name: p.text("name", d.Name), CreatedAt: t.now}
	if p.err != nil {
		return "", p.err
	}
	if err := t.insert(&r); err != nil {
		return "", err
	}
	return id, t.audit("department.created", "department", id, "")
}

// RenameDepartment gives a department another name.
func (t *Tenant) RenameDepartment(id domain.ID, name string) error {
	tree, _, err := t.arranged(id)
	if err != nil {
		return err
	}
	if tree, err = tree.Rename(id, name); err != nil {
		return err
	}
	d, _ := tree.Department(id)
	p := t.in("departments", id)
	r := departmentRow{Name: p.text("name", d.Name)}
	if p.err != nil {
		return p.err
	}
	if err := one(t.update(&r, []string{"name"}, "id = ?", id)); err != nil {
		return err
	}
	return t.audit("department.renamed", "department", id, "")
}

// MoveDepartment puts a department with all below it under another one; "" is the top. Where it was is kept.
func (t *Tenant) MoveDepartment(id, to domain.ID) error {
	tree, d, err := t.arranged(id)
	if err != nil {
		return err
	}
	if _, err = tree.Move(id, to); err != nil || to == d.Parent {
		return err
	}
	if err := one(t.update(&departmentRow{ParentID: to}, []string{"parent_id"}, "id = ?", id)); err != nil {
		return err
	}
	if err := t.keepMove("department", id, d.Parent, to); err != nil {
		return err
	}
	if err := t.tellManager(d.Manager, d, domain.AsManagerOfMoved); err != nil {
		return err
	}
	return t.audit("department.moved", "department", id, "")
}

// SetManager gives a department a manager, an active person of the organization; "" leaves it without.
func (t *Tenant) SetManager(id, manager domain.ID) error {
	return t.setManager(id, func() (domain.ID, error) {
		if manager == "" {
			return "", nil
		}
		return t.activePerson("id = ?", manager)
	})
}

// SetManagerByEmail is SetManager for a person who is named by their address.
func (t *Tenant) SetManagerByEmail(id domain.ID, email string) error {
	return t.setManager(id, func() (domain.ID, error) {
		if email == "" {
			return "", nil
		}
		return t.activePerson("email_lookup = ?", t.db.keys.Lookup(domain.NormalEmail(email)))
	})
}

// activePerson is a person with an open account, or a problem of the field that named them.
func (t *Tenant) activePerson(where string, arg any) (domain.ID, error) {
	var rows []memberRow
	if err := t.of(&rows).Column("id").Where(where, arg).Where("active").Scan(t.ctx); err != nil {
		return "", err
	}
	if len(rows) == 0 {
		return "", domain.Problems{{Field: "manager", Code: "unknown", Text: "Enter the address of somebody who has an active account here."}}
	}
	return rows[0].ID, nil
}

func (t *Tenant) setManager(id domain.ID, who func() (domain.ID, error)) error {
	_, d, err := t.arranged(id)
	if err != nil {
		return err
	}
	manager, err := who()
	if err != nil || manager == d.Manager {
		return err
	}
	if err := one(t.update(&departmentRow{ManagerID: manager}, []string{"manager_id"}, "id = ?", id)); err != nil {
		return err
	}
	if err := t.tellManager(d.Manager, d, domain.AsFormerManager); err != nil {
		return err
	}
	if err := t.tellManager(manager, d, domain.AsManager); err != nil {
		return err
	}
	return t.audit("department.manager_set", "department", id, string(manager))
}

// tellManager tells a manager what somebody else did with their department.
func (t *Tenant) tellManager(manager domain.ID, d domain.Department, as string) error {
	if manager == "" || manager == t.actor.Member() {
		return nil
	}
	names, err := t.NamesOf(t.actor.Member())
	if err != nil {
		return err
	}
	return t.notify(manager, domain.Notice{Kind: domain.NoticeDepartment, About: "department", Object: d.ID,
		Words: domain.NoticeWords{Who: names[t.actor.Member()], What: d.Name, As: as}})
}

// DeleteDepartment deletes a department that nobody is in and nothing hangs on. Where it was and what was moved below it
// stays in the history.
func (t *Tenant) DeleteDepartment(id domain.ID) error {
	tree, d, err := t.arranged(id)
	if err != nil {
		return err
	}
	use, err := t.useOf(tree, id)
	if err != nil {
		return err
	}
	if err := use.Problems().Err(); err != nil {
		return err
	}
	if err := t.forgetDepartment(id); err != nil {
		return err
	}
	if err := one(t.remove((*departmentRow)(nil), "id = ?", id)); err != nil {
		return err
	}
	if err := t.tellManager(d.Manager, d, domain.AsFormerManager); err != nil {
		return err
	}
	return t.audit("department.deleted", "department", id, "")
}

// DepartmentUse is what keeps a department from being deleted.
func (t *Tenant) DepartmentUse(id domain.ID) (domain.DepartmentUse, error) {
	if err := t.may(domain.ManageDepartments); err != nil {
		return domain.DepartmentUse{}, err
	}
	tree, err := t.Departments()
	if err != nil {
		return domain.DepartmentUse{}, err
	}
	if _, ok := tree.Department(id); !ok {
		return domain.DepartmentUse{}, domain.ErrNotFound
	}
	return t.useOf(tree, id)
}

func (t *Tenant) useOf(tree domain.Tree, id domain.ID) (use domain.DepartmentUse, err error) {
	use.Below = len(tree.Children(id))
	if use.People, err = t.count(t.of((*memberRow)(nil)).Where("m.department_id = ?", id)); err != nil {
		return use, err
	}
	if use.Deactivated, err = t.count(t.of((*memberRow)(nil)).Where("m.department_id = ? AND NOT m.active", id)); err != nil {
		return use, err
	}
	if use.Invited, err = t.count(t.bun.NewSelect().TableExpr("invitations AS iv").Where("iv.tenant_id = ?", t.id()).
		Where("iv.department_id = ? AND iv.accepted_at IS NULL AND iv.revoked_at IS NULL AND iv.expires_at > ?", id, t.now)); err != nil {
		return use, err
	}
	use.Groups, err = t.count(t.bun.NewSelect().TableExpr("sso_groups AS sg").Where("sg.tenant_id = ?", t.id()).
		Where("sg.kind = 'department' AND sg.subject = ?", string(id)))
	return use, err
}

// forgetDepartment takes an empty department out of what names it: lines of access, and invitations that are over.
func (t *Tenant) forgetDepartment(id domain.ID) error {
	for _, lines := range []string{"collection_access", "document_access"} {
		if _, err := t.bun.NewDelete().TableExpr("? AS x", bun.Ident(lines)).Where("x.tenant_id = ?", t.id()).
			Where("x.kind = 'department' AND x.subject = ?", string(id)).Exec(t.ctx); err != nil {
			return err
		}
	}
	_, err := t.bun.NewUpdate().TableExpr("invitations AS iv").Set("department_id = NULL").Where("iv.tenant_id = ?", t.id()).
		Where("iv.department_id = ?", id).Exec(t.ctx)
	return err
}
