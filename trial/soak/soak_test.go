package main

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
)

// What the soak looks for is found when it is there; a soak that can't fail would prove nothing.

func vocabulary() (*words, *person, *person, *person) {
	w := newWords(rand.New(rand.NewPCG(1, 2)))
	one, other := &organization{number: 0}, &organization{number: 1}
	return w, &person{org: one, number: 0}, &person{org: one, number: 1}, &person{org: other, number: 0}
}

func TestWords_say_whose_they_are(t *testing.T) {
	t.Parallel()
	w, me, colleague, stranger := vocabulary()
	for name, c := range map[string]struct {
		by   *person
		in   kind
		seen bool // whether me may see it
	}{
		"my question": {me, inQuestion, true}, "my answer": {me, inAnswer, true}, "my document": {me, inText, true},
		"a colleague's document": {colleague, inText, true}, "a colleague's title": {colleague, inTitle, true},
		"a colleague's question": {colleague, inQuestion, false}, "a colleague's answer": {colleague, inAnswer, false},
		"a title in another organization": {stranger, inTitle, false}, "a document in another organization": {stranger, inText, false},
		"a question in another organization": {stranger, inQuestion, false},
	} {
		word := w.word(c.by, c.in)
		if got := w.stray(me, "<p>"+w.word(me, inText)+" said <mark>"+word+"</mark></p>"); (got == "") != c.seen {
			t.Errorf("%s: %q is taken for a leak: %v", name, word, got != "")
		}
	}
	if a, b := w.word(me, inText), w.word(me, inText); a == b || !strings.HasPrefix(a, w.stem) {
		t.Errorf("%q and %q", a, b)
	}
}

func TestWords_of_a_request(t *testing.T) {
	t.Parallel()
	w, me, _, stranger := vocabulary()
	first, last, document := w.word(me, inQuestion), w.word(me, inQuestion), w.word(me, inText)
	body := document + " " + first + " " + w.answerTo(first) + " " + last
	if w.last(body) != last || w.mixed(body) {
		t.Errorf("%q of %q, mixed: %v", w.last(body), body, w.mixed(body))
	}
	if !w.mixed(body + w.word(stranger, inText)) {
		t.Error("words of two organizations are not seen")
	}
}

func TestP51_balance(t *testing.T) {
	t.Parallel()
	done, lost := func(n int64) row { return row{n, domain.OutcomeOK} }, func(n int64) row { return row{n, domain.OutcomeUnknown} }
	for name, c := range map[string]struct {
		rows     []row
		requests []int64
		lost     int
		wrong    int
	}{
		"all is well":             {[]row{done(5), done(5), lost(7)}, []int64{7, 5, 5}, 0, 0},
		"killed before the dial":  {[]row{done(5), lost(5), lost(7)}, []int64{5, 7}, 1, 0},
		"never sent":              {[]row{done(5), {0, domain.OutcomeError}}, []int64{5}, 0, 0},
		"a request without a row": {[]row{done(5)}, []int64{5, 5}, 0, 1},
		"another size":            {[]row{done(5)}, []int64{6}, 0, 2},
		"a row too many":          {[]row{done(5), done(5)}, []int64{5}, 0, 1},
	} {
		if b := balanceOf(c.rows, c.requests); b.lost != c.lost || len(b.wrong) != c.wrong {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

func TestCount_forgives_only_what_a_kill_explains(t *testing.T) {
	t.Parallel()
	now := time.Now()
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		windows []window
		cut     bool
	}{
		"nothing was killed":      {nil, false},
		"killed long before":      {[]window{{now.Add(-2 * time.Hour), now.Add(-time.Hour)}}, false},
		"killed just before":      {[]window{{now.Add(-time.Minute), now.Add(-settling / 2)}}, true},
		"being killed":            {[]window{{from: now.Add(-time.Second)}}, true},
		"killed while it was run": {[]window{{now.Add(-2 * time.Second), now.Add(-time.Second)}}, true},
	} {
		s := &soak{faults: map[string]int{}, trouble: c.windows}
		s.count("ask", now.Add(-3*time.Second), failed)
		s.count("ask", now, nil)
		if s.done != 1 || (s.cuts == 1) != c.cut || (len(s.faulty()) == 0) != c.cut {
			t.Errorf("%s: %d done, %d cut, %v", name, s.done, s.cuts, s.faulty())
		}
	}
}

func TestCompare_finds_each_leak(t *testing.T) {
	t.Parallel()
	before := reading{Goroutines: 50, Heap: 5 << 20, app: 60 << 20, postgres: 60 << 20, threads: 10, files: 30, processes: 1, backends: 14, versions: 9, originals: 9}
	for name, leak := range map[string]func(*reading){
		"nothing": func(*reading) {}, "heap": func(r *reading) { r.Heap += 64 << 20 }, "resident": func(r *reading) { r.app += 200 << 20 },
		"PostgreSQL": func(r *reading) { r.postgres += 300 << 20 }, "goroutines": func(r *reading) { r.Goroutines += 30 },
		"threads": func(r *reading) { r.threads += 40 }, "connections": func(r *reading) { r.backends, r.files = 60, 76 },
		"descriptors": func(r *reading) { r.files += 50 }, "processes": func(r *reading) { r.processes++ },
		"temporary files": func(r *reading) { r.temporary++ }, "originals": func(r *reading) { r.originals++ }, "jobs": func(r *reading) { r.jobs++ },
	} {
		s, after := &soak{faults: map[string]int{}}, before
		leak(&after)
		s.compare(before, after)
		want := 1
		if name == "nothing" {
			want = 0
		}
		if got := s.faulty(); len(got) != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
