package handlers_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// signOn is an organization with an identity provider and a verified mail domain of its own.
type signOn struct {
	storetest.Organization
	*site
	domain string
}

func newSignOn(t testing.TB, s *site, issuer string, change func(*domain.SSOForm)) signOn {
	t.Helper()
	o := signOn{storetest.New(t, s.db), s, "d" + string(s.db.NewID()[24:]) + ".example"}
	form := domain.SSOForm{Issuer: issuer, ClientID: "aimyorg", Secret: "hush", Enabled: true, Provision: true, Role: "member"}
	if change != nil {
		change(&form)
	}
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		if err := x.SaveSSO(form, true); err != nil {
			return err
		}
		id, err := x.AddDomain(o.domain)
		if err != nil {
			return err
		}
		_, err = x.CheckedDomain(id, true)
		return err
	})
	return o
}

// person is somebody's claims.
func (o signOn) person(name string) map[string]any {
	return map[string]any{"sub": "subject of " + name, "email": name + "@" + o.domain, "email_verified": true, "name": "Nina " + name}
}

// begin starts a sign-on and gives the provider's address that the page leads to.
func (b *browser) beginSSO(email string, more ...string) string {
	b.t.Helper()
	form := url.Values{"email": {email}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return b.out(b.post("/sign-in/sso", form))
}

// out is where an answer leads the browser to.
func (b *browser) out(a answer) string {
	b.t.Helper()
	a.must(b.t, 200, `id="sso-go"`)
	to, ok := strings.CutPrefix(a.header.Get("Refresh"), "0;url=")
	if !ok {
		b.t.Fatalf("leads to %q", a.header.Get("Refresh"))
	}
	return to
}

// comeBack signs in at a liar and comes back.
func (b *browser) comeBack(l *liar, address string, who map[string]any) answer {
	b.t.Helper()
	return b.get(l.signIn(b.t, address, who))
}

var joined = url.Values{"name": {"Nina New"}, "terms": {"yes"}, "business": {"yes"}}

// people is how many accounts an organization has, and identities.
func (o signOn) people(t testing.TB) (members, identities int) {
	t.Helper()
	err := storetest.Superuser(t).QueryRow(t.Context(), `select (select count(*) from members where tenant_id = $1),
		(select count(*) from identities where tenant_id = $1)`, o.Owner.Tenant()).Scan(&members, &identities)
	if err != nil {
		t.Fatal(err)
	}
	return members, identities
}

func TestA12_ANewPersonReadsThePolicyFirst(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newLiar(t)
	o := newSignOn(t, s, l.URL, nil)
	b := s.nobody(t)
	who := o.person("nina")
	a := b.comeBack(l, b.beginSSO("NINA@"+strings.ToUpper(o.domain), "next", "/knowledge"), who).must(t, 303)
	if a.header.Get("Location") != "/sign-in/sso/join" {
		t.Fatalf("to %q", a.header.Get("Location"))
	}
	b.get("/home").must(t, 303) // nobody yet
	b.get("/sign-in/sso/join").must(t, 200, "Welcome to", "Nina nina", "nina@"+o.domain, "privacy policy")
	if n, _ := o.people(t); n != len(domain.Roles) {
		t.Errorf("an account before the policy was read: %d", n)
	}
	b.post("/sign-in/sso/join", url.Values{"name": {""}}).must(t, 422, "Enter your name", "Read the privacy policy")
	a = b.post("/sign-in/sso/join", joined).must(t, 303)
	if a.header.Get("Location") != "/knowledge" || strings.Contains(b.cookie, "__Host-login") {
		t.Errorf("to %q with %q", a.header.Get("Location"), b.cookie)
	}
	b.get("/account").must(t, 200, "Nina New", "nina@"+o.domain)
	if n, i := o.people(t); n != len(domain.Roles)+1 || i != 1 {
		t.Errorf("%d people, %d identities", n, i)
	}
	again := s.nobody(t)
	again.comeBack(l, again.beginSSO("nina@"+o.domain), who).must(t, 303)
	again.get("/home").must(t, 200)
	t.Run("in another organization", func(t *testing.T) {
		other := newSignOn(t, s, l.URL, nil)
		b := s.nobody(t)
		b.comeBack(l, b.beginSSO("nina@"+other.domain), who).must(t, 422, domain.SSODomain)
		b.get("/home").must(t, 303)
	})
}

// Every lie is refused with its own code; nobody is in, nothing is made.
func TestA12_Lies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	sign := func(change func(h, c map[string]any)) func(*liar) { return func(l *liar) { l.lie = change } }
	claim := func(name string, v any) func(*liar) { return sign(func(_, c map[string]any) { c[name] = v }) }
	for name, c := range map[string]struct {
		lie    func(*liar)
		status int
		code   string
	}{
		"another nonce":         {claim("nonce", "another"), 400, domain.SSOToken},
		"no nonce":              {sign(func(_, c map[string]any) { delete(c, "nonce") }), 400, domain.SSOToken},
		"another audience":      {claim("aud", "somebody-else"), 400, domain.SSOToken},
		"many audiences":        {claim("aud", []string{"aimyorg", "somebody-else"}), 400, domain.SSOToken},
		"another party":         {claim("azp", "somebody-else"), 400, domain.SSOToken},
		"another issuer":        {claim("iss", "https://accounts.example.com"), 400, domain.SSOToken},
		"no subject":            {claim("sub", ""), 400, domain.SSOToken},
		"over":                  {claim("exp", time.Now().Add(-time.Minute).Unix()), 400, domain.SSOToken},
		"no end":                {sign(func(_, c map[string]any) { delete(c, "exp") }), 400, domain.SSOToken},
		"not yet":               {claim("nbf", time.Now().Add(time.Hour).Unix()), 400, domain.SSOToken},
		"not vouched for":       {claim("email_verified", false), 422, domain.SSOUnverified},
		"not vouched, in words": {claim("email_verified", "false"), 422, domain.SSOUnverified},
		"nothing said of it":    {sign(func(_, c map[string]any) { delete(c, "email_verified") }), 422, domain.SSOUnverified},
		"another domain":        {claim("email", "nina@example.org"), 422, domain.SSODomain},
		"no address":            {claim("email", ""), 422, domain.SSODomain},
		"alg none":              {func(l *liar) { l.lie = func(h, _ map[string]any) { h["alg"] = "none" }; l.raw = unsigned }, 400, domain.SSOToken},
		"a shared secret": {func(l *liar) {
			l.lie = func(h, _ map[string]any) { h["alg"] = "HS256" }
			l.raw = macWith([]byte("hush"))
		}, 400, domain.SSOToken},
		"the public key as secret": {func(l *liar) {
			l.lie = func(h, _ map[string]any) { h["alg"] = "HS256" }
			l.raw = macWith(x509.MarshalPKCS1PublicKey(&l.key.PublicKey))
		}, 400, domain.SSOToken},
		"no signature":        {func(l *liar) { l.raw = unsigned }, 400, domain.SSOToken},
		"an unknown key":      {func(l *liar) { other := newKey(t); l.raw = func(s string) string { return resign(other, s) } }, 400, domain.SSOToken},
		"no token":            {answers(200, `{"access_token":"x","token_type":"Bearer"}`), 400, domain.SSOToken},
		"no JSON":             {answers(200, `<html>`), 503, domain.SSOUnavailable},
		"a huge answer":       {answers(200, `{"access_token":"`+strings.Repeat("x", 2<<20)+`"}`), 503, domain.SSOUnavailable},
		"broken":              {answers(500, ``), 503, domain.SSOUnavailable},
		"a code that is over": {answers(400, `{"error":"invalid_grant"}`), 400, domain.SSOStale},
		"another client":      {answers(401, `{"error":"invalid_client"}`), 400, domain.SSOToken},
		"sent elsewhere":      {redirects, 503, domain.SSOUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLiar(t)
			o := newSignOn(t, s, l.URL, nil)
			b := s.nobody(t)
			to := b.beginSSO("nina@" + o.domain)
			c.lie(l)
			a := b.comeBack(l, to, o.person("nina")).must(t, c.status, `data-code="`+c.code+`"`)
			if c.status == 503 && a.header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			b.get("/home").must(t, 303)
			b.get("/sign-in/sso/join").must(t, 303)
			if n, i := o.people(t); n != len(domain.Roles) || i != 0 {
				t.Errorf("%d people, %d identities", n, i)
			}
		})
	}
}

