package domain

import "slices"

// Role is a named set of permissions: a built-in one, or Custom for one of the organization's own, which has an id.
type Role string

// The built-in roles.
const (
	Owner   Role = "owner"
	Admin   Role = "admin"
	Manager Role = "manager"
	Staff   Role = "member"
	Auditor Role = "auditor"
	Custom  Role = "custom"
)

// Roles lists the built-in roles, most powerful first.
var Roles = []Role{Owner, Admin, Manager, Staff, Auditor}

// Name is the role in words.
func (r Role) Name() string {
	switch r {
	case Owner:
		return "Owner"
	case Admin:
		return "Admin"
	case Manager:
		return "Manager"
	case Auditor:
		return "Auditor"
	case Custom:
		return "Custom role"
	}
	return "Member"
}

// Permission is one thing that a role may allow: a verb on a kind of thing.
type Permission string

// Public asks for nothing, HalfSignedIn for a session that still wants a factor (or a whole one), SignedIn for a whole one.
const (
	Public       Permission = "public"
	HalfSignedIn Permission = "half_signed_in"
	SignedIn     Permission = "signed_in"
)

// The permissions that roles are made of and routes name.
const (
	AskCopilot        Permission = "copilot.ask"
	ReadKnowledge     Permission = "knowledge.read"
	WriteKnowledge    Permission = "knowledge.write"
	ShareKnowledge    Permission = "knowledge.share"
	ReadPeople        Permission = "people.read"
	InvitePeople      Permission = "people.invite"
	ManagePeople      Permission = "people.manage"
	ManageDepartments Permission = "departments.manage"
	ManageRoles       Permission = "roles.manage"
	ManageSecurity    Permission = "security.manage"
	ConfigureAI       Permission = "ai.configure"
	ReadAudit         Permission = "audit.read"
	ReadEgress        Permission = "egress.read"
	ReadInteraction   Permission = "interactions.read"
	OwnOrganization   Permission = "organization.own"
)

// ExplainAccess is for whoever manages people or roles: to see what a person may see, and why. No role is made of it.
const ExplainAccess Permission = "access.explain"

// Permissions lists what a role can be made of, in the order in which it is shown. OwnOrganization is the Owner's alone.
var Permissions = []Permission{AskCopilot, ReadKnowledge, WriteKnowledge, ShareKnowledge, ReadPeople, InvitePeople, ManagePeople,
	ManageDepartments, ManageRoles, ManageSecurity, ConfigureAI, ReadAudit, ReadEgress, ReadInteraction}

// permissions is the one table of what the built-in roles allow.
var permissions = map[Role][]Permission{
	Owner:   append([]Permission{OwnOrganization}, Permissions...),
	Admin:   Permissions,
	Manager: {AskCopilot, ReadKnowledge, WriteKnowledge, ReadPeople, InvitePeople},
	Staff:   {AskCopilot, ReadKnowledge, WriteKnowledge, ReadPeople},
	Auditor: {ReadKnowledge, ReadPeople, ReadAudit, ReadEgress},
}

// permits is a set of permissions, a bit for each of Permissions; it makes Actors comparable.
type permits uint64

func permitsOf(all []Permission) permits {
	var out permits
	for _, p := range all {
		out |= bit(p)
	}
	return out
}

// bit is 0 for what no role is made of.
func bit(p Permission) permits {
	if i := slices.Index(Permissions, p); i >= 0 {
		return 1 << i
	}
	return 0
}

// Actor is who acts: one member of one organization. It is made from a session or from a job's payload only, in
// store; arch_test.go holds that. The zero Actor may do nothing. Two Actors are equal when they are the same person with the
// same rights.
type Actor struct {
	tenant, member ID
	role           Role
	custom         ID // the role's id when role is Custom
	permits        permits
}

// NewActor makes an Actor with a built-in role. Only store (and tests) may call it.
func NewActor(tenant, member ID, role Role) Actor {
	return Actor{tenant: tenant, member: member, role: role, permits: permitsOf(permissions[role])}
}

// NewCustomActor makes an Actor with a role of the organization's own. Only store (and tests) may call it.
func NewCustomActor(tenant, member, role ID, allowed []Permission) Actor {
	return Actor{tenant: tenant, member: member, role: Custom, custom: role, permits: permitsOf(allowed)}
}

// Tenant is the organization that the actor acts in.
func (a Actor) Tenant() ID { return a.tenant }

// Member is the actor's own account.
func (a Actor) Member() ID { return a.member }

// Role is the role that the actor had when the session was read.
func (a Actor) Role() Role { return a.role }

// RoleSubject names the role as lines of access do: a built-in role's name or the id of the organization's own.
func (a Actor) RoleSubject() string {
	if a.role == Custom {
		return string(a.custom)
	}
	return string(a.role)
}

// May says whether the actor's role allows p (P54: permissions bound what people, and the AI on their behalf, reach). It is
// the short form of May.
func (a Actor) May(p Permission) bool { return May(Who{Actor: a}, Use, p.Thing()).Allowed }

// somebody says that this is a person, not the machinery and not nobody.
func (a Actor) somebody() bool { return a.tenant != "" && a.member != "" }

// Covers says whether the actor has every one of some permissions: nobody gives what they don't have.
func (a Actor) Covers(all []Permission) bool {
	for _, p := range all {
		if !a.May(p) {
			return false
		}
	}
	return true
}

// Allows lists what the actor's role is made of, in the order of Permissions.
func (a Actor) Allows() []Permission {
	var out []Permission
	for _, p := range Permissions {
		if a.May(p) {
			out = append(out, p)
		}
	}
	return out
}

// BuiltIn lists what a built-in role allows.
func BuiltIn(r Role) []Permission { return slices.Clone(permissions[r]) }

// Known says whether this is a built-in role.
func (r Role) Known() bool { _, ok := permissions[r]; return ok }
