package words

import "aimyorg/domain"

// PermissionWords is what a permission is called, and what it lets somebody do.
type PermissionWords struct {
	Permission  domain.Permission
	Label, Does string
}

// PermissionGroup are the permissions about one kind of thing.
type PermissionGroup struct {
	Title string
	Of    []PermissionWords
}

// permissionGroups has every one of domain.Permissions once; a test holds that.
var permissionGroups = []PermissionGroup{
	{"Copilot and AI", []PermissionWords{
		{domain.AskCopilot, "Ask the Copilot", "Ask questions and get answers from the documents that the person may read."},
		{domain.ConfigureAI, "Set up AI", "Switch AI on and off, choose providers and models, and decide which collections AI may see."}}},
	{"Knowledge", []PermissionWords{
		{domain.ReadKnowledge, "Read knowledge", "Open and search the collections and documents that are shared with the person."},
		{domain.WriteKnowledge, "Add knowledge", "Make collections, upload files and write pages."},
		{domain.ShareKnowledge, "Manage all knowledge", "Read every collection that does not deny it, change who reads it, and delete it."}}},
	{"People", []PermissionWords{
		{domain.ReadPeople, "See people", "Look people up in the directory and open their pages."},
		{domain.InvitePeople, "Invite people", "Send invitations and take them back."},
		{domain.ManagePeople, "Manage people", "Give roles, and close and reopen accounts."},
		{domain.ManageDepartments, "Arrange departments", "Make, move and delete departments and choose their managers."},
		{domain.ManageRoles, "Manage roles", "Make roles and decide what they allow, up to what the person may do themselves."}}},
	{"Security and records", []PermissionWords{
		{domain.ManageSecurity, "Set up sign-in", "Require a second factor or single sign-on, and verify domains."},
		{domain.ReadAudit, "Read the audit log", "See what was done, when and by whom, without its content."},
		{domain.ReadEgress, "See what left the building", "See each request to an AI provider, of everybody, without its text."},
		{domain.ReadInteraction, "Read how AI was used", "See counts and outcomes of what people and agents asked AI."}}},
}

// PermissionGroups lists what a role can be made of, in words, by what it is about.
func PermissionGroups() []PermissionGroup { return permissionGroups }

// Permission is what one permission is called; those that no role is made of, too.
func Permission(p domain.Permission) string {
	switch p {
	case domain.Public:
		return "Open to anybody"
	case domain.SignedIn:
		return "Open to everybody in the organization"
	case domain.HalfSignedIn:
		return "Signing in"
	case domain.OwnOrganization:
		return "Own the organization"
	case domain.ExplainAccess:
		return "See what a person may see, and why"
	}
	for _, g := range permissionGroups {
		for _, w := range g.Of {
			if w.Permission == p {
				return w.Label
			}
		}
	}
	return string(p)
}

// RoleName is what a role is called: a built-in one, or one of the organization's own by its name.
func RoleName(subject string, names map[domain.ID]string) string {
	if r := domain.Role(subject); r.Known() {
		return r.Name()
	}
	if n := names[domain.ID(subject)]; n != "" {
		return n
	}
	return "A deleted role"
}

// Line is what a line of access is about, in words.
func Line(x domain.Access, names map[domain.ID]string) string {
	switch x.Kind {
	case domain.ToEveryone:
		return "Everyone"
	case domain.ToRole:
		return RoleName(x.Subject, names)
	}
	if n := names[domain.ID(x.Subject)]; n != "" {
		return n
	}
	return "Somebody"
}

// Ruling says why somebody may or may not, in a sentence: "Denied: the line “Sales may not read” of the collection
// “Contracts”." role is theirs; collection and document are what it is about, "" where it is not.
func Ruling(r domain.Ruling, role, collection, document string, names map[domain.ID]string) string {
	start := "Denied: "
	if r.Allowed {
		start = "Allowed: "
	}
	return start + ruled(r, role, collection, document, names) + "."
}

func ruled(r domain.Ruling, role, collection, document string, names map[domain.ID]string) string {
	place := "the collection “" + collection + "”"
	if r.At == domain.AtDocument {
		place = "the document “" + document + "”"
	}
	switch r.Rule {
	case domain.ByPublic:
		return "it is open to anybody"
	case domain.BySession:
		return "it is open to everybody who is signed in"
	case domain.ByOwner:
		return "the organization's owner can read everything and can't be locked out"
	case domain.BySharing:
		return "the role “" + role + "” allows “" + Permission(r.Permission) + "”"
	case domain.ByDenial:
		return "the line “" + Line(r.Line, names) + " may not read” of " + place
	case domain.ByLine:
		return "the line “" + Line(r.Line, names) + " may read” of " + place
	case domain.ByMaking:
		return "they made " + place
	case domain.ByNoLine:
		return "no line of " + place + " names them"
	case domain.ByNarrowing:
		return place + " is only for those whom its own lines name"
	case domain.ByNotMaking:
		return "they did not make " + place
	}
	if r.Allowed {
		return "the role “" + role + "” allows “" + Permission(r.Permission) + "”"
	}
	return "the role “" + role + "” does not allow “" + Permission(r.Permission) + "”"
}

// RoleUses says what still uses a role: "2 people have it and 1 line of access names it".
func RoleUses(u domain.RoleUses) string {
	var parts []string
	for _, x := range []struct {
		n         int
		one, many string
	}{{u.People, "person has it", "people have it"}, {u.Invitations, "invitation gives it", "invitations give it"},
		{u.Lines, "line of access names it", "lines of access name it"}, {u.Groups, "group of single sign-on gives it", "groups of single sign-on give it"}} {
		if x.n > 0 {
			parts = append(parts, Count(x.n, x.one, x.many))
		}
	}
	if len(parts) == 0 {
		return "nobody has it and nothing names it"
	}
	return List(parts...)
}