func unsigned(token string) string { return token[:strings.LastIndex(token, ".")+1] }

func macWith(key []byte) func(string) string {
	return func(token string) string {
		body := token[:strings.LastIndex(token, ".")]
		m := hmac.New(sha256.New, key)
		m.Write([]byte(body))
		return body + "." + coded(m.Sum(nil))
	}
}

func answers(status int, body string) func(*liar) {
	return func(l *liar) {
		l.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
}

func redirects(l *liar) {
	l.answer = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, l.URL+"/elsewhere", http.StatusTemporaryRedirect)
	}
}

// The way back is as the browser gives it, so it may hold anything.
func TestA12_A119_AnswersThatWereNotAskedFor(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newLiar(t)
	o := newSignOn(t, s, l.URL, nil)
	for name, c := range map[string]struct {
		change func(url.Values)
		code   string
	}{
		"another state":   {func(v url.Values) { v.Set("state", "another") }, domain.SSOState},
		"no state":        {func(v url.Values) { v.Del("state") }, domain.SSOState},
		"another issuer":  {func(v url.Values) { v.Set("iss", "https://evil.example") }, domain.SSOIssuer},
		"no code":         {func(v url.Values) { v.Del("code") }, domain.SSODenied},
		"refused there":   {func(v url.Values) { v.Set("error", "access_denied") }, domain.SSODenied},
		"somebody's code": {func(v url.Values) { v.Set("code", "guessed") }, domain.SSOStale},
	} {
		b := s.nobody(t)
		path, query, _ := strings.Cut(l.signIn(t, b.beginSSO("nina@"+o.domain), o.person("nina")), "?")
		v, _ := url.ParseQuery(query)
		c.change(v)
		if a := b.get(path + "?" + v.Encode()); a.status != 400 || !strings.Contains(a.body, `data-code="`+c.code+`"`) {
			t.Errorf("%s: %d\n%s", name, a.status, a.body)
		}
		b.get(path+"?"+query).must(t, 400, domain.SSOStale) // it was asked once
	}
	b, other := s.nobody(t), s.nobody(t)
	back := l.signIn(t, b.beginSSO("nina@"+o.domain), o.person("nina"))
	other.get(back).must(t, 400, domain.SSOStale) // another browser
	used := b.cookie
	b.get(back).must(t, 303)
	b.cookie = used
	b.get(back).must(t, 400, domain.SSOStale) // replayed, cookie and all
	for name, email := range map[string]string{"unknown domain": "ada@nowhere.example", "no address": "ada", "nothing": ""} {
		if a := s.nobody(t).post("/sign-in/sso", url.Values{"email": {email}}); a.status != 422 || !strings.Contains(a.body, `data-code="sso_none"`) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	known, unknown := s.nobody(t), s.nobody(t)
	s.employee(t, o, "known@"+o.domain)
	a, z := known.beginSSO("known@"+o.domain), unknown.beginSSO("qwert@"+o.domain)
	if len(a) != len(z) {
		t.Errorf("known and unknown differ:\n%s\n%s", a, z)
	}
}

func TestA117_NextStaysHere(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newLiar(t)
	o := newSignOn(t, s, l.URL, nil)
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "/%2f%2fevil.example", "javascript:alert(1)"} {
		b := s.nobody(t)
		b.comeBack(l, b.beginSSO("nina@"+o.domain, "next", next), o.person("nina"+coded([]byte(next))[:6]))
		a := b.post("/sign-in/sso/join", joined)
		if to := a.header.Get("Location"); a.status != 303 || to != "/home" {
			t.Errorf("%s: %d to %q", next, a.status, to)
		}
		if a := s.nobody(t).get("/sign-in/sso?next=" + url.QueryEscape(next)); strings.Contains(a.body, "evil") || strings.Contains(a.body, "alert(1)") {
			t.Errorf("%s is in the page", next)
		}
	}
}

