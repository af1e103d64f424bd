package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store/storetest"
)

// addresses are the addresses of all routes with a method, ids filled in with one that is nobody's.
func addresses(s *site, get bool) []string {
	var out []string
	for _, r := range handlers.Routes() {
		if (r.Method == http.MethodGet) == get {
			path := regexp.MustCompile(`:[a-z]+`).ReplaceAllString(r.Path, string(s.db.NewID()))
			out = append(out, strings.Replace(path, "*", "x.js", 1))
		}
	}
	return out
}

func TestA23_A24_A25_OtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, headers := range map[string][]string{
		"A23 cross-site": {"Sec-Fetch-Site", "cross-site"}, "A23 same-site": {"Sec-Fetch-Site", "same-site"}, "A23 none": {"Sec-Fetch-Site", "none"},
		"A24 null": {"Origin", "null"}, "A24 evil": {"Origin", "https://evil.example"}, "A24 prefix": {"Origin", s.base + ".evil.example"},
		"A25 neither": {}, "A23 with HX": {"Sec-Fetch-Site", "cross-site", "HX-Request", "true"}, "A24 with HX": {"Origin", "https://evil.example", "HX-Request", "true"},
	} {
		for _, path := range addresses(s, false) {
			a := b.send("POST", path, strings.NewReader("name=Mallory&consent=yes&provider=openai&class=message"), slices.Concat(form, headers)...)
			if a.status != 403 || !strings.Contains(a.body, `data-code="cross_site"`) {
				t.Errorf("%s: POST %s: %d", name, path, a.status)
			}
		}
	}
	b.get("/account").must(t, 200, "Olga Owner", "!Mallory")
	for name, headers := range map[string][]string{"our origin": {"Origin", s.base}, "our script": {"HX-Request", "true"}, "our page": {"Sec-Fetch-Site", "same-origin"}} {
		if a := b.send("POST", "/account/panel", strings.NewReader("folded=true"), slices.Concat(form, headers)...); a.status >= 400 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

func TestA26_ReadingChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	reads := addresses(s, true)
	for _, path := range addresses(s, false) {
		if slices.Contains(reads, path) || regexp.MustCompile(`[0-9a-f-]{36}$`).MatchString(path) {
			continue // a page of its own has this address
		}
		for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			a := b.send(method, path+"?name=Mallory&width=400", nil, "Sec-Fetch-Site", "same-origin", "X-HTTP-Method-Override", "POST", "X-Method-Override", "POST", "HX-Request", "true")
			if a.status != 405 && a.status != 404 && a.status != 422 {
				t.Errorf("%s %s: %d", method, path, a.status)
			}
		}
	}
	if a := b.get("/account/profile?name=Mallory").must(t, 405); a.header.Get("Allow") != "POST" {
		t.Errorf("Allow %q", a.header.Get("Allow"))
	}
	b.get("/account").must(t, 200, "Olga Owner", "!Mallory")
	if a := b.send("HEAD", "/account", nil); a.status != 200 || a.body != "" {
		t.Errorf("HEAD: %d, %d bytes", a.status, len(a.body))
	}
}

func TestA27_OnlyFormsAreRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	for _, kind := range []string{"text/plain", "application/json", "application/xml", "x", "multipart/mixed; boundary=a", "application/x-www-form-urlencoded; charset"} {
		a := b.send("POST", "/account/profile", strings.NewReader("name=Mallory"), "Content-Type", kind, "Sec-Fetch-Site", "same-origin")
		if a.status != 415 {
			t.Errorf("%s: %d", kind, a.status)
		}
	}
	for _, path := range addresses(s, false) {
		a := s.as(t, o.Owner).send("POST", path, strings.NewReader(`{"name":"Mallory"}`), "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin")
		if a.status != 415 && (a.status != 404 || !strings.HasSuffix(path, "/documents") && !strings.HasSuffix(path, "/versions")) {
			t.Errorf("POST %s takes JSON: %d", path, a.status) // uploads look for where a file goes first
		}
	}
	b.get("/account").must(t, 200, "!Mallory")
	body := "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nOlga Multi\r\n--b--\r\n"
	b.send("POST", "/account/profile", strings.NewReader(body), "Content-Type", "multipart/form-data; boundary=b", "Sec-Fetch-Site", "same-origin").must(t, 303)
	b.get("/account").must(t, 200, "Olga Multi")
}

