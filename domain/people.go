package domain

import (
	"slices"
	"time"
)

// PermissionsOf is what a built-in role allows.
func PermissionsOf(r Role) []Permission { return slices.Clone(permissions[r]) }

// MayManage says whether the actor may close somebody's account or take their factors away: who manages people may, but of nobody
// who has a right, beyond those of every Member, that they don't have. Else a role of the organization's own could lock its
// admins out.
func (a Actor) MayManage(other Actor) bool {
	rights := slices.DeleteFunc(other.Allows(), func(p Permission) bool { return slices.Contains(permissions[Staff], p) })
	return a.May(ManagePeople) && (other.role != Owner || a.role == Owner) && a.Covers(rights)
}

// MayGive says whether the actor may give a role to somebody, by inviting them or by changing theirs: nobody gives a right
// that they don't have; a powerful role or one of the organization's own is given by who manages roles, another one than
// Member's by who manages people, and ownership is handed over and never given. allowed are the permissions of a custom role.
func (a Actor) MayGive(r Role, allowed []Permission) bool {
	if r == Custom {
		return a.May(ManageRoles) && a.mayAll(allowed)
	}
	if r == Owner || !slices.Contains(Roles, r) || !a.mayAll(permissions[r]) {
		return false
	}
	switch r {
	case Staff:
		return a.May(InvitePeople) || a.May(ManagePeople)
	case Admin:
		return a.May(ManageRoles)
	}
	return a.May(ManagePeople)
}

func (a Actor) mayAll(all []Permission) bool {
	for _, p := range all {
		if !a.May(p) {
			return false
		}
	}
	return true
}

// GivenRole is a role as it can be given: a built-in one, or one of the organization's own with its id and name.
type GivenRole struct {
	Role    Role
	ID      ID
	Name    string
	Allowed []Permission // of an own one
}

// Key names the role in forms and filters: a built-in role's name, or the id of the organization's own.
func (r GivenRole) Key() string {
	if r.Role == Custom {
		return string(r.ID)
	}
	return string(r.Role)
}

// DepartmentPlace is a department as people are put into it: Path is its name after those above it.
type DepartmentPlace struct {
	ID   ID
	Path string
}

// Moved is one change of a person's department. What is gone has no path.
type Moved struct {
	From, To         ID // "" for none
	FromPath, ToPath string
	By               ID
	ByName           string
	At               time.Time
}

// OwnershipOffer is the owner's offer to hand the organization over; it takes the other's agreement.
type OwnershipOffer struct {
	ID           ID
	From, To     ID
	FromName     string
	ToName       string
	Organization string
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

// OwnershipLasts is how long an offer of ownership can be taken.
const OwnershipLasts = 72 * time.Hour

// Profile is a person as others see them.
type Profile struct {
	Member
	DepartmentPath string
	Manager        ID // who manages their department, or the nearest one above it
	ManagerName    string
}
