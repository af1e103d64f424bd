//go:build e2e

package e2e_test

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"aimyorg/llm/llmtest"
)

func TestKilledServerKeepsWhatWasShown(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, aiSettings(base)...)
	b := settled(t, p).expect("net::ERR", "status of 5")
	cue := provider.cue(endless, llmtest.Say("Whole at the second try [1]."))
	b.open("/copilot").ask(aboutHotels + cue).says("word 30")
	inside(t, p).comes("true", twentyKept, b.js(last+".id.slice(2)"))
	p.kill(t)
	shown := b.answerText()
	p.restart(t)
	b.open("/copilot").click("#conversations .row-link").state("interrupted").there("[data-retry] button").sound("copilot-interrupted")
	kept := b.answerText()
	if !strings.HasPrefix(shown+" ", kept+" ") && !strings.HasPrefix(kept, shown) || !contains(kept, "word 20 ") {
		t.Errorf("shown was\n%s\nkept is\n%s", shown, kept)
	}
	t.Logf("%d bytes had been shown, %d were kept", len(shown), len(kept))
	b.click("[data-retry] button").says("Whole at the second try").state("done")
	sums := p.ledger(t)
	if len(sums) != 1 || sums[0].Requests != 2 {
		t.Errorf("P51: the ledger has %+v, two requests were sent", sums)
	}
}

func TestKilledDatabaseKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, aiSettings(base)...)
	b := settled(t, p).expect("net::ERR", "status of 5")
	for tries := 1; !b.goesOn(p, provider); tries++ {
		if tries == 5 {
			t.Fatal("no answer went on, five times")
		}
	}
	b.says("word 30").says("word 60") // the answer went on meanwhile
	b.shoot("copilot-database-killed").until("document.querySelector('[data-stop] button')")
	b.js("document.querySelector('[data-stop] button').click()") // under the mouse it may have moved: so much comes at once now
	b.state("stopped")
	if kept := b.answerText() + " "; !contains(kept, "word 20 ") || !contains(kept, "word 60 ") { // it may end there
		t.Errorf("kept is %q", kept)
	}
	b.reload().says("word 60").click("[data-retry] button").says("Whole at the second try").state("done")
}

// goesOn kills the database under a running answer, opens it when the database is back, and says whether that came within the
// three seconds that answers go on without one: not always, where others want the machine as well.
func (b *tab) goesOn(p *product, provider *cast) bool {
	b.t.Helper()
	cue, before := provider.cue(endless, llmtest.Say("Whole at the second try [1].")), p.Log.Len()
	b.open("/copilot").ask(aboutHotels + cue).says("word 30").until("location.pathname.startsWith('/copilot/conversations/')")
	path := b.js("location.pathname")
	pid, err := p.Postmaster()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		b.t.Fatal(err)
	}
	if a := b.guest().get("/knowledge"); a.status == http.StatusServiceUnavailable && !contains(a.body, "data-code") {
		b.t.Errorf("a page without a database says\n%s", a.body)
	}
	poll(b.t, "the product is ready again", p.Ready)
	open := func() bool { // a page may still come before the product hears of the end, and the next one not
		return b.try() == nil && b.open(path).js("Boolean("+last+")") == "true"
	}
	poll(b.t, "the conversation is back", open)
	b.soon(last + `?.innerText.includes("word 60") || ` + last + `?.dataset.code`)
	if code := b.js(last + `?.dataset.code ?? ""`); code != "" && code != "storage_unavailable" {
		b.t.Errorf("the answer ended as %s", code)
	} else if code != "" {
		return false
	}
	return !contains(p.Log.From(before), "whether answers may go on: they end")
}

// files are the originals, and what is half one, in the data folder.
func (p *product) files(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(p.Dir, "data", "files"), func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			out = append(out, path)
		}
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Log(err)
	}
	return out
}

func TestStopsAndStartsAgainQuickly(t *testing.T) {
	t.Parallel()
	p := launch(t)
	p.Stop()
	select {
	case <-p.Exited():
	default:
		t.Fatal("it did not stop")
	}
	if pid, err := p.Postmaster(); err == nil {
		t.Errorf("PostgreSQL %d still runs", pid)
	}
	p.restart(t)
	p.Stop()
	r := bufio.NewScanner(strings.NewReader(p.Log.String()))
	for r.Scan() {
		if contains(r.Text(), "panic") {
			t.Error(r.Text())
		}
	}
}
