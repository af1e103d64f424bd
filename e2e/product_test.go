//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// product is the binary, serving from a folder of its own.
type product struct {
	dir, addr, base string
	env             []string
	log             *output
	cmd             *exec.Cmd
	exited          chan struct{}
}

// output collects what the product writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// launch starts a product of the test's own.
func launch(t *testing.T, env ...string) *product {
	t.Helper()
	dir, err := os.MkdirTemp(world.dir, "own-")
	if err != nil {
		t.Fatal(err)
	}
	p, err := start(dir, nil, env...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("the product's log ends with\n%s", tail(p.log.String(), 4000))
		}
		_ = os.RemoveAll(dir)
	})
	return p
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// start starts the product on a free port and waits until it is ready. With the log of an earlier run it goes on there.
func start(dir string, log *output, env ...string) (*product, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = &output{}
	}
	p := &product{dir: dir, addr: addr, base: "http://" + strings.Replace(addr, "127.0.0.1", "localhost", 1), env: env, log: log}
	return p, p.begin("http")
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// command prepares the binary with the product's settings and no others.
func (p *product) command(args ...string) *exec.Cmd {
	cmd := exec.Command(world.binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + p.temp(), "DATA_DIR=" + filepath.Join(p.dir, "data"),
		"ADDR=" + p.addr, "BASE_URL=" + p.base}, p.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

func (p *product) temp() string { return filepath.Join(p.dir, "tmp") }

func (p *product) begin(scheme string) error {
	for _, dir := range []string{p.dir, p.temp(), filepath.Join(p.dir, "data"), filepath.Join(p.dir, "data", "pg")} {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755)); err != nil { // PostgreSQL runs as an account of its own
			return err
		}
	}
	p.cmd, p.exited = p.command("serve"), make(chan struct{})
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	cmd, exited := p.cmd, p.exited
	go func() { _ = cmd.Wait(); close(exited) }()
	if scheme == "https" || holdsWithin(time.Minute, p.ready) {
		return nil
	}
	p.stop()
	return fmt.Errorf("the product did not get ready\n%s", tail(p.log.String(), 4000))
}

func (p *product) ready() bool {
	res, err := (&http.Client{Timeout: 2 * time.Second}).Get(p.base + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// restart starts it again where it was.
func (p *product) restart(t *testing.T) {
	t.Helper()
	if err := p.begin("http"); err != nil {
		t.Fatal(err)
	}
}

// stop ends it as Ctrl-C does, and whatever it may have left behind.
func (p *product) stop() {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.exited:
		case <-time.After(30 * time.Second):
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
			<-p.exited
		}
	}
	if pid, err := p.postmaster(); err == nil {
		_ = syscall.Kill(pid, syscall.SIGQUIT)
		holdsWithin(10*time.Second, func() bool { return syscall.Kill(pid, 0) != nil })
	}
}

// kill is kill -9: of the server alone, as the kernel would when memory runs out.
func (p *product) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.exited
}

// postmaster is the process id of the private PostgreSQL, as its own pid file says.
func (p *product) postmaster() (pid int, err error) {
	err = fs.WalkDir(os.DirFS(p.dir), "data/pg", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "postmaster.pid" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(p.dir, path))
		if err == nil {
			pid, err = strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
		}
		return errors.Join(err, fs.SkipAll)
	})
	if pid == 0 && err == nil {
		err = errors.New("no PostgreSQL is running")
	}
	if errors.Is(err, fs.SkipAll) && pid != 0 {
		err = nil
	}
	return pid, err
}

// run does a command of the binary and gives its output and exit code.
func (p *product) run(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	out, errOut, code := p.runAll(t, args...)
	if code != 0 {
		t.Logf("%v: exit code %d\n%s", args, code, tail(errOut, 2000))
	}
	return out, code
}

func (p *product) runAll(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := p.command(args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	context.AfterFunc(ctx, func() {
		if cmd.Process != nil && cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
		}
	})
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}
