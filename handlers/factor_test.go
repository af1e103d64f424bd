package handlers_test

import (
	"encoding/base32"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// phone shows the codes of a secret as a page showed it.
type phone struct {
	secret []byte
	now    func() time.Time
}

func newPhone(t testing.TB, s *site, page string) phone {
	t.Helper()
	text := strings.ReplaceAll(between(t, page, `class="mono secret" translate="no">`, "<"), " ", "")
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return phone{secret, s.db.Now}
}

// code is that of the present step, or of one beside it.
func (p phone) code(beside int64) string {
	return domain.CodeOf(p.secret, domain.CodeStep(p.now())+beside)
}

// setUp gives the person of a browser an app, with the step before's code, and says their recovery codes.
func (b *browser) setUp() (phone, []string) {
	b.t.Helper()
	b.post("/account/security/app", nil).must(b.t, 303)
	p := newPhone(b.t, b.site, b.get("/account/security/app").must(b.t, 200, "<svg class=\"qr\"", "Type it instead").body)
	a := b.post("/account/security/app/confirm", url.Values{"code": {p.code(-1)}}).must(b.t, 200, "Your recovery codes")
	return p, strings.Fields(between(b.t, a.body, `translate="no">`, "<"))
}

// half is a browser that gave the password.
func (s *site) half(t testing.TB, email, next string) *browser {
	t.Helper()
	b := s.nobody(t)
	a := b.post("/sign-in", url.Values{"email": {email}, "password": {goodPassword}, "next": {next}}, "X-Forwarded-For", "192.0.2.61").must(t, 303)
	if !strings.HasPrefix(a.header.Get("Location"), "/sign-in/factor") {
		t.Fatalf("went to %q", a.header.Get("Location"))
	}
	return b
}

func TestTOTP(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, b := s.member(t)
	b.get("/account/security").must(t, 200, "Not set up", "!Recovery codes")
	b.get("/account/security/app").must(t, 303)
	p, codes := b.setUp()
	if len(codes) != domain.RecoveryCodes {
		t.Fatalf("%q", codes)
	}
	b.get("/account/security").must(t, 200, "10 are left", "!"+codes[0], "!<svg class=\"qr\"")
	b.get("/account/security/app").must(t, 303) // the key is not shown again
	b.post("/account/security/app", nil).must(t, 303)
	b.get("/account/security/app").must(t, 303)

	half := s.half(t, email, "/account")
	half.get("/sign-in/factor?next=%2Faccount").must(t, 200, `autocomplete="one-time-code"`, `name="next" value="/account"`, "Use a recovery code", "!data-passkey")
	half.post("/sign-in/factor", url.Values{"code": {"000000"}, "next": {"/account"}}).must(t, 422, "not right", `name="next" value="/account"`)
	before := half.cookie
	a := half.post("/sign-in/factor", url.Values{"code": {p.code(0)}, "next": {"/account"}}).must(t, 303)
	if a.header.Get("Location") != "/account" {
		t.Errorf("went to %q", a.header.Get("Location"))
	}
	half.get("/account").must(t, 200, email)
	old := s.nobody(t)
	old.cookie = before
	old.get("/account").must(t, 303)
	half.get("/sign-in/factor").must(t, 303) // nothing is wanted any more
	half.get("/sign-in/enrol").must(t, 303)

	b.post("/account/security/app/delete", nil).must(t, 303)
	b.get("/account/security").must(t, 200, "Not set up")
	s.nobody(t).post("/sign-in", url.Values{"email": {email}, "password": {goodPassword}}, "X-Forwarded-For", "192.0.2.61").must(t, 303)
}

func TestA8_ACodeIsTakenOnceAtTheDoor(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, b := s.member(t)
	p, codes := b.setUp()
	code := p.code(0)
	s.half(t, email, "").post("/sign-in/factor", url.Values{"code": {code}}).must(t, 303)
	late := s.half(t, email, "")
	late.post("/sign-in/factor", url.Values{"code": {code}}).must(t, 422, "or was used")
	late.get("/home").must(t, 303)
	for i := range 200 {
		a := late.post("/sign-in/factor", url.Values{"code": {"abcdef"}})
		if want := map[bool]int{true: 422, false: 429}[i < 8]; a.status != want {
			t.Fatalf("guess %d: %d", i+2, a.status)
		}
	}
	a := late.post("/sign-in/factor", url.Values{"code": {p.code(1)}}).must(t, 429, `data-code="too_many"`, "A passkey or a recovery code still works")
	if wait := a.header.Get("Retry-After"); wait != "900" && wait != "899" && wait != "898" && len(wait) != 3 {
		t.Errorf("Retry-After %q", wait)
	}
	late.post("/sign-in/factor/recovery", url.Values{"recovery": {strings.ToUpper(codes[4])}}).must(t, 303)
	late.get("/account/security").must(t, 200, "9 are left")
	again := s.half(t, email, "")
	again.post("/sign-in/factor/recovery", url.Values{"recovery": {codes[4]}}).must(t, 422, "not one of yours", "<details class=\"disclosure\" open")
	for range 9 {
		again.post("/sign-in/factor/recovery", url.Values{"recovery": {"aaaa-bbbb-cccc"}})
	}
	again.post("/sign-in/factor/recovery", url.Values{"recovery": {codes[5]}}).must(t, 429)
	b.get("/home").must(t, 200) // who was signed in stays
}

func TestRecoveryCodesAreMadeAnew(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email, b := s.member(t)
	b.post("/account/security/codes", nil).must(t, 303) // there is nothing that they would stand in for
	_, old := b.setUp()
	a := b.post("/account/security/codes", nil).must(t, 200, "no longer work")
	fresh := strings.Fields(between(t, a.body, `translate="no">`, "<"))
	s.half(t, email, "").post("/sign-in/factor/recovery", url.Values{"recovery": {old[0]}}).must(t, 422)
	s.half(t, email, "").post("/sign-in/factor/recovery", url.Values{"recovery": {fresh[0]}}).must(t, 303)
}

func TestAWrongFirstCodeKeepsThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, b := s.member(t)
	b.post("/account/security/app", nil).must(t, 303)
	first := b.get("/account/security/app").must(t, 200)
	again := b.post("/account/security/app/confirm", url.Values{"code": {"12"}}).must(t, 422, "not the code that the app shows")
	secret := regexp.MustCompile(`mono secret" translate="no">[^<]+`)
	if secret.FindString(first.body) != secret.FindString(again.body) {
		t.Error("the key changed")
	}
	b.get("/account/security").must(t, 200, "Not set up")
}

