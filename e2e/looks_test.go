//go:build e2e

package e2e_test

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// widths are those that every page must fit (LOOK.md).
var widths = []int64{1024, 390, 320}

// sound holds the page that is open to what every page must be: axe finds nothing in either theme, and nothing is wider
// than the window at any width. With a name it leaves screenshots.
func (b *tab) sound(name string) *tab {
	b.t.Helper()
	b.theme("dark").axe("dark", `"color-contrast"`)
	b.shoot(name + "-dark")
	b.theme("light").axe("light", "")
	b.shoot(name + "-light")
	for _, width := range widths {
		b.width(width)
		if wide := b.js("document.documentElement.scrollWidth - innerWidth"); wide > "0" && wide[0] != '-' {
			b.t.Errorf("%s is %s pixels too wide at %d: %s", b.js("location.pathname"), wide, width, b.js(widest))
		}
		if width == 390 {
			b.axe("light, narrow", "")
			b.shoot(name + "-narrow")
		}
	}
	b.width(1440)
	return b
}

const widest = `[...document.querySelectorAll("body *")].filter((x) => x.checkVisibility() && x.getBoundingClientRect().right > innerWidth + 1).slice(0, 4).map((x) => x.tagName + "." + x.className).join(", ")`

func (b *tab) theme(theme string) *tab {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	return b
}

func (b *tab) width(width int64) *tab {
	b.t.Helper()
	height := int64(900)
	if width < 500 {
		height = 844
	}
	return b.do("resize", chromedp.EmulateViewport(width, height)).until(fmt.Sprintf("innerWidth === %d", width))
}

// axe runs axe-core. Only the rules named are asked, or all: a theme changes nothing but colours.
func (b *tab) axe(how, rules string) *tab {
	b.t.Helper()
	b.bring()
	ctx, cancel := context.WithTimeout(b.ctx, 3*patience) // it works as long as the page is large
	defer cancel()
	wait := func(p *runtime.EvaluateParams) { yes := true; p.AwaitPromise = &yes }
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(axeRun, rules), wait))
	if err != nil {
		b.t.Errorf("axe: %v", err)
	}
	if found != "" {
		b.t.Errorf("axe at %s, %s:\n%s", b.js("location.pathname"), how, found)
	}
	return b
}

// bring puts axe-core into the page past the content security policy, as the protocol can; once a page, as it is large.
func (b *tab) bring() {
	b.t.Helper()
	if b.js("'axe' in window") == "true" {
		return
	}
	if _, err := eval[string](b, world.axe+"; ''"); err != nil {
		b.t.Errorf("axe: %v", err)
	}
}

// axeRun leaves out what axe makes for nobody here: lists of what passed, and selectors.
const axeRun = `axe.run(document, ((only) => ({ preload: false, reporter: "no-passes", selectors: false, ...(only.length && { runOnly: only }) }))([%s])).then((r) =>
  r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 160) + " " +
    [...n.any, ...n.all, ...n.none].map((c) => c.message).join("; ").replace(/\s+/g, " ").slice(0, 240))).join("\n"))`
