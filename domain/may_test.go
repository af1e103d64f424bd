package domain_test

import (
	"fmt"
	"testing"

	"aimyorg/domain"
)

// me is somebody whom lines name in each of the ways that there are.
func me(a domain.Actor) domain.Who {
	return domain.Who{Actor: a, Departments: []domain.ID{"sales", "company"}}
}

var someone = map[string]domain.Actor{
	"owner": domain.NewActor("t", "me", domain.Owner), "admin": domain.NewActor("t", "me", domain.Admin),
	"manager": domain.NewActor("t", "me", domain.Manager), "staff": domain.NewActor("t", "me", domain.Staff),
	"auditor": domain.NewActor("t", "me", domain.Auditor), "reader": domain.NewCustomActor("t", "me", "own", []domain.Permission{domain.ReadKnowledge}),
	"asker":   domain.NewCustomActor("t", "me", "own", []domain.Permission{domain.AskCopilot, domain.ShareKnowledge, domain.WriteKnowledge}),
	"sharer":  domain.NewCustomActor("t", "me", "own", []domain.Permission{domain.ReadKnowledge, domain.ShareKnowledge}),
	"nothing": domain.NewCustomActor("t", "me", "own", nil), "nobody": {}, "machinery": domain.NewActor("t", "", domain.Owner),
}

// naming gives the lines that name somebody in every way, and lines that name somebody else in every way.
func naming(a domain.Actor, denied bool) (mine, others []domain.Access) {
	return []domain.Access{{Kind: domain.ToEveryone, Denied: denied}, {Kind: domain.ToDepartment, Subject: "sales", Denied: denied},
			{Kind: domain.ToDepartment, Subject: "company", Denied: denied}, {Kind: domain.ToRole, Subject: a.RoleSubject(), Denied: denied},
			{Kind: domain.ToMember, Subject: "me", Denied: denied}},
		[]domain.Access{{Kind: domain.ToDepartment, Subject: "production", Denied: denied}, {Kind: domain.ToRole, Subject: "other", Denied: denied},
			{Kind: domain.ToMember, Subject: "you", Denied: denied}, {Kind: domain.ToMember, Subject: "sales", Denied: denied},
			{Kind: domain.ToRole, Subject: "me", Denied: denied}, {Kind: domain.ToDepartment, Subject: "me", Denied: denied}, {Kind: "", Denied: denied}}
}

// choices are the lists of lines that one thing may have, each with what it says of the person.
type choice struct {
	lines                  []domain.Access
	allows, denies, narrow bool
}

func choices(a domain.Actor) []choice {
	out := []choice{{}}
	allow, allowOther := naming(a, false)
	deny, denyOther := naming(a, true)
	for _, x := range allow {
		out = append(out, choice{[]domain.Access{x}, true, false, true}, choice{[]domain.Access{denyOther[0], x}, true, false, true})
		for _, y := range deny {
			out = append(out, choice{[]domain.Access{x, y}, true, true, true})
		}
	}
	for _, x := range allowOther {
		out = append(out, choice{[]domain.Access{x}, false, false, true})
	}
	for _, y := range deny {
		out = append(out, choice{[]domain.Access{y}, false, true, false}, choice{[]domain.Access{allowOther[0], y}, false, true, true})
	}
	for _, y := range denyOther {
		out = append(out, choice{[]domain.Access{y}, false, false, false})
	}
	return out
}

// Every role, as maker and not, with every way of being named by the lines of the collection and of the document: a denial
// wins over all but the owner, sharing and making over lines, and a document is narrowed to its own lines.
func TestP54_MayInEveryCombination(t *testing.T) {
	t.Parallel()
	tried := 0
	for name, a := range someone {
		for _, in := range choices(a) {
			for _, own := range choices(a) {
				for made := range 4 {
					tried++
					combination(t, fmt.Sprintf("%s, collection %+v, document %+v, made %d", name, in, own, made), a, in, own, made)
				}
			}
		}
	}
	if tried < 50_000 {
		t.Errorf("only %d combinations", tried)
	}
}