// require makes an organization ask everybody for a second factor.
func require(t testing.TB, s *site, owner domain.Actor) {
	t.Helper()
	_, err := storetest.Superuser(t).Exec(t.Context(), "update organizations set factor_required = true where tenant_id = $1", owner.Tenant())
	if err != nil {
		t.Fatal(err)
	}
	storetest.Do(t, s.db, owner, func(x *store.Tenant) error { return x.CorrectProfile(domain.ProfileForm{Name: "Olga Owner"}) }) // moves the epoch
}

func TestEnrolment(t *testing.T) {
	t.Parallel()
	s := newSite(t, named, behindProxy)
	email, b := s.member(t)
	require(t, s, accountsOf(t, s, email)[0].Actor)
	b.get("/home").must(t, 200)
	sign := func() *browser {
		n := s.nobody(t)
		n.post("/sign-in", url.Values{"email": {email}, "password": {goodPassword}}, "X-Forwarded-For", "192.0.2.62").must(t, 303)
		return n
	}
	n := sign()
	n.get("/home").must(t, 303)
	n.get("/sign-in/factor?next=%2Faccount").must(t, 303)
	n.get("/sign-in/enrol?next=%2Faccount").must(t, 200, "asks everybody for one", "Make a passkey", "Set up an authenticator app")
	n.post("/sign-in/enrol/app/confirm", url.Values{"code": {"123456"}}).must(t, 422)
	n.post("/sign-in/enrol/app", url.Values{"next": {"/account"}}).must(t, 303)
	p := newPhone(t, s, n.get("/sign-in/enrol?next=%2Faccount").must(t, 200, "<svg class=\"qr\"").body)
	n.post("/sign-in/enrol/app/confirm", url.Values{"code": {"12"}, "next": {"/account"}}).must(t, 422, "not the code", `value="/account"`)
	before := n.cookie
	n.post("/sign-in/enrol/app/confirm", url.Values{"code": {p.code(0)}, "next": {"/account"}}).must(t, 200, "Your recovery codes", `href="/account"`)
	if n.cookie == before {
		t.Error("the same cookie")
	}
	n.get("/account").must(t, 200)
	n.post("/account/security/app/delete", nil).must(t, 422, "asks for a second factor")
	n.get("/account/security").must(t, 200, "Remove the app")

	// by a passkey
	email, _ = s.member(t)
	require(t, s, accountsOf(t, s, email)[0].Actor)
	n = sign()
	d := newDevice(t, s)
	n.post("/sign-in/enrol/passkey", url.Values{"token": {"x"}, "credential": {"{}"}}).must(t, 422, "was not accepted")
	a := n.post("/sign-in/enrol/passkey", d.creates(n.begin("/sign-in/enrol/passkey/begin"))).must(t, 303)
	if a.header.Get("Location") != "/account" {
		t.Errorf("went to %q", a.header.Get("Location"))
	}
	n.get("/account/security").must(t, 200, "Laptop")
}

