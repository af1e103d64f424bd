// Package storetest gives tests a store on a real PostgreSQL: one private cluster a test process, migrated once, shared
// by all its tests, each of which makes organizations of its own. Sharing is on purpose: what leaks between
// organizations shows.
package storetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/localpg"
	"aimyorg/store/scoped"
	"aimyorg/store/seal"
)

// Policy is the text of the tests' privacy policy.
const Policy = "The tests' privacy policy."

// Hash stands for a password's hash; no password has it.
const Hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"

// bypass is a role that row-level security does not hold: the other walls must hold alone.
const bypass = "aimyorg_bypass"

// Place is where a test process keeps its cluster, keys and files.
type Place struct {
	Server *localpg.Server
	Dir    string
	Keys   *seal.Keyring
}

var shared = struct {
	once      sync.Once
	err       error
	place     Place
	db        *store.DB
	bypassing *store.DB
}{}

// DB is the shared store, connected as the product is.
func DB(t testing.TB) *store.DB { t.Helper(); open(t); return shared.db }

// Bypassing is the same store connected as a role that bypasses row-level security.
func Bypassing(t testing.TB) *store.DB { t.Helper(); open(t); return shared.bypassing }

// At says where the shared store's things lie, for tests that look at the bytes.
func At(t testing.TB) Place { t.Helper(); open(t); return shared.place }

// Superuser connects past all walls, for tests that look behind or break something on purpose.
func Superuser(t testing.TB) *pgx.Conn {
	t.Helper()
	open(t)
	conn, err := pgx.Connect(t.Context(), shared.place.Server.DSN(localpg.Superuser, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func open(t testing.TB) {
	t.Helper()
	shared.once.Do(func() { shared.err = start() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
}

// folder is what the names of our temporary folders begin with.
const folder = "aimyorg-test-"

// removeOld removes what earlier test processes left: nothing runs at the end of one, so the next one tidies.
func removeOld() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), folder+"*")) // only a bad pattern fails
	for _, dir := range old {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(dir)
		}
	}
}

func start() error {
	ctx := context.Background()
	removeOld()
	dir, err := os.MkdirTemp("", folder)
	if err != nil {
		return err
	}
	shared.place.Dir = dir
	if shared.place.Server, err = localpg.Start(ctx, localpg.Config{Dir: filepath.Join(dir, "pg")}); err != nil {
		return err
	}
	dsn := shared.place.Server.DSN(localpg.Superuser, "postgres")
	if err := store.Migrate(ctx, dsn, Policy); err != nil {
		return err
	}
	if err := addBypass(ctx, dsn); err != nil {
		return err
	}
	if shared.place.Keys, err = seal.Open(ctx, seal.Config{Dir: filepath.Join(dir, "keys"), Now: time.Now}); err != nil {
		return err
	}
	if shared.db, err = shared.place.Open(ctx, ""); err != nil {
		return err
	}
	shared.bypassing, err = shared.place.Open(ctx, bypass)
	return err
}

