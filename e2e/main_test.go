//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"aimyorg/jobs/extract/extracttest"
	"aimyorg/llm/llmtest"
)

// world is what all tests share: the binary, the browser's process, one product with its provider.
var world struct {
	dir     string  // where everything is kept; removed at the end
	binary  string  // the product
	engine  string  // its compiled PDF engine
	axe     string  // axe-core's source
	browser browser // Chromium
	cast    *cast   // what the shared product's provider says
	ai      string  // its base URL

	once    sync.Once
	product *product
	err     error
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := build(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(world.dir) }()
	defer world.browser.close()
	defer func() {
		if world.product != nil {
			world.product.Stop()
		}
	}()
	return m.Run()
}

// build makes the binary as a person would get it, and starts the provider of the shared product.
func build(ctx context.Context) (err error) {
	if world.dir, err = os.MkdirTemp("", "aimyorg-e2e-"); err != nil {
		return err
	}
	if err := os.Chmod(world.dir, 0o755); err != nil { // the private PostgreSQL runs as an account of its own
		return err
	}
	world.binary = filepath.Join(world.dir, "aimyorg")
	if out, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", world.binary, "..").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	if world.engine, err = extracttest.Warmed(ctx, world.binary, "extract"); err != nil {
		return err
	}
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		return fmt.Errorf("the packages of static/ are not installed: run ./task build: %w", err)
	}
	world.axe, world.cast = string(axe), newCast()
	world.ai, err = world.cast.Listen(ctx, "127.0.0.1:0")
	return err
}

// browser is Chromium's process, which begins with the first tab: tests that speak HTTP alone need none.
type browser struct {
	once    sync.Once
	context context.Context //nolint:containedctx // one browser for all tests
	stop    func()
	err     error
}

// open starts Chromium once; each person gets a context of their own in it.
func (b *browser) open() (context.Context, error) {
	b.once.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(world.dir, "chromium")),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
			chromedp.Flag("force-prefers-reduced-motion", true), chromedp.WindowSize(1440, 900))
		if path, err := exec.LookPath("chromium-headless-shell"); err == nil { // draws no windows around the pages: a quarter less work
			options = append(options, chromedp.ExecPath(path))
		}
		allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
		opened, closeBrowser := chromedp.NewContext(allocator)
		b.context, b.stop, b.err = opened, func() { closeBrowser(); end() }, chromedp.Do(opened)
	})
	return b.context, b.err
}

func (b *browser) close() {
	if b.stop != nil {
		b.stop()
	}
}

// shared is the product that most tests use together, each with organizations of its own: what leaks between them shows.
func shared(t *testing.T) *product {
	t.Helper()
	world.once.Do(func() {
		world.product, world.err = warmed(filepath.Join(world.dir, "shared"), aiSettings(world.ai)...)
	})
	if world.err != nil {
		t.Fatal(world.err)
	}
	return world.product
}

func aiSettings(base string) []string {
	return []string{"OPENAI_BASE_URL=" + base, "OPENAI_API_KEY=scripted-operator-key"}
}

var _ llmtest.T = (*testing.T)(nil)
