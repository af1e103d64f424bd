package handlers_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// joining is the form of an invited person, filled in rightly.
func joining(email string) url.Values {
	return url.Values{"name": {"Ina Invited"}, "email": {email}, "password": {goodPassword}, "terms": {"on"}, "business": {"on"}}
}

// fresh is an address that nobody has.
func fresh(s *site, name string) string {
	return name + "-" + string(s.db.NewID())[24:] + "@example.com"
}

func invitations(t testing.TB, o storetest.Organization) (out []domain.Invitation) {
	t.Helper()
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		out, err = x.Invitations(store.Stretch{Limit: 200})
		return err
	})
	return out
}

// The whole way: invited by form, the link from the mail, the account, the first page.
func TestP47_InvitedPersonJoinsAndConsentsOnTheirOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o := storetest.New(t, s.db)
	unit := o.Unit(t, "Sales", "", "")
	admin, email := s.as(t, o.Owner), fresh(s, "ina")
	admin.get("/admin/people").must(t, 200, "No invitations", "Send invitation", "Sales", "!Owner</option>")
	admin.post("/admin/people", url.Values{"email": {" " + strings.ToUpper(email)}, "name": {"Ina"}, "role": {"auditor"}, "department": {string(unit)}}).must(t, 303)
	admin.get("/admin/people").must(t, 200, email, "Open", "The mail is about to be sent", "Auditor", "Sales", "by Olga Owner")
	path := "/invitations/" + o.Link(t, domain.LetterInvitation)
	guest := s.nobody(t)
	guest.get(path).must(t, 200, "Join Org TestP47", "Olga Owner invited you as Auditor in Sales", `value="Ina"`, `value="`+email+`"`, "readonly", "/privacy",
		`name="ai_consent"`, "!checked")
	bad := guest.post(path, url.Values{"name": {"Ina"}, "email": {email}, "password": {"short"}}).must(t, 422, "at least 15 characters", "Confirm that you use",
		"Read the privacy policy and tick", `value="Ina"`)
	if bad.header.Get("Set-Cookie") != "" {
		t.Error("signed in by a refused form")
	}
	guest.post(path, joining(email)).must(t, 303)
	guest.get("/home").must(t, 200)
	guest.get("/account").must(t, 200, "Ina Invited", "Auditor")
	who := accountsOf(t, s, email)
	if len(who) != 1 || len(consentState(t, s, who[0].Actor)) != 0 {
		t.Errorf("%v: consent that nobody gave", who)
	}
	admin.get("/admin/people").must(t, 200, "Accepted")

	second := fresh(s, "bob")
	_, token := o.Invite(t, o.Owner, domain.InvitationForm{Email: second})
	form := joining(second)
	form.Set("ai_consent", "on")
	s.nobody(t).post("/invitations/"+token, form).must(t, 303)
	state := consentState(t, s, accountsOf(t, s, second)[0].Actor)
	for scope, c := range state {
		if !c.Given || c.Surface != "invitation" || scope.Purpose != domain.PurposeCopilot {
			t.Errorf("%+v: %+v", scope, c)
		}
	}
	if len(state) != 4 {
		t.Errorf("%d consents", len(state))
	}
}

// A11: twice, by another address, after it was taken back or sent again, or has ended: one and the same refusal.
func TestA11_InvitationLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o := storetest.New(t, s.db)
	invite := func() (domain.ID, string, string) {
		email := fresh(s, "guest")
		id, token := o.Invite(t, o.Owner, domain.InvitationForm{Email: email})
		return id, "/invitations/" + token, email
	}
	never := s.nobody(t).get("/invitations/"+string(o.Owner.Tenant())+"."+strings.Repeat("x", 43)).must(t, 404, `data-code="invitation_over"`)
	refused := func(name, path, email string) {
		t.Helper()
		b := s.nobody(t)
		if a := b.get(path); a.status != 404 || a.sameButRequest() != never.sameButRequest() {
			t.Errorf("%s: GET %d: unlike what never was", name, a.status)
		}
		if a := b.post(path, joining(email)); a.status != 404 || a.sameButRequest() != never.sameButRequest() || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: POST %d", name, a.status)
		}
	}
	_, used, email := invite()
	s.nobody(t).post(used, joining(email)).must(t, 303)
	refused("used twice", used, email)

	id, revoked, email := invite()
	s.as(t, o.Owner).post("/admin/invitations/"+string(id)+"/revoke", nil).must(t, 303)
	refused("revoked", revoked, email)
	s.as(t, o.Owner).post("/admin/invitations/"+string(id)+"/resend", nil).must(t, 404)

	id, old, email := invite()
	s.as(t, o.Owner).post("/admin/invitations/"+string(id)+"/resend", nil).must(t, 303)
	refused("sent again", old, email)
	s.nobody(t).get("/invitations/"+o.Link(t, domain.LetterInvitation)).must(t, 200)

	_, others, _ := invite()
	if a := s.nobody(t).post(others, joining(fresh(s, "mallory"))); a.status != 404 || a.sameButRequest() != never.sameButRequest() {
		t.Errorf("another address: %d", a.status)
	}
	s.nobody(t).get(others).must(t, 200)

	_, ended, email := invite()
	if _, err := storetest.Superuser(t).Exec(t.Context(), "update invitations set expires_at = now() where tenant_id = $1 and accepted_at is null and revoked_at is null", o.Owner.Tenant()); err != nil {
		t.Fatal(err)
	}
	refused("ended", ended, email)
	for _, path := range []string{"/invitations/x", "/invitations/" + string(s.db.NewID()) + ".x", "/invitations/" + strings.Repeat("y", 4000), "/invitations/%27--"} {
		refused(path, path, email)
	}
}

