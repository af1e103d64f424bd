// The architecture, held by tests: which room may import what, and the habits of the house that a compiler does not
// enforce. The rules are here, the checks in arch_checks_test.go; arch_bad_test.go shows each check a tree that breaks it.
package main_test

import (
	"os"
	"sync"
	"testing"
)

// room says what the Go files of one folder may import besides the standard library and themselves.
type room struct {
	rooms   []string // folders of this module; "x/..." means x and all below it
	outside []string // modules, by the beginning of the import path
}

// everything lets main, and the tests that drive the whole program, import what they like.
var everything = []string{"*"}

// rooms is the import table of ARCHITECTURE.md. A folder without a row fails; "x/..." holds for the folders below x
// that have no row of their own.
var rooms = map[string]room{
	".":          {rooms: everything, outside: everything},
	"domain":     {},
	"migrations": {},
	"static":     {},
	"static/...": {rooms: []string{"static/..."}, outside: []string{"github.com/andybalholm/brotli"}},

	"store": {
		rooms: []string{"domain", "migrations", "store/scoped", "store/localpg", "store/seal", "store/search"},
		outside: []string{"github.com/uptrace/bun", "github.com/jackc/pgx/v5", "github.com/riverqueue/river",
			"github.com/google/uuid", "golang.org/x/crypto", "golang.org/x/text"},
	},
	"store/scoped":  {outside: []string{"github.com/jackc/pgx/v5", "github.com/uptrace/bun"}},
	"store/localpg": {outside: []string{"github.com/jackc/pgx/v5", "golang.org/x/sys"}},
	"store/seal":    {outside: []string{"gocloud.dev", "github.com/tink-crypto/tink-go/v2", "golang.org/x/crypto", "golang.org/x/text"}},
	"store/search":  {outside: []string{"github.com/blevesearch/snowballstem", "golang.org/x/text"}},
	"store/storetest": {
		rooms:   []string{"domain", "migrations", "store", "store/localpg", "store/scoped", "store/seal", "store/search"},
		outside: []string{"github.com/jackc/pgx/v5", "github.com/uptrace/bun"},
	},

	"llm": {
		rooms:   []string{"domain"},
		outside: []string{"github.com/tmc/langchaingo", "github.com/valyala/fastjson", "github.com/yuin/goldmark", "github.com/microcosm-cc/bluemonday"},
	},
	"llm/llmtest": {rooms: []string{"domain", "llm"}},

	"views":     {rooms: []string{"domain", "static", "views/..."}, outside: []string{"github.com/a-h/templ"}},
	"views/...": {rooms: []string{"domain", "static", "views/..."}, outside: []string{"github.com/a-h/templ"}},

	"jobs": {
		rooms:   []string{"domain", "store", "llm", "views/mail", "jobs/extract", "jobs/mail"},
		outside: []string{"github.com/riverqueue/river"},
	},
	"jobs/mail/mailtest": {},
	"jobs/mail":          {rooms: []string{"domain", "views/mail"}, outside: []string{"github.com/wneessen/go-mail"}},
	"jobs/extract": {
		rooms: []string{"domain"},
		outside: []string{"github.com/klippa-app/go-pdfium", "github.com/tetratelabs/wazero", "github.com/xuri/excelize/v2",
			"github.com/jhillyerd/enmime/v2", "golang.org/x/net/html", "golang.org/x/text", "golang.org/x/sys",
			"github.com/yuin/goldmark"},
	},
	"jobs/extract/extracttest": {
		rooms:   []string{"domain", "jobs/extract"},
		outside: []string{"github.com/xuri/excelize/v2", "github.com/jhillyerd/enmime/v2"},
	},

	"handlers": {
		rooms: []string{"domain", "store", "llm", "views/...", "static"},
		outside: []string{"github.com/klauspost/compress", "github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp", "github.com/a-h/templ",
			"github.com/gorilla/sessions", "github.com/gorilla/securecookie", "golang.org/x/crypto/argon2", "github.com/go-webauthn/webauthn",
			"github.com/boombuler/barcode/qr", "github.com/coreos/go-oidc/v3", "golang.org/x/oauth2"},
	},
	"seed": {rooms: []string{"domain", "store", "jobs/extract", "jobs/extract/extracttest"}},
	"e2e":  {rooms: everything, outside: everything},

	// Programs and tests that try the product from outside; nothing of the product imports them.
	"trial":     {},
	"trial/...": {rooms: everything, outside: everything},
}

