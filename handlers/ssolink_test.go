package handlers_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestA12_AnAddressLinksNobody(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newLiar(t)
	o := newSignOn(t, s, l.URL, nil)
	s.employee(t, o, "ada@"+o.domain)
	who := o.person("ada")
	b := s.nobody(t)
	if to := b.comeBack(l, b.beginSSO("ada@"+o.domain), who).must(t, 303).header.Get("Location"); to != "/sign-in/sso/link" {
		t.Fatalf("to %q", to)
	}
	b.get("/sign-in/sso/link").must(t, 200, "Is this your account?", "ada@"+o.domain)
	b.post("/sign-in/sso/link", url.Values{"password": {"another long password"}}).must(t, 422, "sign_in_failed")
	b.get("/home").must(t, 303)
	if _, i := o.people(t); i != 0 {
		t.Fatal("linked without a proof")
	}
	b.post("/sign-in/sso/link", url.Values{"password": {goodPassword}}).must(t, 303)
	b.get("/account").must(t, 200, "ada@"+o.domain)
	again := s.nobody(t)
	again.comeBack(l, again.beginSSO("ada@"+o.domain), who).must(t, 303)
	again.get("/account").must(t, 200, "ada@"+o.domain)
	t.Run("another provider with the same subject and address", func(t *testing.T) {
		evil := newLiar(t)
		evil.key = newKey(t)
		other := newSignOn(t, s, evil.URL, nil)
		b := s.nobody(t)
		b.comeBack(evil, b.beginSSO("x@"+other.domain), who).must(t, 422, domain.SSODomain)
		b.get("/home").must(t, 303)
	})
	t.Run("deactivated", func(t *testing.T) {
		storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
			found, _, err := x.Directory(store.PeopleFilter{Query: "ada@" + o.domain, Limit: 1})
			if err != nil || len(found) != 1 {
				return errors.Join(err, fmt.Errorf("%d people", len(found)))
			}
			return x.Deactivate(found[0].ID)
		})
		b := s.nobody(t)
		b.comeBack(l, b.beginSSO("ada@"+o.domain), who).must(t, 422, domain.SSOClosed)
		b.get("/home").must(t, 303)
	})
}

// employee is somebody with a real password.
func (s *site) employee(t testing.TB, o signOn, email string) domain.Actor {
	t.Helper()
	hash := handlers.HashPassword(s.db, email, goodPassword)
	a, err := s.db.AddMember(t.Context(), o.Owner, domain.Member{Name: "Ada", Email: email, Role: domain.Staff, PolicyVersion: 1}, hash)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Who has a second factor links by both, and says so on a page of its own; what a browser keeps of it serves nobody else.
func TestA12_LinkingWaitsForTheSecondFactor(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newLiar(t)
	o := newSignOn(t, s, l.URL, nil)
	p, _ := s.as(t, s.employee(t, o, "ada@"+o.domain)).setUp()
	linked := func(want int) {
		t.Helper()
		if _, n := o.people(t); n != want {
			t.Fatalf("%d identities, not %d", n, want)
		}
	}
	const confirm = "/account/sso/confirm"
	half := func() *browser {
		t.Helper()
		b := s.nobody(t)
		b.comeBack(l, b.beginSSO("ada@"+o.domain), o.person("ada")).must(t, 303)
		a := b.post("/sign-in/sso/link", url.Values{"password": {goodPassword}}).must(t, 303)
		if to := a.header.Get("Location"); to != "/sign-in/factor?next="+url.QueryEscape(confirm) {
			t.Fatalf("to %q", to)
		}
		b.get(confirm).must(t, 303, "!Link it")
		b.post(confirm, nil).must(t, 303)
		linked(0)
		return b
	}
	for _, other := range []domain.Actor{o.People[domain.Staff], storetest.New(t, s.db).Owner} {
		for _, method := range []string{"GET", "POST"} {
			thief := s.as(t, other)
			for part := range strings.SplitSeq(half().cookie, "; ") {
				if strings.HasPrefix(part, "__Host-login=") {
					thief.cookie += "; " + part
				}
			}
			thief.send(method, confirm, nil, "Sec-Fetch-Site", "same-origin").must(t, 303, "!ada@")
			thief.get("/account/sso").must(t, 200, "!ada@"+o.domain)
			linked(0)
		}
	}
	b := half()
	a := b.post("/sign-in/factor", url.Values{"code": {p.code(0)}, "next": {confirm}}).must(t, 303)
	if to := a.header.Get("Location"); to != confirm {
		t.Fatalf("to %q", to)
	}
	for range 2 { // loaded anew, too
		b.get(confirm).must(t, 200, "Link it", "ada@"+o.domain)
	}
	linked(0)
	a = b.post(confirm, nil).must(t, 303)
	if to := a.header.Get("Location"); to != "/account/sso" {
		t.Errorf("to %q", to)
	}
	linked(1)
	b.get("/account/sso").must(t, 200, "ada@"+o.domain)
	b.post(confirm, nil).must(t, 303) // asked once
	linked(1)
}
