package roles_test

import (
	"testing"

	"aimyorg/domain"
	"aimyorg/views/roles"
	"aimyorg/views/words/rendertest"
)

func TestA73_HostileRolesAreText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, roles.IndexPage{}, roles.Index)
	rendertest.Hostile(t, roles.FormPage{}, roles.Form)
	rendertest.Hostile(t, roles.DeletePage{}, roles.Delete)
}

// What the editor may not do can't be ticked; what the role allows already can be left or taken.
func TestWhatCanBeGiven(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, roles.Form(roles.FormPage{ID: "r1", Name: "Desk", May: []domain.Permission{domain.ReadPeople},
		Kept: []domain.Permission{domain.ReadAudit}, Form: domain.RoleForm{Name: "Desk", Permissions: []string{"audit.read"}}}))
	rendertest.Contains(t, html, `value="people.manage" disabled`, `value="audit.read" checked`, `action="/admin/roles/r1"`, "/admin/roles/r1/delete")
	rendertest.Lacks(t, html, `value="people.read" disabled`, `value="audit.read" disabled`, `value="audit.read" checked disabled`)
}
