//go:build e2e

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"aimyorg/trial"
)

// tab is a person's window of the browser. Whatever a page complains of, or asks of another host, fails the test.
type tab struct {
	t      *testing.T
	ctx    context.Context
	base   string
	watch  *watch
	person person
}

// watch collects what must not happen on any page.
type watch struct {
	mu       sync.Mutex
	found    []string
	expected []string
}

func (w *watch) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.expected {
		if strings.Contains(text, e) {
			return
		}
	}
	w.found = append(w.found, text)
}

// visit opens a fresh browser context, as a new browser would be.
func visit(t *testing.T, p *product) *tab {
	t.Helper()
	b := &tab{t: t, base: p.Base, watch: &watch{}}
	chromium, err := world.browser.open()
	if err != nil {
		t.Fatal(err)
	}
	b.begin(chromium, chromedp.WithNewBrowserContext())
	return b
}

// another is a second window of the same browser context: the same cookies.
func (b *tab) another() *tab {
	b.t.Helper()
	second := &tab{t: b.t, base: b.base, watch: b.watch, person: b.person}
	second.begin(b.ctx)
	return second
}

func (b *tab) begin(parent context.Context, options ...chromedp.ContextOption) {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(b.hear))...)
	b.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // the first run makes the target, which lives as long as its context
		b.t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	b.t.Cleanup(func() {
		b.t.Helper()
		if b.t.Failed() {
			b.shoot("failed-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
		}
		cancel()
		b.watch.report(b.t)
	})
}

func (w *watch) report(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range w.found {
		t.Errorf("the browser complained: %s", text)
	}
	w.found = nil
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		b.t.Fatalf("%s: %v", c.Method, err)
	}
	return r
}

// hear notes errors of scripts, violations of the content security policy (both P17, P83), and requests elsewhere (P60).
func (b *tab) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.watch.note("console.%s: %s", e.Type, said(e.Args))
		}
	case *runtime.EventExceptionThrown:
		b.watch.note("exception: %s", thrown(e.ExceptionDetails))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.watch.note("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Scheme != "blob" && u.Scheme+"://"+u.Host != b.base {
			b.watch.note("a request to %s", e.Request.URL)
		}
	}
}

func said(args []*runtime.RemoteObject) string {
	var parts []string
	for _, a := range args {
		parts = append(parts, strings.Trim(string(a.Value), `"`)+a.Description)
	}
	return strings.Join(parts, " ")
}

// expect names complaints that the test brings about on purpose, such as "status of 422".
func (b *tab) expect(texts ...string) *tab {
	b.watch.mu.Lock()
	defer b.watch.mu.Unlock()
	b.watch.expected = append(b.watch.expected, texts...)
	return b
}

// try runs actions within the usual patience.
func (b *tab) try(actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

func (b *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) *tab {
	b.t.Helper()
	if err := b.try(actions...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return b
}

// open goes to a path and waits until the page is loaded.
func (b *tab) open(path string) *tab {
	b.t.Helper()
	return b.do("open "+path, chromedp.Navigate(b.base+path))
}

func (b *tab) reload() *tab { b.t.Helper(); return b.do("reload", chromedp.Reload()) }

// back presses the browser's Back.
func (b *tab) back() *tab {
	b.t.Helper()
	before := b.js("performance.timeOrigin + location.href")
	b.js("history.back()")
	return b.until(fmt.Sprintf("document.readyState === 'complete' && performance.timeOrigin + location.href !== %q", before))
}

func eval[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// js gives an expression's value, as text. A page that is being replaced is asked again.
func (b *tab) js(expression string) string {
	b.t.Helper()
	var out string
	var err error
	trial.Holds(patience, func() bool {
		out, err = eval[string](b, "String("+expression+")")
		return err == nil || errors.Is(err, context.DeadlineExceeded)
	})
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// until waits until an expression is true. A page that is being replaced is not true yet.
func (b *tab) until(expression string) *tab {
	b.t.Helper()
	if !b.soon(expression) {
		b.t.Fatalf("never true at %s: %s", b.js("location.href"), expression)
	}
	return b
}

func (b *tab) soon(expression string) bool {
	return trial.Holds(patience, func() bool {
		ok, err := eval[bool](b, "Boolean("+expression+")")
		return err == nil && ok
	})
}

// at waits for a path.
func (b *tab) at(path string) *tab {
	b.t.Helper()
	return b.until(fmt.Sprintf("location.pathname === %q && document.readyState === 'complete'", path))
}

// sees waits until an element has a text in it.
func (b *tab) sees(selector, text string) *tab {
	b.t.Helper()
	return b.until(fmt.Sprintf("[...document.querySelectorAll(%q)].some((x) => x.innerText.includes(%q))", selector, text))
}

// there waits until there is a visible element.
func (b *tab) there(selector string) *tab {
	b.t.Helper()
	return b.until(visible(selector))
}

func visible(selector string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%q)].find((x) => x.checkVisibility())", selector)
}

func (b *tab) count(selector string) string {
	b.t.Helper()
	return b.js(fmt.Sprintf("document.querySelectorAll(%q).length", selector))
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	return b.js(fmt.Sprintf("document.querySelector(%q)?.innerText", selector))
}

// click presses the mouse on the first visible element.
func (b *tab) click(selector string) *tab {
	b.t.Helper()
	b.until("(() => { document.querySelectorAll('[data-e2e]').forEach((y) => y.removeAttribute('data-e2e')); const x = " + visible(selector) +
		"; x?.setAttribute('data-e2e', ''); return x })()")
	return b.do("click "+selector, chromedp.Click(chromedp.CSS("[data-e2e]")))
}

// fill replaces what is in a field, by typing.
func (b *tab) fill(selector, text string) *tab {
	b.t.Helper()
	b.until("(() => { const x = " + visible(selector) + "; x?.focus(); x?.select(); return x })()")
	return b.do("fill "+selector, chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(text))
}

// press presses keys.
func (b *tab) press(keys string) *tab {
	b.t.Helper()
	return b.do("press "+keys, chromedp.KeyEvent(keys))
}

// shoot keeps a screenshot: in the folder that SHOTS names, or of a failure in the system's temporary folder.
func (b *tab) shoot(name string) *tab {
	dir := os.Getenv("SHOTS")
	if dir == "" && !b.t.Failed() {
		return b
	}
	if dir == "" {
		dir = os.TempDir()
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	path := filepath.Join(dir, name+".png")
	if err == nil && os.WriteFile(path, png, 0o600) == nil && b.t.Failed() {
		b.t.Logf("screenshot: %s at %s", path, b.js("location.pathname"))
	}
	return b
}

func thrown(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}
