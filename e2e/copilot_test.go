//go:build e2e

package e2e_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"aimyorg/llm/llmtest"
)

// ask types a question into the form that is there and sends it with Enter.
func (b *tab) ask(text string) *tab {
	b.t.Helper()
	n := b.count(".message.answer")
	b.fill("#ask textarea", text).press(kb.Enter)
	return b.until("document.querySelectorAll('.message.answer').length > " + n)
}

// last is the newest answer.
const last = "[...document.querySelectorAll('.message.answer')].at(-1)"

func (b *tab) answerText() string {
	b.t.Helper()
	return b.js(last + ".querySelector('.ai').innerText.trim()")
}

// state waits until the newest answer is in a state.
func (b *tab) state(state string) *tab {
	b.t.Helper()
	return b.until(fmt.Sprintf("%s?.dataset.state === %q && !%s.dataset.stream === %t", last, state, last, state != "streaming" && state != "pending"))
}

// says waits until the newest answer holds a text.
func (b *tab) says(text string) *tab {
	b.t.Helper()
	return b.until(fmt.Sprintf("%s?.querySelector('.ai').innerText.includes(%q)", last, text))
}

func TestCopilotWritesAndCites(t *testing.T) {
	t.Parallel()
	p := shared(t)
	b := settled(t, p)
	gate := make(chan struct{})
	cue := world.cast.cue(llmtest.Gated(gate, "A night may cost ", "**180 euros** [1].\n\n", "#### Getting there\n\nTake the train."))
	b.open("/copilot").sound("copilot-empty")
	b.ask(aboutHotels + cue)
	world.cast.wait(t, cue, 1)
	gate <- struct{}{}
	b.says("A night may cost")
	if seen := b.answerText(); contains(seen, "180") {
		t.Errorf("the second token is there before it was sent: %q", seen)
	}
	b.shoot("copilot-streaming")
	gate <- struct{}{}
	b.says("180 euros")
	if b.js(last+".querySelector('.ai strong')?.innerText") != "180 euros" {
		t.Error("what streams is not rendered")
	}
	close(gate)
	b.state("done").until("document.querySelector('#live').textContent.includes('finished')")
	b.sound("copilot-answered")
	b.receipt(world.cast.got(cue)[0])
	b.open("/copilot").click("#conversations .row-link").state("done")
	b.click(".citations a").there("#passage")
	if seen := b.js("[...document.querySelectorAll('.document mark')].map((x) => x.innerText).join(' ')"); !contains(seen, "180 euros") {
		t.Errorf("the citation opens %q", seen)
	}
}

// receipt opens what was sent for the newest answer and compares it with what came.
func (b *tab) receipt(r *llmtest.Request) {
	b.t.Helper()
	b.click(".answer-foot a[href^='/account/receipts/']").until("location.pathname.startsWith('/account/receipts/')").there("main h1").sound("receipt")
	page := b.text("main")
	for _, want := range []string{"OpenAI", "travel.md", "Messages"} {
		if !contains(strings.ToLower(page), strings.ToLower(want)) {
			b.t.Errorf("the receipt does not name %q:\n%s", want, page)
		}
	}
	for _, want := range []string{`"store":false`, "180 euros"} {
		if !contains(string(r.Body), want) {
			b.t.Errorf("the request has no %s:\n%s", want, r.Body)
		}
	}
	if contains(string(r.Body), b.person.email) || contains(string(r.Body), b.person.name) {
		b.t.Errorf("the request names the person:\n%s", r.Body)
	}
}

func TestCopilotStopsAndRetries(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	cue := world.cast.cue(endless, llmtest.Say("The second try is whole [1]."))
	b.open("/copilot").ask(aboutHotels + cue).says("word 3 ")
	request := world.cast.got(cue)[0]
	begun := time.Now()
	b.click("[data-stop] button")
	select {
	case <-request.Gone:
		t.Logf("Stop reached the provider after %v, of which the click is a part", time.Since(begun))
	case <-time.After(2 * time.Second):
		t.Error("Stop did not reach the provider within 2 s")
	}
	b.state("stopped").there("[data-retry] button").sound("copilot-stopped")
	if !contains(b.answerText(), "word 3 ") {
		t.Errorf("what came is gone: %q", b.answerText())
	}
	b.click("[data-retry] button").until("location.pathname.startsWith('/copilot')").says("The second try is whole").state("done")
}