// Clocked is the shared store as DB is, with a clock of the test's own.
func Clocked(t testing.TB, now func() time.Time) *store.DB {
	t.Helper()
	open(t)
	db, err := shared.place.open(context.Background(), "", now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// Open connects to a place; app, when given, takes the application's role.
func (p Place) Open(ctx context.Context, app string) (*store.DB, error) { return p.open(ctx, app, nil) }

func (p Place) open(ctx context.Context, app string, now func() time.Time) (*store.DB, error) {
	return store.Open(ctx, store.Config{Keys: p.Keys, Files: filepath.Join(p.Dir, "files"), Now: now,
		Pool: func(role string, most int32) (*pgxpool.Config, error) {
			if role == store.RoleApp && app != "" {
				role = app
			}
			return scoped.Config(p.Server.DSN(role, "postgres"), "", most)
		}})
}

func addBypass(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "create role "+bypass+" login bypassrls in role aimyorg_app")
	return err
}

// Organization is a fresh one, with a person of each built-in role.
type Organization struct {
	DB     *store.DB
	Owner  domain.Actor
	People map[domain.Role]domain.Actor
	Token  string // the owner's session
	Email  string // the owner's address
}

// New founds an organization; its owner consented to AI.
func New(t testing.TB, db *store.DB) Organization {
	t.Helper()
	email := strings.ToLower(t.Name())
	email = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, email)
	email = fmt.Sprintf("%.30s-%s@example.com", strings.Trim(email, "-"), db.NewID()[28:])
	f, err := db.SignUp(t.Context(), domain.SignUp{Name: "Olga Owner", Email: email, Organization: "Org " + t.Name(),
		Password: "five small green umbrellas", Terms: true, Business: true, Consents: domain.PolicyRecipients}, Hash, 1, "Test browser", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	o := Organization{DB: db, Owner: f.Actor, Token: f.Token, Email: email, People: map[domain.Role]domain.Actor{domain.Owner: f.Actor}}
	for _, role := range domain.Roles[1:] {
		m := domain.Member{Name: "Test " + role.Name(), Email: string(role) + "-" + email, Role: role, PolicyVersion: 1}
		if o.People[role], err = db.AddMember(t.Context(), f.Actor, m, Hash); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// Do runs fn in a transaction as an actor and fails the test on an error.
func Do(t testing.TB, db *store.DB, a domain.Actor, fn func(*store.Tenant) error) {
	t.Helper()
	if err := db.Tenant(t.Context(), a, fn); err != nil {
		t.Fatal(err)
	}
}

// Collection makes one that everybody in the organization may read.
func (o Organization) Collection(t testing.TB, form domain.CollectionForm) domain.ID {
	t.Helper()
	if form.Name == "" {
		form = domain.CollectionForm{Name: "Handbook", AIAllowed: true, Everyone: true}
	}
	var id domain.ID
	Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		id, err = x.CreateCollection(form)
		return err
	})
	return id
}

// Document adds a document whose text is ready to be searched, without a job.
func (o Organization) Document(t testing.TB, collection domain.ID, title, text string) domain.Document {
	t.Helper()
	f, err := o.DB.ReceiveFile(t.Context(), o.Owner, bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	var id domain.ID
	Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		id, err = x.AddDocument(collection, title, store.NewVersion{File: f, FileName: title + ".txt", MediaType: "text/plain"})
		return err
	})
	blocks := []domain.Block{{Kind: "paragraph", Start: 0, End: len(text), Text: text, Place: "Page 1"}}
	job := store.ReadDocument{Tenant: o.Owner.Tenant(), Version: f.Version}
	if err := o.DB.SaveText(t.Context(), job, store.Text{Text: text, Blocks: blocks, Pages: 1}); err != nil {
		t.Fatal(err)
	}
	var d domain.Document
	Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		d, err = x.Document(id)
		return err
	})
	return d
}

// OpenAI makes OpenAI answer an organization, with one model, for its owner who agrees to it.
func OpenAI(t testing.TB, db *store.DB, owner domain.Actor, model string) {
	t.Helper()
	Do(t, db, owner, func(x *store.Tenant) error {
		form := store.ProviderForm{Provider: domain.OpenAI, Enabled: true, Key: "sk-test", Models: []string{model}, Default: model}
		var scopes []domain.Scope
		for _, c := range domain.CopilotClasses {
			scopes = append(scopes, domain.Scope{Provider: domain.OpenAI, Class: c, Purpose: domain.PurposeCopilot})
		}
		if err := x.SaveProvider(form); err != nil {
			return err
		}
		if err := x.ChooseProvider(domain.OpenAI); err != nil {
			return err
		}
		return x.Consent(true, scopes, 1, "account")
	})
}

// Record opens a receipt as its actor may; its classes and purpose are what is asked.
func Record(t testing.TB, db *store.DB, a domain.Actor, r domain.Receipt) domain.Receipt {
	t.Helper()
	r, err := store.Desk{DB: db}.OpenReceipt(t.Context(), a, AskOf(r), r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// AskOf is what a receipt's request asks.
func AskOf(r domain.Receipt) domain.Ask {
	return domain.Ask{Provider: r.Provider, Model: r.Model, Classes: r.Classes, Purpose: r.Purpose}
}

// SignIn starts a session for an actor and gives its token. It is whole whatever else is asked for, as a passkey's is.
func SignIn(t testing.TB, db *store.DB, a domain.Actor) (string, error) {
	t.Helper()
	in, err := db.SignIn(t.Context(), a, domain.Arrival{Method: domain.ByPasskey, Device: "Test browser", Address: "192.0.2.1"})
	return in.Token, err
}
