package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store/storetest"
)

// both is a person with accounts in two organizations, under one address and password; in says which organization an
// account is in.
func both(t *testing.T, s *site) (email string) {
	t.Helper()
	form := newcomer(s)
	form.Set("organization", "Northwind "+string(s.db.NewID())[28:])
	s.join(t, form)
	form.Set("organization", "Southgate "+string(s.db.NewID())[28:])
	s.join(t, form)
	return form.Get("email")
}

var choice = regexp.MustCompile(`(?s)name="organization" value="([^"]+)"[^>]*>.*?<span>([^<]*)</span>`)

// choices are the organizations that a page offers, by name.
func choices(t *testing.T, page string) (token string, tags map[string]string) {
	t.Helper()
	tags = map[string]string{}
	for _, m := range choice.FindAllStringSubmatch(page, -1) {
		name, _, _ := strings.Cut(m[2], " ")
		tags[name] = m[1]
	}
	return between(t, page, `name="token" value="`, `"`), tags
}

func TestSwitch_ThePersonChoosesBetweenTheirOrganizations(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email := both(t, s)
	b := s.nobody(t)
	a := b.post("/sign-in", url.Values{"email": {email}, "password": {goodPassword}, "next": {"/account"}}, "X-Forwarded-For", "192.0.2.31").
		must(t, 200, "Choose an organization", "Northwind", "Southgate")
	if b.cookie != "" {
		t.Fatal("signed in before choosing")
	}
	token, tags := choices(t, a.body)
	if len(tags) != 2 || strings.Contains(a.body, string(accountsOf(t, s, email)[0].Actor.Tenant())) {
		t.Fatalf("%v, or an id is shown", tags)
	}
	choose := url.Values{"token": {token}, "organization": {tags["Southgate"]}}
	if got := b.post("/sign-in/organization", choose).must(t, 303).header.Get("Location"); got != "/account" {
		t.Errorf("went to %q", got)
	}
	b.get("/home").must(t, 200, "Southgate", "!Northwind")
	late := s.nobody(t)
	late.post("/sign-in/organization", choose).must(t, 422, "choice_over") // once only
	if late.cookie != "" {
		t.Error("a token counts twice")
	}
	// an organization that was not offered, and one that has none of their accounts
	a = s.nobody(t).tryIn(email, goodPassword, "192.0.2.31").must(t, 200)
	token, _ = choices(t, a.body)
	other := s.db.OrganizationTag(storetest.New(t, s.db).Owner.Tenant())
	s.nobody(t).post("/sign-in/organization", url.Values{"token": {token}, "organization": {other}}).must(t, 422, "choice_over")
	// a wrong password says nothing of any
	s.nobody(t).tryIn(email, "wrong wrong wrong wrong", "192.0.2.31").must(t, 422, "!Northwind", "!Choose")
}

func TestSwitch_OneStaysSignedInUntilTheOtherIsEntered(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	email := both(t, s)
	b := s.as(t, accountsOf(t, s, email)[0].Actor)
	b.get("/sign-in").must(t, 303)
	b.get("/home").must(t, 200, `href="/sign-in?switch=1"`)
	b.get("/sign-in?switch=1").must(t, 200, "You stay signed in to Northwind", email)
	b.post("/sign-in", url.Values{"email": {email}, "password": {"wrong wrong wrong wrong"}, "switch": {"1"}}, "X-Forwarded-For", "192.0.2.32").must(t, 422, "sign_in_failed")
	b.get("/home").must(t, 200, "Northwind")
	before := b.cookie
	token, tags := choices(t, b.tryIn(email, goodPassword, "192.0.2.32").must(t, 200).body)
	b.get("/home").must(t, 200, "Northwind")
	b.post("/sign-in/organization", url.Values{"token": {token}, "organization": {tags["Southgate"]}}).must(t, 303)
	b.get("/home").must(t, 200, "Southgate")
	b.cookie = before
	b.get("/home").must(t, 303) // and the session before has ended
}

func TestA37_AFormOfAnotherOrganizationWritesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy, uploads)
	email := both(t, s)
	all := accountsOf(t, s, email)
	north, south := all[0].Actor, all[1].Actor
	stale := between(t, s.as(t, north).get("/account").body, `name="made_for" value="`, `"`)
	b := s.as(t, south)
	o := storetest.Organization{DB: s.db, Owner: domain.NewActor(south.Tenant(), south.Member(), domain.Owner)}
	collection := string(o.Collection(t, domain.CollectionForm{Name: "Shelf", Everyone: true}))
	before := whole{Organization: o}.marks(t)
	for path, form := range map[string]url.Values{
		"/account/profile":       {"name": {"Mallory"}},
		"/account/theme":         {"theme": {"dark"}},
		"/knowledge/collections": {"name": {"Wrong shelf"}, "everyone": {"on"}},
		"/knowledge/collections/" + collection + "/delete": {},
		"/copilot/messages":            {"text": {"What of the other organization?"}},
		"/account/sessions/end-others": {},
	} {
		form.Set("made_for", stale)
		b.post(path, form).must(t, 409, `data-code="other_organization"`, "You are in Southgate", "/sign-in?switch=1", "<html", "Nothing was changed.")
		b.post(path, form, hx...).must(t, 409, `data-code="other_organization"`, "You are in Southgate", "!<html")
	}
	body := "--b\r\nContent-Disposition: form-data; name=\"made_for\"\r\n\r\n" + stale +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.md\"\r\n\r\nwords\r\n--b--\r\n"
	b.send("POST", "/knowledge/collections/"+collection+"/documents", strings.NewReader(body), "Content-Type", "multipart/form-data; boundary=b",
		"Sec-Fetch-Site", "same-origin").must(t, 409, "You are in Southgate")
	whole{Organization: o, site: s}.same(t, before)
	// its own forms, and those that do not say, are followed; so is signing out
	own := between(t, b.get("/account").body, `name="made_for" value="`, `"`)
	if own == stale {
		t.Fatal("two organizations' forms say the same")
	}
	b.post("/account/profile", url.Values{"name": {"Nora"}, "made_for": {own}}).must(t, 303)
	b.post("/account/profile", url.Values{"name": {"Nora N."}}).must(t, 303)
	b.post("/sign-out", url.Values{"made_for": {stale}}).must(t, 303)
}

// Every form of every page says which organization it was made for.
func TestA37_EveryFormSaysWhichOrganizationItWasMadeFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads, behindProxy)
	w := newWhole(t, s)
	b := s.as(t, w.Owner)
	tag, seen := s.db.OrganizationTag(w.Owner.Tenant()), 0
	for _, r := range handlers.Routes() {
		if r.Method != http.MethodGet || r.Kind == "stream" {
			continue
		}
		path := w.fill(t, r.Path)
		root, err := html.Parse(strings.NewReader(b.get(path).body))
		if err != nil {
			continue // no page
		}
		for n := range root.Descendants() {
			if n.Data != "form" || strings.ToLower(attribute(n, "method")) != "post" {
				continue
			}
			seen++
			said := ""
			for x := range n.Descendants() {
				if x.Data == "input" && attribute(x, "name") == "made_for" {
					said = attribute(x, "value")
				}
			}
			if said != tag {
				t.Errorf("%s: the form of %s says %q", path, attribute(n, "action"), said)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d forms", seen)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
