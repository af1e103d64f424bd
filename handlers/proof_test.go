package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"aimyorg/handlers"
	"aimyorg/store/storetest"
)

// stale is somebody who signed in six minutes ago, with the clock.
func stale(t *testing.T) (*site, *browser, *clock, string) {
	t.Helper()
	c := &clock{}
	db := storetest.Clocked(t, c.now)
	s := newSite(t, named, behindProxy, func(h *handlers.Config) { h.DB = db })
	s.db = db
	email, b := s.member(t)
	c.pass(6 * time.Minute)
	return s, b, c, email
}

func TestA22_DangerousActsWantAFreshProof(t *testing.T) {
	t.Parallel()
	_, b, c, _ := stale(t)
	form := url.Values{"key": {"sk-typed-once"}, "models": {"gpt-4.1\ngpt-4.1-mini"}, "default": {"gpt-4.1-mini"}}
	path := "/admin/ai/providers/openai"
	a := b.post(path, form).must(t, 403, `data-code="proof_needed"`, "Confirm that it is you", `action="`+path+`"`, "gpt-4.1\ngpt-4.1-mini",
		`name="default" value="gpt-4.1-mini"`, "!sk-typed-once", `name="key"`, "Enter it again", `name="proof_password"`, "!proof_code")
	if n := strings.Count(a.body, `type="password"`); n != 2 {
		t.Errorf("%d secrets are asked for", n)
	}
	b.get("/admin/ai").must(t, 200, "!gpt-4.1-mini")
	form.Set("proof_password", "not my password at all")
	b.post(path, form, "X-Forwarded-For", "192.0.2.70").must(t, 422, `data-code="proof_wrong"`,
		`name="default" value="gpt-4.1-mini"`, "!sk-typed-once", "!not my password")
	b.get("/admin/ai").must(t, 200, "!gpt-4.1-mini")
	form.Set("proof_password", goodPassword)
	b.post(path, form, "X-Forwarded-For", "192.0.2.70").must(t, 303) // the same request goes on at once
	b.get("/admin/ai").must(t, 200, "gpt-4.1-mini")
	b.get("/admin/audit").must(t, 200, "Proof refused", "Proof given", "!"+goodPassword)
	// and holds for five minutes
	c.pass(4*time.Minute + 50*time.Second)
	b.post(path+"/key/delete", nil).must(t, 303)
	c.pass(time.Minute)
	b.post(path+"/key/delete", nil).must(t, 403, `data-code="proof_needed"`)

}

func TestA22_EveryFreshRouteAsksAgain(t *testing.T) {
	t.Parallel()
	s, b, _, _ := stale(t)
	paths := strings.NewReplacer(":provider", "openai", ":id", string(s.db.NewID()))
	fresh := 0
	for _, r := range handlers.Routes() {
		if r.Kind != "fresh" {
			continue
		}
		fresh++
		form := url.Values{}
		for _, f := range r.Form {
			form.Set(f, "typed for "+f)
		}
		path := paths.Replace(r.Path)
		if r.Method == http.MethodGet {
			if a := b.get(path).must(t, 303); a.header.Get("Location") != "/account/proof?next="+url.QueryEscape(path) {
				t.Errorf("%s went to %q", path, a.header.Get("Location"))
			}
			continue
		}
		a := b.post(path, form).must(t, 403, `data-code="proof_needed"`, `action="`+path+`"`)
		b.post(path, form, hx...).must(t, 403, `data-code="proof_needed"`, "!<html")
		for _, f := range r.Form {
			secret := f == "key" || strings.Contains(f, "password") || strings.Contains(f, "secret")
			if strings.Contains(a.body, "typed for "+f) == secret || !strings.Contains(a.body, `name="`+f+`"`) {
				t.Errorf("%s: the field %s", r.Path, f)
			}
		}
	}
	if fresh < 10 {
		t.Errorf("only %d fresh routes", fresh)
	}
}