func TestProvidersThatChange(t *testing.T) {
	t.Parallel()
	t.Run("keys rotate", func(t *testing.T) {
		t.Parallel()
		s, l := newSite(t), newLiar(t)
		o := newSignOn(t, s, l.URL, nil)
		for i := range 3 {
			b := s.nobody(t)
			b.comeBack(l, b.beginSSO("nina@"+o.domain), o.person("nina")).must(t, 303)
			if i == 0 {
				b.post("/sign-in/sso/join", joined).must(t, 303)
			}
			b.get("/home").must(t, 200)
			if i == 1 {
				l.mu.Lock()
				l.key, l.kid = newKey(t), "k2"
				l.mu.Unlock()
			}
		}
		if l.keys != 2 {
			t.Errorf("keys were read %d times", l.keys)
		}
	})
	t.Run("says another issuer of itself", func(t *testing.T) {
		t.Parallel()
		s, l := newSite(t), newLiar(t)
		l.about = func(d map[string]any) { d["issuer"] = l.URL + "/" }
		o := newSignOn(t, s, l.URL, nil)
		s.nobody(t).post("/sign-in/sso", url.Values{"email": {"nina@" + o.domain}}).must(t, 400, domain.SSOIssuer)
	})
	for name, field := range map[string]string{"A70 keys at a file": "jwks_uri", "A70 token elsewhere": "token_endpoint", "A70 sign-in elsewhere": "authorization_endpoint"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, bad := range []string{"file:///etc/passwd", "gopher://127.0.0.1/", "http://169.254.169.254/latest", "javascript:alert(1)", "https://a:b@example.com/"} {
				s, l := newSite(t), newLiar(t)
				l.about = func(d map[string]any) { d[field] = bad }
				o := newSignOn(t, s, l.URL, nil)
				s.nobody(t).post("/sign-in/sso", url.Values{"email": {"nina@" + o.domain}}).must(t, 400, domain.SSOIssuer)
			}
		})
	}
	t.Run("says too much", func(t *testing.T) {
		t.Parallel()
		l := newLiar(t)
		l.about = func(d map[string]any) { d["x"] = strings.Repeat("x", 2<<20) }
		if why := handlers.AskProvider(t.Context(), true, l.URL); why != "too large" {
			t.Errorf("%q", why)
		}
	})
	t.Run("says who answers, and then not", func(t *testing.T) {
		t.Parallel()
		s, l := newSite(t), newLiar(t)
		l.about = func(d map[string]any) { d["authorization_response_iss_parameter_supported"] = true }
		o := newSignOn(t, s, l.URL, nil)
		b := s.nobody(t)
		b.comeBack(l, b.beginSSO("nina@"+o.domain), o.person("nina")).must(t, 400, domain.SSOIssuer)
		b.get(l.signIn(t, b.beginSSO("nina@"+o.domain), o.person("nina"))+"&iss="+url.QueryEscape(l.URL)).must(t, 303)
	})
	t.Run("down", func(t *testing.T) {
		t.Parallel()
		s, l := newSite(t), newLiar(t)
		o := newSignOn(t, s, l.URL, nil)
		s.employee(t, o, "ada@"+o.domain)
		b := s.nobody(t)
		to := b.beginSSO("nina@" + o.domain)
		back := l.signIn(t, to, o.person("nina"))
		l.Close()
		b.get(back).must(t, 503, domain.SSOUnavailable, "sign-in service does not answer")
		b.post("/sign-in", url.Values{"email": {"ada@" + o.domain}, "password": {goodPassword}}).must(t, 303)
		b.get("/home").must(t, 200)
		fresh := newSite(t) // knows nothing of it
		fresh.nobody(t).post("/sign-in/sso", url.Values{"email": {"nina@" + o.domain}}).must(t, 503, domain.SSOUnavailable)
	})
}

