// Package roles holds the pages of roles: the built-in ones, the organization's own, and the form of one.
package roles

import (
	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

// IndexPage is /admin/roles. People counts those of each role, by a built-in role's name or the id of one's own.
type IndexPage struct {
	Own    []domain.OwnRole
	People map[string]int
}

// FormPage is /admin/roles/new and /admin/roles/{id}. ID is "" for a new role.
type FormPage struct {
	ID       domain.ID
	Name     string // as it is saved, for the heading
	Form     domain.RoleForm
	May      []domain.Permission // what whoever edits it may do themselves
	Kept     []domain.Permission // what it allows already
	Uses     domain.RoleUses
	Problems domain.Problems
}

// DeletePage asks before a role goes.
type DeletePage struct {
	Role domain.OwnRole
}

func rolePath(id domain.ID) string { return "/admin/roles/" + string(id) }

func formPath(id domain.ID) string {
	if id == "" {
		return "/admin/roles"
	}
	return rolePath(id)
}

func saveLabel(id domain.ID) string {
	if id == "" {
		return "Create role"
	}
	return "Save role"
}

func heading(p FormPage) string {
	if p.ID == "" {
		return "New role"
	}
	return "Role “" + p.Name + "”"
}

// options are a group's permissions. What the editor may not do can't be given, only left or taken.
func options(g words.PermissionGroup, p FormPage) []ui.Option {
	var out []ui.Option
	for _, w := range g.Of {
		o := ui.Option{Value: string(w.Permission), Label: w.Label, Hint: w.Does}
		if !has(p.May, w.Permission) && !has(p.Kept, w.Permission) {
			o.Disabled, o.Hint = true, w.Does+" You may not do this yourself, so you can't allow it."
		}
		out = append(out, o)
	}
	return out
}

func has(all []domain.Permission, p domain.Permission) bool {
	for _, x := range all {
		if x == p {
			return true
		}
	}
	return false
}

func peopleWords(n int) string { return words.Capital(words.Count(n, "person", "people")) }

func allowsWords(all []domain.Permission) string {
	if len(all) == 0 {
		return "Nothing"
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = words.Permission(p)
	}
	return words.List(names...)
}

var builtInMeans = map[domain.Role]string{
	domain.Owner:   "Everything, and the organization itself. Nobody can lock an owner out.",
	domain.Admin:   "Everything but owning the organization.",
	domain.Manager: "Works with knowledge and the Copilot, and invites people.",
	domain.Staff:   "Works with knowledge and the Copilot.",
	domain.Auditor: "Reads knowledge that is shared with them, the logs and what left the building. Changes nothing.",
}