func TestA22_ProofsAreGuessedAsSlowlyAsPasswords(t *testing.T) {
	t.Parallel()
	s, b, _, email := stale(t)
	form := url.Values{"enabled": {"on"}, "proof_password": {"wrong wrong wrong wrong"}}
	for range 10 {
		b.post("/admin/ai/providers/openai/enabled", form, "X-Forwarded-For", "192.0.2.71").must(t, 422)
	}
	a := b.post("/admin/ai/providers/openai/enabled", form, "X-Forwarded-For", "192.0.2.71").must(t, 429, `data-code="too_many"`)
	if a.header.Get("Retry-After") == "" {
		t.Error("no time to wait")
	}
	s.nobody(t).tryIn(email, goodPassword, "192.0.2.72").must(t, 429)
}

func TestA22_TheProofPage(t *testing.T) {
	t.Parallel()
	_, b, c, _ := stale(t)
	b.get("/account/proof?next=%2Faccount%2Fsecurity%2Fpasskeys%2Fnew").must(t, 200, `name="next" value="/account/security/passkeys/new"`)
	b.get("/account/proof?next=https%3A%2F%2Fevil.example").must(t, 200, `!name="next"`)
	b.post("/account/proof", url.Values{"next": {"/account/security/app"}}).must(t, 422)
	a := b.post("/account/proof", url.Values{"next": {"/account/security/passkeys/new"}, "proof_password": {goodPassword}},
		"X-Forwarded-For", "192.0.2.73").must(t, 303)
	if a.header.Get("Location") != "/account/security/passkeys/new" {
		t.Errorf("went to %q", a.header.Get("Location"))
	}
	b.get("/account/security/passkeys/new").must(t, 200, "Make a passkey")
	// by a code, and by a passkey
	p, _ := b.setUp()
	d := newDevice(t, b.site)
	b.post("/account/security/passkeys", d.creates(b.begin("/account/security/passkeys/begin"))).must(t, 303)
	c.pass(6 * time.Minute)
	b.get("/account/proof").must(t, 200, `name="proof_code"`, `data-then="proof"`)
	b.post("/account/security/codes", url.Values{"proof_code": {"12"}}).must(t, 422, "nor a code")
	b.post("/account/security/codes", url.Values{"proof_code": {p.code(0)}}).must(t, 200, "Your recovery codes")
	c.pass(6 * time.Minute)
	b.post("/account/security/codes", nil).must(t, 403)
	b.post("/account/proof/passkey", d.signs(b.begin("/account/proof/passkey/begin"))).must(t, 204)
	b.post("/account/security/codes", nil).must(t, 200)
	d.unlocked = false
	b.post("/account/proof/passkey", d.signs(b.begin("/account/proof/passkey/begin"))).must(t, 422)
}

var hxPost = regexp.MustCompile(`hx-(?:post|put|patch|delete|get)="([^"?#]+)`)

// A form that the script posts would lose what was typed when a proof is asked for: fresh routes have plain ones.
func TestA22_NoScriptPostsToAFreshRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads, behindProxy)
	w := newWhole(t, s)
	var fresh []*regexp.Regexp
	for _, r := range handlers.Routes() {
		if r.Kind == "fresh" {
			fresh = append(fresh, regexp.MustCompile("^"+regexp.MustCompile(`:\w+`).ReplaceAllString(r.Path, "[^/]+")+"$"))
		}
	}
	b, seen := s.as(t, w.Owner), 0
	for _, r := range handlers.Routes() {
		if r.Method != http.MethodGet || r.Kind == "stream" {
			continue
		}
		for _, m := range hxPost.FindAllStringSubmatch(b.get(w.fill(t, r.Path)).body, -1) {
			seen++
			for _, f := range fresh {
				if f.MatchString(m[1]) && strings.Contains(m[0], "post") {
					t.Errorf("%s: %s", r.Path, m[0])
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d", seen)
	}
}
