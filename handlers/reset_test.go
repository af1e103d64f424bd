package handlers_test

import (
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store/storetest"
)

// orgOf is the organization of somebody who signed up.
func (s *site) orgOf(t testing.TB, email string) storetest.Organization {
	t.Helper()
	return storetest.Organization{DB: s.db, Owner: accountsOf(t, s, email)[0].Actor, Email: email}
}

// forgets asks for a new password and gives the path of the link that is mailed.
func (s *site) forgets(t testing.TB, email string) string {
	t.Helper()
	s.nobody(t).post("/forgot", url.Values{"email": {email}}, "X-Forwarded-For", "192.0.2.60").must(t, 200, "Look at your mail")
	if err := s.db.SendResets(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s.orgOf(t, email).Letter(t, domain.LetterReset).Path
}

const newPassword = "nine quiet purple harbours"

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, before := s.member(t)
	s.nobody(t).get("/sign-in").must(t, 200, `href="/forgot"`)
	s.nobody(t).get("/forgot").must(t, 200, `name="email"`)
	s.nobody(t).post("/forgot", url.Values{"email": {"nobody"}}).must(t, 422, `value="nobody"`, "Enter an email address")
	path := s.forgets(t, strings.ToUpper(email))
	b := s.nobody(t)
	b.get(path).must(t, 200, "Choose a new password", email, "Newcomers Ltd")
	b.post(path, url.Values{"password": {"short"}}).must(t, 422, "at least 15 characters", "!value=\"short\"")
	b.post(path, url.Values{"password": {newPassword}}).must(t, 200, "Password changed")
	before.get("/home").must(t, 303)
	s.nobody(t).tryIn(email, goodPassword, "192.0.2.61").must(t, 422)
	s.nobody(t).tryIn(email, newPassword, "192.0.2.61").must(t, 303)
}

func TestA6_ADeadLinkIsRefusedInOneWay(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, mine := s.member(t)
	_, other := s.member(t)
	void := s.forgets(t, email)
	used := s.forgets(t, email)
	s.nobody(t).post(used, url.Values{"password": {newPassword}}).must(t, 200)
	live := s.forgets(t, email)
	tenant := string(accountsOf(t, s, email)[0].Actor.Tenant())
	var bodies []string
	for name, path := range map[string]string{"used": used, "void": void, "never": "/reset/" + tenant + ".x", "no organization": "/reset/" + string(s.db.NewID()) + ".x",
		"no token": "/reset/x", "long": "/reset/" + strings.Repeat("a", 5000)} {
		for _, a := range []answer{s.nobody(t).get(path), s.nobody(t).post(path, url.Values{"password": {newPassword + " and more"}})} {
			a.must(t, 400, "This link does not work", `data-code="dead_link"`)
			bodies = append(bodies, a.sameButRequest())
		}
		if bodies[len(bodies)-1] != bodies[0] || bodies[len(bodies)-2] != bodies[0] {
			t.Errorf("%s is refused in another way", name)
		}
	}
	// somebody else's, for who is signed in: they would think it was their own
	other.get(live).must(t, 400, "This link does not work")
	other.post(live, url.Values{"password": {newPassword + " and more"}}).must(t, 400)
	mine.get("/home").must(t, 303) // ended by the reset
	s.nobody(t).get(live).must(t, 200)
}

// A session that resets its own password ends like the others, and its browser is told so.
func TestA6_ResettingEndsOnesOwnSessionToo(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, b := s.member(t)
	path := s.forgets(t, email)
	b.get(path).must(t, 200, "Choose a new password")
	copied := b.cookie
	b.post(path, url.Values{"password": {newPassword}}).must(t, 200, "Password changed")
	if b.cookie != "" {
		t.Error("the cookie stayed")
	}
	b.cookie = copied
	b.get("/home").must(t, 303)
}

// Where a link leads is configured; what a request says of its host is not looked at, or refused when a proxy of ours says it.
func TestA7_TheLinkIsOurs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := storetest.New(t, s.db).Email
	for _, header := range [][]string{{"X-Forwarded-Host", "evil.example"}, {"X-Forwarded-Proto", "gopher", "Forwarded", "host=evil.example"}, {"X-Host", "evil.example"}} {
		s.nobody(t).post("/forgot", url.Values{"email": {email}}, header...).must(t, 200, "!evil.example")
		if err := s.db.SendResets(t.Context()); err != nil {
			t.Fatal(err)
		}
		if l := s.orgOf(t, email).Letter(t, domain.LetterReset); !strings.HasPrefix(l.Path, "/reset/") {
			t.Errorf("%+v", l) // a path only: jobs/mail puts the configured address before it
		}
	}
	proxied := newSite(t, behindProxy)
	proxied.nobody(t).post("/forgot", url.Values{"email": {email}}, "X-Forwarded-Host", "evil.example").must(t, 421, "!evil.example")
}

func TestA13_AnAdminSetsNobodysPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o := storetest.New(t, s.db)
	staff := o.People[domain.Staff].Member()
	path := "/people/" + string(staff) + "/reset"
	admin := s.as(t, o.People[domain.Admin])
	session := s.as(t, o.People[domain.Staff])
	admin.post(path, url.Values{"password": {newPassword}, "hash": {"x"}}).must(t, 303)
	if l := o.Letter(t, domain.LetterReset); l.To != "member-"+o.Email || l.By != "Test Admin" {
		t.Errorf("%+v", l)
	}
	session.get("/home").must(t, 200) // nothing happened to the account
	s.nobody(t).tryIn("member-"+o.Email, newPassword, "192.0.2.62").must(t, 422)
	s.as(t, o.People[domain.Manager]).post(path, nil).must(t, 404)
	s.as(t, storetest.New(t, s.db).Owner).post(path, nil).must(t, 404)
	for range 4 {
		admin.post(path, nil).must(t, 303)
	}
	admin.post(path, nil).must(t, 429) // not a way to fill somebody's mailbox
}

func TestA119_ForgottenPasswordsAnswerAlike(t *testing.T) { // not parallel: it measures
	s := newSite(t, behindProxy)
	email, _ := s.member(t)
	unknown := strings.Replace(email, "nora-", "vera-", 1)
	for round := range 4 {
		ratio := s.forgotRatio(t, email, unknown, round)
		t.Logf("median known / unknown: %.2f", ratio)
		if ratio >= 0.8 && ratio <= 1.25 {
			return
		}
	}
	t.Error("an unknown address is answered in another time than a known one")
}

// forgotRatio asks for both addresses in turn; the answers must be the same.
func (s *site) forgotRatio(t *testing.T, known, unknown string, round int) float64 {
	t.Helper()
	took := map[string][]time.Duration{}
	var bodies [2]string
	for i := range 50 {
		for at, address := range []string{known, unknown} {
			if err := s.db.Forgive(t.Context(), "link account", address); err != nil {
				t.Fatal(err)
			}
			b := s.nobody(t)
			begun := time.Now()
			a := b.post("/forgot", url.Values{"email": {address}}, "X-Forwarded-For", fmt.Sprintf("198.18.%d.%d", 100+round, i)).must(t, 200)
			took[address] = append(took[address], time.Since(begun))
			a.header.Del("Date")
			a.header.Set("X-Request-Id", "REQUEST")
			bodies[at] = fmt.Sprintln(a.header) + strings.ReplaceAll(a.body, address, "ADDRESS")
		}
	}
	if bodies[0] != bodies[1] {
		t.Errorf("the answers differ:\n%s\n%s", bodies[0], bodies[1])
	}
	slices.Sort(took[known])
	slices.Sort(took[unknown])
	return float64(took[known][25]) / float64(took[unknown][25])
}

func TestA119_LinksAreThrottledAlike(t *testing.T) {
	t.Parallel()
	log := &kept{}
	s := newSite(t, behindProxy, func(c *handlers.Config) { c.Log = slog.New(slog.NewJSONHandler(log, nil)) })
	email, _ := s.member(t)
	for _, address := range []string{email, strings.Replace(email, "nora-", "vera-", 1)} {
		for i := range 5 {
			s.nobody(t).post("/forgot", url.Values{"email": {address}}, "X-Forwarded-For", fmt.Sprintf("198.19.0.%d", i)).must(t, 200)
		}
		if a := s.nobody(t).post("/forgot", url.Values{"email": {address}}, "X-Forwarded-For", "198.19.0.9").must(t, 429, `data-code="too_many"`); a.header.Get("Retry-After") == "" {
			t.Error("no time to wait")
		}
	}
	if text := log.String(); strings.Contains(text, "nora-") || strings.Contains(text, "vera-") { // P11
		t.Errorf("the log names people:\n%s", text)
	}
}
