package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"aimyorg/domain"
	"aimyorg/trial"
)

// verdict compares, looks everything up again that was acknowledged, adds up, scans, and says what does not hold.
func (s *soak) verdict(ctx context.Context, before reading) error {
	after, err := s.calm(ctx, "after")
	if err != nil {
		return err
	}
	s.compare(before, after)
	s.recall(ctx)
	if err := s.weigh(ctx); err != nil {
		return err
	}
	if err := s.scan(ctx); err != nil {
		return err
	}
	if wrong := s.faulty(); len(wrong) > 0 {
		return fmt.Errorf("%d things must not be:\n  %s", len(wrong), strings.Join(wrong, "\n  "))
	}
	fmt.Println("All is well.")
	return nil
}

// compare holds the quiet minute at the end against the one at the beginning. The pools keep the connections that they
// opened under load, for half an hour and at most 40; memory may have grown by what is kept at hand of more documents, that of
// PostgreSQL by its shared buffers and by what each connection costs.
func (s *soak) compare(before, after reading) {
	for _, b := range []struct {
		what     string
		got, max int64
	}{
		{"heap, MB", after.Heap >> 20, before.Heap>>20 + 48},
		{"resident memory of the server, MB", after.app >> 20, before.app>>20 + 64},
		{"resident memory of PostgreSQL, MB", after.postgres >> 20, before.postgres>>20 + 64 + 8*int64(max(0, after.backends-before.backends))},
		{"goroutines", int64(after.Goroutines), int64(before.Goroutines) + 20},
		{"threads", int64(after.threads), int64(before.threads) + 16},
		{"PostgreSQL's connections", int64(after.backends), 40},
		{"descriptors beside PostgreSQL's connections", int64(after.files - after.backends), int64(before.files-before.backends) + 20},
		{"processes", int64(after.processes), int64(before.processes)},
		{"temporary files", int64(after.temporary), int64(before.temporary)},
		{"originals that no document has", int64(after.originals - after.versions), int64(s.halves)},
		{"jobs", int64(after.jobs), 0},
	} {
		fmt.Printf("  %-44s %5d, at most %d\n", b.what, b.got, b.max)
		if b.got > b.max {
			s.fault("leaked: %s %d, more than %d", b.what, b.got, b.max)
		}
	}
}

// recall looks for everything that was acknowledged.
func (s *soak) recall(ctx context.Context) {
	began := time.Now()
	documents, questions := 0, 0
	for _, o := range s.organizations {
		documents += len(o.docs)
	}
	states := map[string]int{}
	s.each(ctx, 4, s.people, func(p *person) {
		if !p.inside {
			if err := p.signIn(ctx); err != nil {
				p.fault("signing in at the end: %v", err)
				return
			}
		}
		p.recallAnswers(ctx, states)
		if p.number < 2 {
			p.recallDocuments(ctx)
		}
		if found := p.provider.received(p.refused); len(found) > 0 {
			p.fault("the provider received what was refused: %v", found)
		}
	})
	for _, n := range states {
		questions += n
	}
	if n := states[string(domain.MessageFailed)+" "+starved]; n > 1+questions/fewStarved+s.cuts {
		s.fault("%d of %d answers had no word from the database for three seconds", n, questions)
	}
	for _, what := range s.provider.strange {
		s.fault("at the provider: %s", what)
	}
	fmt.Printf("%d documents and %d questions were looked up in %.0f s; answers: %v\n", documents, questions, time.Since(began).Seconds(), states)
}

// recallAnswers reads each of the person's conversations once.
func (p *person) recallAnswers(ctx context.Context, states map[string]int) {
	pages := map[string]string{}
	for _, q := range p.asked {
		if pages[q.conversation] == "" {
			text, err := p.out.Conversation(ctx, q.conversation)
			if err = p.page(text, err); err != nil {
				p.fault("a conversation that was acknowledged: %v", err)
				continue
			}
			pages[q.conversation] = text
		}
		text := pages[q.conversation]
		state, code := trial.MessageState(text, q.message)
		p.mu.Lock()
		troubled := p.troubled(q.from, q.to)
		states[strings.TrimSpace(state+" "+code)]++
		p.mu.Unlock()
		switch {
		case !strings.Contains(text, q.word):
			p.fault("a question that was acknowledged is not there")
		case state == "" || !domain.MessageState(state).Over():
			p.fault("an answer is %q for ever", state)
		case state == string(domain.MessageDone) && !strings.Contains(text, p.words.answerTo(q.word)):
			p.fault("an answer is done and does not say what the provider said")
		case !troubled && (state == string(domain.MessageFailed) && code != "consent_withdrawn" && code != starved || state == string(domain.MessageInterrupted)):
			p.fault("an answer is %s (%s), and nothing was killed", state, code)
		}
	}
}

// atOneSearch is how many words of others are looked for at once; a query holds 500 characters.
const atOneSearch = 20

// recallDocuments has the owner search for each of the organization's documents, and the admin for each of another's.
func (p *person) recallDocuments(ctx context.Context) {
	if p.number == 0 {
		for _, d := range p.org.documents() {
			_, text, err := p.out.Search(ctx, d.word)
			if err = p.page(text, err); err != nil || !strings.Contains(text, d.title) {
				p.fault("an upload that was acknowledged is not found: %v", err)
			}
		}
		return
	}
	next := p.organizations[(p.org.number+1)%len(p.organizations)]
	if next == p.org {
		return
	}
	for some := range slices.Chunk(next.documents(), atOneSearch) {
		var query []string
		for _, d := range some {
			query = append(query, d.word)
		}
		found, _, err := p.out.Search(ctx, strings.Join(query, " "))
		if err != nil || found != "0" {
			p.fault("a leak: %s documents found with the words of another organization: %v", found, err)
		}
	}
}