// A11, A35: what the form says of roles, departments and organizations is not read.
func TestA11_A35_RoleComesFromTheInvitation(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	unit := o.Unit(t, "Sales", "", "")
	email := fresh(s, "ina")
	_, token := o.Invite(t, o.Owner, domain.InvitationForm{Email: email, Role: "member"})
	form := joining(email)
	for k, v := range map[string]string{"role": "admin", "role_id": "owner", "department": string(unit), "department_id": string(unit), "owner": "on",
		"tenant_id": string(other.Owner.Tenant()), "active": "on", "member_id": string(o.Owner.Member())} {
		form.Set(k, v)
	}
	b := s.nobody(t)
	b.send("POST", "/invitations/"+token, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded",
		"Sec-Fetch-Site", "same-origin", "X-Tenant-ID", string(other.Owner.Tenant())).must(t, 303)
	who := accountsOf(t, s, email)
	if len(who) != 1 || who[0].Actor.Tenant() != o.Owner.Tenant() {
		t.Fatal(who)
	}
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		p, err := x.Person(who[0].Actor.Member())
		if p.Role != domain.Staff || p.Department != "" {
			t.Errorf("became %s in %q", p.Role, p.DepartmentPath)
		}
		return err
	})
	b.get("/admin/audit").must(t, 404)
}

func TestA11_WhoIsSignedInIsToldSo(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o := storetest.New(t, s.db)
	email := fresh(s, "ina")
	_, token := o.Invite(t, o.Owner, domain.InvitationForm{Email: email})
	b := s.as(t, o.People[domain.Staff])
	b.get("/invitations/"+token).must(t, 200, "You are signed in as member-", "Sign out", "!Password")
	b.post("/invitations/"+token, joining(email)).must(t, 409, "You are signed in as")
	if len(accountsOf(t, s, email)) != 0 {
		t.Error("an account was made")
	}
}

// moment is when something was done, which may be a second later for the next one.
var moment = regexp.MustCompile(`<time [^>]*>[^<]*</time>`)

// A50: an address that another organization knows is answered like one that nobody knows.
func TestA50_InvitingWhomAnotherOrganizationKnows(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	invited := fresh(s, "there")
	other.Invite(t, other.Owner, domain.InvitationForm{Email: invited})
	b := s.as(t, o.Owner)
	var answers []string
	for _, email := range []string{other.Email, invited, fresh(s, "nobody")} {
		a := b.post("/admin/people", url.Values{"email": {email}, "role": {"member"}}).must(t, 303)
		page := b.get("/admin/people").must(t, 200, email)
		row := moment.ReplaceAllString(between(t, page.body, `<tr id="invitation-`, "</tr>"), "")
		answers = append(answers, fmt.Sprint(a.status, a.header.Get("Location"), uuid.ReplaceAllString(strings.ReplaceAll(row, email, "X"), "ID")))
	}
	if answers[0] != answers[2] || answers[1] != answers[2] {
		t.Errorf("told apart:\n%s", strings.Join(answers, "\n"))
	}
	csv := "email\n" + other.Email + "\n" + fresh(s, "none")
	report := b.post("/admin/people/import", url.Values{"csv": {csv}}).must(t, 200)
	if n := strings.Count(report.body, `data-state="already_invited"`); n != 1 {
		t.Errorf("%d", n)
	}
	b.post("/admin/people", url.Values{"email": {o.Email}, "role": {"member"}}).must(t, 422, "has an account here already", o.Email)
}

