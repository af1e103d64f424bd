package handlers_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/static"
	"aimyorg/store/storetest"
	"aimyorg/views/policy"
)

// policyShown is storetest.Policy as a page holds it.
const policyShown = "The tests&#39; privacy policy."

func TestP1_ThePolicyIsThereForEverybodyWithVersionAndDate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all, err := s.db.Policies(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	sum := sha256.Sum256([]byte(storetest.Policy))
	if all[0].TextHash != hex.EncodeToString(sum[:]) {
		t.Errorf("the recorded digest %q is not the text's", all[0].TextHash)
	}
	date := all[0].EffectiveAt.UTC().Format("2 January 2006")
	for _, path := range []string{"/privacy", "/privacy/1"} {
		s.nobody(t).get(path).must(t, 200, policyShown, "Version 1", date, all[0].TextHash)
	}
	for _, path := range []string{"/privacy/2", "/privacy/0", "/privacy/01", "/privacy/x", "/privacy/1/"} {
		s.nobody(t).get(path).must(t, 404)
	}
	s.nobody(t).get("/sign-up").must(t, 200, `href="/privacy"`, "version 1")
	s.as(t, storetest.New(t, s.db).Owner).get("/privacy").must(t, 200, policyShown)
	changed := newSite(t, func(c *handlers.Config) { c.Policy = "Another text, never published." })
	changed.nobody(t).get("/privacy").must(t, 404, "!Another text")
	changed.nobody(t).get("/readyz").must(t, 503, `"policy"`)
}

func TestP84_PublicPagesNeedNoCookieAndSetNone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/", "/privacy", "/cookies", "/support", "/sign-up", "/sign-in", "/healthz", "/readyz", "/robots.txt", "/nothing-here"} {
		a := s.nobody(t).get(path)
		if a.status >= 500 || len(a.header.Values("Set-Cookie")) > 0 || a.status == 303 {
			t.Errorf("%s: %d, %q", path, a.status, a.header.Values("Set-Cookie"))
		}
	}
	b := s.as(t, storetest.New(t, s.db).Owner)
	b.cookie = "" // cleared in the browser
	next := b.get("/account").must(t, 303).header.Get("Location")
	b.get(next).must(t, 200, "Sign in")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.nobody(t).get("/healthz").must(t, 200, "ok")
	a := s.nobody(t).get("/readyz").must(t, 200)
	var got struct {
		Ready   bool
		Reasons []string
	}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || !got.Ready || len(got.Reasons) > 0 {
		t.Errorf("%s: %v", a.body, err)
	}
	db := storetest.Clocked(t, time.Now)
	broken := newSite(t, func(c *handlers.Config) { c.DB = db })
	db.Close()
	broken.nobody(t).get("/readyz").must(t, 503, `"ready":false`, `"database"`, "!pgxpool", "!closed")
	broken.nobody(t).get("/healthz").must(t, 200)
	broken.nobody(t).get("/privacy").must(t, 500, `data-code="internal"`)
}

func TestAssets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.nobody(t)
	b.client.Transport = nil
	plain := b.get(static.URL("app.css"), "Accept-Encoding", "identity").must(t, 200)
	if got := plain.header.Get("Cache-Control"); !strings.Contains(got, "immutable") || !strings.Contains(got, "max-age=31536000") {
		t.Errorf("Cache-Control %q", got)
	}
	packed := b.get(static.URL("app.css"), "Accept-Encoding", "gzip;q=0.5").must(t, 200)
	if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Vary") != "Accept-Encoding" || !strings.HasPrefix(packed.header.Get("Content-Type"), "text/css") {
		t.Errorf("%v", packed.header)
	}
	z, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(whole, []byte(plain.body)) {
		t.Error("the packed stylesheet is not the plain one", err)
	}
	for _, path := range []string{"/static/", "/static/app.css", "/static/../go.mod", "/static/%2e%2e/go.mod", "/static/manifest.json", "/static/missing/app.css"} {
		b.get(path).must(t, 404)
	}
}

func TestPages_AskOnlyForWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	for _, path := range []string{"/home", "/account", "/admin/audit", "/privacy", "/sign-up"} {
		body := b.get(path).body
		for _, attribute := range []string{`href="`, `src="`} {
			for _, piece := range strings.Split(body, attribute)[1:] {
				to, _, _ := strings.Cut(piece, `"`)
				to, _, _ = strings.Cut(to, "#")
				if strings.HasPrefix(to, "/static/") && b.get(to).status != 200 {
					t.Errorf("%s asks for %s", path, to)
				}
			}
		}
	}
}

func TestA83_A84_LinksLeaveThroughAPageThatShowsTheAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.nobody(t)
	to := "https://elsewhere.example/path?q=secret&x=<script>"
	signed := handlers.LinkFor(s.db, to)
	b.get(signed).must(t, 200, "https://elsewhere.example/path?q=secret&amp;x=&lt;script&gt;", "elsewhere.example", "!<meta http-equiv")
	b.get(strings.Replace(signed, "elsewhere", "evil", 1)).must(t, 404)
	b.get("/out?to="+url.QueryEscape(to)).must(t, 404)
	b.get("/out?to="+url.QueryEscape(to)+"&sig=AAAA").must(t, 404)
	for _, bad := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example", "/home", "ftp://evil.example/"} {
		b.get(handlers.LinkFor(s.db, bad)).must(t, 404)
	}
}

func TestDesign_InDevelopmentOnly(t *testing.T) {
	t.Parallel()
	newSite(t).nobody(t).get("/design").must(t, 200)
	s := newSite(t, func(c *handlers.Config) { c.Development = false })
	s.nobody(t).get("/design").must(t, 404)
	for _, r := range handlers.Routes() {
		if r.Path == "/design" {
			t.Error("a route of production")
		}
	}
}

func TestPolicyRecipients_AreAskedAbout(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *handlers.Config) { c.Providers = []domain.Provider{domain.OpenAI, domain.Compatible} })
	b := s.as(t, storetest.New(t, s.db).Owner)
	b.get("/account/data").must(t, 200, "OpenAI", "Your own AI server", "!consent-openrouter")
	b.post("/account/consents", consentForm(domain.OpenRouter, "yes", domain.ClassMessage)).must(t, 422)
	b.post("/account/consents", consentForm(domain.Compatible, "yes", domain.ClassMessage)).must(t, 303)
}

func TestP1_TheWholePolicyIsShown(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../policy.txt")
	if err != nil {
		t.Fatal(err)
	}
	intro, sections := handlers.PolicySections(string(raw))
	if len(intro) != 1 || len(sections) != 11 {
		t.Fatalf("%d paragraphs before %d sections", len(intro), len(sections))
	}
	lines := len(intro)
	var count func(policy.Section)
	count = func(s policy.Section) {
		lines++
		for _, b := range s.Blocks {
			lines += len(b.Items)
			if b.Text != "" {
				lines++
			}
		}
		for _, part := range s.Parts {
			count(part)
		}
	}
	for _, s := range sections {
		count(s)
	}
	if want := len(strings.FieldsFunc(string(raw), func(r rune) bool { return r == '\n' })); lines != want {
		t.Errorf("%d lines of %d are shown", lines, want)
	}
	ai := sections[3]
	if ai.Title != "4. AI Data Processing and Third-Party Data Sharing" || len(ai.Parts) != 4 || len(ai.Parts[0].Blocks[0].Items) != 4 {
		t.Errorf("section 4 is read as %+v", ai)
	}
}