func combination(t *testing.T, what string, a domain.Actor, in, own choice, made int) {
	t.Helper()
	maker := map[bool]domain.ID{true: "me", false: "you"}
	madeIn, madeOwn := made&1 != 0, made&2 != 0
	c := domain.Collection{CreatedBy: maker[madeIn], Access: in.lines}
	d := domain.Document{CreatedBy: maker[madeOwn], Access: own.lines}
	may := a.May(domain.ReadKnowledge)
	shelf := a.Role() == domain.Owner || !in.denies && (a.May(domain.ShareKnowledge) || madeIn || in.allows)
	paper := a.Role() == domain.Owner || shelf && !own.denies && (a.May(domain.ShareKnowledge) || !own.narrow || madeOwn || own.allows)
	changing := a.May(domain.WriteKnowledge)
	all := a.May(domain.ShareKnowledge)
	for _, x := range []struct {
		verb  domain.Verb
		thing domain.Thing
		want  bool
	}{{domain.Read, c.Thing(), may && shelf}, {domain.Read, d.Thing(c), may && paper},
		{domain.Change, c.Thing(), may && shelf && changing && (all || madeIn)}, {domain.Change, d.Thing(c), may && paper && changing && (all || madeOwn)}} {
		r := domain.May(me(a), x.verb, x.thing)
		if r.Allowed != x.want {
			t.Fatalf("%s: %s is %+v", what, x.verb, r)
		}
		if r.Rule == "" || (r.Rule == domain.ByDenial || r.Rule == domain.ByLine) && r.Line.Kind == "" {
			t.Fatalf("%s: %+v says no rule", what, r)
		}
	}
}