// A34, A42: nobody gives what is not theirs to give, and another organization's ids are unknown.
func TestA34_A42_WhoMayInviteWhomIntoWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	top := o.Unit(t, "Sales", "", o.People[domain.Manager].Member())
	north, hr := o.Unit(t, "North", top, ""), o.Unit(t, "People", "", "")
	own, foreign := o.OwnRole(t, "Archivist", domain.ReadKnowledge), other.OwnRole(t, "Foreign", domain.ReadKnowledge)
	theirs := other.Unit(t, "Theirs", "", "")
	manager, owner := s.as(t, o.People[domain.Manager]), s.as(t, o.Owner)
	try := func(b *browser, role string, unit domain.ID) answer {
		return b.post("/admin/people", url.Values{"email": {fresh(s, "x")}, "role": {role}, "department": {string(unit)}})
	}
	for _, unit := range []domain.ID{"", top, north} {
		try(manager, "member", unit).must(t, 303)
	}
	for _, unit := range []domain.ID{hr, theirs, domain.ID("x"), s.db.NewID()} {
		try(manager, "member", unit).must(t, 422, "Choose a department from the list.")
	}
	for _, role := range []string{"manager", "admin", "auditor", "owner", "custom", string(own), string(foreign), "x"} {
		try(manager, role, "").must(t, 422, "Choose a role from the list.")
	}
	try(owner, string(own), hr).must(t, 303)
	try(owner, "admin", "").must(t, 303)
	for _, role := range []string{"owner", "custom", string(foreign)} {
		try(owner, role, "").must(t, 422, "Choose a role from the list.")
	}
	try(owner, "member", theirs).must(t, 422, "Choose a department from the list.")
	for _, role := range []domain.Role{domain.Staff, domain.Auditor} {
		b := s.as(t, o.People[role])
		b.get("/admin/people").must(t, 404)
		try(b, "member", "").must(t, 404)
		b.post("/admin/people/import", url.Values{"csv": {"email\nx@example.com"}}).must(t, 404)
		b.get("/people").must(t, 200, "!Invite people", "!/admin/people")
	}
	manager.get("/admin/people").must(t, 200, "Your invitations", "!Archivist")
	for _, i := range invitations(t, o) {
		if i.By == o.Owner.Member() {
			manager.post("/admin/invitations/"+string(i.ID)+"/revoke", nil).must(t, 404)
		}
	}
}

// What became of the mail stands beside the invitation, in words.
func TestP21_InvitationSaysWhatBecameOfItsMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	o.Invite(t, o.Owner, domain.InvitationForm{Email: fresh(s, "ina")})
	b := s.as(t, o.Owner)
	for change, want := range map[string]string{
		"state = 'waiting', tries = 2, reason = 'unreachable', next_at = now() + interval '5 minutes'": "The mail waits: the mail server can&#39;t be reached. The next try is at",
		"state = 'sent', sent_at = now()":                "Mail sent just now",
		"state = 'refused', reason = 'bad_address'":      "The mail was refused: there is no such address",
		"state = 'failed', reason = 'slow'":              "The mail was not delivered: the mail server is slow",
		"state = 'dropped', reason = '', next_at = null": "The mail was not sent",
	} {
		if _, err := storetest.Superuser(t).Exec(t.Context(), "update outbox set "+change+" where tenant_id = $1", o.Owner.Tenant()); err != nil {
			t.Fatal(err)
		}
		b.get("/admin/people").must(t, 200, want)
	}
}