// Who wants a factor has given a password that somebody else may know: nothing but the factor's own pages is there (A9).
func TestA9_AHalfSessionOnEveryRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads, behindProxy)
	w := newWhole(t, s)
	admin := w.People[domain.Admin]
	storetest.Do(t, s.db, admin, func(x *store.Tenant) error { return x.BeginApp() })
	require(t, s, w.Owner)
	for stage, who := range map[domain.Stage]domain.Actor{domain.WantFactor: w.Owner, domain.WantEnrol: w.People[domain.Staff]} {
		before := w.marks(t)
		for _, r := range handlers.Routes() {
			if r.Path == "/sign-up" || r.Path == "/sign-in/enrol/app" && stage == domain.WantEnrol { // which it is for
				continue
			}
			path := w.fill(t, r.Path)
			for _, header := range [][]string{nil, hx} {
				w.halfway(t, who, stage, r, path, header)
			}
		}
		for table, mark := range w.marks(t) {
			if before[table] != mark && table != "public.audit_entries" && table != "public.sign_ins" && table != "public.notifications" && table != "public.outbox" {
				t.Errorf("%s: %s changed", stage, table)
			}
		}
	}
}

// halfway visits a route with a half session.
func (w whole) halfway(t *testing.T, who domain.Actor, stage domain.Stage, r handlers.Route, path string, header []string) {
	t.Helper()
	in, err := w.site.db.SignIn(t.Context(), who, domain.Arrival{Method: domain.ByPassword, Device: "Test", Address: "192.0.2.1"})
	if err != nil || in.Stage != stage {
		t.Fatal(in.Stage, err)
	}
	b := w.site.nobody(t)
	b.cookie = handlers.CookieFor(w.site.db, in.Token)
	a := b.visit(r, path, w, header...)
	if strings.Contains(a.body, planted) || a.status >= 500 {
		t.Errorf("%s %s as %s: %d\n%s", r.Method, r.Path, stage, a.status, a.body)
	}
	w.notInPage(t, r, a)
	if r.Permission == string(domain.Public) || r.Permission == string(domain.HalfSignedIn) {
		return
	}
	to, want := a.header.Get("Location"), http.StatusSeeOther
	if header != nil {
		to, want = a.header.Get("HX-Redirect"), http.StatusNoContent
	}
	if a.status != want || !strings.HasPrefix(to, "/sign-in/"+string(stage)) {
		t.Errorf("%s %s as %s: %d to %q", r.Method, r.Path, stage, a.status, to)
	}
}

// notInPage finds no thing of the organization in an answer.
func (w whole) notInPage(t testing.TB, r handlers.Route, a answer) {
	t.Helper()
	for what, id := range w.ids {
		if strings.Contains(a.body, id) {
			t.Errorf("%s %s: holds the id of %s", r.Method, r.Path, what)
		}
	}
}

func TestA9_AStreamEndsForAHalfSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	w := newWhole(t, s)
	in, err := s.db.SignIn(t.Context(), w.Owner, domain.Arrival{Method: domain.ByPassword, Device: "Test", Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	b := s.nobody(t)
	b.cookie = handlers.CookieFor(s.db, in.Token)
	a := b.get(fmt.Sprintf("/copilot/messages/%s/stream", w.ids["messages"]), "Accept", "text/event-stream")
	if a.must(t, 200, "event: done", "!"+planted); strings.Count(a.body, "event:") != 1 {
		t.Error(a.body)
	}
}
