package main

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"aimyorg/handlers"
)

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, ask := range []string{"--help", "-h", "help"} {
		code, out, errOut := runCommand(t, environ{"APP_ENV": "nonsense"}, ask)
		if code != 0 || errOut != "" {
			t.Errorf("%s: exit code %d, %s", ask, code, errOut)
		}
		for _, c := range commands() {
			if !strings.Contains(out, "\n  "+c.name+" ") {
				t.Errorf("%s does not list the command %s", ask, c.name)
			}
		}
		for _, name := range settingsRead(t) {
			if !strings.Contains(out, name) {
				t.Errorf("%s does not list the setting %s, which config.go reads", ask, name)
			}
		}
	}
	if out := succeed(t, environ{}, "seed", "--help"); !strings.Contains(out, "-tenants") {
		t.Errorf("seed --help: %s", out)
	}
}

// settingsRead are the variables that config.go names where it reads the environment.
func settingsRead(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.SkipObjectResolution)
	must(t, err)
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if f, ok := call.Fun.(*ast.Ident); ok && (f.Name == "or" || f.Name == "env") && len(call.Args) > 0 {
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				name, err := strconv.Unquote(lit.Value)
				must(t, err)
				out = append(out, name)
			}
		}
		return true
	})
	if len(out) < 15 {
		t.Fatalf("only %v are read", out)
	}
	return out
}

func TestCommands_not_understood(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"nonsense"}, {"audit"}, {"audit", "verfy"}, {"extract"}, {"serve", "--port=9"}, {"serve", "now"}, {"migrate", "down"},
		{"routes", "--yaml"}, {"routes", "all"}, {"seed", "--tenants=x"}, {"seed", "--tenants=27"}, {"seed", "--tenants=-1"},
		{"seed", "--tenants=1", "--people=4"}, {"seed", "--tenants=1", "--people=101"}, {"db", "audit", "x"},
		{"provider", "127.0.0.1:0", "x"}} {
		code, out, errOut := runCommand(t, environ{}, args...)
		if code != 2 || out != "" || !strings.Contains(errOut, "--help") {
			t.Errorf("%v: exit code %d, %q, %q", args, code, out, errOut)
		}
	}
	code, _, errOut := runCommand(t, environ{"APP_ENV": "prod", "ADDR": "8080", "BASE_URL": "x"}, "routes")
	if code != 2 || !strings.Contains(errOut, "APP_ENV") || !strings.Contains(errOut, "ADDR") || !strings.Contains(errOut, "BASE_URL") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
}

func TestP28_routes_as_JSON(t *testing.T) {
	t.Parallel()
	out := decode[[]handlers.Route](t, succeed(t, environ{}, "routes", "--json"))
	if !reflect.DeepEqual(out, handlers.Routes()) || len(out) < 30 {
		t.Errorf("%d routes: %+v", len(out), out)
	}
	var fields []map[string]any
	must(t, json.Unmarshal([]byte(succeed(t, environ{}, "routes", "--json")), &fields))
	for _, f := range fields {
		for _, name := range []string{"method", "path", "permission", "changes", "kind"} {
			if _, ok := f[name]; !ok {
				t.Fatalf("a route does not say its %s: %v", name, f)
			}
		}
	}
	plain := succeed(t, environ{}, "routes")
	for _, r := range out {
		if !strings.Contains(plain, r.Path) {
			t.Errorf("%s is not listed", r.Path)
		}
	}
}

func TestP44_provider_and_seed_are_for_development(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"provider", "seed"} {
		if code, _, errOut := runCommand(t, production(), command); code != 1 || !strings.Contains(errOut, "for development") {
			t.Errorf("%s: exit code %d, %s", command, code, errOut)
		}
	}
}

func TestProvider_serves(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var out, errOut output
	code := make(chan int, 1)
	go func() { code <- run(ctx, []string{"provider", "127.0.0.1:0"}, environ{}.get, &out, &errOut) }()
	await(t, "its address", 5*time.Second, func() bool { return strings.Contains(out.String(), "OPENAI_BASE_URL=") })
	base, _, _ := strings.Cut(strings.TrimPrefix(out.String(), "OPENAI_BASE_URL="), " ")
	s := &serving{client: httpClient()}
	if status, _, err := s.fetch(base + "/chat/completions"); err != nil || status == 0 {
		t.Errorf("%s: %d, %v", base, status, err)
	}
	cancel()
	if got := <-code; got != 0 {
		t.Errorf("exit code %d, %s", got, errOut.String())
	}
}
