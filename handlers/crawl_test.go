package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store/storetest"
)

// The crawler asks for every route that `routes --json` lists, with ids of an organization that has one of everything: as
// another organization, as nobody, and as each role. What may be found is what the table and domain's roles say. A route
// whose path or form names something that the crawler does not know fails it.

// private things are one person's; the rest is shared with everybody in the organization.
var private = []string{"conversations", "messages", "receipts", "sessions", "notifications", "passkeys", "identities"}

// answered want what only a device or a phone can say, or a secret of the person: the crawler's word is refused there.
var answered = []string{"/sign-in", "/sign-in/organization", "/account/password", "/sign-in/passkey", "/account/proof", "/account/proof/passkey", "/account/security/passkeys", "/account/security/app/confirm",
	"/sign-in/sso", "/sign-in/sso/link", "/sign-in/sso/join"}

var parameter = regexp.MustCompile(`(\w+)/(:\w+|\*)`)

// about is what a path's id names: "collections" of /knowledge/collections/:id/edit.
func about(path string) string {
	if m := parameter.FindStringSubmatch(path); m != nil && m[2] == ":id" {
		return m[1]
	}
	return ""
}

// fill puts ids into a route's path.
func (w whole) fill(t testing.TB, path string) string {
	t.Helper()
	return parameter.ReplaceAllStringFunc(path, func(part string) string {
		m := parameter.FindStringSubmatch(part)
		value, ok := map[string]string{":version": "1", ":provider": "openai", ":token": "no-such-token", "*": "x.js"}[m[2]]
		if m[2] == ":id" {
			value, ok = w.ids[m[1]]
		}
		if m[2] == ":token" && w.own[m[1]] != "" {
			value, ok = w.own[m[1]]
		}
		if !ok {
			t.Fatalf("%s: the crawler knows nothing for %s", path, part)
		}
		return m[1] + "/" + value
	})
}

// fields is a route's form, filled in rightly with what the organization has, and with fields that nobody asked for (A35).
func (w whole) fields(t testing.TB, r handlers.Route) url.Values {
	t.Helper()
	right := url.Values{"permissions": {"people.read", "copilot.ask"}, "check": nil, "departments": nil, "deny_everyone": nil, "deny_departments": nil,
		"deny_roles": {"auditor"}, "deny_members": nil, "name": {"Crawler " + string(w.DB.NewID()[24:])}, "title": {"Crawler"}, "text": {"A question?"}, "description": {"Crawled"},
		"email": {"crawler-" + w.ids["sessions"][24:] + "@example.com"}, "password": {goodPassword}, "organization": {"Crawlers"}, "terms": {"on"},
		"business": {"on"}, "ai_consent": {""}, "next": {"/home"}, "theme": {"dark"}, "width": {"400"}, "folded": {"true"}, "provider": {"openai"},
		"class": {"message"}, "consent": {"yes"}, "surface": {"account"}, "ai_allowed": {"on"}, "everyone": {"on"}, "roles": {"member"},
		"members": {string(w.People[domain.Staff].Member())}, "collection": {w.ids["collections"]}, "conversation": {w.ids["conversations"]},
		"document": {w.ids["documents"]}, "page": {"/home"}, "enabled": {"true"}, "key": {"sk-crawler"}, "models": {"gpt-4.1"}, "default": {"gpt-4.1"},
		"parent": {w.ids["above"]}, "to": {w.ids["to"]}, "manager": {"member-" + w.Email},
		"current": {goodPassword}, "token": {"none"}, "switch": {""}, "sure": {"yes"}, "factor": {""}, "sso": {""}, "back": {"/account/sessions"},
		"locale": {"de"}, "time_zone": {"Europe/Berlin"}, "measured": {"on"}, "w": {"1440"}, "h": {"900"}, "dpr": {"2"}, "shown": {"role_changed"},
		"issuer": {w.ids["issuer"]}, "client_id": {"crawler"}, "client_secret": {"crawler"}, "provision": {"on"}, "default_role": {"member"}, "group": {"crawlers"},
		"gives": {"role:manager"}, "domain": {"crawler-" + w.ids["sessions"][24:] + ".example"}, "last": {w.ids["notifications"]},
		"code": {"123456"}, "recovery": {"abcd-efgh-ijkm"}, "credential": {"{}"}, "proof_password": {goodPassword}, "proof_code": {"123456"},
		"role": {"auditor"}, "department": {w.own["department"]}, "csv": {"email\nlisted-" + w.ids["sessions"] + "@example.com"},
	}
	for _, k := range domain.NoticeKinds {
		right["email_"+string(k)] = []string{"digest"}
	}
	form := url.Values{"tenant_id": {string(w.Owner.Tenant())}, "org": {string(w.Owner.Tenant())}, "role": {"owner"}, "owner": {string(w.Owner.Member())}}
	for _, name := range r.Form {
		if _, known := right[name]; !known && name != "files" {
			t.Fatalf("%s %s: the crawler knows nothing for the field %s", r.Method, r.Path, name)
		}
		form[name] = right[name]
	}
	return form
}

