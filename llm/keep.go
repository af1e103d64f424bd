package llm

import (
	"context"
	"time"

	"aimyorg/domain"
)

// keep saves the growing text and asks whether the answer may go on, beside the goroutine that reads the provider, so
// that neither the database nor a viewer can hold up a token.
func (x *run) keep(ctx context.Context) {
	tick := time.NewTicker(min(x.config.Checkpoint, x.config.Poll))
	defer tick.Stop()
	asked, heard := time.Duration(0), time.Duration(0) // since the last question and the last answer
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.grown:
		case <-tick.C:
			asked += min(x.config.Checkpoint, x.config.Poll)
			heard += min(x.config.Checkpoint, x.config.Poll)
		}
		standing, called, err := x.look(ctx, asked)
		switch {
		case ctx.Err() != nil:
			return
		case called && err == nil:
			asked, heard = 0, 0
			x.obey(standing)
		case heard > patience:
			x.cancel(cause{NotSaved})
		}
	}
}

// look saves when there is something to save, asks when it is time to ask, else does nothing.
func (x *run) look(ctx context.Context, asked time.Duration) (s Standing, called bool, err error) {
	text, ask, fresh := x.unsaved()
	tick := min(x.config.Checkpoint, x.config.Poll)
	if !fresh && asked+tick <= x.config.Poll {
		return s, false, nil
	}
	err = x.call(ctx, func(ctx context.Context) error {
		var err error
		if fresh {
			s, err = x.config.Desk.Checkpoint(ctx, x.actor, x.answer.ID, ask, text)
		} else {
			s, err = x.config.Desk.Standing(ctx, x.actor, x.answer.ID, ask)
		}
		return err
	})
	if err == nil && fresh {
		x.mu.Lock()
		x.saved = len(text)
		x.mu.Unlock()
	}
	return s, true, err
}

func (x *run) unsaved() (text string, ask Ask, fresh bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.text) == x.saved {
		return "", x.ask, false
	}
	return string(x.text), x.ask, true
}

// obey cuts the answer when the rows say so. A consent that is missing now was there when it began.
func (x *run) obey(s Standing) {
	switch {
	case s.Refused == ConsentRequired:
		x.cancel(cause{ConsentWithdrawn})
	case s.Refused != "":
		x.cancel(cause{s.Refused})
	case s.Stop:
		x.cancel(cause{StoppedByPerson})
	}
}

// citations are the numbers in an answer that name a passage, in order of number.
func citations(text string, passages []domain.Passage) []domain.Citation {
	cited := map[int]bool{}
	for _, n := range citedNumbers(text) {
		cited[n] = true
	}
	var out []domain.Citation
	for i, p := range passages {
		if cited[i+1] {
			out = append(out, domain.Citation{Number: i + 1, Document: p.Document, Version: p.Version,
				VersionNumber: p.VersionNumber, Passage: p.Ordinal, Title: p.Title, Place: p.Place,
				Snippet: clip(domain.Prose(p.Text), maxSnippet)})
		}
	}
	return out
}
