//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// seeded is what `aimyorg seed --tenants` prints of an organization.
type seeded struct {
	ID            string            `json:"id"`
	Logins        []login           `json:"logins"`
	Collections   map[string]string `json:"collections"`
	Documents     []planted         `json:"documents"`
	Conversations []string          `json:"conversations"`
	Messages      []string          `json:"messages"`
	Canaries      map[string]string `json:"canaries"`

	receipt string // of the owner's question
}

type login struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

type planted struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Canary string `json:"canary"`
}

// route is a line of `aimyorg routes --json`.
type route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Kind   string `json:"kind"`
}

func TestP27_AnotherOrganizationFindsNothing(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, aiSettings(base)...)
	out, code := p.run(t, "seed", "--tenants=2", "--seed=7")
	if code != 0 {
		t.Fatalf("seed: exit code %d\n%s", code, out)
	}
	if n := len(provider.Requests()); n != 0 {
		t.Errorf("seeding sent %d requests to the provider", n)
	}
	var made struct {
		Tenants []seeded `json:"tenants"`
	}
	parse(t, out, &made)
	if len(made.Tenants) != 2 {
		t.Fatalf("%d organizations", len(made.Tenants))
	}
	var routes []route
	out, _ = p.run(t, "routes", "--json")
	parse(t, out, &routes)
	a, b := made.Tenants[0], made.Tenants[1]
	for _, l := range append(a.Logins, b.Logins...) {
		signedIn(t, p, l)
	}
	owner, stranger := signedIn(t, p, a.Logins[0]), signedIn(t, p, b.Logins[0])
	owner.post("/copilot/messages", url.Values{"text": {"What does the report say?"}})
	if m := receiptLink.FindStringSubmatch(owner.get("/account/receipts").body); m != nil {
		a.receipt = m[1]
	} else {
		t.Error("the owner has no receipt")
	}
	owner.visitAll(routes, a)
	stranger.meetsNothing(routes, a)
	for _, command := range [][]string{{"audit", "verify"}, {"db", "audit"}, {"ledger", "verify"}} {
		if out, code := p.run(t, command...); code != 0 {
			t.Errorf("%v: exit code %d\n%s", command, code, out)
		}
	}
}

func signedIn(t *testing.T, p *product, l login) *guest {
	t.Helper()
	g := nobody(t, p)
	if a := g.post("/sign-in", url.Values{"email": {l.Email}, "password": {l.Password}}); a.status != http.StatusSeeOther || g.cookie == "" {
		t.Fatalf("%s can't sign in: %d\n%s", l.Email, a.status, a.body)
	}
	return g
}

var receiptLink = regexp.MustCompile(`href="/account/receipts/([0-9a-f-]{36})"`)

// filled is a route's path with an organization's ids in it.
func (g *guest) filled(path string, of seeded) string {
	g.t.Helper()
	id := "01890000-0000-7000-8000-000000000000"
	switch {
	case strings.HasPrefix(path, "/knowledge/collections/:"), strings.HasPrefix(path, "/admin/ai/collections/:"):
		id = of.Collections["everyone"]
	case strings.HasPrefix(path, "/knowledge/documents/:"):
		id = of.Documents[0].ID
	case strings.HasPrefix(path, "/copilot/conversations/:"):
		id = of.Conversations[0]
	case strings.HasPrefix(path, "/copilot/messages/:"):
		id = of.Messages[1]
	case strings.HasPrefix(path, "/account/receipts/:"), strings.HasPrefix(path, "/admin/egress/:"):
		id = of.receipt
	}
	return strings.NewReplacer(":id", id, ":provider", "openai", "*", "x").Replace(path)
}

// visitAll asks for every page as the owner: none breaks.
func (g *guest) visitAll(routes []route, of seeded) {
	g.t.Helper()
	for _, r := range routes {
		if r.Method != http.MethodGet || r.Path == "/knowledge/documents/:id/edit" { // only of pages that were written here
			continue
		}
		path := g.filled(r.Path, of)
		if a := g.get(path); a.status >= 500 || contains(r.Path, ":id") && a.status != 200 && a.status != 303 {
			g.t.Errorf("GET %s as the owner: %d\n%s", path, a.status, tail(a.body, 600))
		}
	}
	if a := g.get("/not/a/route"); a.status != 404 {
		g.t.Errorf("a path that is no route: %d", a.status)
	}
}

var requestID = regexp.MustCompile(`[0-9a-f]{24}`)

// meetsNothing asks for what is another organization's: each answer is the one for an id that never was.
func (g *guest) meetsNothing(routes []route, of seeded) {
	g.t.Helper()
	tried := 0
	for _, r := range routes {
		if !contains(r.Path, ":id") {
			continue
		}
		path := g.filled(r.Path, of)
		id := uuid.FindString(path)
		const never = "01890000-0000-7abc-8000-0123456789ab"
		theirs, none := g.plain(r, path, id), g.plain(r, strings.Replace(path, id, never, 1), never)
		if theirs != none || r.Kind != "stream" && !strings.HasPrefix(theirs, "404") {
			g.t.Errorf("%s %s of another organization:\n%s\nof nobody:\n%s", r.Method, r.Path, theirs, none)
		}
		tried++
	}
	if tried < 20 {
		g.t.Errorf("only %d routes were tried", tried)
	}
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// plain is an answer without what differs by request.
func (g *guest) plain(r route, path, id string) string {
	g.t.Helper()
	var a answer
	switch {
	case r.Method == http.MethodGet:
		a = g.get(path)
	case r.Kind == "file":
		a = g.send(http.MethodPost, path, strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\nwords\r\n--x--\r\n"),
			"Content-Type", "multipart/form-data; boundary=x", "Sec-Fetch-Site", "same-origin")
	default:
		a = g.post(path, url.Values{"name": {"n"}, "title": {"t"}, "text": {"t"}, "everyone": {"true"}, "enabled": {"true"}})
	}
	return fmt.Sprint(a.status, " ", requestID.ReplaceAllString(strings.ReplaceAll(a.body, id, "ID"), "REQUEST"))
}
