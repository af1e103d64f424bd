package handlers

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/departments"
	"aimyorg/views/layout"
)

func (s *Site) departmentRoutes() []route {
	return []route{
		{"GET", "/departments", domain.ReadPeople, (*request).showChart, nil, ""},
		{"GET", "/departments/new", domain.ManageDepartments, (*request).newDepartment, nil, ""},
		{"POST", "/departments", domain.ManageDepartments, (*request).createDepartment, []string{"name", "parent"}, ""},
		{"GET", "/departments/:id", domain.ReadPeople, (*request).showDepartment, nil, ""},
		{"POST", "/departments/:id/name", domain.ManageDepartments, (*request).renameDepartment, []string{"name"}, ""},
		{"POST", "/departments/:id/parent", domain.ManageDepartments, (*request).moveDepartment, []string{"to"}, ""},
		{"POST", "/departments/:id/manager", domain.ManageDepartments, (*request).setManager, []string{"manager"}, ""},
		{"GET", "/departments/:id/delete", domain.ManageDepartments, (*request).askDeleteDepartment, nil, ""},
		{"POST", "/departments/:id/delete", domain.ManageDepartments, (*request).deleteDepartment, nil, ""},
	}
}

// What a department's page lists at most.
const (
	peopleOfDepartment  = 50
	movesOfDepartment   = 50
	maxOpenInTheAddress = departments.MaxOpen
)

func (q *request) showChart() error {
	p := departments.ChartPage{View: q.query("view"), Mine: q.who.Member.Department, MayManage: q.actor().May(domain.ManageDepartments)}
	if p.View != "list" && p.View != "chart" {
		p.View = ""
	}
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Tree, err = t.Departments(); err != nil {
			return err
		}
		if p.Heads, err = t.Headcounts(); err != nil {
			return err
		}
		p.First = departments.OpenAtFirst(p.Tree)
		p.Open = q.opened(p.Tree, p.First)
		p.Names, err = t.NamesOf(departments.Shown(p.Tree, p.Open)...)
		return err
	})
	if err != nil {
		return err
	}
	if q.partial() {
		return q.fragments(fiber.StatusOK, departments.ChartPart(p))
	}
	return q.page("Departments", departments.Chart(p))
}

// opened are the departments that the address says are open, as far as they are there; without a word of it, the first.
func (q *request) opened(tree domain.Tree, first []domain.ID) []domain.ID {
	said := q.queryExactly("open")
	if said == "" && !q.has("open") {
		return first
	}
	open := []domain.ID{}
	for _, s := range strings.Split(said, ".") {
		_, there := tree.Department(domain.ID(s))
		if there && len(open) < maxOpenInTheAddress && !slices.Contains(open, domain.ID(s)) {
			open = append(open, domain.ID(strings.Clone(s)))
		}
	}
	return open
}

func (q *request) newDepartment() error {
	return q.departmentForm(fiber.StatusOK, departments.FormPage{Parent: string(q.queryID("parent"))})
}

func (q *request) departmentForm(status int, p departments.FormPage) error {
	err := q.read(func(t *store.Tenant) (err error) {
		p.Tree, err = t.Departments()
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "New department"}, departments.NewDepartment(p))
}

func (q *request) createDepartment() error {
	p := departments.FormPage{Name: q.typed("name"), Parent: q.typed("parent")}
	var id domain.ID
	err := q.do(func(t *store.Tenant) (err error) {
		id, err = t.CreateDepartment(p.Name, domain.ID(p.Parent))
		return err
	})
	if errors.As(err, &p.Problems) {
		return q.departmentForm(fiber.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return q.redirect(departmentPath(id))
}

func (q *request) showDepartment() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	return q.departmentPage(fiber.StatusOK, id, departments.DepartmentPage{})
}

// departmentPage shows a department; what was typed into one of its forms, and what is wrong with that, is in p.
func (q *request) departmentPage(status int, id domain.ID, p departments.DepartmentPage) error {
	p.MayManage, p.Now = q.actor().May(domain.ManageDepartments), q.now
	if err := q.read(func(t *store.Tenant) error { return readDepartment(t, id, &p) }); err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: p.Department.Name}, departments.Department(p))
}

