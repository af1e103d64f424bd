package llm

import (
	"context"
	"time"
	"unicode/utf8"

	"aimyorg/domain"
)

// Viewer follows one running answer from its own offset; any number may.
type Viewer struct {
	run    *run
	offset int
	shown  time.Time // when the last piece was given
}

// Piece is what a viewer gets next.
type Piece struct {
	Text   string          // since the last piece; whole characters
	Offset int             // bytes of the answer up to and including Text
	Over   bool            // nothing will follow
	Answer *domain.Message // when it is over: final, and saved unless the database refused it; not to be changed
	// What left for the answer, when anything did.
	Sent []domain.Source
	// Answer is what its person would read now: it is saved, and nobody's rights have changed since it was begun.
	Current bool
}

// Next waits for text beyond the offset, or for the end. It fails only with the context's error.
func (v *Viewer) Next(ctx context.Context) (Piece, error) { return v.NextUntil(ctx, nil) }

// NextUntil is Next, but gives an empty piece when something comes from until first. Pieces come no faster than the run's
// rhythm.
func (v *Viewer) NextUntil(ctx context.Context, until <-chan time.Time) (Piece, error) {
	for {
		piece, changed := v.run.since(v.offset)
		if piece.Text != "" && !piece.Over && v.early(ctx) {
			piece, changed = v.run.since(v.offset)
		}
		v.offset = piece.Offset
		if piece.Text != "" || piece.Over {
			v.shown = v.run.config.Desk.Now()
			return piece, nil
		}
		select {
		case <-changed:
		case <-until:
			return piece, nil
		case <-ctx.Done():
			return Piece{Offset: v.offset}, ctx.Err()
		}
	}
}

// early waits when a piece comes too soon after the last. Half of the rhythm is enough: a run that keeps
// it itself may come a hair too soon.
func (v *Viewer) early(ctx context.Context) bool {
	rest, gone := v.run.rhythm.rest(), v.run.config.Desk.Now().Sub(v.shown)
	if gone >= rest/2 {
		return false
	}
	sleep(ctx, rest-gone)
	return true
}

// since gives the text from an offset on. An offset inside a character goes back to its start, one beyond the end to
// the end.
func (x *run) since(offset int) (Piece, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	offset = min(offset, len(x.text))
	for offset > 0 && offset < len(x.text) && !utf8.RuneStart(x.text[offset]) {
		offset--
	}
	p := Piece{Text: string(x.text[offset:]), Offset: len(x.text), Over: x.over}
	if x.over {
		p.Answer, p.Current = &x.answer, x.current
		if x.sent != nil {
			p.Sent = x.sent.Sources
		}
	}
	return p, x.changed
}
