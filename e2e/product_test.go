//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"aimyorg/trial"
)

// product is the binary, serving from a folder of its own.
type product struct{ *trial.Product }

// launch starts a product of the test's own.
func launch(t *testing.T, env ...string) *product {
	t.Helper()
	dir, err := os.MkdirTemp(world.dir, "own-")
	if err != nil {
		t.Fatal(err)
	}
	p, err := warmed(dir, env...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("the product's log ends with\n%s", tail(p.Log.String(), 4000))
		}
		_ = os.RemoveAll(dir)
	})
	return p
}

// warmed starts a product from a program's path of its own, whose PDF engine need not be compiled again.
func warmed(dir string, env ...string) (*product, error) {
	data, binary := filepath.Join(dir, "data"), filepath.Join(dir, "aimyorg")
	if err := errors.Join(os.MkdirAll(data, 0o755), os.Symlink(world.engine, filepath.Join(data, "cache")), os.Link(world.binary, binary)); err != nil {
		return nil, err
	}
	return start(binary, dir, env...)
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// start starts the product on a free port and waits until it is ready.
func start(binary, dir string, env ...string) (*product, error) {
	p, err := trial.Start(context.Background(), binary, dir, nil, env...)
	return &product{p}, err
}

// restart starts it again where it was.
func (p *product) restart(t *testing.T) {
	t.Helper()
	if err := p.Begin(true); err != nil {
		t.Fatal(err)
	}
}

// kill is kill -9: of the server alone, as the kernel would when memory runs out.
func (p *product) kill(t *testing.T) {
	t.Helper()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
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
	cmd := p.Command(args...)
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
