package domain

import "slices"

// Role is a named set of permissions. Custom roles come later through the same table.
type Role string

// The built-in roles.
const (
	Owner   Role = "owner"
	Admin   Role = "admin"
	Manager Role = "manager"
	Staff   Role = "member"
	Auditor Role = "auditor"
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
	}
	return "Member"
}

// Permission is one thing a role may allow.
type Permission string

// The permissions that routes name. Public asks for nothing and SignedIn only for a session.
const (
	Public          Permission = "public"
	SignedIn        Permission = "signed_in"
	AskCopilot      Permission = "copilot.ask"
	ReadKnowledge   Permission = "knowledge.read"
	WriteKnowledge  Permission = "knowledge.write"
	ShareKnowledge  Permission = "knowledge.share"
	ConfigureAI     Permission = "ai.configure"
	ReadAudit       Permission = "audit.read"
	ReadEgress      Permission = "egress.read"
	ReadInteraction Permission = "interactions.read"
)

var permissions = map[Role][]Permission{
	Owner: {AskCopilot, ReadKnowledge, WriteKnowledge, ShareKnowledge, ConfigureAI, ReadAudit, ReadEgress,
		ReadInteraction},
	Admin: {AskCopilot, ReadKnowledge, WriteKnowledge, ShareKnowledge, ConfigureAI, ReadAudit, ReadEgress,
		ReadInteraction},
	Manager: {AskCopilot, ReadKnowledge, WriteKnowledge},
	Staff:   {AskCopilot, ReadKnowledge, WriteKnowledge},
	Auditor: {ReadKnowledge, ReadAudit, ReadEgress},
}

// Actor is who acts: one member of one organization. It is made from a session or from a job's payload only, in
// store; arch_test.go holds that. The zero Actor may do nothing.
type Actor struct {
	tenant, member ID
	role           Role
}

// NewActor makes an Actor. Only store (and tests) may call it.
func NewActor(tenant, member ID, role Role) Actor { return Actor{tenant, member, role} }

// Tenant is the organization that the actor acts in.
func (a Actor) Tenant() ID { return a.tenant }

// Member is the actor's own account.
func (a Actor) Member() ID { return a.member }

// Role is the role that the actor had when the session was read.
func (a Actor) Role() Role { return a.role }

// May says whether the actor's role allows p (P54: permissions bound what people, and the AI on their behalf, reach).
func (a Actor) May(p Permission) bool {
	switch {
	case p == Public:
		return true
	case a.tenant == "" || a.member == "":
		return false
	case p == SignedIn:
		return true
	}
	return slices.Contains(permissions[a.role], p)
}