// elsewhere are folders at the top that hold no Go code of this module. Any other folder needs a row in rooms.
var elsewhere = []string{"tools"}

// helpers are imported by tests only, but for these: the story that seed tells is made of the documents that tests are
// made of, and the provider command serves the scripted provider to developers.
var helpers = map[string][]string{
	"store/storetest":          nil,
	"llm/llmtest":              {"."},
	"views/words/rendertest":   nil,
	"jobs/mail/mailtest":       nil,
	"jobs/extract/extracttest": {"seed"},
}

// testRooms and testModules are what any test may import beyond its room's row.
var (
	testRooms   = []string{"domain", "migrations", "store/storetest", "store/localpg", "llm/llmtest", "jobs", "jobs/extract", "jobs/mail", "jobs/mail/mailtest", "jobs/extract/extracttest"}
	testModules = []string{"github.com/chromedp", "github.com/jackc/pgx/v5", "github.com/uptrace/bun", "golang.org/x/net/html",
		"github.com/riverqueue/river", "github.com/andybalholm/brotli"}
)

// reserved are modules that one room alone may import, even where a row says everything: what leaves for an AI
// provider leaves through llm (P26, P39), and mail leaves through jobs/mail.
var reserved = map[string]string{"github.com/tmc/langchaingo": "llm", "github.com/wneessen/go-mail": "jobs/mail"}

// dialers are the only places that may reach out of the process (P26): what goes to an AI provider is decided in llm, what goes
// to an organization's own identity provider in handlers/oidc.go, which guards each dial as llm does.
var dialers = []string{"llm", "handlers/oidc.go"}

// bridges are the only files that may touch the fasthttp request under a fiber.Ctx, whose bytes change once a handler
// has returned.
var bridges = []string{"handlers/bridge.go"}

// rawHTML is where the one templ.Raw is.
const rawHTML = "views/ui"

const (
	longFile    = 500 // lines; worth a look
	tooLongFile = 600
	tooLongFunc = 100
	mostDirect  = 30 // modules that go.mod may require directly, beside the Go project's own
	goProject   = "golang.org/x/"
	modulePath  = "aimyorg"
)

// checks are the rules about code. Each answers one line for each place that breaks it.
var checks = map[string]func(*tree) []string{
	"imports":             checkImports,
	"helpers":             checkHelpers,
	"reserved modules":    checkReserved,
	"folders":             checkFolders,
	"default client":      checkDefaultClient,
	"P26 dialing":         checkDialing,
	"background context":  checkBackground,
	"clock":               checkClock,
	"init functions":      checkInit,
	"A81 raw HTML":        checkRawHTML,
	"A46 built SQL":       checkBuiltSQL,
	"A53 locks, channels": checkChannels,
	"A41 request bytes":   checkRequestBytes,
	"actors":              checkActors,
	"file length":         checkFileLength,
	"function length":     checkFuncLength,
	"package comments":    checkPackageComments,
}

// here is this tree, parsed once for all tests.
var here = sync.OnceValues(func() (*tree, error) { return parseTree(os.DirFS(".")) })

func TestRulesOfTheHouse(t *testing.T) {
	t.Parallel()
	tree, err := here()
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, broken := range check(tree) {
				t.Error(broken)
			}
		})
	}
	for _, s := range tree.sources {
		if !s.generated && s.lines > longFile {
			t.Logf("%s has %d lines: is it one thing?", s.path, s.lines)
		}
	}
}