func readDepartment(t *store.Tenant, id domain.ID, p *departments.DepartmentPage) (err error) {
	if p.Tree, err = t.Departments(); err != nil {
		return err
	}
	d, ok := p.Tree.Department(id)
	if !ok {
		return domain.ErrNotFound
	}
	p.Department = d
	if p.Heads, err = t.Headcounts(); err != nil {
		return err
	}
	p.Totals = p.Tree.Totals(p.Heads)
	if p.People, err = t.PeopleIn(id, peopleOfDepartment); err != nil {
		return err
	}
	slices.SortStableFunc(p.People, func(a, b domain.Member) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	if p.Moves, err = t.DepartmentMoves(id, movesOfDepartment); err != nil {
		return err
	}
	managed, err := t.Managed()
	if err != nil {
		return err
	}
	p.Managed = slices.Contains(managed, id)
	if p.MayManage && d.Manager != "" {
		if p.Address, err = t.AddressOf(d.Manager); err != nil {
			return err
		}
	}
	p.Names, err = t.NamesOf(namedIn(p)...)
	return err
}

// namedIn are the people whose names a department's page says.
func namedIn(p *departments.DepartmentPage) []domain.ID {
	ids := []domain.ID{p.Department.Manager}
	for _, d := range p.Tree.Children(p.Department.ID) {
		ids = append(ids, d.Manager)
	}
	for _, m := range p.Moves {
		ids = append(ids, m.By)
	}
	return ids
}

// changeDepartment does what one of the forms of a department's page asks for.
func (q *request) changeDepartment(typed departments.Typed, change func(*store.Tenant, domain.ID) error) error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	p := departments.DepartmentPage{Typed: typed}
	err = q.do(func(t *store.Tenant) error { return change(t, id) })
	if errors.As(err, &p.Problems) {
		return q.departmentPage(fiber.StatusUnprocessableEntity, id, p)
	}
	if err != nil {
		return err
	}
	return q.redirect(departmentPath(id))
}

func (q *request) renameDepartment() error {
	typed := departments.Typed{Form: "name", Value: q.typed("name")}
	return q.changeDepartment(typed, func(t *store.Tenant, id domain.ID) error { return t.RenameDepartment(id, typed.Value) })
}

func (q *request) moveDepartment() error {
	typed := departments.Typed{Form: "parent", Value: q.typed("to")}
	return q.changeDepartment(typed, func(t *store.Tenant, id domain.ID) error { return t.MoveDepartment(id, domain.ID(typed.Value)) })
}

func (q *request) setManager() error {
	typed := departments.Typed{Form: "manager", Value: q.typed("manager")}
	return q.changeDepartment(typed, func(t *store.Tenant, id domain.ID) error { return t.SetManagerByEmail(id, typed.Value) })
}

func (q *request) askDeleteDepartment() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	return q.deletePage(fiber.StatusOK, id)
}

func (q *request) deletePage(status int, id domain.ID) error {
	var p departments.DeletePage
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Use, err = t.DepartmentUse(id); err != nil {
			return err
		}
		tree, err := t.Departments()
		p.Department, _ = tree.Department(id)
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Delete a department"}, departments.DeleteDepartment(p))
}

func (q *request) deleteDepartment() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var inUse domain.Problems
	err = q.do(func(t *store.Tenant) error { return t.DeleteDepartment(id) })
	if errors.As(err, &inUse) {
		return q.deletePage(fiber.StatusUnprocessableEntity, id)
	}
	if err != nil {
		return err
	}
	return q.redirect("/departments")
}

func departmentPath(id domain.ID) string { return "/departments/" + string(id) }
