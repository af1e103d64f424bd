package handlers

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/roles"
)

func (s *Site) roleRoutes() []route {
	form := []string{"name", "permissions"}
	return []route{
		{"GET", "/admin/roles", domain.ManageRoles, (*request).listRoles, nil, ""},
		{"GET", "/admin/roles/new", domain.ManageRoles, (*request).newRole, nil, ""},
		{"POST", "/admin/roles", domain.ManageRoles, (*request).createRole, form, "fresh"},
		{"GET", "/admin/roles/:id", domain.ManageRoles, (*request).editRole, nil, ""},
		{"POST", "/admin/roles/:id", domain.ManageRoles, (*request).changeRole, form, "fresh"},
		{"GET", "/admin/roles/:id/delete", domain.ManageRoles, (*request).askDeleteRole, nil, ""},
		{"POST", "/admin/roles/:id/delete", domain.ManageRoles, (*request).deleteRole, nil, "fresh"},
		{"GET", "/people/:id/access", domain.ExplainAccess, (*request).explainAccess, nil, ""},
	}
}

func (q *request) listRoles() error {
	var p roles.IndexPage
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Own, err = t.Roles(); err != nil {
			return err
		}
		p.People, err = t.RoleSizes()
		return err
	})
	if err != nil {
		return err
	}
	return q.page("Roles", roles.Index(p))
}

func (q *request) newRole() error { return q.roleForm(fiber.StatusOK, roles.FormPage{}) }

func (q *request) roleForm(status int, p roles.FormPage) error {
	p.May = q.actor().Allows()
	title := "New role"
	if p.ID != "" {
		title = "Role"
	}
	return q.pageWith(status, layout.PageProps{Title: title}, roles.Form(p))
}

func (q *request) typedRole() domain.RoleForm {
	return domain.RoleForm{Name: q.typed("name"), Permissions: q.form["permissions"]}
}

func (q *request) createRole() error {
	p := roles.FormPage{Form: q.typedRole()}
	err := q.do(func(t *store.Tenant) error {
		_, err := t.CreateRole(p.Form)
		return err
	})
	if errors.As(err, &p.Problems) {
		return q.roleForm(fiber.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return q.redirect("/admin/roles")
}

// role is the one in the path.
func (q *request) role() (domain.OwnRole, error) {
	id, err := q.param("id")
	if err != nil {
		return domain.OwnRole{}, err
	}
	var r domain.OwnRole
	err = q.read(func(t *store.Tenant) (err error) {
		r, err = t.Role(id)
		return err
	})
	return r, err
}

func (q *request) editRole() error {
	r, err := q.role()
	if err != nil {
		return err
	}
	p := roles.FormPage{ID: r.ID, Name: r.Name, Kept: r.Permissions, Uses: r.Uses, Form: domain.RoleForm{Name: r.Name}}
	for _, x := range r.Permissions {
		p.Form.Permissions = append(p.Form.Permissions, string(x))
	}
	return q.roleForm(fiber.StatusOK, p)
}

func (q *request) changeRole() error {
	r, err := q.role()
	if err != nil {
		return err
	}
	p := roles.FormPage{ID: r.ID, Name: r.Name, Kept: r.Permissions, Uses: r.Uses, Form: q.typedRole()}
	err = q.do(func(t *store.Tenant) error { return t.ChangeRole(r.ID, p.Form) })
	if errors.As(err, &p.Problems) {
		return q.roleForm(fiber.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return q.redirect("/admin/roles")
}

func (q *request) askDeleteRole() error { return q.deleteRolePage(fiber.StatusOK) }

func (q *request) deleteRolePage(status int) error {
	r, err := q.role()
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Delete a role"}, roles.Delete(roles.DeletePage{Role: r}))
}

func (q *request) deleteRole() error {
	r, err := q.role()
	if err != nil {
		return err
	}
	var used domain.Problems
	if err = q.do(func(t *store.Tenant) error { return t.DeleteRole(r.ID) }); errors.As(err, &used) {
		return q.deleteRolePage(fiber.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return q.redirect("/admin/roles")
}
