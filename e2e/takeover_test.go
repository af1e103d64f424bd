//go:build e2e

package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

// stuckReader is a program that takes a document and never answers. The number is how its process is told from others.
const stuckReader = "#!/bin/sh\nexec sleep 86243\n"

// stick has every child that reads from now on hang, until mend: a server starts its children from its own program's path,
// where another program lies now. One that does read lives for some milliseconds, too short a while to be caught.
func (p *product) stick(t *testing.T) (mend func()) {
	t.Helper()
	replace := func(put func(fresh string) error) {
		t.Helper()
		if err := errors.Join(put(p.Binary+".new"), os.Rename(p.Binary+".new", p.Binary)); err != nil {
			t.Fatal(err)
		}
	}
	replace(func(fresh string) error { return os.WriteFile(fresh, []byte(stuckReader), 0o700) })
	return func() { replace(func(fresh string) error { return os.Link(world.binary, fresh) }) }
}

// hanging waits until a child hangs.
func (p *product) hanging(t *testing.T) (pid int) {
	t.Helper()
	poll(t, "a child reads", func() bool {
		all := childrenOf(p.Process().Pid, "86243")
		if len(all) > 0 {
			pid = all[0]
		}
		return pid != 0
	})
	return pid
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
	first.stick(t)
	shelf := m.shelved(tale("albatross"))
	child := first.hanging(t)
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
