//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

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

// frozen has a child begin to read a document, and stops it right there. It looks out before the reading begins, as fast as
// it can: a child lives for some milliseconds.
func frozen(t *testing.T, p *product, begin func()) (pid int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stopped := make(chan int, 1)
	go func() { stopped <- stopReader(ctx, p.Process().Pid) }()
	begin()
	if pid = <-stopped; pid == 0 {
		t.Fatal("no child came to read, or none could be stopped while it read")
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	return pid
}

// stopReader stops the first child that has become the program: one that is still to become it has not been told to end with
// its server.
func stopReader(ctx context.Context, server int) (pid int) {
	for ctx.Err() == nil {
		for _, child := range childrenOf(server, "extract") {
			if stops(child) {
				return child
			}
		}
	}
	return 0
}

// stops stops a process, and says whether it stands still: it may have ended just then.
func stops(pid int) bool {
	if syscall.Kill(pid, syscall.SIGSTOP) != nil {
		return false
	}
	for !gone(pid) {
		if stateOf(pid) == "T" {
			return true
		}
	}
	return false
}

// nobodyReads waits until no child is left, the one that warms the PDF engine included.
func nobodyReads(t *testing.T, p *product) {
	t.Helper()
	if !trial.Holds(5*patience, func() bool { return len(childrenOf(p.Process().Pid, "extract", "serve")) == 0 }) {
		t.Fatal("somebody reads without end")
	}
}

// childrenOf are a process's children whose command line has one of the words. Those that take text out of files say extract,
// and serve before they have become that program. The private PostgreSQL is none of them.
func childrenOf(pid int, words ...string) (out []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, number := range strings.Fields(string(text)) {
			line, _ := os.ReadFile("/proc/" + number + "/cmdline")
			child, err := strconv.Atoi(number)
			if err == nil && slices.ContainsFunc(words, func(w string) bool { return contains(string(line), "\x00"+w+"\x00") }) {
				out = append(out, child)
			}
		}
	}
	return out
}

// stateOf is the letter by which the kernel says what a process does; empty when it is gone.
func stateOf(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	state, _, _ := strings.Cut(rest, " ")
	return state
}

// gone says that a process has ended, or is a zombie that nobody waits for.
func gone(pid int) bool { return slices.Contains([]string{"", "Z", "X"}, stateOf(pid)) }

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
	shelf := ""
	child := frozen(t, first, func() { shelf = m.shelved(tale("albatross")) })
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
	db.comes("true", twentyKept, id)

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
