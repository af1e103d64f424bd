//go:build e2e

package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"aimyorg/llm/llmtest"
	"aimyorg/trial"
)

// tale is a document of several passages with a word that only it holds.
func tale(word string) file {
	var b strings.Builder
	fmt.Fprintf(&b, "# The tale of the %s\n\nThe %s is named here and nowhere else.\n\n", word, word)
	for i := range 1200 {
		fmt.Fprintf(&b, "Sentence number %d goes on about harbours, ladders and letters. ", i)
	}
	return file{word + ".md", []byte(b.String())}
}

// frozen waits until the server has started a child that reads a document, and stops it right there.
func frozen(t *testing.T, p *product) (pid int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) { // as fast as it can: a child lives for some milliseconds
		if all := childrenOf(p.Process().Pid); len(all) > 0 {
			if err := syscall.Kill(all[0], syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = syscall.Kill(all[0], syscall.SIGCONT) })
			return all[0]
		}
	}
	t.Fatal("no child came to read")
	return 0
}

// nobodyReads waits until no child is left, the one that warms the PDF engine included.
func nobodyReads(t *testing.T, p *product) {
	t.Helper()
	if !trial.Holds(5*patience, func() bool { return len(childrenOf(p.Process().Pid)) == 0 }) {
		t.Fatal("somebody reads without end")
	}
}

// childrenOf are a process's children that take text out of files. The private PostgreSQL is none.
func childrenOf(pid int) (out []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(text)) {
			var child int
			_, _ = fmt.Sscan(word, &child)
			if line, _ := os.ReadFile("/proc/" + word + "/cmdline"); contains(string(line), "\x00extract\x00") || contains(string(line), "\x00serve\x00") {
				out = append(out, child)
			}
		}
	}
	return out
}

// gone says that a process has ended, or is a zombie that nobody waits for.
func gone(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || contains(string(text), ") Z ")
}

// A process is killed while its child reads and while it answers; another one that runs beside it goes on with both. A
// third that starts meanwhile leaves alone what the first still reads.
func TestTheOtherProcessTakesOver(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first, db := onCluster(t, aiSettings(base)...)
	m := db.enrolled(t, first, true)
	m.read(m.shelved(travel))
	nobodyReads(t, first)
	shelf := m.shelved(tale("albatross"))
	child := frozen(t, first)
	second := beside(t, first)
	const jobs = "select count(*)::text from river.river_job where args->>'version' = (select id::text from document_versions order by id desc limit 1)"
	if n := db.one(jobs); n != "1" {
		t.Errorf("%s jobs for a document that is being read: the process that started reads it as well", n)
	}
	cue := provider.cue(endless, llmtest.Say("Whole at the second try [1]."))
	id := m.asks(aboutHotels+cue, "")
	provider.wait(t, cue, 1)
	db.comes("streaming", "select state from messages where id = $1", id)
	other := m.at(second)
	poll(t, "words are kept", func() bool {
		return contains(other.answered(id).body, "word") || db.one("select (octet_length(body) > 100)::text from messages where id = $1", id) == "true"
	})

	first.kill(t)
	poll(t, "the child is gone with its server", func() bool { return gone(child) })
	other.read(shelf)
	if n := other.found("albatross"); n != 1 {
		t.Errorf("the document is found %d times", n)
	}
	if n := db.one(jobs); n != "1" {
		t.Errorf("%s jobs have read the document", n)
	}
	if a := other.becomes(id, "interrupted"); !contains(a.body, "word 1 ") || !contains(a.body, `data-code="server_stopped"`) {
		t.Errorf("interrupted, and kept is\n%s", a.body)
	}
	db.comes("unknown", "select outcome from receipts where message_id = $1", id)
	other.again(id, "Whole at the second try")
	db.balances(second, provider)
}
