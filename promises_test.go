package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// kept are the promises of the privacy policy that this version keeps. Each is named in the code that keeps it and in a
// test that goes red when it is broken; /admin/trust will show this list.
var kept = map[int]string{
	1:  "the policy is reachable by everybody and says its version",
	2:  "an account holds what the policy lists and no more",
	3:  "an organization's name and its business information",
	6:  "passwords are hashed, never kept",
	9:  "sign-ins are recorded with time, address and device",
	11: "error logs carry no content",
	12: "documents that an organization uploads are kept as they were, sealed",
	17: "nothing else is collected",
	26: "nothing is used for anything else: one way out",
	27: "each organization is isolated",
	28: "no access across organizations",
	29: "partitioned in the database",
	30: "TLS 1.3 in transit",
	31: "AES-256 at rest",
	32: "keys in a key-management service",
	39: "never used to train models",
	40: "used only for the task at hand",
	42: "only the listed kinds of data leave",
	43: "of the documents only what is referenced",
	44: "only OpenAI and OpenRouter receive",
	45: "GPT models are asked at OpenAI",
	46: "OpenRouter only when an admin has set it up",
	47: "explicit consent",
	48: "withdrawn at any moment",
	50: "processed in real time",
	51: "interactions are logged for audit",
	53: "processed inside the organization's own environment",
	54: "permissions bound what AI sees",
	62: "data stays accessible when a provider is down",
	82: "essential cookies only",
	83: "no advertising cookies",
	84: "cookies can be cleared",
	85: "for businesses and people of 16 or older",
}

const (
	lastPromise = 90  // of the privacy policy: P1 to P90
	lastHostile = 121 // of the catalogue of hostile inputs: A1 to A121
)

// citation is a place that names a promise (P31) or a hostile input (A58).
type citation struct {
	kind   byte
	number int
	path   string
	test   bool   // in the name of a test
	name   string // which test, or which subtest
}

func (c citation) String() string { return fmt.Sprintf("%s: %c%d", c.path, c.kind, c.number) }

var (
	cited     = regexp.MustCompile(`\b([PA])(\d{1,3})\b`)
	citedName = regexp.MustCompile(`^([PA])(\d{1,3})$`)
)

// citations reads the comments of the code, the texts of migrations and pages, and the names of tests.
func citations(root fs.FS) ([]citation, error) {
	var all []citation
	err := fs.WalkDir(root, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := path.Base(p); entry.IsDir() {
			if p != "." && (name[0] == '.' || name == "node_modules" || name == "testdata" || name == "dist" || p == "tools") {
				return fs.SkipDir
			}
			return nil
		}
		found, err := citationsOf(root, p)
		all = append(all, found...)
		return err
	})
	return all, err
}

func citationsOf(root fs.FS, p string) ([]citation, error) {
	examples := slices.Contains([]string{"arch_bad_test.go", "promises_test.go", "hostile_test.go"}, p)
	goFile := path.Ext(p) == ".go" && !strings.HasSuffix(p, "_templ.go")
	if examples || !goFile && !slices.Contains([]string{".templ", ".sql", ".js"}, path.Ext(p)) {
		return nil, nil
	}
	text, err := fs.ReadFile(root, p)
	if err != nil || !goFile {
		return inText(p, string(text)), err
	}
	file, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []citation
	if strings.HasSuffix(p, "_test.go") {
		all = inTestNames(p, file)
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			all = append(all, inText(p, c.Text)...)
		}
	}
	return all, nil
}

func inText(p, text string) []citation {
	var all []citation
	for _, m := range cited.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[2]) // digits only
		all = append(all, citation{kind: m[1][0], number: n, path: p})
	}
	return all
}

// inTestNames reads TestP27_P28_Something and the names of subtests that begin so: "A58 a bomb in a spreadsheet".
func inTestNames(p string, file *ast.File) []citation {
	var all []citation
	add := func(name string, parts []string) {
		for _, part := range parts {
			m := citedName.FindStringSubmatch(part)
			if m == nil {
				return
			}
			n, _ := strconv.Atoi(m[2]) // digits only
			all = append(all, citation{kind: m[1][0], number: n, path: p, test: true, name: name})
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			for _, prefix := range []string{"Test", "Fuzz"} {
				if rest, ok := strings.CutPrefix(n.Name.Name, prefix); ok {
					add(n.Name.Name, strings.Split(rest, "_"))
				}
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil {
				add(text, strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '_' }))
			}
		}
		return true
	})
	return all
}

// deadCitations are those of a promise or a row that doesn't exist.
func deadCitations(all []citation) []string {
	var dead []string
	for _, c := range all {
		last := lastPromise
		if c.kind == 'A' {
			last = lastHostile
		}
		if c.number < 1 || c.number > last {
			dead = append(dead, c.String()+" does not exist")
		}
	}
	return dead
}

// unkept are the promises that no code or no test cites.
func unkept(all []citation, promises map[int]string) []string {
	code, test := map[int]bool{}, map[int]bool{}
	for _, c := range all {
		if c.kind != 'P' {
			continue
		}
		test[c.number] = test[c.number] || c.test
		code[c.number] = code[c.number] || !strings.HasSuffix(c.path, "_test.go")
	}
	var missing []string
	for n, meaning := range promises {
		if !code[n] {
			missing = append(missing, fmt.Sprintf("P%d (%s): no code says that it keeps it", n, meaning))
		}
		if !test[n] {
			missing = append(missing, fmt.Sprintf("P%d (%s): no test bears its name", n, meaning))
		}
	}
	slices.Sort(missing)
	return missing
}

func TestPromisesAreKeptAndTested(t *testing.T) {
	t.Parallel()
	all, err := citations(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, dead := range deadCitations(all) {
		t.Error(dead)
	}
	for _, missing := range unkept(all, kept) {
		t.Error(missing)
	}
}

func TestPromisesCanBeBroken(t *testing.T) {
	t.Parallel()
	root := fstest.MapFS{
		"store/a.go":        {Data: []byte("package store\n\n// Sealed keeps P31, and P91 too.\nvar Sealed = 1 // A122\n\nconst notCited = \"P32\"\n")},
		"store/a_test.go":   {Data: []byte("package store_test\n\n// P6 is in a comment only.\nfunc TestP31_P27_Sealed() { run(\"A58 a bomb\"); run(\"A0 none\") }\n")},
		"views/ui/a.templ":  {Data: []byte("package ui\n// A73\n")},
		"migrations/1.sql":  {Data: []byte("-- P29\n")},
		"static/dist/a.css": {Data: []byte("/* P99 */")},
	}
	all, err := citations(root)
	if err != nil {
		t.Fatal(err)
	}
	dead := "store/a.go: P91 does not exist\nstore/a.go: A122 does not exist\nstore/a_test.go: A0 does not exist"
	if got := strings.Join(deadCitations(all), "\n"); got != dead {
		t.Errorf("dead citations:\n%s\nwant:\n%s", got, dead)
	}
	missing := "P27 (c): no code says that it keeps it\nP29 (b): no test bears its name\n" +
		"P32 (d): no code says that it keeps it\nP32 (d): no test bears its name\n" +
		"P6 (e): no code says that it keeps it\nP6 (e): no test bears its name"
	if got := strings.Join(unkept(all, map[int]string{31: "a", 29: "b", 27: "c", 32: "d", 6: "e"}), "\n"); got != missing {
		t.Errorf("unkept:\n%s\nwant:\n%s", got, missing)
	}
}
