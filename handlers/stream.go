package handlers

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/store"
	"aimyorg/views/copilot"
)

// The rhythm of a stream.
const (
	frameEvery   = 35 * time.Millisecond // how often what came is rendered
	beatEvery    = 10 * time.Second      // F7: by which a departed reader shows
	sessionEvery = 4 * time.Second       // A16: an ended session ends its streams within 5 s
	awayEvery    = 300 * time.Millisecond
)

// errGone ends a stream whose reader may not read on; it is answered like the end of any other.
var errGone = errors.New("gone")

// streamMessage follows an answer: finished blocks are appended, the open one is replaced. An event's id is the byte
// offset of what is closed, so that a reader who comes back repeats nothing. Whatever is wrong (unknown, not allowed,
// signed out), it is an event stream that ends with done.
func (q *request) streamMessage() error {
	id, err := q.param("id")
	if err != nil || !q.signedIn() || !q.actor().May(domain.AskCopilot) {
		return q.stream(func(*eventWriter) error { return nil })
	}
	place, ok := q.streams.enter(q.who, q.now)
	if !ok {
		return domain.ErrTooMany
	}
	f := &follower{site: q.Site, who: q.who, place: place, message: id, offset: lastEventID(q.c.Get("Last-Event-ID")),
		zone: q.now.Location(), reader: q.reader()}
	return q.stream(func(e *eventWriter) error {
		defer place.leave()
		f.out = e
		return f.follow()
	})
}

// lastEventID is an offset of ours, or 0: it is a hint by a browser, never more (A38).
func lastEventID(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// follower writes one answer to one reader. It holds copies only: the request is over.
type follower struct {
	site    *Site
	who     store.SignedIn
	place   *place
	message domain.ID
	offset  int
	zone    *time.Location
	reader  reader
	out     *eventWriter
	render  *llm.Stream
	beaten  time.Time
}

func (f *follower) follow() error {
	ctx, cancel := context.WithCancel(f.site.closing)
	defer cancel()
	f.offset = min(f.offset, 1<<20)
	f.render = llm.NewStream(f.offset, llm.Links{Out: f.site.leave})
	f.beaten = f.site.DB.Now()
	if viewer, ok := f.site.Runs.Follow(f.who.Actor, f.message, f.offset); ok {
		return f.here(ctx, viewer)
	}
	return f.elsewhere(ctx)
}

// here follows a run of this process.
func (f *follower) here(ctx context.Context, v *llm.Viewer) error {
	tick := time.NewTimer(0)
	defer tick.Stop()
	for {
		tick.Reset(time.Second) // to beat and to look, also while nothing comes
		piece, err := v.NextUntil(ctx, tick.C)
		f.render.Write(piece.Text)
		if err == nil && piece.Over {
			if err := f.end(); err != nil || !piece.Current {
				return err
			}
			return f.finished(ctx, piece.Answer, leftFor(piece))
		}
		if err := f.flush(ctx); err != nil {
			return quietly(err)
		}
		tick.Reset(f.place.pace())
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// elsewhere follows an answer that runs in another process, or is over, by what is saved of it.
func (f *follower) elsewhere(ctx context.Context) error {
	seen := f.offset
	for {
		m, sent, err := f.load(ctx)
		if err != nil {
			return quietly(errGone) // not found, signed out or unreachable: done, and the page says what is wrong
		}
		if len(m.Text) > seen {
			f.render.Write(m.Text[seen:])
			seen = len(m.Text)
		}
		if m.State.Over() {
			if err := f.end(); err != nil {
				return err
			}
			return f.finished(ctx, m, sent)
		}
		if err := f.flush(ctx); err != nil {
			return quietly(err)
		}
		if !rest(ctx, awayEvery) {
			return nil
		}
	}
}

func (f *follower) load(ctx context.Context) (m domain.Message, sent *copilot.Sent, err error) {
	err = f.site.DB.Read(ctx, f.who.Actor, func(t *store.Tenant) (err error) {
		if m, err = t.Message(f.message); err != nil || !m.State.Over() {
			return err
		}
		sent, err = sentFor(t, m)
		return err
	})
	return m, sent, err
}

// flush writes what came, beats, and looks whether the reader may go on.
func (f *follower) flush(ctx context.Context) error {
	now := f.site.DB.Now()
	if frame, ok := f.render.Frame(); ok {
		f.beaten = now
		if err := f.frame(frame); err != nil {
			return err
		}
	}
	if now.Sub(f.beaten) > beatEvery {
		f.beaten = now
		if err := f.out.beat(); err != nil {
			return err
		}
	}
	w := f.place.watch
	if w.due(now) && errors.Is(f.site.DB.SessionHolds(ctx, f.who), domain.ErrSignedOut) {
		w.over.Store(true)
	}
	if w.over.Load() {
		return errGone
	}
	return nil
}

func (f *follower) frame(x llm.Frame) error {
	if x.Closed != "" {
		if err := f.out.send(EventBlock, x.Offset, string(x.Closed)); err != nil {
			return err
		}
	}
	return f.out.send(EventOpen, -1, string(x.Open))
}

func (f *follower) end() error {
	last := f.render.End()
	if last.Closed == "" {
		return nil
	}
	return f.frame(last)
}

// finished gives the last event the message as reading it would show it, which saves the page that.
func (f *follower) finished(ctx context.Context, m domain.Message, sent *copilot.Sent) error {
	var b bytes.Buffer
	if err := copilot.Show(f.site.shown(m, sent, f.site.DB.Now().In(f.zone))).Render(f.reader.on(ctx), &b); err != nil {
		return err
	}
	f.out.last = b.String()
	return nil
}

// leftFor says what left the building for an answer.
func leftFor(p llm.Piece) *copilot.Sent {
	if p.Answer.Receipt == "" {
		return nil
	}
	documents := map[domain.ID]bool{}
	for _, s := range p.Sent {
		documents[s.Document] = true
	}
	return &copilot.Sent{Receipt: p.Answer.Receipt, Provider: p.Answer.Provider, Passages: len(p.Sent), Documents: len(documents)}
}

// quietly makes the end of a reader who may not go on an ordinary end; a reader who left gets nothing more.
func quietly(err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

// rest waits, unless the server is closing.
func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