func TestImport_ChecksFirstAndReportsEachLine(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o := storetest.New(t, s.db)
	top := o.Unit(t, "Sales", "", "")
	o.Unit(t, "North", top, "")
	o.Unit(t, "North", "", "")
	taken := fresh(s, "taken")
	o.Invite(t, o.Owner, domain.InvitationForm{Email: taken})
	ann, bob := fresh(s, "ann"), fresh(s, "bob")
	csv := "\ufeffDepartment;E-Mail;Name;Role\r\n" + strings.Join([]string{
		"Sales / North;" + ann + ";Ann;Manager", ";" + bob + ";\"Bob; the \"\"great\"\"\";", "North;" + fresh(s, "c") + ";;", "Moon;" + fresh(s, "d") + ";;",
		"sales;" + fresh(s, "e") + ";;emperor", ";" + strings.ToUpper(ann) + ";;", ";nonsense;;", ";" + taken + ";;", ";" + o.Email + ";;",
		";" + fresh(s, "f") + ";;owner", ";" + fresh(s, "g") + ";\"open;", ";" + fresh(s, "h") + ";<script>alert(1)</script>;member",
	}, "\r\n")
	b := s.as(t, o.Owner)
	before := len(invitations(t, o))
	a := b.post("/admin/people/import", url.Values{"csv": {csv}}).must(t, 200, "3\u00a0people can be invited", "9\u00a0lines are left out", "&lt;script&gt;", "!<script>alert",
		"Send 3\u00a0invitations")
	for _, state := range []string{"ambiguous_department", "unknown_department", "unknown_role", "repeated", "bad_address", "already_invited", "already_here", "not_yours", "unreadable"} {
		if strings.Count(a.body, `data-state="`+state+`"`) != 1 {
			t.Errorf("%s: %d lines", state, strings.Count(a.body, `data-state="`+state+`"`))
		}
	}
	if n := len(invitations(t, o)); n != before {
		t.Errorf("checking sent %d", n-before)
	}
	token := between(t, a.body, `name="token" value="`, `"`)
	for name, other := range map[string]*browser{"an admin": s.as(t, o.People[domain.Admin]), "another organization": s.as(t, storetest.New(t, s.db).Owner)} {
		other.post("/admin/people/import/send", url.Values{"token": {"x"}}).must(t, 409, "!"+ann)
		_ = name
	}
	b.post("/admin/people/import/send", url.Values{"token": {token}}).must(t, 200, "3\u00a0people were invited")
	b.post("/admin/people/import/send", url.Values{"token": {token}}).must(t, 409, "sent already")
	all := invitations(t, o)
	if len(all) != before+3 {
		t.Errorf("%d were invited", len(all)-before)
	}
	for _, i := range all {
		if i.Email == ann && (i.Role != domain.Manager || i.DepartmentName != "Sales / North") {
			t.Errorf("%+v", i)
		}
	}
	for code, text := range map[string]string{"no_email_column": "Ann,Bob\nx,y", "required": "", "not_text": "email\n\xff", "too_many": "email\n" + strings.Repeat("a@b.co\n", 2001)} {
		b.post("/admin/people/import", url.Values{"csv": {text}}).must(t, 422, `data-code="`+code+`"`)
	}
}

// A list that was checked by somebody else is not theirs to send, though they hold its token.
func TestA44_ImportOfAnotherOrganizationsThings(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	unit, role := other.Unit(t, "Foreigners", "", ""), other.OwnRole(t, "Foreign role", domain.ReadPeople)
	b := s.as(t, o.Owner)
	csv := fmt.Sprintf("email,role,department,tenant_id,id\n%s,,%s,,\n%s,%s,,,\n%s,,Foreigners,,\n%s,Foreign role,,,\n%s,,,%s,%s", fresh(s, "a"), unit,
		fresh(s, "b"), role, fresh(s, "c"), fresh(s, "d"), fresh(s, "e"), other.Owner.Tenant(), other.Owner.Member())
	a := b.post("/admin/people/import", url.Values{"csv": {csv}}).must(t, 200, "1 person can be invited")
	if strings.Count(a.body, `data-state="unknown_department"`) != 2 || strings.Count(a.body, `data-state="unknown_role"`) != 2 {
		t.Error(a.body)
	}
	token := between(t, a.body, `name="token" value="`, `"`)
	s.as(t, other.Owner).post("/admin/people/import/send", url.Values{"token": {token}}).must(t, 409)
	if n := len(invitations(t, other)) + len(invitations(t, o)); n != 0 {
		t.Errorf("%d invitations", n)
	}
}

// The largest list is checked and sent in a moment, all or nothing.
func TestImport_TheLargestList(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o := storetest.New(t, s.db)
	var csv strings.Builder
	csv.WriteString("email,name\n")
	for i := range domain.MaxImportLines {
		fmt.Fprintf(&csv, "p%d-%s@example.com,Person %d\n", i, o.Owner.Tenant()[24:], i)
	}
	b := s.as(t, o.Owner)
	a := b.post("/admin/people/import", url.Values{"csv": {csv.String()}}).must(t, 200, "Send 2000\u00a0invitations")
	begun := time.Now()
	b.post("/admin/people/import/send", url.Values{"token": {between(t, a.body, `name="token" value="`, `"`)}}).must(t, 200, "2000\u00a0people were invited")
	t.Logf("2,000 invitations took %v", time.Since(begun))
}
