package domain

import "slices"

// SubjectKind is to whom a line of access applies. Agents come later through the same table.
type SubjectKind string

// The kinds of subject.
const (
	ToEveryone   SubjectKind = "everyone"
	ToDepartment SubjectKind = "department" // and all below it
	ToRole       SubjectKind = "role"
	ToMember     SubjectKind = "member"
)

// Access lets one subject read a collection or a document, or denies it. Subject is the id of a department, of a role of the
// organization's own or of a member, a built-in role's name, or "" for everyone.
type Access struct {
	Kind    SubjectKind
	Subject string
	Denied  bool
}

// Subjects are those whom a form names.
type Subjects struct {
	Everyone                    bool
	Departments, Roles, Members []string
}

// Empty says that nobody is named.
func (s Subjects) Empty() bool {
	return !s.Everyone && len(s.Departments)+len(s.Roles)+len(s.Members) == 0
}

func (s Subjects) lines(denied bool) []Access {
	var out []Access
	if s.Everyone {
		out = append(out, Access{ToEveryone, "", denied})
	}
	for _, x := range []struct {
		kind SubjectKind
		all  []string
	}{{ToDepartment, s.Departments}, {ToRole, s.Roles}, {ToMember, s.Members}} {
		for _, id := range x.all {
			if a := (Access{x.kind, id, denied}); !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// AccessForm is what a person chooses about who may read a thing.
type AccessForm struct{ Allow, Deny Subjects }

// Access is what the form says, line by line.
func (f AccessForm) Access() []Access { return append(f.Allow.lines(false), f.Deny.lines(true)...) }

// AccessFormOf is the form that says these lines.
func AccessFormOf(lines []Access) AccessForm {
	var f AccessForm
	for _, x := range lines {
		s := &f.Allow
		if x.Denied {
			s = &f.Deny
		}
		switch x.Kind {
		case ToEveryone:
			s.Everyone = true
		case ToDepartment:
			s.Departments = append(s.Departments, x.Subject)
		case ToRole:
			s.Roles = append(s.Roles, x.Subject)
		case ToMember:
			s.Members = append(s.Members, x.Subject)
		}
	}
	return f
}

// MaxLines is how many lines of access a thing may have.
const MaxLines = 500

// deniedField is the field of a form with those whom a kind of line denies.
var deniedField = map[SubjectKind]string{ToEveryone: "deny_everyone", ToDepartment: "deny_departments", ToRole: "deny_roles", ToMember: "deny_members"}

// allowedField is the same for those whom it allows.
var allowedField = map[SubjectKind]string{ToEveryone: "everyone", ToDepartment: "departments", ToRole: "roles", ToMember: "members"}

// Field is the field of a form that a line comes from.
func (x Access) Field() string {
	if x.Denied {
		return deniedField[x.Kind]
	}
	return allowedField[x.Kind]
}

// Unknown is what to say of a line about somebody whom the organization doesn't have.
func (x Access) Unknown() Problem {
	return Problem{x.Field(), "unknown", map[SubjectKind]string{ToDepartment: "Choose departments from the list.",
		ToRole: "Choose roles from the list.", ToMember: "Choose people from the list."}[x.Kind]}
}

// Problems says what is wrong with the lines by themselves.
func (f AccessForm) Problems() Problems {
	var p Problems
	lines := f.Access()
	p.Add(len(lines) > MaxLines, "access", "too_many", "Name at most 500 departments, roles and people. A role or a department can stand for many.")
	p.Add(slices.Contains(f.Deny.Roles, string(Owner)), "deny_roles", "owner", "An owner can always read: nobody can lock the organization's owner out.")
	for _, x := range lines {
		if other := x; x.Denied {
			other.Denied = false
			p.Add(slices.Contains(lines, other), x.Field(), "both", bothWays[x.Kind])
		}
	}
	return p
}

var bothWays = map[SubjectKind]string{
	ToEveryone:   "Everyone can't be both allowed and denied. Choose one.",
	ToDepartment: "The same department is allowed and denied. Choose one.",
	ToRole:       "The same role is allowed and denied. Choose one.",
	ToMember:     "The same person is allowed and denied. Choose one.",
}

// LocksOut is what to say to somebody who would keep themselves from reading.
func LocksOut(r Ruling) (p Problems) {
	field := r.Line.Field()
	if r.Rule != ByDenial {
		field = "everyone"
	}
	p.Add(!r.Allowed, field, "locks_out", "With these choices you could not read it yourself any more, nor undo them. Leave yourself in.")
	return p
}
