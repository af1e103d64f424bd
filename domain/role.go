package domain

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// OwnRole is a role of an organization's own, with what uses it where that was counted.
type OwnRole struct {
	ID          ID
	Name        string
	Permissions []Permission
	CreatedAt   time.Time
	Uses        RoleUses
}

// RoleUses counts what a role's deletion would leave without it.
type RoleUses struct{ People, Invitations, Lines, Groups int }

// None says that nothing uses the role.
func (u RoleUses) None() bool { return u == RoleUses{} }

// RoleForm is what a person types to make or change a role.
type RoleForm struct {
	Name        string
	Permissions []string
}

// MaxRoles is how many roles of its own an organization may have.
const MaxRoles = 100

// Chosen are the permissions that the form names, each once, in the order of Permissions.
func (f RoleForm) Chosen() []Permission {
	var out []Permission
	for _, p := range Permissions {
		if slices.Contains(f.Permissions, string(p)) {
			out = append(out, p)
		}
	}
	return out
}

// Problems says what is wrong with a role that somebody makes, or changes from what it allowed before, beside others of the
// organization. Nobody gives what they don't have; what a role allowed already may stay.
func (f RoleForm) Problems(by Actor, before []Permission, others []OwnRole) Problems {
	var p Problems
	p.Add(f.Name == "", "name", "required", "Give the role a name.")
	p.Add(utf8.RuneCountInString(f.Name) > MaxName, "name", "too_long", "Use at most 120 characters.")
	p.Add(roleNamed(f.Name, others), "name", "taken", "There is a role of this name already. Choose another one.")
	for _, x := range f.Permissions {
		p.Add(!slices.Contains(Permissions, Permission(x)) && p.For("permissions") == "", "permissions", "unknown", "Choose from the list.")
	}
	for _, x := range f.Chosen() {
		p.Add(!by.May(x) && !slices.Contains(before, x) && p.For("permissions") == "", "permissions", "not_yours",
			"You can only allow others what you may do yourself.")
	}
	chosen := f.Chosen()
	p.Add(p.For("permissions") == "" && !slices.Contains(chosen, ReadKnowledge) && (slices.Contains(chosen, WriteKnowledge) ||
		slices.Contains(chosen, ShareKnowledge)), "permissions", "needs_reading", "Who adds or shares knowledge must be able to read it, too.")
	return p
}

// roleNamed says whether a name is taken, by a built-in role too: two roles that read the same would be mistaken for each other.
func roleNamed(name string, others []OwnRole) bool {
	for _, r := range append([]Role{Custom}, Roles...) {
		if strings.EqualFold(name, r.Name()) {
			return true
		}
	}
	return slices.ContainsFunc(others, func(o OwnRole) bool { return strings.EqualFold(name, o.Name) })
}
