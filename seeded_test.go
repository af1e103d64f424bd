package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/jobs/extract/extracttest"
	"aimyorg/seed"
	"aimyorg/store"
	"aimyorg/store/localpg"
)

// tenants is what seed --tenants prints.
type tenants struct {
	Tenants []seed.Tenant `json:"tenants"`
}

// place is a folder that was served and seeded once, for all tests.
type place struct {
	env        environ
	story, two string // what the seeds printed
}

var once struct {
	sync.Mutex
	done bool
	place
}

// seeded serves an empty folder for the first time, and seeds it while it is served, with the story and with two
// organizations for tests from outside.
func seeded(t testing.TB) place {
	t.Helper()
	once.Lock()
	defer once.Unlock()
	if once.done {
		return once.place
	}
	dir, err := os.MkdirTemp("", "aim-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711)) //nolint:gosec // to be passed through, not read
	once.env = environ{"DATA_DIR": dir}
	cache, err := extracttest.Warmed(t.Context())
	must(t, err)
	must(t, os.Symlink(cache, filepath.Join(dir, "cache")))
	began := time.Now()
	s := serveIt(t, once.env)
	s.ready(t, 30*time.Second)
	t.Logf("ready %v after the first start", time.Since(began))
	began = time.Now()
	once.story = succeed(t, once.env, "seed")
	t.Logf("the story took %v", time.Since(began))
	began = time.Now()
	once.two = succeed(t, once.env, "seed", "--tenants=2", "--seed=7")
	t.Logf("two organizations took %v", time.Since(began))
	if code := s.end(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, s.errOut.String())
	}
	once.done = true
	return once.place
}

// opened opens the rooms of the seeded folder.
func opened(t testing.TB) *rooms {
	t.Helper()
	c, err := readConfig(seeded(t).env.get)
	must(t, err)
	p := &program{env: seeded(t).env.get, out: &output{}, errOut: &output{}, config: c}
	r, err := p.open(t.Context())
	must(t, err)
	t.Cleanup(r.close)
	return r
}

func superuser(t testing.TB, r *rooms) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.pg.dsn(localpg.Superuser))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func change(t testing.TB, c *pgx.Conn, query string) {
	t.Helper()
	tag, err := c.Exec(t.Context(), query)
	if must(t, err); tag.RowsAffected() == 0 && (tag.Update() || tag.Insert()) {
		t.Fatalf("nothing changed: %s", query)
	}
}

func TestSeed_tenants(t *testing.T) {
	first := decode[tenants](t, seeded(t).two).Tenants
	r := opened(t)
	if len(first) != 2 {
		t.Fatalf("%d organizations", len(first))
	}
	seen := map[string]bool{}
	for _, o := range first {
		if o.ID == "" || len(o.Logins) != 5 || len(o.Members) != 5 || len(o.Collections) != 3 || len(o.Documents) != 50 ||
			len(o.Conversations) != 2 || len(o.Messages) != 4 || len(o.Canaries) < 20 {
			t.Errorf("%+v", o)
		}
		words := []string{}
		for _, w := range o.Canaries {
			words = append(words, w)
		}
		for _, d := range o.Documents {
			words = append(words, d.Canary, d.Title[strings.LastIndexByte(d.Title, ' ')+1:], d.FileName)
		}
		for _, w := range words {
			if seen[w] || len(w) < 8 {
				t.Errorf("the word %q is planted twice, or short", w)
			}
			seen[w] = true
		}
		for _, l := range o.Logins {
			accounts, err := r.db.Accounts(t.Context(), l.Email)
			must(t, err)
			if len(accounts) != 1 || accounts[0].Hash != handlers.HashPassword(r.db, l.Email, l.Password) {
				t.Errorf("%s can't sign in: %+v", l.Email, accounts)
			}
		}
	}
	again := decode[tenants](t, succeed(t, seeded(t).env, "seed", "--tenants=1", "--seed=7")).Tenants[0]
	if again.Name != first[0].Name || len(again.Canaries) != len(first[0].Canaries) || again.ID == first[0].ID {
		t.Errorf("%s %s, then %s %s", first[0].ID, first[0].Name, again.ID, again.Name)
	}
	for field, word := range first[0].Canaries {
		if again.Canaries[field] != word {
			t.Errorf("%s is %q, then %q", field, word, again.Canaries[field])
		}
	}
	for i, d := range first[0].Documents {
		if a := again.Documents[i]; a.Canary != d.Canary || a.Title != d.Title || a.FileName != d.FileName {
			t.Errorf("%+v, then %+v", d, a)
		}
	}
}

func TestSeed_more_people(t *testing.T) {
	o := decode[tenants](t, succeed(t, seeded(t).env, "seed", "--tenants=1", "--people=8", "--seed=8")).Tenants[0]
	roles := map[domain.Role]int{}
	for _, l := range o.Logins {
		roles[l.Role]++
		member(t, opened(t), l.Email)
	}
	if len(o.Logins) != 8 || len(o.Members) != 8 || roles[domain.Owner] != 1 || roles[domain.Staff] != 3 || roles[domain.Manager] != 2 {
		t.Errorf("%v", o.Logins)
	}
}

// member finds the account of an address.
func member(t testing.TB, r *rooms, email string) domain.Actor {
	t.Helper()
	accounts, err := r.db.Accounts(t.Context(), email)
	must(t, err)
	if len(accounts) != 1 {
		t.Fatalf("%s has %d accounts", email, len(accounts))
	}
	in, err := r.db.SignIn(t.Context(), accounts[0].Actor, domain.Arrival{Method: domain.ByPassword, Device: "Test browser", Address: "192.0.2.1"})
	must(t, err)
	who, err := r.db.Session(t.Context(), in.Token)
	must(t, err)
	return who.Actor
}