// Whatever an organization names, only the public internet is dialed.
func TestA67_A68_A69_A70_P26_P30_OnlyThePublicInternetIsAsked(t *testing.T) {
	t.Parallel()
	l := newLiar(t)
	for _, issuer := range []string{"https://127.0.0.1", "https://0", "https://[::1]", "https://169.254.169.254", "https://10.0.0.1", "https://[::ffff:7f00:1]",
		"https://2130706433", "https://0x7f.1", "https://[64:ff9b::7f00:1]", "https://localhost", "https://localhost.", "https://192.168.1.1", l.URL} {
		why := handlers.AskProvider(t.Context(), false, issuer)
		unresolved := why == "*url.Error" && slices.Contains([]string{"https://0", "https://2130706433", "https://0x7f.1", "https://localhost."}, issuer)
		if why != "blocked" && !unresolved { // some resolvers know these names, and then the address is looked at
			t.Errorf("%s: %q", issuer, why)
		}
	}
	if why := handlers.AskProvider(t.Context(), true, l.URL); why != "" {
		t.Errorf("in development, on this machine: %q", why)
	}
	elsewhere := httptest.NewServer(http.RedirectHandler(l.URL, http.StatusFound))
	defer elsewhere.Close()
	if why := handlers.AskProvider(t.Context(), true, elsewhere.URL); why != "blocked" {
		t.Errorf("a redirect: %q", why)
	}
	for _, issuer := range []string{"http://10.0.0.1", "http://169.254.169.254", "http://127.0.0.1.nip.io:80", "gopher://127.0.0.1"} {
		if why := handlers.AskProvider(t.Context(), true, issuer); why != "blocked" {
			t.Errorf("in development, %s: %q", issuer, why)
		}
	}
}

