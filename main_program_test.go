package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/jobs/extract"
	"aimyorg/static"
)

// TestMain is also the child that reads files, as the program itself is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "extract" {
		os.Exit(extract.Main(context.Background(), os.Stdin, os.Stdout, os.Args[2:]))
	}
	code := m.Run()
	if once.env != nil {
		_ = os.RemoveAll(once.env["DATA_DIR"])
	}
	os.Exit(code)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// built fails a test that needs the browser's files when they are not there.
func built(t testing.TB) {
	t.Helper()
	if missing := static.Missing(); len(missing) > 0 {
		t.Fatalf("the browser's files are not built: %v. Run ./task build", missing)
	}
}

// output may be written by a program and read by its test at once.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// environ is an environment of a test's own.
type environ map[string]string

func (e environ) get(name string) string { return e[name] }

func (e environ) with(name, value string) environ {
	out := environ{name: value}
	for k, v := range e {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// development is an environment with a folder of its own.
func development(t testing.TB) environ {
	t.Helper()
	return environ{"DATA_DIR": shortDir(t)}
}

// shortDir is short enough for a socket's path, and PostgreSQL's user can pass through it.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "aim-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711)) //nolint:gosec // to be passed through, not read
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// command runs one command to its end.
func runCommand(t testing.TB, env environ, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e output
	code = run(t.Context(), args, env.get, &o, &e)
	return code, o.String(), e.String()
}

// succeed runs one command that must end well, and gives what it printed.
func succeed(t testing.TB, env environ, args ...string) string {
	t.Helper()
	code, out, errOut := runCommand(t, env, args...)
	if code != 0 {
		t.Fatalf("aimyorg %v: exit code %d\n%s", args, code, errOut)
	}
	return out
}

func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	must(t, d.Decode(&v))
	return v
}

// serving is the product, running.
type serving struct {
	addr        string
	out, errOut output
	cancel      context.CancelFunc
	code        chan int
	client      *http.Client
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func serveIt(t testing.TB, env environ) *serving {
	t.Helper()
	built(t)
	ctx, cancel := context.WithCancel(context.Background())
	s := &serving{addr: freeAddr(t), cancel: cancel, code: make(chan int, 1), client: httpClient()}
	env = env.with("ADDR", s.addr)
	go func() { s.code <- run(ctx, []string{"serve"}, env.get, &s.out, &s.errOut) }()
	t.Cleanup(func() { s.end(t) })
	return s
}

// end is Ctrl-C; it gives the exit code.
func (s *serving) end(t testing.TB) int {
	t.Helper()
	s.cancel()
	select {
	case code := <-s.code:
		s.code <- code
		return code
	case <-time.After(30 * time.Second):
		t.Fatalf("it does not stop\n%s", s.errOut.String())
		return -1
	}
}

func (s *serving) fetch(url string) (status int, body string, err error) {
	r, err := s.client.Get(url) //nolint:noctx // the client has a limit
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	return r.StatusCode, string(b), err
}

// ready waits until the product says so.
func (s *serving) ready(t testing.TB, most time.Duration) {
	t.Helper()
	await(t, "the product to be ready", most, func() bool {
		select {
		case code := <-s.code:
			s.code <- code
			t.Fatalf("it ended with %d\n%s", code, s.errOut.String())
		default:
		}
		status, _, err := s.fetch("http://" + s.addr + "/readyz")
		return err == nil && status == 200
	})
}

// await polls until is says yes.
func await(t testing.TB, what string, most time.Duration, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %v for: %s", most, what)
		case <-tick.C:
		}
	}
}

// processes lists those with a word among their arguments or in their working folder, zombies left out.
func processes(t testing.TB, word string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	must(t, err)
	var out []string
	for _, p := range all {
		line, err := os.ReadFile(filepath.Join(p, "cmdline"))
		where, _ := os.Readlink(filepath.Join(p, "cwd"))
		if err == nil && len(line) > 0 && filepath.Base(p) != fmt.Sprint(os.Getpid()) && (bytes.Contains(line, []byte(word)) || strings.Contains(where, word)) {
			out = append(out, filepath.Base(p)+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return out
}

func httpClient() *http.Client { return &http.Client{Timeout: 10 * time.Second} }
