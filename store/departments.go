package store

import (
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type departmentRow struct {
	bun.BaseModel `bun:"table:departments,alias:dp"`
	owned
	ID        domain.ID `bun:",pk"`
	ParentID  domain.ID `bun:",nullzero"`
	Name      []byte
	ManagerID domain.ID `bun:",nullzero"`
	CreatedAt time.Time
}

func (r departmentRow) department(name string) domain.Department {
	return domain.Department{ID: r.ID, Parent: r.ParentID, Name: name, Manager: r.ManagerID, CreatedAt: r.CreatedAt}
}

// knownTree is an organization's departments as they are stored, and their arrangement, without names.
type knownTree struct {
	rows  []departmentRow
	shape domain.Tree
}

func (t *Tenant) tree() (*knownTree, error) {
	return remember(t, func(f *facts) (*knownTree, bool) { return f.tree, f.tree != nil }, t.readTree,
		func(f *facts, k *knownTree) { f.tree = k })
}

func (t *Tenant) readTree() (*knownTree, error) {
	k := &knownTree{}
	if err := t.of(&k.rows).Limit(domain.MaxDepartments).Scan(t.ctx); err != nil {
		return nil, err
	}
	nameless := make([]domain.Department, len(k.rows))
	for i, r := range k.rows {
		nameless[i] = r.department("")
	}
	k.shape = domain.NewTree(nameless)
	return k, nil
}

// Departments are the organization's, with their names.
func (t *Tenant) Departments() (domain.Tree, error) {
	k, err := t.tree()
	if err != nil {
		return domain.Tree{}, err
	}
	all := make([]domain.Department, len(k.rows))
	for i, r := range k.rows {
		all[i] = r.department(t.in("departments", r.ID).shown("name", r.Name))
	}
	return domain.NewTree(all), nil
}

// departmentsOf are a person's department and all above it: what is said of a department holds for everybody below it. The
// slice is shared: nobody changes it.
func (t *Tenant) departmentsOf(member domain.ID) ([]domain.ID, error) {
	return remember(t, func(f *facts) ([]domain.ID, bool) { ids, ok := f.above[member]; return ids, ok },
		func() ([]domain.ID, error) { return t.readDepartmentsOf(member) },
		func(f *facts, ids []domain.ID) { keepIn(f.above, member, ids) })
}

func (t *Tenant) readDepartmentsOf(member domain.ID) ([]domain.ID, error) {
	var rows []memberRow
	err := t.of(&rows).Column("department_id").Where("m.id = ? AND m.department_id IS NOT NULL", member).Scan(t.ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	k, err := t.tree()
	if err != nil {
		return nil, err
	}
	return append([]domain.ID{rows[0].DepartmentID}, k.shape.Ancestors(rows[0].DepartmentID)...), nil
}

// myDepartments are the actor's own department and all above it.
func (t *Tenant) myDepartments() ([]domain.ID, error) { return t.departmentsOf(t.actor.Member()) }

// manages are the departments that a person manages, with all below them.
func (t *Tenant) manages(member domain.ID) ([]domain.ID, error) {
	k, err := t.tree()
	if err != nil {
		return nil, err
	}
	return k.shape.Managed(member), nil
}
