package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestP9_TheHistoryIsShownToItsPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, b := s.member(t)
	second := s.nobody(t)
	second.post("/sign-in", url.Values{"email": {email}, "password": {goodPassword}}, "X-Forwarded-For", "203.0.113.78",
		"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0").must(t, 303)
	s.nobody(t).tryIn(email, "wrong wrong wrong wrong", "198.51.100.79").must(t, 422)
	eventually(t, func() bool { return strings.Contains(b.get("/account/sign-ins").body, "198.51.100.79") })
	b.get("/account/sign-ins").must(t, 200, "Firefox on Linux", "203.0.113.78", "datetime=", `data-outcome="ok"`, `data-outcome="wrong"`, "!Firefox/140")
	b.get("/account/sign-ins?before=x&after=%00&limit=9999").must(t, 200, "203.0.113.78")
	s.as(t, storetest.New(t, s.db).Owner).get("/account/sign-ins").must(t, 200, "!203.0.113.78")
	s.nobody(t).get("/account/sign-ins").must(t, 303)
}

func TestP9_TheHistoryIsPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	me := storetest.New(t, s.db).People[domain.Staff]
	for i := range 60 {
		by := domain.Arrival{Method: domain.ByPassword, Device: "Test browser", Address: fmt.Sprintf("192.0.2.%d", i+100)}
		if err := s.db.Missed(t.Context(), me, by, domain.SignInRefused); err != nil {
			t.Fatal(err)
		}
	}
	b := s.as(t, me)
	first := b.get("/account/sign-ins").must(t, 200, "192.0.2.159", "!192.0.2.100<", `rel="next"`)
	older := between(t, first.body, `href="/account/sign-ins?before=`, `"`)
	b.get("/account/sign-ins?before="+older).must(t, 200, "192.0.2.100", "!192.0.2.159")
}

func TestP9_AnothersHistoryIsForThoseWhoManagePeople(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	path := "/people/" + string(o.People[domain.Staff].Member()) + "/sign-ins"
	s.as(t, o.People[domain.Staff]).get("/home").must(t, 200) // who came in
	for _, role := range []domain.Role{domain.Manager, domain.Staff, domain.Auditor} {
		s.as(t, o.People[role]).get(path).must(t, 404)
	}
	s.as(t, storetest.New(t, s.db).Owner).get(path).must(t, 404) // in another organization
	looks := func() (n int) {
		err := storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from looks where member_id = $1", o.People[domain.Staff].Member()).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if looks() != 0 {
		t.Error("a look was kept that showed nothing")
	}
	s.as(t, o.People[domain.Admin]).get(path).must(t, 200, "Test Member", "192.0.2.1")
	if looks() != 1 {
		t.Errorf("%d looks", looks())
	}
}

func TestP9_SessionsAreEndedOneByOneOrAllOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	me := storetest.New(t, s.db).People[domain.Staff]
	here, second, third := s.as(t, me), s.as(t, me), s.as(t, me)
	page := here.get("/account/sessions").must(t, 200, "This one", "Test browser", "192.0.2.1, by passkey", "End all other sessions")
	id := between(t, page.body, "/account/sessions/", "/end")
	if got := here.post("/account/sessions/"+id+"/end", url.Values{"back": {"/account/sessions"}}).must(t, 303).header.Get("Location"); got != "/account/sessions" {
		t.Errorf("went to %q", got)
	}
	here.post("/account/sessions/end-others", nil).must(t, 200, "One other session was ended.", "!End all other sessions")
	here.get("/home").must(t, 200)
	second.get("/home").must(t, 303)
	third.get("/home").must(t, 303)
}

func TestP21_P6_A17_AChangedPasswordEndsTheOthersAndIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, b := s.member(t)
	other := s.nobody(t)
	other.tryIn(email, goodPassword, "203.0.113.61").must(t, 303)
	b.get("/account/password").must(t, 200, "Current password", "1 other place")
	next := "seven tall yellow ladders"
	b.post("/account/password", url.Values{"current": {"wrong wrong wrong wrong"}, "password": {next}}).must(t, 422, "This is not your current password.", "!"+next)
	b.post("/account/password", url.Values{"current": {goodPassword}, "password": {"short"}}).must(t, 422, "Use at least 15 characters")
	b.post("/account/password", url.Values{"current": {goodPassword}, "password": {"password password password"}}).must(t, 422, "too easy to guess")
	other.get("/home").must(t, 200)
	before := b.cookie
	b.post("/account/password", url.Values{"current": {goodPassword}, "password": {next}}).must(t, 200, "password_changed", "!"+next)
	if b.cookie == before {
		t.Error("the session kept its token")
	}
	b.get("/home").must(t, 200)
	other.get("/home").must(t, 303)
	copied := s.nobody(t)
	copied.cookie = before
	copied.get("/home").must(t, 303)
	s.nobody(t).tryIn(email, goodPassword, "203.0.113.61").must(t, 422)
	s.nobody(t).tryIn(email, next, "203.0.113.61").must(t, 303)
	var mails int
	err := storetest.Superuser(t).QueryRow(t.Context(), `select count(*) from notifications n join members m using (tenant_id) where n.member_id = m.id
		and n.kind = 'password_changed' and m.id = $1`, accountsOf(t, s, email)[0].Actor.Member()).Scan(&mails)
	if err != nil || mails != 1 {
		t.Errorf("told %d times, %v", mails, err)
	}
}