func TestSeed_story(t *testing.T) {
	place := seeded(t)
	if again := succeed(t, place.env, "seed"); again != place.story { // nothing twice
		t.Errorf("told again: %s, first: %s", again, place.story)
	}
	for _, name := range []string{"Northwind Tools", "Fresh Start Bakery", "Pike Brothers", "mara@northwind.example", seed.Password} {
		if !strings.Contains(place.story, name) {
			t.Errorf("%q is not in %s", name, place.story)
		}
	}
	r := opened(t)
	everyDocumentIsReady(t, r, "mara@northwind.example", 9)
	everyDocumentIsReady(t, r, "noor@freshstart.example", 0)
	everyDocumentIsReady(t, r, "edgar@pike.example", 1)
	for email, words := range map[string][]string{"mara@northwind.example": {"190"}, "tomasz@northwind.example": {"Finance"},
		"ines@northwind.example": {"31 March"}, "jonas@northwind.example": {"3 March 2027", "Halden"}} {
		answered(t, r, email, words)
	}
}

func everyDocumentIsReady(t *testing.T, r *rooms, email string, want int) {
	t.Helper()
	must(t, r.db.Read(t.Context(), member(t, r, email), func(x *store.Tenant) error {
		all, err := x.Documents("", store.Page{Limit: 100})
		for _, d := range all {
			if d.Version.State != domain.DocumentReady || d.Version.Passages == 0 {
				t.Errorf("%s is %s %s", d.Title, d.Version.State, d.Version.Reason)
			}
		}
		if len(all) != want {
			t.Errorf("%s sees %d documents, want %d", email, len(all), want)
		}
		return err
	}))
}

func answered(t *testing.T, r *rooms, email string, words []string) {
	t.Helper()
	must(t, r.db.Read(t.Context(), member(t, r, email), func(x *store.Tenant) error {
		all, err := x.Conversations("", 0, 10)
		if err != nil || len(all) != 1 {
			t.Errorf("%s has %d conversations", email, len(all))
			return err
		}
		messages, err := x.Messages(all[0].ID, "", 10)
		if err != nil || len(messages) != 2 {
			t.Errorf("%s has %d messages", email, len(messages))
			return err
		}
		a := messages[slices.IndexFunc(messages, func(m domain.Message) bool { return m.Answer })]
		if a.State != domain.MessageDone || !a.Quoting || len(a.Citations) == 0 {
			t.Errorf("%s: %+v", email, a)
		}
		for _, w := range words {
			if !strings.Contains(a.Text, w) {
				t.Errorf("%s: the answer does not say %q:\n%s", email, w, a.Text)
			}
		}
		return nil
	}))
}

func TestSeed_the_leaving_organization_is_read_only(t *testing.T) {
	r := opened(t)
	edgar := member(t, r, "edgar@pike.example")
	err := r.db.Tenant(t.Context(), edgar, func(x *store.Tenant) error {
		_, err := x.CreateCollection(domain.CollectionForm{Name: "More", Everyone: true})
		return err
	})
	if !errors.Is(err, domain.Refused{Code: "organization_leaving"}) {
		t.Errorf("a change gives %v", err)
	}
	everyDocumentIsReady(t, r, "edgar@pike.example", 1)
}

// P51: what was changed behind the product's back is found, and named.
func TestP51_verify(t *testing.T) {
	env, r := seeded(t).env, opened(t)
	verdicts := decode[[]store.Verdict](t, succeed(t, env, "audit", "verify"))
	if len(verdicts) < 5 || verdicts[0].Entries+verdicts[0].Open == 0 {
		t.Errorf("%+v", verdicts)
	}
	if sums := decode[[]store.LedgerSum](t, succeed(t, env, "ledger", "verify")); len(sums) != len(verdicts) {
		t.Errorf("%+v", sums)
	}
	if findings := decode[[]store.Finding](t, succeed(t, env, "db", "audit")); len(findings) != 0 {
		t.Errorf("%+v", findings)
	}
	super := superuser(t, r)
	entry := `(select (min(e.id::text))::uuid from audit_entries e join audit_members m on m.entry_id = e.id)`
	for _, c := range []struct{ command, spoil, mend, names string }{
		{"audit verify", "update audit_entries set verb = verb || 'x' where id = " + entry, "update audit_entries set verb = left(verb, -1) where id = " + entry, "first_bad"},
		{"ledger verify", `insert into receipts (tenant_id, id, member_id, purpose, provider, host, model, classes, flags, consents, policy_version, bytes_out, body_mac, outcome, started_at)
			select tenant_id, gen_random_uuid(), id, 'test', 'openai', 'api.openai.com', 'm', '{}', '{}', '{}', 1, 1, '00', 'ok', now() from members limit 1`, "delete from receipts", "first_bad"},
		{"db audit", "alter table members no force row level security", "alter table members force row level security", "members"},
	} {
		change(t, super, c.spoil)
		code, out, errOut := runCommand(t, env, strings.Fields(c.command)...)
		if code != 1 || !strings.Contains(out, c.names) || !strings.Contains(errOut, "see above") {
			t.Errorf("%s: exit code %d, %s %s", c.command, code, out, errOut)
		}
		change(t, super, c.mend)
		succeed(t, env, strings.Fields(c.command)...)
	}
	if out := succeed(t, env, "migrate"); !strings.Contains(out, "newest") {
		t.Error(out)
	}
	if _, err := os.Stat(filepath.Join(env["DATA_DIR"], "keys")); err != nil {
		t.Error(err)
	}
}