func TestA55_PackedBodiesAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/sign-in", "/sign-up", "/account/profile"} {
		for _, encoding := range []string{"gzip", "deflate", "br", "zstd", "identity, gzip"} {
			a := s.nobody(t).send("POST", path, strings.NewReader(strings.Repeat("\x1f\x8b", 1000)), "Content-Encoding", encoding,
				"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
			if a.status != 415 || !strings.Contains(a.body, `data-code="encoded_body"`) {
				t.Errorf("%s %s: %d", path, encoding, a.status)
			}
		}
	}
}

// Headers of every answer: pages, errors, redirects, files. The policy allows our own origin only: nobody else can set a cookie or count.
func TestP83_A28_A29_A30_A31_A32_HeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, nobody := s.as(t, storetest.New(t, s.db).Owner), s.nobody(t)
	csp := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
	want := map[string]string{"Content-Security-Policy": csp, "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY", "Server": "", "X-Powered-By": ""}
	for _, path := range append(addresses(s, true), "/", "/nothing-here", "/account/receipts/x", "/../etc/passwd") {
		for _, b := range []*browser{owner, nobody} {
			a := b.get(path, "Origin", "https://evil.example")
			for name, value := range want {
				if name == "Content-Security-Policy" && !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && a.header.Get(name) != "" {
					continue // a file's own policy may be stricter
				}
				if got := a.header.Get(name); got != value {
					t.Errorf("GET %s (%d): %s is %q", path, a.status, name, got)
				}
			}
			for name := range a.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("GET %s: %s", path, name)
				}
			}
			if len(a.header.Get("X-Request-Id")) != 24 || a.status >= 500 {
				t.Errorf("GET %s: %d, request %q", path, a.status, a.header.Get("X-Request-Id"))
			}
		}
	}
}

// Nobody else's script may ask, with or without asking first.
func TestA31_NoOtherOriginIsAllowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	for _, origin := range []string{"https://evil.example", "null", s.base, "http://localhost:1"} {
		for _, r := range handlers.Routes() {
			path := regexp.MustCompile(`:[a-z]+`).ReplaceAllString(r.Path, string(s.db.NewID()))
			a := b.send("OPTIONS", path, nil, "Origin", origin, "Access-Control-Request-Method", r.Method, "Access-Control-Request-Headers", "hx-request")
			if a.status < 400 {
				t.Errorf("OPTIONS %s from %s: %d", path, origin, a.status)
			}
			for name := range a.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("OPTIONS %s from %s: %s", path, origin, name)
				}
			}
		}
	}
}

func TestP82_PagesSetNoCookie(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	for _, path := range addresses(s, true) {
		if got := b.get(path).header.Values("Set-Cookie"); len(got) > 0 {
			t.Errorf("%s sets %q", path, got)
		}
	}
	s.nobody(t).get("/cookies").must(t, 200, "__Host-sid")
}

func TestA36_TheCookieSaysWhichOrganization(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mine, other := storetest.New(t, s.db), storetest.New(t, s.db)
	b := s.as(t, mine.Owner)
	tenant := string(other.Owner.Tenant())
	b.get("/account?tenant="+tenant+"&tenant_id="+tenant, "X-Tenant-ID", tenant, "X-Organization", tenant).must(t, 200, mine.Email, "!"+other.Email)
	a := b.send("GET", "/account", nil, "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https").must(t, 200, mine.Email)
	if strings.Contains(a.body, "evil.example") {
		t.Error("a forwarded host is believed")
	}
}

func TestA40_WhatIsNoIDIsNotFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "Travel policy", "Trains are first class after four hours of travelling.")
	id := string(s.receipt(t, o.Owner, d))
	b := s.as(t, o.Owner)
	b.get("/account/receipts/"+id).must(t, 200)
	for _, bad := range []string{"..", "%2e%2e%2f", strings.ToUpper(id), "{" + id + "}", id + "%00", id + "/", "%20" + id, strings.Repeat("a", 10<<10), "1",
		url.PathEscape(strings.Replace(id, "0", "٠", 1)), "' OR 1=1--", strings.ReplaceAll(id, "-", "")} {
		if a := b.get("/account/receipts/" + strings.ReplaceAll(bad, " ", "%20")); a.status != 404 && (!strings.Contains(bad, "%00") || a.status != 400) {
			t.Errorf("%.60q: %d", bad, a.status)
		}
	}
}

func TestA121_NothingElseIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *handlers.Config) { c.Development = false })
	b := s.as(t, storetest.New(t, s.db).Owner)
	for _, path := range []string{"/.git/config", "/.env", "/env", "/debug/pprof/", "/debug/vars", "/metrics", "/server-status", "/static/", "/static/app.js.map",
		"/policy.txt", "/go.mod", "/.data", "/wp-login.php", "/admin", "/admin/", "/design", "//", "/account/", "/ACCOUNT"} {
		a := b.get(path)
		if a.status != 404 || !strings.Contains(a.body, `data-code="not_found"`) || a.header.Get("Server") != "" {
			t.Errorf("%s: %d %q", path, a.status, a.header.Get("Server"))
		}
	}
}

func TestErrors_CarryACodeAndTheRequestsID(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	for path, code := range map[string]string{"/nothing-here": "not_found", "/account/receipts/x": "not_found"} {
		a := b.get(path).must(t, 404, fmt.Sprintf("data-code=%q", code), "<html", "Home")
		if !strings.Contains(a.body, a.header.Get("X-Request-Id")) {
			t.Error("the page does not say the request's id")
		}
		b.get(path, "HX-Request", "true").must(t, 404, fmt.Sprintf("data-code=%q", code), "!<html", `id="problem"`)
	}
	long := url.Values{"name": {strings.Repeat("x", 2<<20)}}
	b.post("/account/profile", long).must(t, 413, `data-code="too_large"`)
	b.post("/account/profile", url.Values{"name": slices.Repeat([]string{"x"}, 700)}).must(t, 400, `data-code="too_many_fields"`)
}

// A problem leads on: to the same page where waiting helps, else to the page of this site that one came from (A117).
func TestErrors_LeadOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	for from, back := range map[string]string{
		s.base + "/knowledge?x=1&y": `href="/knowledge?x=1&amp;y"`, "": "", "https://evil.example/knowledge": "", s.base + "//evil.example/": "",
		s.base + "/%5cevil.example": "", s.base + "/nothing-here": "", "javascript:alert(1)": "", s.base: `href="/"`,
	} {
		a := b.get("/nothing-here", "Referer", from).must(t, 404)
		if got := strings.Contains(a.body, "Go back"); got != (back != "") || !strings.Contains(a.body, back) || strings.Contains(a.body, "evil") {
			t.Errorf("from %q: back %t, want %q", from, got, back)
		}
	}
	b.post("/account/profile", url.Values{"name": slices.Repeat([]string{"x"}, 700)}, "Referer", s.base+"/account").must(t, 400, "Go back", `href="/account"`)
	db := storetest.Clocked(t, time.Now)
	broken := newSite(t, func(c *handlers.Config) { c.DB = db })
	c := broken.as(t, storetest.New(t, s.db).Owner)
	db.Close()
	c.get("/search?q=a%26b", "Referer", broken.base+"/home").must(t, 500, "Try again", `href="/search?q=a%26b"`, "!Go back")
}