func TestA1_TheCurrentPasswordCantBeGuessed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, b := s.member(t)
	for range 10 {
		b.post("/account/password", url.Values{"current": {"wrong wrong wrong wrong"}, "password": {"seven tall yellow ladders"}}).must(t, 422)
	}
	b.post("/account/password", url.Values{"current": {goodPassword}, "password": {"seven tall yellow ladders"}}).must(t, 429, "too_many")
}

func TestPassword_WhoHasNoneSetsOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	m := domain.Member{Name: "Pia Passkey", Email: "pia-" + o.Email, Role: domain.Staff, PolicyVersion: 1}
	a, err := s.db.AddMember(t.Context(), o.Owner, m, "")
	if err != nil {
		t.Fatal(err)
	}
	b := s.as(t, a)
	b.get("/account/password").must(t, 200, "Set password", "!Current password")
	b.post("/account/password", url.Values{"password": {"seven tall yellow ladders"}}).must(t, 200, "password_changed", "Current password")
	s.nobody(t).post("/sign-in", url.Values{"email": {m.Email}, "password": {"seven tall yellow ladders"}}).must(t, 303)
}

// A wrong try leaves a line and one alert; the eleventh, which nobody looks at, one more line.
func TestP21_A1_FailuresAreKeptAndTold(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, b := s.member(t)
	for i := range 13 {
		s.nobody(t).tryIn(email, "wrong wrong wrong wrong", fmt.Sprintf("198.51.100.%d", i+1))
	}
	me, super := accountsOf(t, s, email)[0].Actor, storetest.Superuser(t)
	count := func(query string) (n int) {
		if err := super.QueryRow(t.Context(), query, me.Member()).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	eventually(t, func() bool {
		return count("select count(*) from sign_ins where member_id = $1 and outcome <> 'ok'") == 11
	})
	b.get("/account/sign-ins").must(t, 200, `data-outcome="locked"`)
	if wrong := count("select count(*) from sign_ins where member_id = $1 and outcome = 'wrong'"); wrong != 10 {
		t.Errorf("%d wrong", wrong)
	}
	if n := count("select count(*) from notifications where member_id = $1 and kind = 'failures'"); n != 1 {
		t.Errorf("told %d times", n)
	}
	if n := count("select count(*) from outbox where member_id = $1"); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestDoorRules(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/admin/security").must(t, 200, "Require a second factor", "5\u00a0people have none yet, out of 5.", "Set up single sign-on first.", "10\u00a0tries within ten minutes")
	for _, role := range []domain.Role{domain.Manager, domain.Staff, domain.Auditor} {
		s.as(t, o.People[role]).get("/admin/security").must(t, 404)
		s.as(t, o.People[role]).post("/admin/security", url.Values{"factor": {"yes"}, "sure": {"yes"}}).must(t, 404)
	}
	b.post("/admin/security", url.Values{"sso": {"yes"}, "sure": {"yes"}}).must(t, 422, "Set up single sign-on and switch it on first.")
	b.post("/admin/security", url.Values{"sso": {"yes"}}).must(t, 422, "Set up single sign-on and switch it on first.", `!name="sure"`)
	b.post("/admin/security", url.Values{"factor": {"yes"}}).must(t, 200, "What changes", "5\u00a0people have none", `name="sure"`)
	b.get("/admin/security").must(t, 200, `!name="factor" required checked`)
	b.post("/admin/security", url.Values{"factor": {"yes"}, "sure": {"yes"}}).must(t, 200, "Saved.")
	var rules domain.DoorRules
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		org, err := x.Organization()
		rules = org.Door
		return err
	})
	if !rules.Factor || rules.SSO {
		t.Errorf("%+v", rules)
	}
}

// A right password that the organization does not take: the status of a wrong one, a line in the history, no session.
func TestDoorRules_APasswordIsRefusedWhereSingleSignOnIsRequired(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, _ := s.member(t)
	me := accountsOf(t, s, email)[0].Actor
	super := storetest.Superuser(t)
	for _, line := range []string{"update members set role = 'member' where tenant_id = $1", "update organizations set sso_required = true where tenant_id = $1"} {
		if _, err := super.Exec(t.Context(), line, me.Tenant()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := super.Exec(t.Context(), "update standings set epoch = epoch + 1 where tenant_id = $1", me.Tenant()); err != nil {
		t.Fatal(err)
	}
	b := s.nobody(t)
	b.tryIn(email, goodPassword, "192.0.2.41").must(t, 422, "Your organization signs in with single sign-on", "sso_required")
	b.tryIn(email, "wrong wrong wrong wrong", "192.0.2.41").must(t, 422, "sign_in_failed", "!single sign-on")
	if b.cookie != "" {
		t.Error("a session began")
	}
}

// Hashing has half of the cores, in the order of coming; who would wait too long is told to come back.
func TestP6_HashingIsBoundedAndFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := handlers.NewHasher(1, 300*time.Millisecond)
		leave, err := h.Enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var order []int
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				leave, err := h.Enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				leave()
			})
			synctest.Wait() // until it stands in the queue
		}
		leave()
		all.Wait()
		if fmt.Sprint(order) != "[0 1 2 3 4]" {
			t.Errorf("in the order %v", order)
		}
		leave, err = h.Enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Enter(t.Context()); !errors.Is(err, domain.ErrUnavailable) {
			t.Errorf("waited too long: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.Enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("left: %v", err)
		}
		leave()
	})
}