// visit asks for a route at a path with what the organization has.
func (b *browser) visit(r handlers.Route, path string, w whole, header ...string) answer {
	b.t.Helper()
	header = append([]string{"X-Forwarded-For", "192.0.2.133"}, header...)
	switch {
	case r.Method == http.MethodGet:
		return b.get(path, header...)
	case r.Kind == "file":
		return b.upload(path, []file{{"crawler.md", "words of the crawler"}}, header...)
	}
	return b.post(path, w.fields(b.t, r), header...)
}

// nowhere is a route's path with an id that never was, or, for a path without ids, one beside it that is no route.
func (w whole) nowhere(t testing.TB, r handlers.Route) string {
	if about(r.Path) == "" {
		return "/" + strings.Split(r.Path, "/")[1] + "/no-such-route/of/any/kind"
	}
	return strings.Replace(w.fill(t, r.Path), w.ids[about(r.Path)], string(w.DB.NewID()), 1)
}

// plain is an answer without what differs by request: the request's id, other ids, and the path that the Copilot's form repeats.
func (a answer) plain(path string) string {
	head := a.header.Clone()
	for _, name := range []string{"X-Request-Id", "Date", "Content-Length"} {
		head.Del(name)
	}
	var b strings.Builder
	_ = head.Write(&b) // a Builder takes everything
	return uuid.ReplaceAllString(b.String(), "ID") + strings.ReplaceAll(a.sameButRequest(), `value="`+path+`"`, `value="PATH"`)
}

// apart is where two texts part.
func apart(got, want string) string {
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	from := max(0, n-60)
	return fmt.Sprintf("%.140q, but %.140q", got[from:], want[from:])
}

// notFound visits a route, as a page and as our script does, and finds what an id that never was finds.
func (b *browser) notFound(r handlers.Route, w whole) {
	b.t.Helper()
	path, none := w.fill(b.t, r.Path), w.nowhere(b.t, r)
	for _, header := range [][]string{nil, hx} {
		theirs, random := b.visit(r, path, w, header...), b.visit(r, none, w, header...)
		if want := map[bool]int{true: 200, false: 404}[r.Kind == "stream"]; theirs.status != want || random.status != want {
			b.t.Errorf("%s %s: %d, and %d where nothing is", r.Method, r.Path, theirs.status, random.status)
		}
		if got, want := theirs.plain(path), random.plain(none); got != want {
			b.t.Errorf("%s %s answers unlike what never was: %s", r.Method, r.Path, apart(got, want))
		}
	}
}

