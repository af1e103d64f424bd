//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"aimyorg/llm/llmtest"
	"aimyorg/store/localpg"
)

// busy is somebody who does one thing again and again, and what the product acknowledged of it.
type busy struct {
	*guest
	shelf string
	do    func(*busy, int) answer

	mu    sync.Mutex
	done  int               // times that it went well
	turns int               // times that it was tried
	taken map[string]string // acknowledged: documents by their word, answers by their question
}

// PostgreSQL is killed and ended at once while people ask, upload and search: nothing acknowledged is lost, every page
// says what is going on, and all goes on by itself.
func TestDatabaseKilledUnderLoad(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, aiSettings(base)...)
	cue := provider.cue(llmtest.Slowly(10*time.Millisecond, strings.SplitAfter(strings.Repeat("word ", 30), " ")...))
	asking := func(b *busy, turn int) answer {
		return b.question(fmt.Sprintf("question%d? %s %s", turn, aboutHotels, cue))
	}
	crowd := []*busy{atWork(t, p, asking), atWork(t, p, asking), atWork(t, p, (*busy).document), atWork(t, p, (*busy).document), atWork(t, p, (*busy).look)}
	stop, working := make(chan struct{}), sync.WaitGroup{}
	for _, b := range crowd {
		working.Go(func() { b.work(stop) })
	}
	goesOn(t, crowd)
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT} {
		killDatabase(t, p, signal)
		goesOn(t, crowd)
	}
	close(stop)
	working.Wait()
	for _, b := range crowd {
		b.kept()
	}
	if log := p.Log.String(); contains(log, "panic") {
		t.Errorf("the log says\n%s", tail(log, 3000))
	}
	p.Stop()
	p.restart(t) // its chores look for what was lost
	db := inside(t, p)
	db.comes("0", "select count(*)::text from receipts where outcome = 'started'")
	db.comes("0", "select count(*)::text from messages where state in ('pending', 'streaming')")
	if out, code := p.run(t, "audit", "verify"); code != 0 || contains(out, "first_bad") {
		t.Errorf("audit verify: exit code %d\n%s", code, out)
	}
	if sums := p.ledger(t); len(sums) == 0 {
		t.Error("nothing was asked")
	}
}

// inside is the private database of a product.
func inside(t *testing.T, p *product) *behind {
	t.Helper()
	db := &behind{t: t, dsn: fmt.Sprintf("host=%s port=5432 user=%s dbname=postgres", p.socket(t), localpg.Superuser)}
	db.Conn = db.connect()
	return db
}

func atWork(t *testing.T, p *product, do func(*busy, int) answer) *busy {
	t.Helper()
	b := &busy{guest: nobody(t, p), do: do, taken: map[string]string{}}
	if a := b.signUp(somebody(t), true); a.status != http.StatusSeeOther {
		t.Fatalf("signing up: %d\n%s", a.status, a.body)
	}
	b.shelf = b.shelved(travel)
	b.read(b.shelf)
	return b
}

// work does the one thing until told to stop. What goes wrong must say that it is only for a moment.
func (b *busy) work(stop chan struct{}) {
	for turn := 0; ; turn++ {
		select {
		case <-stop:
			return
		case <-time.After(100 * time.Millisecond): // people, not a benchmark
		}
		a := b.do(b, turn)
		b.mu.Lock()
		b.turns++
		if a.status < 400 {
			b.done++
		}
		b.mu.Unlock()
		sentence := contains(a.body, "Not available for a moment") && contains(a.body, `data-code="unavailable"`)
		switch {
		case a.status == http.StatusServiceUnavailable && sentence:
		case a.status >= 400, contains(a.header.Get("Location"), "/sign-in"):
			b.t.Errorf("turn %d: %d %s\n%s", turn, a.status, a.header.Get("Location"), tail(a.body, 2500))
		}
	}
}

func (b *busy) times() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.done
}

// question asks, follows the answer to the end of its stream, whatever comes, and remembers it when it was taken.
func (b *busy) question(text string) answer {
	a := b.post("/copilot/messages", url.Values{"text": {text}}, "HX-Request", "true")
	m := streamLink.FindStringSubmatch(a.body)
	if a.status != http.StatusOK {
		return a
	}
	if m == nil {
		b.t.Errorf("taken without an answer\n%s", a.body)
		return a
	}
	b.taken[text] = m[1]
	poll(b.t, "an answer's stream ends", func() bool { // without a database there is none; the page's script comes again too
		_, ended := b.followed(m[1])
		return ended
	})
	return a
}

func (b *busy) document(turn int) answer {
	word := fmt.Sprintf("lighthouse%d", turn)
	a := b.upload(b.shelf, file{word + ".txt", []byte("The " + word + " is by the sea.")})
	if a.status == http.StatusSeeOther {
		b.taken[word] = word + ".txt"
	}
	return a
}

func (b *busy) look(turn int) answer {
	pages := []string{"/home", "/search?q=hotel", "/knowledge", "/knowledge/collections/" + b.shelf, "/copilot", "/account", "/admin/ai", "/admin/audit", "/admin/egress"}
	return b.get(pages[turn%len(pages)])
}

// goesOn waits until everybody has done their thing again.
func goesOn(t *testing.T, crowd []*busy) {
	t.Helper()
	for i, b := range crowd {
		before := b.times()
		poll(t, fmt.Sprintf("person %d gets on", i), func() bool { return b.times() >= before+2 })
	}
}

// killDatabase ends PostgreSQL by a signal, and waits until the product has said why it is not ready, and is again.
func killDatabase(t *testing.T, p *product, signal syscall.Signal) {
	t.Helper()
	pid, err := p.Postmaster()
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, signal); err != nil {
		t.Fatal(err)
	}
	g := nobody(t, p)
	var said struct{ Reasons []string }
	for said.Reasons == nil { // as fast as it can: it is back soon
		a := g.get("/readyz")
		if a.status == http.StatusServiceUnavailable {
			if err := json.Unmarshal([]byte(a.body), &said); err != nil || len(said.Reasons) != 1 || said.Reasons[0] != "database" {
				t.Errorf("/readyz says %s: %v", a.body, err)
			}
		}
		if now, err := p.Postmaster(); a.status == http.StatusOK && err == nil && now != pid {
			t.Log("it was back before it could be asked")
			break
		}
	}
	poll(t, "the product is ready again", p.Ready)
}

// kept holds the product to all that it acknowledged.
func (b *busy) kept() {
	b.t.Helper()
	b.read(b.shelf)
	for what, id := range b.taken {
		if contains(id, ".txt") {
			if n := b.found(what); n != 1 {
				b.t.Errorf("%s is found %d times", id, n)
			}
			continue
		}
		b.isOver(what, id)
	}
}

func (b *busy) isOver(question, id string) {
	b.t.Helper()
	over := ""
	poll(b.t, "an answer is over", func() bool {
		a := b.answered(id)
		for _, state := range []string{"done", "failed", "interrupted", "stopped"} {
			if contains(a.body, `data-state="`+state+`"`) {
				over = state
			}
		}
		return over != ""
	})
	word, _, _ := strings.Cut(question, "?")
	if page := b.get("/copilot/conversations/" + b.conversationOf(id)).body; !contains(page, word+"?") {
		b.t.Errorf("%s is lost", word)
	}
	if over != "done" {
		b.t.Logf("%s: %s", word, over)
		b.again(id, "word word")
	}
}
