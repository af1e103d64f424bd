package words_test

import (
	"slices"
	"testing"

	"aimyorg/domain"
	"aimyorg/views/words"
)

// Every permission that a role can be made of is offered once, with a name and a sentence.
func TestEveryPermissionHasWords(t *testing.T) {
	t.Parallel()
	var all []domain.Permission
	for _, g := range words.PermissionGroups() {
		for _, w := range g.Of {
			all = append(all, w.Permission)
			if w.Label == "" || w.Does == "" || g.Title == "" || words.Permission(w.Permission) != w.Label {
				t.Errorf("%+v", w)
			}
		}
	}
	want := slices.Sorted(slices.Values(domain.Permissions))
	if got := slices.Sorted(slices.Values(all)); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, p := range []domain.Permission{domain.Public, domain.SignedIn, domain.HalfSignedIn, domain.OwnOrganization, domain.ExplainAccess} {
		if words.Permission(p) == string(p) {
			t.Errorf("%s has no words", p)
		}
	}
}

func TestRulingsInWords(t *testing.T) {
	t.Parallel()
	names := map[domain.ID]string{"d": "Sales", "m": "Ann"}
	line := func(kind domain.SubjectKind, subject string) domain.Access {
		return domain.Access{Kind: kind, Subject: subject}
	}
	for want, r := range map[string]domain.Ruling{
		"Denied: the line “Sales may not read” of the collection “Contracts”.":           {Rule: domain.ByDenial, At: domain.AtCollection, Line: line(domain.ToDepartment, "d")},
		"Denied: the line “Ann may not read” of the document “Lease”.":                   {Rule: domain.ByDenial, At: domain.AtDocument, Line: line(domain.ToMember, "m")},
		"Denied: the line “Somebody may not read” of the document “Lease”.":              {Rule: domain.ByDenial, At: domain.AtDocument, Line: line(domain.ToMember, "gone")},
		"Allowed: the line “Everyone may read” of the collection “Contracts”.":           {Allowed: true, Rule: domain.ByLine, At: domain.AtCollection, Line: line(domain.ToEveryone, "")},
		"Allowed: the line “Manager may read” of the document “Lease”.":                  {Allowed: true, Rule: domain.ByLine, At: domain.AtDocument, Line: line(domain.ToRole, "manager")},
		"Allowed: the line “A deleted role may read” of the document “Lease”.":           {Allowed: true, Rule: domain.ByLine, At: domain.AtDocument, Line: line(domain.ToRole, "x")},
		"Allowed: the role “Admin” allows “Manage all knowledge”.":                       {Allowed: true, Rule: domain.BySharing, Permission: domain.ShareKnowledge},
		"Denied: the role “Admin” does not allow “Read the audit log”.":                  {Rule: domain.ByPermission, Permission: domain.ReadAudit},
		"Allowed: the role “Admin” allows “Read the audit log”.":                         {Allowed: true, Rule: domain.ByPermission, Permission: domain.ReadAudit},
		"Allowed: they made the collection “Contracts”.":                                 {Allowed: true, Rule: domain.ByMaking, At: domain.AtCollection},
		"Denied: they did not make the document “Lease”.":                                {Rule: domain.ByNotMaking, At: domain.AtDocument},
		"Denied: no line of the collection “Contracts” names them.":                      {Rule: domain.ByNoLine, At: domain.AtCollection},
		"Denied: the document “Lease” is only for those whom its own lines name.":        {Rule: domain.ByNarrowing, At: domain.AtDocument},
		"Allowed: it is open to anybody.":                                                {Allowed: true, Rule: domain.ByPublic},
		"Allowed: it is open to everybody who is signed in.":                             {Allowed: true, Rule: domain.BySession},
		"Allowed: the organization's owner can read everything and can't be locked out.": {Allowed: true, Rule: domain.ByOwner},
	} {
		if got := words.Ruling(r, "Admin", "Contracts", "Lease", names); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := words.RoleUses(domain.RoleUses{People: 2, Lines: 1}); got != "2\u00a0people have it and 1 line of access names it" {
		t.Error(got)
	}
}