// endless streams numbered words until the client leaves.
func endless(x *llmtest.Exchange) {
	x.Begin()
	for i := 1; x.Wait(30 * time.Millisecond); i++ {
		x.Text(fmt.Sprintf("word %d ", i))
	}
}

// twentyKept says whether at least twenty words of an endless answer have been saved: 151 bytes, and those that sealing adds.
const twentyKept = "select (octet_length(body) > 220)::text from messages where id = $1"

func TestCopilotSaysWhenTheDocumentsDoNot(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	cue := world.cast.cue(llmtest.Say("The documents don't say."))
	b.open("/copilot").ask("Who painted the ceiling of the chapel? " + cue).state("done")
	if b.count(".citations a") != "0" || !contains(b.answerText(), "don't say") {
		t.Errorf("it says %q, citing %s", b.answerText(), b.count(".citations a"))
	}
	b.sound("copilot-dont-say")
}

// The list beside a conversation has it from its first question on, at the top and as the one that is open, without being
// loaded again; before the first there is a sentence instead.
func TestConversationsAreListedAsTheyBegin(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	titles := "[...document.querySelectorAll('#conversations li')].map((x) => x.querySelector('.item-title').innerText + (x.querySelector('[aria-current=page]') ? '*' : '')).join(' | ')"
	for _, want := range []string{"Which trains are preferred?*", "Which planes are not?* | Which trains are preferred?"} {
		b.open("/copilot")
		if (want[6] == 't') != (b.js("document.querySelector('.copilot-none')?.checkVisibility() ?? false") == "true") {
			t.Errorf("before %q: the list says %q", want, b.js("document.querySelector('#conversations').innerText"))
		}
		title, _, _ := strings.Cut(want, "*")
		b.ask(title).state("done").sees("#conversation-title h1", title).until(titles + " === " + strconv.Quote(want))
		if b.js("document.querySelector('.copilot-none')?.checkVisibility() ?? false") != "false" || b.js("location.pathname") == "/copilot" {
			t.Errorf("after %q: %q at %s", want, b.js("document.querySelector('#conversations').innerText"), b.js("location.pathname"))
		}
		b.sound("copilot-begun")
	}
}

func TestConversationsAreRenamedSearchedDeleted(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	b.open("/copilot").ask(aboutHotels).state("done").open("/copilot").click("#conversations .row-link").there("#conversation-title")
	b.click("details.rename > summary").fill("details.rename [name=title]", "Nights in Denmark").click("details.rename button[type=submit]")
	b.sees("#conversation-title h1", "Nights in Denmark").sound("conversation-renamed")
	b.open("/copilot?q=denmark").sees("#conversations", "Nights in Denmark")
	b.open("/copilot?q=norway").sees("#conversations", "No conversation")
	b.open("/copilot").click("#conversations .row-link").there("#conversation-title")
	path := b.js("location.pathname")
	b.ask("And in Oslo?").state("done").click("[aria-haspopup=dialog]").sees("dialog[open]", "goes with 4\u00a0messages").sound("delete-conversation")
	b.press(kb.Escape).until("!document.querySelector('dialog[open]')").focused("[aria-haspopup=dialog]")
	asked := "performance.getEntriesByType('resource').filter((x) => x.name.endsWith('/delete')).length"
	b.until(asked + " === 1").js("(() => { const link = document.querySelector('[aria-haspopup=dialog]'); link.click(); setTimeout(() => link.click(), 1); return 'twice' })()")
	b.until(asked + " === 3")
	b.click("dialog[open] .btn.danger").at("/copilot").sees("#conversations", "will be listed")
	if a := b.guest().get(path); a.status != 404 {
		t.Errorf("the deleted conversation answers %d", a.status)
	}
}
