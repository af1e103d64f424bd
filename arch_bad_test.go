package main_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// badTree is a small tree that breaks one check, and a part of what the check must say about it.
type badTree struct {
	check string
	path  string
	code  string
	says  string // empty: the tree is good, and nothing may be said
}

var badTrees = []badTree{
	{"imports", "store/a.go", `package store; import _ "aimyorg/views/ui"`, "store may not import aimyorg/views/ui"},
	{"imports", "handlers/a.go", `package handlers; import _ "aimyorg/jobs"`, "may not import aimyorg/jobs"},
	{"imports", "jobs/a.go", `package jobs; import _ "aimyorg/handlers"`, "may not import aimyorg/handlers"},
	{"imports", "views/ui/a.go", `package ui; import _ "aimyorg/store"`, "may not import aimyorg/store"},
	{"imports", "domain/a.go", `package domain; import _ "github.com/google/uuid"`, "may not import github.com/google/uuid"},
	{"imports", "store/other/a.go", `package other`, "has no row"},
	{"imports", "store/a_test.go", `package store_test; import _ "aimyorg/handlers"`, "may not import aimyorg/handlers"},
	{"imports", "store/a_test.go", `package store_test; import _ "aimyorg/store/storetest"`, ""},
	{"imports", "store/a.go", `package store; import (_ "context"; _ "aimyorg/domain"; _ "github.com/jackc/pgx/v5/pgxpool")`, ""},
	{"imports", "views/copilot/a.go", `package copilot; import _ "aimyorg/views/ui"`, ""},

	{"helpers", "jobs/a.go", `package jobs; import _ "aimyorg/jobs/extract/extracttest"`, "is for tests"},
	{"helpers", "main.go", `package main; import _ "aimyorg/store/storetest"`, "is for tests"},
	{"helpers", "jobs/a_test.go", `package jobs_test; import _ "aimyorg/store/storetest"`, ""},
	{"helpers", "seed/a.go", `package seed; import _ "aimyorg/jobs/extract/extracttest"`, ""},

	{"reserved modules", "main.go", `package main; import _ "github.com/tmc/langchaingo/llms"`, "only llm may import"},
	{"reserved modules", "e2e/a_test.go", `package e2e_test; import _ "github.com/tmc/langchaingo/llms"`, "only llm may import"},
	{"reserved modules", "main.go", `package main; import _ "github.com/wneessen/go-mail"`, "only jobs/mail may import"},
	{"reserved modules", "llm/a.go", `package llm; import _ "github.com/tmc/langchaingo/llms"`, ""},

	{"folders", "utils/a.go", `package utils`, "utils: a new folder"},
	{"folders", "jobs/a.go", `package jobs`, ""},

	{"default client", "llm/a.go", `package llm; import "net/http"; var c = http.DefaultClient`, "http.DefaultClient"},
	{"default client", "llm/a.go", `package llm; import h "net/http"; func f() { h.Get("") }`, "http.Get"},
	{"default client", "llm/a_test.go", `package llm_test; import "net/http"; func f() { http.Get("") }`, ""},

	{"P26 dialing", "jobs/a.go", `package jobs; import "net/http"; func f() { _ = &http.Client{} }`, "P26"},
	{"P26 dialing", "jobs/a.go", `package jobs; import "net/http"; var c http.Client`, "P26"},
	{"P26 dialing", "jobs/a.go", `package jobs; import "net/http"; func f() { _ = new(http.Transport) }`, "P26"},
	{"P26 dialing", "store/a.go", `package store; import "net"; func f() { net.Dial("", "") }`, "P26"},
	{"P26 dialing", "store/a.go", `package store; import "net"; var d net.Dialer`, "P26"},
	{"P26 dialing", "main.go", `package main; import "crypto/tls"; func f() { tls.Dial("", "", nil) }`, "P26"},
	{"P26 dialing", "main.go", `package main; import "net/http"; func f(*http.Client) {}`, ""},
	{"P26 dialing", "handlers/oidc.go", `package handlers; import "net/http"; var c http.Client`, ""},
	{"P26 dialing", "handlers/sso.go", `package handlers; import "net/http"; var c http.Client`, "P26"},
	{"P26 dialing", "llm/a.go", `package llm; import "net/http"; var c http.Client`, ""},

	{"background context", "jobs/a.go", `package jobs; import "context"; var c = context.Background()`, "context.Background"},
	{"background context", "store/a.go", `package store; import "context"; var c = context.TODO()`, "context.TODO"},
	{"background context", "main.go", `package main; import "context"; var c = context.Background()`, ""},
	{"background context", "jobs/a_test.go", `package jobs_test; import "context"; var c = context.Background()`, ""},

	{"clock", "domain/a.go", `package domain; import "time"; func f() { time.Now() }`, "time.Now"},
	{"clock", "handlers/a.go", `package handlers; import "time"; var now = time.Now`, "time.Now"},
	{"clock", "jobs/a.go", `package jobs; import "time"; func f(t time.Time) { time.Since(t) }`, "time.Since"},
	{"clock", "store/a.go", `package store; import "time"; func f() { time.Now() }`, ""},
	{"clock", "main.go", `package main; import "time"; func f() { time.Now() }`, ""},

	{"init functions", "jobs/a.go", `package jobs; func init() {}`, "init runs"},
	{"init functions", "jobs/a.go", `package jobs; type t int; func (t) init() {}`, ""},

	{"A81 raw HTML", "views/copilot/a.go", `package copilot; import "github.com/a-h/templ"; var c = templ.Raw("")`, "templ.Raw"},
	{"A81 raw HTML", "views/ui/a.go", `package ui; import "github.com/a-h/templ"; var c, d = templ.Raw(""), templ.Raw("")`, "templ.Raw"},
	{"A81 raw HTML", "views/ui/a.go", `package ui; import "github.com/a-h/templ"; var c = templ.JSUnsafeFuncCall("")`, "templ.JSUnsafeFuncCall"},
	{"A81 raw HTML", "views/ui/a.go", `package ui; import "github.com/a-h/templ"; var c = templ.Raw("")`, ""},

	{"A46 built SQL", "store/a.go", `package store; import "fmt"; func f(n string) { _ = fmt.Sprintf("select * from %s", n) }`, "SQL put together"},
	{"A46 built SQL", "store/a.go", "package store; func f(n string) { _ = `DELETE FROM ` + n }", "SQL put together"},
	{"A46 built SQL", "store/a.go", `package store; func f(q Q) { c := "a"; q.Where(c + " = 1") }`, "SQL put together"},
	{"A46 built SQL", "store/a.go", `package store; func f(q Q) { c := g(); q.OrderExpr(c) }`, "SQL put together"},
	{"A46 built SQL", "store/a.go", `package store
		func find(q Q, where string) { q.Where(where) }
		func f(q Q, name string) { find(q, "name = '"+name+"'") }`, "a.go:3: SQL put together"},
	{"A46 built SQL", "store/a.go", `package store
		func (t T) find(row any, where string) { t.Where(where) }
		func (t T) f(name string) { c := g(); t.find(nil, c) }`, "a.go:3: SQL put together"},
	{"A46 built SQL", "store/a.go", `package store
		const columns = "id, name"
		func find(q Q, where string) { q.Where(where) }
		func f(q Q, n string) { _ = "select " + columns; q.Where("n = ?", n).OrderExpr(columns+" desc"); find(q, "n = ?") }`, ""},
	{"A46 built SQL", "store/a.go", `package store; import "strings"; func f(n []string) { _ = strings.Join(n, ",") }`, ""},

	{"A53 locks, channels", "store/a.go", `package store; const q = "select pg_advisory_xact_lock(hashtext($1))"`, "A53"},
	{"A53 locks, channels", "jobs/a.go", "package jobs; const q = `NOTIFY answers, 'text'`", "A53"},
	{"A53 locks, channels", "store/migrate.go", `package store; const q = "select pg_advisory_lock($1)"`, ""},
	{"A53 locks, channels", "store/a.go", `package store; const q = "a notification"`, ""},

	{"A41 request bytes", "handlers/a.go", `package handlers; import "github.com/gofiber/fiber/v2"
		func f(c *fiber.Ctx) error { c.Context().Done(); return nil }`, "a.go:2: reaches below"},
	{"A41 request bytes", "handlers/a.go", `package handlers; import "github.com/gofiber/fiber/v2"
		var f = func(x *fiber.Ctx) { func() { x.Request() }() }`, "a.go:2: reaches below"},
	{"A41 request bytes", "handlers/bridge.go", `package handlers; import "github.com/gofiber/fiber/v2"
		func f(c *fiber.Ctx) error { c.Context().Done(); return nil }`, ""},
	{"A41 request bytes", "handlers/a.go", `package handlers; import "net/http"; func f(r *http.Request) { r.Context() }`, ""},

	{"actors", "handlers/a.go", `package handlers; import "aimyorg/domain"; var a = domain.NewActor()`, "only store makes an Actor"},
	{"actors", "store/a.go", `package store; import "aimyorg/domain"; var a = domain.NewActor()`, ""},
	{"actors", "handlers/a_test.go", `package handlers_test; import "aimyorg/domain"; var a = domain.NewActor()`, ""},

	{"file length", "jobs/a.go", "package jobs" + strings.Repeat("\n", tooLongFile+1), "601 lines"},
	{"file length", "jobs/a.go", "package jobs" + strings.Repeat("\n", tooLongFile), ""},
	{"file length", "views/a_templ.go", "// Code generated by templ - DO NOT EDIT.\n\npackage views" + strings.Repeat("\n", 700), ""},

	{"function length", "jobs/a.go", "package jobs\nfunc f() {" + strings.Repeat("\n", tooLongFunc) + "}", "f has 101 lines"},
	{"function length", "jobs/a.go", "package jobs\nfunc f() {" + strings.Repeat("\n", tooLongFunc-1) + "}", ""},

	{"package comments", "jobs/a.go", `package jobs`, "package jobs doesn't say"},
	{"package comments", "views/a_templ.go", "// Code generated by templ - DO NOT EDIT.\n\n// Package views is.\npackage views", "package views doesn't say"},
	{"package comments", "jobs/a.go", "// Package jobs is the work in the background.\npackage jobs", ""},
}