func TestSSOIsSetUpOnItsPage(t *testing.T) {
	t.Parallel()
	records := map[string][]string{}
	s := newSite(t, func(c *handlers.Config) {
		c.LookupTXT = func(_ context.Context, name string) ([]string, error) { return records[name], nil }
	})
	l, o := newLiar(t), storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/admin/security/sso").must(t, 200, s.base+"/sign-in/sso/callback", "None yet")
	form := url.Values{"issuer": {l.URL}, "client_id": {"aimyorg"}, "client_secret": {"hush"}, "enabled": {"yes"}, "provision": {"yes"}, "default_role": {"member"},
		"group": {"it", ""}, "gives": {"role:admin", "role:member"}}
	bad := url.Values{"issuer": {"http://10.0.0.1"}, "default_role": {"owner"}, "client_secret": {"very secret"}}
	b.post("/admin/security/sso", bad).must(t, 422, "http://10.0.0.1", "Enter the issuer", "client id", "!very secret")
	b.post("/admin/security/sso", form).must(t, 303)
	b.get("/admin/security/sso").must(t, 200, l.URL, "aimyorg", `value="it"`, "!hush")
	b.post("/admin/security/sso/domains", url.Values{"domain": {"gmail.com"}}).must(t, 422, "Anybody can have an address there", "gmail.com")
	name := "d" + string(s.db.NewID()[24:]) + ".example"
	b.post("/admin/security/sso/domains", url.Values{"domain": {name}}).must(t, 303)
	page := b.get("/admin/security/sso").must(t, 200, "Not verified", name).body
	check := between(t, page, `action="/admin/security/sso/domains/`, `"`)
	b.post("/admin/security/sso/domains/"+check, nil).must(t, 200, "record_missing")
	s.nobody(t).post("/sign-in/sso", url.Values{"email": {"x@" + name}}).must(t, 422, "sso_none")
	records[name] = []string{"v=spf1 -all", "aimyorg-verification=" + between(t, page, "aimyorg-verification=", "<")}
	b.post("/admin/security/sso/domains/"+check, nil).must(t, 303)
	b.get("/admin/security/sso").must(t, 200, "Verified", "!Not verified")

	before, _ := signOn{o, s, name}.people(t)
	who := map[string]any{"sub": "s", "email": "x@" + name, "email_verified": true, "groups": []string{"it"}}
	b.comeBack(l, b.out(b.post("/admin/security/sso/try", nil)), who).must(t, 200, "It works", "x@"+name, "it")
	if after, i := (signOn{o, s, name}).people(t); after != before || i != 0 {
		t.Error("trying made something")
	}
	b.comeBack(l, b.out(b.post("/account/sso/link", nil)), who).must(t, 303)
	b.get("/account/sso").must(t, 200, "Linked", "Unlink")
	unlink := between(t, b.get("/account/sso").body, "/account/sso/identities/", `"`)
	b.post("/account/sso/identities/"+unlink, nil).must(t, 303)
	b.get("/account/sso").must(t, 200, "None is linked")
	for _, role := range []domain.Role{domain.Manager, domain.Staff, domain.Auditor} {
		s.as(t, o.People[role]).get("/admin/security/sso").must(t, 404)
	}
	l.Close()
	form.Set("issuer", "http://127.0.0.1:1")
	b.post("/admin/security/sso", form).must(t, 303)
	b.post("/admin/security/sso/try", nil).must(t, 200, domain.SSOUnavailable)
}

