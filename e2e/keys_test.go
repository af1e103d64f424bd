//go:build e2e

package e2e_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestKeysReachEverything(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	b.guest().collection("Second shelf")
	b.open("/home").press("?").there("dialog#keys").sound("keys").press(kb.Escape).until("!document.querySelector('dialog[open]')")
	b.press("g").press("k").at("/knowledge")
	b.press("j").focused(".row-link").press("j")
	second := b.js("document.activeElement.innerText")
	b.press("k").focused(".row-link")
	if first := b.js("document.activeElement.innerText"); first == second {
		t.Errorf("j and k stay on %q", first)
	}
	b.press("/").focused("#q").press(kb.Escape)
	b.js("document.activeElement.blur()")
	b.press("c").focused("#ask textarea")
}

func (b *tab) focused(selector string) *tab {
	b.t.Helper()
	return b.until("document.activeElement?.matches(" + strconv.Quote(selector) + ")")
}

func TestFocusStaysAfterSwaps(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	b.open("/copilot").ask(aboutHotels).state("done").focused("#ask textarea")
	// htmx sets it just after what is new is there
	b.open("/account").click("#profile button[type=submit]").sees("#profile .said", "Saved").until(somethingFocused)
	b.open("/account/data").click("#consent-openai .recipient-head button").sees("#consents .said", "Withdrawn").until(somethingFocused)
}

const somethingFocused = "document.activeElement && document.activeElement !== document.body"

func TestPanelIsRemembered(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	b.open("/home")
	width := "document.querySelector('[data-resize]').getAttribute('aria-valuenow')"
	before := b.js(width)
	b.js("document.querySelector('[data-resize]').focus()")
	b.press(kb.ArrowLeft).until(width + " !== " + strconv.Quote(before))
	wider := b.js(width)
	poll(t, "the width is kept", func() bool { return b.reload().js(width) == wider })
	b.js("document.activeElement.blur()")
	b.press("\\").until("document.body.classList.contains('folded')")
	poll(t, "the fold is kept", func() bool { return b.reload().js("document.body.classList.contains('folded')") == "true" })
	b.shoot("panel-folded").click(".copilot-unfold button").until("!document.body.classList.contains('folded')")
	poll(t, "unfolding is kept", func() bool { return b.reload().js("document.body.classList.contains('folded')") == "false" })
}

func TestNarrowScreensHaveTheBarAndAFullCopilot(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	b.width(390).open("/home").there("nav.bar").shoot("home-narrow")
	b.click("nav.bar a[href='#copilot']").there("#copilot")
	box := b.js("JSON.stringify([document.querySelector('#copilot').getBoundingClientRect().width, document.querySelector('#copilot').getBoundingClientRect().left])")
	if box != "[390,0]" {
		t.Errorf("the Copilot is at %s, not the whole screen", box)
	}
	b.ask(aboutHotels).state("done").shoot("copilot-full-narrow")
	b.axe("narrow Copilot", "").click(".copilot-close").until("!document.querySelector('#copilot').matches(':target')")
	b.click("nav.bar a[href='#menu']").shoot("menu-narrow")
}