// A check that can't fail is no check: each is shown a tree that breaks it, and must say so.
func TestRulesAreBroken(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, bad := range badTrees {
		tree, err := parseTree(fstest.MapFS{bad.path: {Data: []byte(bad.code)}})
		if err != nil {
			t.Errorf("%s: %v", bad.code, err)
			continue
		}
		said := strings.Join(checks[bad.check](tree), "\n")
		switch {
		case bad.says == "" && said != "":
			t.Errorf("%s: %s\n\tis good, but it says: %s", bad.check, bad.code, said)
		case !strings.Contains(said, bad.says):
			t.Errorf("%s: %s\n\tmust say: %s\n\tsays: %s", bad.check, bad.code, bad.says, said)
		}
		seen[bad.check] = seen[bad.check] || bad.says != ""
	}
	for name := range checks {
		if !seen[name] {
			t.Errorf("no tree breaks the check of %s: does it check anything?", name)
		}
	}
}

// What is fetched, built, hidden or another module's is nobody's to check here.
func TestRulesLeaveOutWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	tree, err := parseTree(fstest.MapFS{
		"main.go":                         {Data: []byte("package main")},
		".data/a.go":                      {Data: []byte("not Go")},
		"static/node_modules/x/a.go":      {Data: []byte("not Go")},
		"tools/go.mod":                    {Data: []byte("module aimyorg/tools")},
		"tools/a.go":                      {Data: []byte("not Go")},
		"jobs/extract/testdata/broken.go": {Data: []byte("not Go")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.sources) != 1 || tree.sources[0].path != "main.go" {
		t.Errorf("got %d files, want main.go alone", len(tree.sources))
	}
}