// marks is a fingerprint of everything that an organization has, by table; but for what its own visits move, and for what
// the background does.
func (w whole) marks(t *testing.T) map[string]string {
	t.Helper()
	conn, out := storetest.Superuser(t), map[string]string{}
	rows, err := conn.Query(t.Context(), `select table_schema || '.' || table_name from information_schema.columns where column_name = 'tenant_id'
		and table_schema = 'public' and table_name not in ('sessions', 'audit_batches', 'audit_members', 'usage_events')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 15 {
		t.Fatal(tables, err)
	}
	for _, table := range tables {
		var mark string
		err := conn.QueryRow(t.Context(), "select count(*) || coalesce(md5(string_agg(x::text, ',' order by x::text)), '') from "+table+" x where tenant_id = $1",
			w.Owner.Tenant()).Scan(&mark)
		if err != nil {
			t.Fatal(err)
		}
		out[table] = mark
	}
	return out
}

// same fails the test for every table that changed.
func (w whole) same(t *testing.T, before map[string]string) {
	t.Helper()
	for table, mark := range w.marks(t) {
		if before[table] != mark {
			t.Errorf("%s changed", table)
		}
	}
}

func TestP27_A33_AnotherOrganizationOnEveryRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads, behindProxy)
	w, other := newWhole(t, s), newWhole(t, s)
	before := w.marks(t)
	asked := 0
	for _, r := range handlers.Routes() {
		b := s.as(t, other.Owner) // one of its own: some routes end it
		if about(r.Path) != "" {
			b.notFound(r, w)
			asked++
			continue
		}
		a := b.visit(r, w.fill(t, r.Path), w)
		if a.status >= 500 {
			t.Errorf("%s %s: %d", r.Method, r.Path, a.status)
		}
		w.notIn(t, r, a)
	}
	if asked < 20 {
		t.Errorf("only %d routes with ids", asked)
	}
	w.same(t, before)
}

// notIn finds nothing of the organization in an answer to somebody else. What was sent may come back in a form.
func (w whole) notIn(t testing.TB, r handlers.Route, a answer) {
	t.Helper()
	for _, id := range w.ids {
		if r.Method == http.MethodGet && strings.Contains(a.body, id) {
			t.Errorf("%s %s: holds %s", r.Method, r.Path, id)
		}
	}
	if strings.Contains(a.body, w.Email) {
		t.Errorf("%s %s: holds the owner's address", r.Method, r.Path)
	}
}

func TestP27_A33_NobodyOnEveryRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads, behindProxy)
	w := newWhole(t, s)
	before := w.marks(t)
	for _, r := range handlers.Routes() {
		path := w.fill(t, r.Path)
		a := s.nobody(t).visit(r, path, w)
		if strings.Contains(a.body, planted) || a.status >= 500 {
			t.Errorf("%s %s: %d\n%s", r.Method, r.Path, a.status, a.body)
		}
		w.notIn(t, r, a)
		if about(r.Path) != "" {
			none := w.nowhere(t, r)
			if got, want := a.plain(path), s.nobody(t).visit(r, none, w).plain(none); got != want {
				t.Errorf("%s %s answers unlike what never was: %s", r.Method, r.Path, apart(got, want))
			}
		}
		if r.Permission != string(domain.Public) && (a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/sign-in")) {
			t.Errorf("%s %s needs %s: %d to %q", r.Method, r.Path, r.Permission, a.status, a.header.Get("Location"))
		}
	}
	w.same(t, before)
}

func TestP54_A33_A35_A42_A43_EachRoleOnEveryRoute(t *testing.T) {
	t.Parallel()
	for _, role := range append([]domain.Role{domain.Custom}, domain.Roles...) {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, uploads, behindProxy)
			w := newWhole(t, s)
			may := w.denied(t, role)
			w.allowed(t, role, may)
		})
	}
}

// denied visits what a role may not, which is not there for it, and gives the routes that it may.
func (w whole) denied(t *testing.T, role domain.Role) (may []handlers.Route) {
	t.Helper()
	actor := w.People[role]
	b := w.site.as(t, actor)
	b.consent(t) // what is refused for want of consent says nothing of what there is
	before := w.marks(t)
	for _, r := range handlers.Routes() {
		switch {
		case !actor.May(domain.Permission(r.Permission)),
			role != domain.Owner && slices.Contains(private, about(r.Path)):
			b.notFound(r, w)
		default:
			may = append(may, r)
		}
	}
	w.same(t, before)
	return may
}

// allowed visits what a role may: nothing breaks, and the owner of everything finds everything. What takes things away
// comes last.
func (w whole) allowed(t *testing.T, role domain.Role, may []handlers.Route) {
	t.Helper()
	slices.SortStableFunc(may, func(a, b handlers.Route) int { return ends(a) - ends(b) })
	for _, r := range may {
		path := w.fill(t, r.Path)
		a := w.site.as(t, w.People[role]).visit(r, path, w)
		missing := a.status == 404 && r.Path != "/out" && r.Path != "/static/*" && r.Path != "/ownership/:token" // those want a signature, a hash, whom it is offered to
		if a.status >= 500 || role == domain.Owner && (missing || a.status == 422 && !slices.Contains(answered, r.Path)) || missing && about(r.Path) == "" && r.Form == nil {
			t.Errorf("%s %s as %s: %d\n%s", r.Method, r.Path, role, a.status, a.body)
		}
		if strings.Contains(a.body, "Owner in Crawlers") {
			t.Errorf("%s %s as %s: became somebody else", r.Method, r.Path, role)
		}
		if role == domain.Auditor && strings.Contains(a.body, "sk-test-key") {
			t.Errorf("%s %s: holds a key", r.Method, r.Path)
		}
	}
}

// ends says when a route comes: reading, changing, taking away.
func ends(r handlers.Route) int {
	switch {
	case r.Method == http.MethodGet:
		return 0
	case strings.HasPrefix(r.Path, "/knowledge/collections/") && strings.HasSuffix(r.Path, "/delete"):
		return 3
	case strings.HasSuffix(r.Path, "/delete"), strings.HasSuffix(r.Path, "/versions"): // after which nothing is written here
		return 2
	}
	return 1
}

func TestA40_NoRouteTakesWhatIsNoID(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads, behindProxy)
	w := newWhole(t, s)
	b := s.as(t, w.Owner)
	before := w.marks(t)
	for _, r := range handlers.Routes() {
		id := w.ids[about(r.Path)]
		if id == "" || r.Kind == "stream" {
			continue
		}
		for _, bad := range []string{"..", "%2e%2e%2f", strings.ToUpper(id), "{" + id + "}", id + "%00", "%20" + id, strings.Repeat("a", 10_000), "1",
			url.PathEscape(strings.Replace(id, "0", "٠", 1)), strings.ReplaceAll(id, "-", "")} {
			path := strings.Replace(r.Path, ":id", bad, 1)
			if a := b.visit(r, path, w); a.status != 404 && a.status != 400 && a.status != 405 {
				t.Errorf("%s %.80s: %d", r.Method, path, a.status)
			}
		}
	}
	w.same(t, before)
}

// What could be SQL, a template or a path, in every field of every form and in every key that a page's address takes (A46).
func TestA46_EveryFieldOfEveryRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads, behindProxy)
	w, other := newWhole(t, s), newWhole(t, s)
	before := other.marks(t)
	texts := []string{`' OR 1=1-- $$; drop table members; $$ \`, `?0 ?TableAlias';set_config('app.tenant_id','` + string(other.Owner.Tenant()) + `',false)--`,
		"\x00'); delete from documents;-- %' or name like '%"}
	keys := []string{"q", "before", "after", "sort", "order", "limit", "offset", "verb", "kind", "actor", "provider", "outcome", "version", "passage", "part", "at", "to", "sig", "next", "new", "page", "open", "view", "parent"}
	for _, text := range texts {
		query, form := url.Values{}, url.Values{}
		for _, k := range keys {
			query.Set(k, text)
		}
		here := s.as(t, w.Owner)
		for _, r := range handlers.Routes() {
			b, path := here, w.fill(t, r.Path)
			if strings.HasPrefix(r.Path, "/sign") || about(r.Path) == "sessions" {
				b = s.as(t, w.Owner) // which may end
			}
			var a answer
			switch {
			case r.Method == http.MethodGet:
				a = b.get(path + "?" + query.Encode())
			case strings.HasSuffix(r.Path, "/delete"), strings.HasSuffix(r.Path, "/test"), r.Path == "/admin/audit/verify":
				continue // takes nothing
			case r.Kind == "file":
				a = b.upload(path, []file{{text + ".txt", text}})
			default:
				for _, name := range r.Form {
					form.Set(name, text)
				}
				a = b.post(path, form, "X-Forwarded-For", "192.0.2.46", "HX-Request", "true", "User-Agent", strings.ReplaceAll(text, "\x00", ""))
			}
			if a.status >= 500 {
				t.Errorf("%s %s with %q: %d", r.Method, r.Path, text, a.status)
			}
		}
	}
	other.same(t, before)
	if _, err := s.db.AuditOf(t.Context(), w.Owner.Tenant()); err != nil {
		t.Error(err)
	}
	s.as(t, w.Owner).get("/home").must(t, 200)
}
