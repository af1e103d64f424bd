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

// The times of a stream.
const (
	lookEvery    = time.Second      // at the clock, while nothing comes
	beatEvery    = 10 * time.Second // F7: by which a departed reader shows
	sessionEvery = 4 * time.Second  // A16: an ended session ends its streams within 5 s
	awayEvery    = 300 * time.Millisecond
)

// streamMessage follows an answer: finished blocks are appended, the open one is replaced. An event's id is the byte
// offset of what is closed, so that a reader who comes back repeats nothing. Whatever is wrong (unknown, not allowed,
// signed out), it is an event stream that ends with done.
func (q *request) streamMessage() error {
	id, err := q.param("id")
	if err != nil || !q.signedIn() || !q.actor().May(domain.AskCopilot) {
		return q.stream(noEvents{})
	}
	place, ok := q.streams.enter(q.who, q.looked)
	if !ok {
		return domain.ErrTooMany
	}
	return q.stream(q.follow(id, min(lastEventID(q.c.Get("Last-Event-ID")), 1<<20), place))
}

// lastEventID is an offset of ours, or 0: it is a hint by a browser, never more (A38).
func lastEventID(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// follower gives one answer to one reader. It holds copies only: the request is over.
type follower struct {
	site    *Site
	who     store.SignedIn
	place   *place
	message domain.ID
	zone    *time.Location
	reader  reader
	run     *llm.Viewer // of this process; nil: what is saved is followed
	seen    int         // bytes of what is saved
	again   bool        // what is saved has been looked at before
	render  *llm.Stream
	tick    *time.Ticker
	beaten  time.Time
}

func (q *request) follow(message domain.ID, offset int, place *place) *follower {
	f := &follower{site: q.Site, who: q.who, place: place, message: message, zone: q.now.Location(), reader: q.reader(), seen: offset,
		render: llm.NewStream(offset, llm.Links{Out: q.Site.leave}), beaten: q.now, tick: time.NewTicker(lookEvery)}
	if run, ok := q.Runs.Follow(q.actor(), message, offset); ok {
		f.run = run
	}
	return f
}

func (f *follower) leave() {
	f.tick.Stop()
	f.place.leave()
}

func (f *follower) next(e *eventWriter) bool {
	ctx := f.site.closing
	if f.run == nil {
		return f.elsewhere(ctx, e)
	}
	return f.here(ctx, e)
}

// here follows a run of this process.
func (f *follower) here(ctx context.Context, e *eventWriter) bool {
	piece, err := f.run.NextUntil(ctx, f.tick.C)
	if err != nil {
		return false
	}
	f.render.Write(piece.Text)
	if !piece.Over {
		f.frame(e)
		return f.goOn(ctx, e)
	}
	f.end(e)
	if piece.Current {
		f.finished(ctx, e, piece.Answer, leftFor(piece))
	}
	return false
}

// elsewhere follows an answer that runs in another process, or is over, by what is saved of it. What is not found, signed
// out or unreachable is at its end: the page says what is wrong.
func (f *follower) elsewhere(ctx context.Context, e *eventWriter) bool {
	if f.again && !rest(ctx, awayEvery) {
		return false
	}
	f.again = true
	m, sent, err := f.load(ctx)
	if err != nil {
		return false
	}
	if len(m.Text) > f.seen {
		f.render.Write(m.Text[f.seen:])
		f.seen = len(m.Text)
	}
	if m.State.Over() {
		f.end(e)
		f.finished(ctx, e, &m, sent)
		return false
	}
	f.frame(e)
	return f.goOn(ctx, e)
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

func (f *follower) frame(e *eventWriter) {
	if frame, ok := f.render.Frame(); ok {
		f.add(e, frame)
	}
}

func (f *follower) end(e *eventWriter) {
	if last := f.render.End(); last.Closed != "" {
		f.add(e, last)
	}
}

func (f *follower) add(e *eventWriter, x llm.Frame) {
	if x.Closed != "" {
		e.send(EventBlock, x.Offset, string(x.Closed))
	}
	e.send(EventOpen, -1, string(x.Open))
}

// goOn beats where nothing has come for long, and says whether the reader may go on.
func (f *follower) goOn(ctx context.Context, e *eventWriter) bool {
	now := f.site.DB.Now()
	if len(e.buf) > 0 {
		f.beaten = now
	}
	if now.Sub(f.beaten) > beatEvery {
		f.beaten = now
		e.beat()
	}
	w := f.place.watch
	if w.due(now) && errors.Is(f.site.DB.SessionHolds(ctx, f.who), domain.ErrSignedOut) {
		w.over.Store(true)
	}
	if w.over.Load() {
		e.buf = nil // what came last is not for them either
		return false
	}
	return true
}

// finished gives the last event the message as reading it would show it, which saves the page that.
func (f *follower) finished(ctx context.Context, e *eventWriter, m *domain.Message, sent *copilot.Sent) {
	var b bytes.Buffer
	if err := copilot.Show(f.site.shown(*m, sent, f.site.DB.Now().In(f.zone))).Render(f.reader.on(ctx), &b); err != nil {
		return // the page reads it
	}
	e.last = b.String()
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

// rest waits, unless the server is closing.
func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
