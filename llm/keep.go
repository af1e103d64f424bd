package llm

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"aimyorg/domain"
)

// keep saves the growing text and asks whether the answer may go on, beside the goroutine that reads the provider, so
// that neither the database nor a viewer can hold up a token. Without any word from the database for too long, the
// answer is cut: nobody could have stopped it.
func (x *run) keep(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			x.config.Log.Error("panic in a run's keeper", "message", x.answer.ID, "stack", string(debug.Stack()))
			x.cancel(cause{Broken})
		}
	}()
	beat := time.NewTicker(x.config.Beat)
	defer beat.Stop()
	silence := time.AfterFunc(patience, func() { x.cancel(cause{NotSaved}) })
	defer silence.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.grown:
		case <-beat.C:
		}
		standing, err := x.look(ctx)
		switch {
		case err == nil:
			silence.Reset(patience)
			x.obey(standing)
		case gone(err):
			x.cancel(cause{reasonOf(err)})
		}
	}
}

// gone says that trying again is in vain: the conversation was deleted, or the account closed.
func gone(err error) bool {
	return errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrSignedOut)
}

// look saves when there is something to save, and else only asks.
func (x *run) look(ctx context.Context) (s Standing, err error) {
	x.mu.Lock()
	text, ask := string(x.text), x.ask
	fresh := len(text) > x.saved
	x.mu.Unlock()
	err = x.call(ctx, func(ctx context.Context) error {
		var err error
		if fresh {
			s, err = x.config.Desk.Checkpoint(ctx, x.actor, x.answer.ID, ask, text)
		} else {
			s, err = x.config.Desk.Standing(ctx, x.actor, x.answer.ID, ask)
		}
		return err
	})
	if err == nil {
		x.mu.Lock()
		x.saved = len(text)
		x.mu.Unlock()
	}
	return s, err
}

// obey cuts the answer when the rows say so. A consent that is missing now was there when it began.
func (x *run) obey(s Standing) {
	switch {
	case Reason(s.Refused) == ConsentRequired:
		x.cancel(cause{ConsentWithdrawn})
	case s.Refused != "":
		x.cancel(cause{Reason(s.Refused)})
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