func TestMaySaysByWhichRule(t *testing.T) {
	t.Parallel()
	staff, line := someone["staff"], func(kind domain.SubjectKind, subject string, denied bool) []domain.Access {
		return []domain.Access{{Kind: kind, Subject: subject, Denied: denied}}
	}
	everyone := domain.Collection{CreatedBy: "you", Access: line(domain.ToEveryone, "", false)}
	for name, x := range map[string]struct {
		a    domain.Actor
		v    domain.Verb
		x    domain.Thing
		want domain.Ruling
	}{
		"anybody's page":       {domain.Actor{}, domain.Use, domain.Public.Thing(), domain.Ruling{Allowed: true, Rule: domain.ByPublic, Permission: domain.Public}},
		"nobody's session":     {domain.Actor{}, domain.Use, domain.SignedIn.Thing(), domain.Ruling{Rule: domain.BySession, Permission: domain.SignedIn}},
		"a permission":         {staff, domain.Use, domain.ReadPeople.Thing(), domain.Ruling{Allowed: true, Rule: domain.ByPermission, Permission: domain.ReadPeople}},
		"no permission":        {staff, domain.Use, domain.ReadAudit.Thing(), domain.Ruling{Rule: domain.ByPermission, Permission: domain.ReadAudit}},
		"an unknown one":       {someone["admin"], domain.Use, domain.Permission("x.y").Thing(), domain.Ruling{Rule: domain.ByPermission, Permission: "x.y"}},
		"explaining":           {someone["admin"], domain.Use, domain.ExplainAccess.Thing(), domain.Ruling{Allowed: true, Rule: domain.ByPermission, Permission: domain.ExplainAccess}},
		"explaining, as staff": {staff, domain.Use, domain.ExplainAccess.Thing(), domain.Ruling{Rule: domain.ByPermission, Permission: domain.ExplainAccess}},
		"the owner, denied": {someone["owner"], domain.Read, domain.Collection{Access: line(domain.ToEveryone, "", true)}.Thing(),
			domain.Ruling{Allowed: true, Rule: domain.ByOwner}},
		"an admin, denied": {someone["admin"], domain.Read, domain.Collection{Access: line(domain.ToMember, "me", true)}.Thing(),
			domain.Ruling{Rule: domain.ByDenial, At: domain.AtCollection, Line: domain.Access{Kind: domain.ToMember, Subject: "me", Denied: true}}},
		"denied above": {staff, domain.Read, domain.Document{CreatedBy: "me", Access: line(domain.ToMember, "me", false)}.Thing(
			domain.Collection{CreatedBy: "me", Access: line(domain.ToDepartment, "company", true)}),
			domain.Ruling{Rule: domain.ByDenial, At: domain.AtCollection, Line: domain.Access{Kind: domain.ToDepartment, Subject: "company", Denied: true}}},
		"an admin": {someone["admin"], domain.Read, domain.Collection{}.Thing(), domain.Ruling{Allowed: true, Rule: domain.BySharing, Permission: domain.ShareKnowledge}},
		"maker":    {staff, domain.Read, domain.Collection{CreatedBy: "me"}.Thing(), domain.Ruling{Allowed: true, Rule: domain.ByMaking, At: domain.AtCollection}},
		"a line":   {staff, domain.Read, everyone.Thing(), domain.Ruling{Allowed: true, Rule: domain.ByLine, At: domain.AtCollection, Line: everyone.Access[0]}},
		"no line":  {staff, domain.Read, domain.Collection{}.Thing(), domain.Ruling{Rule: domain.ByNoLine, At: domain.AtCollection}},
		"narrowed": {staff, domain.Read, domain.Document{Access: line(domain.ToMember, "you", false)}.Thing(everyone),
			domain.Ruling{Rule: domain.ByNarrowing, At: domain.AtDocument}},
		"not the maker":     {staff, domain.Change, domain.Document{CreatedBy: "you"}.Thing(everyone), domain.Ruling{Rule: domain.ByNotMaking, At: domain.AtDocument}},
		"an auditor writes": {someone["auditor"], domain.Change, everyone.Thing(), domain.Ruling{Rule: domain.ByPermission, Permission: domain.WriteKnowledge}},
	} {
		if got := domain.May(me(x.a), x.v, x.x); got != x.want {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
	}
}

func TestAccessForms(t *testing.T) {
	t.Parallel()
	f := domain.AccessForm{Allow: domain.Subjects{Everyone: true, Departments: []string{"d", "d"}, Roles: []string{"manager"}},
		Deny: domain.Subjects{Members: []string{"m"}, Departments: []string{"e"}}}
	lines := f.Access()
	if len(lines) != 5 || f.Problems() != nil {
		t.Errorf("%+v: %v", lines, f.Problems())
	}
	if again := domain.AccessFormOf(lines).Access(); fmt.Sprint(again) != fmt.Sprint(lines) {
		t.Errorf("%+v became %+v", lines, again)
	}
	both := domain.Subjects{Everyone: true, Departments: []string{"d"}, Roles: []string{"member"}, Members: []string{"m"}}
	p := domain.AccessForm{Allow: both, Deny: both}.Problems()
	for _, field := range []string{"deny_everyone", "deny_departments", "deny_roles", "deny_members"} {
		if p.For(field) == "" {
			t.Errorf("%s: nothing said in %v", field, p)
		}
	}
	if p := (domain.AccessForm{Deny: domain.Subjects{Roles: []string{"owner"}}}).Problems(); p.For("deny_roles") == "" {
		t.Error("the owner can be denied")
	}
	many := domain.Subjects{}
	for i := range domain.MaxLines + 1 {
		many.Members = append(many.Members, fmt.Sprint(i))
	}
	if p := (domain.AccessForm{Allow: many}).Problems(); p.For("access") == "" {
		t.Error("any number of lines")
	}
	if !(domain.Subjects{}).Empty() || both.Empty() {
		t.Error("empty")
	}
}

func TestNobodyGivesWhatTheyDontHave(t *testing.T) {
	t.Parallel()
	if !someone["admin"].Covers(domain.Permissions) || someone["admin"].Covers([]domain.Permission{domain.OwnOrganization}) {
		t.Error("an admin")
	}
	if someone["staff"].Covers([]domain.Permission{domain.ReadKnowledge, domain.ReadAudit}) || !someone["staff"].Covers(domain.BuiltIn(domain.Staff)) {
		t.Error("staff")
	}
	if got := someone["staff"].Allows(); fmt.Sprint(got) != fmt.Sprint(domain.BuiltIn(domain.Staff)) {
		t.Errorf("staff allows %v", got)
	}
}