func TestSeveralOrganizationsOfOneDomain(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newLiar(t)
	a, b, c := newSignOn(t, s, l.URL, nil), newSignOn(t, s, l.URL, nil), newSignOn(t, s, l.URL, nil)
	storetest.Do(t, s.db, b.Owner, func(x *store.Tenant) error {
		id, err := x.AddDomain(a.domain)
		if err != nil {
			return err
		}
		_, err = x.CheckedDomain(id, true)
		return err
	})
	storetest.Do(t, s.db, c.Owner, func(x *store.Tenant) error { _, err := x.AddDomain(a.domain); return err })
	n := s.nobody(t)
	page := n.post("/sign-in/sso", url.Values{"email": {"nina@" + a.domain}}).must(t, 200, "Choose an organization", string(a.Owner.Tenant()), string(b.Owner.Tenant()))
	if strings.Contains(page.body, string(c.Owner.Tenant())) {
		t.Error("who has not verified it is shown")
	}
	n.post("/sign-in/sso", url.Values{"email": {"nina@" + a.domain}, "organization": {string(c.Owner.Tenant())}}).must(t, 422, "sso_none") // A34
	n.comeBack(l, n.beginSSO("nina@"+a.domain, "organization", string(b.Owner.Tenant())), a.person("nina")).must(t, 303)
	n.post("/sign-in/sso/join", joined).must(t, 303)
	if people, _ := b.people(t); people != len(domain.Roles)+1 {
		t.Errorf("%d people", people)
	}
}

func TestRequiredSSOIsShownAtTheDoor(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newLiar(t)
	o := newSignOn(t, s, l.URL, nil)
	s.employee(t, o, "ada@"+o.domain)
	require := `with x as (update standings set epoch = epoch + 1 where tenant_id = $1) update organizations set sso_required = true where tenant_id = $1`
	if _, err := storetest.Superuser(t).Exec(t.Context(), require, o.Owner.Tenant()); err != nil {
		t.Fatal(err)
	}
	b := s.nobody(t)
	for _, try := range [][2]string{{"ada", goodPassword}, {"ada", "not her password at all"}, {"qwert", goodPassword}} {
		b.post("/sign-in", url.Values{"email": {try[0] + "@" + o.domain}, "password": {try[1]}}).must(t, 422, "sso_required", "/sign-in/sso?email="+try[0])
	}
	b.get("/home").must(t, 303)
	b.comeBack(l, b.beginSSO("ada@"+o.domain), o.person("ada")).must(t, 303)
	b.post("/sign-in/sso/link", url.Values{"password": {goodPassword}}).must(t, 303) // both are proved
	b.get("/home").must(t, 200)
}

func TestP82_TheLoginCookie(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newLiar(t)
	o := newSignOn(t, s, l.URL, nil)
	a := s.nobody(t).post("/sign-in/sso", url.Values{"email": {"x@" + o.domain}})
	c, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil || c.Name != "__Host-login" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() {
		t.Errorf("%+v %v", c, err)
	}
	s.nobody(t).get("/cookies").must(t, 200, "__Host-login", "__Host-sid")
}
