package handlers_test

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// behindProxy believes what the tests' own peer says of who is behind it, so that each test has an address of its own.
func behindProxy(c *handlers.Config) { c.Proxies = []string{"127.0.0.1"} }

const goodPassword = "seven slow green tractors"

// newcomer is a sign-up form that is right, with an address that nobody has.
func newcomer(s *site) url.Values {
	return url.Values{"name": {"Nora Newcomer"}, "email": {"nora-" + string(s.db.NewID())[24:] + "@example.com"}, "organization": {"Newcomers Ltd"},
		"password": {goodPassword}, "terms": {"on"}, "business": {"on"}}
}

// join signs somebody up and gives their browser.
func (s *site) join(t testing.TB, form url.Values) *browser {
	t.Helper()
	b := s.nobody(t)
	if a := b.post("/sign-up", form).must(t, 303); a.header.Get("Location") != "/home" {
		t.Fatalf("went to %q", a.header.Get("Location"))
	}
	return b
}

func accountsOf(t testing.TB, s *site, email string) []store.Account {
	t.Helper()
	list, err := s.db.Accounts(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func consentState(t testing.TB, s *site, a domain.Actor) (state domain.ConsentState) {
	t.Helper()
	storetest.Do(t, s.db, a, func(x *store.Tenant) (err error) {
		state, err = x.ConsentState()
		return err
	})
	return state
}

func TestP2_SignUpAsksForNoMoreThanThePolicyLists(t *testing.T) {
	t.Parallel()
	a := newSite(t).nobody(t).get("/sign-up").must(t, 200)
	names := map[string]bool{"name": true, "email": true, "organization": true, "password": true, "terms": true, "business": true, "ai_consent": true}
	for _, m := range regexp.MustCompile(`<(?:input|select|textarea)[^>]* name="([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
		if !names[m[1]] {
			t.Errorf("asks for %q", m[1])
		}
		delete(names, m[1])
	}
	if len(names) > 0 {
		t.Errorf("does not ask for %v", names)
	}
}

func TestP47_ConsentIsItsOwnBoxAndNeverTicked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.nobody(t).get("/sign-up").must(t, 200, `name="ai_consent"`)
	if strings.Contains(a.body, " checked") {
		t.Error("something is ticked beforehand")
	}
	without := newcomer(s)
	s.join(t, without).get("/account/data").must(t, 200, "Not agreed", "!>Agreed")
	if n := len(consentState(t, s, accountsOf(t, s, without.Get("email"))[0].Actor)); n != 0 {
		t.Errorf("%d consents without a tick", n)
	}
	with := newcomer(s)
	with.Set("ai_consent", "on")
	s.join(t, with)
	state := consentState(t, s, accountsOf(t, s, with.Get("email"))[0].Actor)
	for scope, c := range state {
		if !c.Given || c.Surface != "sign-up" || scope.Class != domain.ClassMessage && scope.Class != domain.ClassKnowledge {
			t.Errorf("recorded what the box does not name: %+v", c)
		}
	}
	if len(state) != 4 {
		t.Errorf("%d consents, want two kinds of data for two recipients", len(state))
	}
}

func TestP85_SignUpIsForWorkAndFrom16(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.nobody(t).get("/sign-up").must(t, 200, "16 or older", "!birth")
	form := newcomer(s)
	form.Del("business")
	s.nobody(t).post("/sign-up", form).must(t, 422, "16 or older")
	if len(accountsOf(t, s, form.Get("email"))) != 0 {
		t.Error("an account was made all the same")
	}
}

func TestSignUp_KeepsWhatWasTypedButThePassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, c := range map[string]struct{ field, value, says string }{
		"no name":         {"name", "   ", "Enter your name."},
		"long name":       {"name", strings.Repeat("x", 121), "Use at most 120 characters."},
		"address":         {"email", "nora@nowhere", "Enter your work email"},
		"display name":    {"email", "Nora <nora@example.com>", "Enter your work email"},
		"no organization": {"organization", "", "Enter your organization"},
		"terms":           {"terms", "", "Read the privacy policy"},
	} {
		t.Run(name, func(t *testing.T) {
			form := newcomer(s)
			form.Set(c.field, c.value)
			a := s.nobody(t).post("/sign-up", form).must(t, 422, c.says, "!"+goodPassword)
			for _, f := range []string{"name", "email", "organization"} {
				if f != c.field && !strings.Contains(a.body, `value="`+form.Get(f)+`"`) {
					t.Errorf("%s was lost", f)
				}
			}
			if len(a.header.Values("Set-Cookie")) > 0 {
				t.Error("a cookie was set")
			}
		})
	}
}

func TestA3_GuessablePasswordsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, password := range []string{"", "password", "1234567", "fourteen chars", "newcomers ltd newcomers", "passwordpassword1", "aaaaaaaaaaaaaaaaaaaa"} {
		form := newcomer(s)
		form.Set("password", password)
		s.nobody(t).post("/sign-up", form).must(t, 422, `id="f-password-error"`)
		if len(accountsOf(t, s, form.Get("email"))) != 0 {
			t.Errorf("%q was taken", password)
		}
	}
}

func TestA4_LongPassphrasesCountToTheLastCharacter(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	for name, password := range map[string]string{
		"spaces and emoji": "  seven slow 🚜 green tractors, and a  wide field of barley behind them  ",
		"200":              strings.Repeat("nine red kettles sing; ", 9)[:200],
		"1,024 bytes":      strings.Repeat("nine red kettles sing; ", 50)[:1024],
	} {
		form := newcomer(s)
		form.Set("password", password)
		s.join(t, form)
		in := func(p string) answer {
			return s.nobody(t).post("/sign-in", url.Values{"email": form["email"], "password": {p}}, "X-Forwarded-For", "192.0.2.44")
		}
		if in(password).status != 303 || in(password[:len(password)-1]).status != 422 || in(strings.TrimSpace(password)+"x").status != 422 {
			t.Errorf("%s: not verified exactly", name)
		}
	}
	for name, password := range map[string]string{"NUL": "seven slow\x00green tractors", "too long": strings.Repeat("nine red kettles sing; ", 60)} {
		form := newcomer(s)
		form.Set("password", password)
		if a := s.nobody(t).post("/sign-up", form); a.status != 422 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

func TestP6_PasswordsAreHashed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	one, two := newcomer(s), newcomer(s)
	s.join(t, one)
	s.join(t, two)
	a, b := accountsOf(t, s, one.Get("email"))[0].Hash, accountsOf(t, s, two.Get("email"))[0].Hash
	if !regexp.MustCompile(`^\$argon2id\$v=19\$m=\d{5,},t=[2-9],p=\d+\$[^$]{22,}\$[^$]{43}$`).MatchString(a) {
		t.Errorf("not argon2id as promised: %s", a)
	}
	if a == b {
		t.Error("the same password of two people has the same hash")
	}
}

func TestA35_FieldsNobodyAskedForAreIgnored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other := storetest.New(t, s.db)
	form := newcomer(s)
	for _, f := range []string{"tenant_id", "tenant", "org", "organization_id", "id", "member_id"} {
		form.Set(f, string(other.Owner.Tenant()))
	}
	form.Set("role", "admin")
	form.Set("active", "false")
	b := s.join(t, form)
	a := accountsOf(t, s, form.Get("email"))[0].Actor
	if a.Tenant() == other.Owner.Tenant() {
		t.Errorf("the form chose %s", a.Tenant())
	}
	b.post("/account/profile", url.Values{"name": {"Nora N."}, "role": {"auditor"}, "email": {"evil@example.com"}, "tenant_id": {string(other.Owner.Tenant())}}).must(t, 303)
	b.get("/account").must(t, 200, "Nora N.", form.Get("email"), "Owner in Newcomers Ltd", "!evil@example.com")
}

func TestA119_SignUpSaysNothingOfOtherAccounts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := newcomer(s)
	s.join(t, form)
	form.Set("organization", "A second organization")
	s.join(t, form).get("/account").must(t, 200, "Owner in A second organization", "!Newcomers Ltd")
	if n := len(accountsOf(t, s, form.Get("email"))); n != 2 {
		t.Errorf("%d accounts, want one in each organization", n)
	}
}

func TestA73_NamesAreInertText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := newcomer(s)
	evil := `<script>alert(1)</script><img src=x onerror=alert(2)>"'<svg onload=alert(3)>`
	form.Set("name", evil)
	form.Set("organization", evil)
	b := s.join(t, form)
	for _, path := range []string{"/home", "/account", "/admin/audit", "/admin/egress"} {
		b.get(path).must(t, 200, "!<script>alert", "!<img src=x", "!<svg onload")
	}
	b.post("/account/profile", url.Values{"name": {""}, "department": {evil}}).must(t, 422, "Enter your name.", "!<script>alert", "&lt;script&gt;")
}

// says says whether a page has each line of a text in an element of its own, or before what follows in the same sentence.
func says(page, text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		line = ">" + html.EscapeString(line)
		if !strings.Contains(page, line+"<") && !strings.Contains(page, line+". ") {
			return false
		}
	}
	return true
}

// P47: a record names the text that stood where consent was asked for, wherever that is.
func TestP47_ConsentIsAskedForInTheWordsThatAreRecorded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	b := s.as(t, o.People[domain.Staff])
	for where, page := range map[string]answer{"signing up": s.nobody(t).get("/sign-up"), "my data": b.get("/account/data"), "the Copilot": b.get("/copilot")} {
		for _, c := range domain.CopilotClasses {
			scope := domain.Scope{Provider: domain.OpenAI, Class: c, Purpose: domain.PurposeCopilot}
			if !says(page.must(t, 200).body, domain.ConsentText(scope)) {
				t.Errorf("%s does not say %q", where, domain.ConsentText(scope))
			}
		}
	}
}

// P47: wherever an account begins, consent is recorded for those whom the form names, and for nobody else.
func TestP47_ConsentIsToThoseWhomTheFormNames(t *testing.T) {
	t.Parallel()
	for _, served := range [][]domain.Provider{{domain.OpenAI}, {domain.OpenAI, domain.OpenRouter, domain.Compatible}} {
		s, l := newSite(t, func(c *handlers.Config) { c.Providers = served }), newLiar(t)
		o := newSignOn(t, s, l.URL, nil)
		holds := func(where string, page answer, email string) {
			t.Helper()
			for _, p := range domain.Providers {
				scope := domain.Scope{Provider: p, Class: domain.ClassMessage, Purpose: domain.PurposeCopilot}
				named := says(page.body, domain.ConsentText(scope))
				_, recorded := consentState(t, s, accountsOf(t, s, email)[0].Actor)[scope]
				if named != slices.Contains(served, p) || named != recorded {
					t.Errorf("%s of %v: %s is named %t, recorded %t", where, served, p, named, recorded)
				}
			}
		}
		page := s.nobody(t).get("/sign-up").must(t, 200)
		founder := newcomer(s)
		founder.Set("ai_consent", "on")
		s.join(t, founder)
		holds("signing up", page, founder.Get("email"))

		invited := "invited-" + newcomer(s).Get("email")
		_, token := o.Invite(t, o.Owner, domain.InvitationForm{Email: invited})
		page = s.nobody(t).get("/invitations/"+token).must(t, 200)
		guest := joining(invited)
		guest.Set("ai_consent", "on")
		s.nobody(t).post("/invitations/"+token, guest).must(t, 303)
		holds("an invitation", page, invited)

		b := s.nobody(t)
		b.comeBack(l, b.beginSSO("nina@"+o.domain), o.person("nina")).must(t, 303)
		page = b.get("/sign-in/sso/join").must(t, 200)
		b.post("/sign-in/sso/join", url.Values{"name": {"Nina"}, "terms": {"on"}, "business": {"on"}, "ai_consent": {"on"}}).must(t, 303)
		holds("single sign-on", page, "nina@"+o.domain)
	}
}
