package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
)

func TestP54_NobodyGivesARightThatTheyDoNotHave(t *testing.T) {
	t.Parallel()
	actor := func(r domain.Role) domain.Actor { return domain.NewActor("t", "m", r) }
	custom := func(p ...domain.Permission) domain.Actor { return domain.NewCustomActor("t", "m", "r", p) }
	staff := domain.PermissionsOf(domain.Staff)
	for name, c := range map[string]struct {
		who  domain.Actor
		may  []domain.Role
		also []domain.Permission // of a custom role
		give bool
	}{
		"owner":           {actor(domain.Owner), []domain.Role{domain.Admin, domain.Manager, domain.Staff, domain.Auditor}, []domain.Permission{domain.ReadAudit}, true},
		"admin":           {actor(domain.Admin), []domain.Role{domain.Admin, domain.Manager, domain.Staff, domain.Auditor}, []domain.Permission{domain.ManageSecurity}, true},
		"manager":         {actor(domain.Manager), []domain.Role{domain.Staff}, staff, false},
		"member":          {actor(domain.Staff), nil, nil, false},
		"auditor":         {actor(domain.Auditor), nil, nil, false},
		"human resources": {custom(append(staff, domain.InvitePeople, domain.ManagePeople)...), []domain.Role{domain.Manager, domain.Staff}, staff, false},
		"no Copilot":      {custom(domain.ReadPeople, domain.InvitePeople, domain.ManagePeople), nil, staff, false},
		"roles alone":     {custom(append(staff, domain.ManageRoles)...), nil, []domain.Permission{domain.ReadAudit}, false},
		"roles and less":  {custom(append(staff, domain.ManageRoles)...), nil, staff, true},
	} {
		var may []domain.Role
		for _, r := range append(domain.Roles, "nonsense", "") {
			if c.who.MayGive(r, nil) {
				may = append(may, r)
			}
		}
		if !slices.Equal(may, c.may) {
			t.Errorf("%s may give %v, want %v", name, may, c.may)
		}
		if got := c.who.MayGive(domain.Custom, c.also); got != c.give {
			t.Errorf("%s gives a custom role: %v", name, got)
		}
	}
}

func TestInvitationState(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	open := domain.Invitation{CreatedAt: now, ExpiresAt: now.Add(domain.InvitationLasts)}
	taken, back, late := open, open, open
	taken.AcceptedAt = now.Add(time.Hour)
	back.RevokedAt = now.Add(time.Hour)
	late.RevokedAt = open.ExpiresAt.Add(time.Hour)
	for _, c := range []struct {
		i    domain.Invitation
		at   time.Time
		want domain.InvitationState
	}{
		{open, now, domain.InvitationOpen}, {open, now.Add(72*time.Hour - time.Microsecond), domain.InvitationOpen},
		{open, now.Add(72 * time.Hour), domain.InvitationExpired}, {taken, now.Add(100 * time.Hour), domain.InvitationAccepted},
		{back, now.Add(100 * time.Hour), domain.InvitationRevoked}, {late, now.Add(100 * time.Hour), domain.InvitationExpired},
	} {
		if got := c.i.State(c.at); got != c.want {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

func TestParseImport(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"plain":          {"email,name,role,department\na@x.com,Ann,member,Sales\n", "2 a@x.com|Ann|member|Sales|"},
		"any order":      {"Department;NAME;Role;E-Mail\r\nSales;Ann;member;A@X.com", "2 a@x.com|Ann|member|Sales|"},
		"BOM and quotes": {"\ufeff\"email\",\"name\"\n\"a@x.com\",\"Lee, Ann \"\"A\"\"\"\n", `2 a@x.com|Lee, Ann "A"|||`},
		"blank lines":    {"\n\nemail\n\na@x.com\n ,,\nb@x.com", "5 a@x.com|||| 7 b@x.com||||"},
		"old Mac":        {"email,name\ra@x.com,Ann\rb@x.com,Bob", "2 a@x.com|Ann||| 3 b@x.com|Bob|||"},
		"short, long":    {"email,name,role\na@x.com\nb@x.com,Bob,member,more,and more", "2 a@x.com|||| 3 b@x.com|Bob|member||"},
		"an open quote":  {"email,name\na@x.com,\"Ann\nb@x.com,Bob", "2 a@x.com,\"Ann||||quotes 3 b@x.com|Bob|||"},
		"other columns":  {"id,email,tenant_id\n7,a@x.com,9", "2 a@x.com||||"},
		"hidden marks":   {"email,name\na@x.com,An\u202en\u200b", "2 a@x.com|Ann|||"},
	} {
		lines, problems := domain.ParseImport(c.in)
		var got []string
		for _, l := range lines {
			got = append(got, fmt.Sprintf("%d %s|%s|%s|%s|%s", l.Number, l.Email, l.Name, l.Role, l.Department, l.Code))
		}
		if problems != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, %v", name, got, problems)
		}
	}
	for code, in := range map[string]string{
		"required": " \n ", "too_large": "email\n" + strings.Repeat("x", domain.MaxImportBytes), "not_text": "email\n\xff\xfe",
		"no_email_column": "a@x.com,Ann\nb@x.com,Bob", "repeated_column": "email,email\na@x.com,b@x.com",
		"too_many": "email\n" + strings.Repeat("a@x.com\n", domain.MaxImportLines+1),
	} {
		if lines, problems := domain.ParseImport(in); len(problems) != 1 || problems[0].Code != code || lines != nil {
			t.Errorf("%s: %v", code, problems)
		}
	}
	if lines, problems := domain.ParseImport("email\n" + strings.Repeat("a@x.com\n", domain.MaxImportLines)); len(lines) != domain.MaxImportLines || problems != nil {
		t.Errorf("%d lines, %v", len(lines), problems)
	}
	if _, problems := domain.ParseImport("email\n\n,\n"); len(problems) != 1 {
		t.Errorf("headings alone: %v", problems)
	}
}

func TestJoining(t *testing.T) {
	t.Parallel()
	good := domain.Joining{Name: "Ann", Email: "ann@example.com", Password: "five small green umbrellas", Terms: true, Business: true}
	if p := good.Problems("Org"); len(p) > 0 {
		t.Error(p)
	}
	if got := codes(domain.Joining{Email: "ann@example.com"}.Problems("Org")); got != "name:required password:too_short terms:required business:required" {
		t.Error(got)
	}
}
