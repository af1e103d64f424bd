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

// Headcounts are how many active people are in each department itself, and under "" in none. They are shared: nobody
// changes them.
func (t *Tenant) Headcounts() (map[domain.ID]int, error) {
	return remember(t, func(f *facts) (map[domain.ID]int, bool) { return f.heads, f.heads != nil }, t.readHeadcounts,
		func(f *facts, heads map[domain.ID]int) { f.heads = heads })
}

func (t *Tenant) readHeadcounts() (map[domain.ID]int, error) {
	var rows []struct {
		DepartmentID domain.ID `bun:",nullzero"`
		N            int
	}
	err := t.of((*memberRow)(nil)).Column("department_id").ColumnExpr("count(*) AS n").
		Where("m.active").Group("department_id").Scan(t.ctx, &rows)
	heads := make(map[domain.ID]int, len(rows))
	for _, r := range rows {
		heads[r.DepartmentID] = r.N
	}
	return heads, err
}

// MyDepartments are the actor's own department and all above it.
func (t *Tenant) MyDepartments() ([]domain.ID, error) { return t.departmentsOf(t.actor.Member()) }

// Managed are the departments that the actor manages, with all below them.
func (t *Tenant) Managed() ([]domain.ID, error) {
	k, err := t.tree()
	if err != nil {
		return nil, err
	}
	return k.shape.Managed(t.actor.Member()), nil
}

// PeopleIn are the first active people of a department itself, by the time they came.
func (t *Tenant) PeopleIn(id domain.ID, limit int64) ([]domain.Member, error) {
	if err := t.may(domain.ReadPeople); err != nil {
		return nil, err
	}
	var rows []memberRow
	if err := t.of(&rows).Where("m.department_id = ? AND m.active", id).Order("m.id").Limit(limit).Scan(t.ctx); err != nil {
		return nil, err
	}
	out := make([]domain.Member, len(rows))
	for i, r := range rows {
		out[i] = t.member(r)
	}
	return out, nil
}

// AddressOf is the address that a person signs in with, for who may put another one in their place.
func (t *Tenant) AddressOf(member domain.ID) (string, error) {
	if err := t.may(domain.ManageDepartments); err != nil {
		return "", err
	}
	var r memberRow
	if err := t.find(&r, "id = ?", member); err != nil {
		return "", err
	}
	return t.member(r).Email, nil
}

// DepartmentMoves is where a department was before, the latest move first.
func (t *Tenant) DepartmentMoves(id domain.ID, limit int64) ([]domain.Move, error) {
	if err := t.may(domain.ReadPeople); err != nil {
		return nil, err
	}
	var rows []moveRow
	err := t.of(&rows).Where("kind = 'department' AND subject = ?", id).Order("id DESC").Limit(limit).Scan(t.ctx)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Move, len(rows))
	for i, r := range rows {
		out[i] = domain.Move{From: r.FromID, To: r.ToID, By: r.MovedBy, At: r.At}
	}
	return out, nil
}
