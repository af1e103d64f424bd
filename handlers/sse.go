package handlers

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Event is a kind of server-sent event: this closed set, never what a provider sent (HOSTILE A76).
type Event string

// The events of an answer's stream; static/src/js/answer.js listens for them.
const (
	EventBlock Event = "block" // HTML of blocks that are finished
	EventOpen  Event = "open"  // HTML of the block that still grows
	EventDone  Event = "done"  // nothing follows; HTML of the finished message, or nothing: then the client fetches it
)

// AppendEvent appends one event to b, by the WHATWG's rules for event streams (HTML §9.2): data is split at CR, LF and
// CRLF, so that a parser gives back the data with its line ends normalised to LF and nothing else. id is a byte offset,
// or negative for none. It is the only encoder.
func AppendEvent(b []byte, event Event, id int, data string) []byte {
	b = append(append(append(b, "event: "...), event...), '\n')
	if id >= 0 {
		b = append(strconv.AppendInt(append(b, "id: "...), int64(id), 10), '\n')
	}
	data = strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n")
	for line := range strings.SplitSeq(data, "\n") {
		b = append(append(append(b, "data: "...), line...), '\n')
	}
	return append(b, '\n')
}

// eventDeadline is how long what is sent at once may take to reach a reader that does not read (A113).
const eventDeadline = 15 * time.Second

// eventWriter gathers events that are sent together.
type eventWriter struct {
	buf  []byte
	last string // what done carries
}

func (e *eventWriter) send(event Event, id int, data string) {
	e.buf = AppendEvent(e.buf, event, id, data)
}

// beat is a comment, by which a departed reader shows.
func (e *eventWriter) beat() { e.buf = append(e.buf, ": beat\n\n"...) }

// eventSource is where a stream's events come from. Both run after the handler has returned: they must not touch the
// request.
type eventSource interface {
	// next waits for something to say and adds it, if only a beat; false ends the stream.
	next(e *eventWriter) bool
	// leave is called once, when nothing more is asked of it.
	leave()
}

// noEvents is a stream that only ends.
type noEvents struct{}

func (noEvents) next(*eventWriter) bool { return false }
func (noEvents) leave()                 {}

// eventBody is a stream as the connection's own goroutine reads it: that one waits for the events, and there is no other
// between them and the network.
type eventBody struct {
	source   eventSource
	deadline func(time.Time) error // sets the connection's
	moved    time.Time             // when that was last done
	now      func() time.Time
	panicked func(any)
	out      eventWriter
	sent     int // bytes of out
	over     bool
}

// Read gives the next bytes. Whatever happens it ends like a stream that is over: anything else makes browsers try again
// for ever.
func (b *eventBody) Read(p []byte) (int, error) {
	for b.sent == len(b.out.buf) {
		if b.over {
			return 0, io.EOF
		}
		b.out.buf, b.sent = b.out.buf[:0], 0
		b.fill()
	}
	if now := b.now(); now.Sub(b.moved) > time.Second { // setting it costs a tenth of what writing does
		if err := b.deadline(now.Add(eventDeadline)); err != nil {
			return 0, err
		}
		b.moved = now
	}
	n := copy(p, b.out.buf[b.sent:])
	b.sent += n
	return n, nil
}

func (b *eventBody) fill() {
	defer func() {
		if p := recover(); p != nil { // a panic here would end the process
			b.panicked(p)
			b.over, b.out.buf = true, nil
		}
	}()
	if b.over = !b.source.next(&b.out); b.over {
		b.out.send(EventDone, -1, b.out.last)
	}
}

// Close is called when the last byte is written, or none can be any more.
func (b *eventBody) Close() error {
	b.source.leave()
	return b.deadline(time.Time{})
}

// stream answers with the events of a source. Whatever is wrong, the answer is an event stream with status 200 that ends
// with done: anything else makes browsers try again for ever.
func (q *request) stream(source eventSource) error {
	q.c.Set(fiber.HeaderContentType, "text/event-stream; charset=utf-8")
	q.c.Set("X-Accel-Buffering", "no")
	log, id := q.Log, q.id
	streamBody(q.c, &eventBody{source: source, deadline: connection(q.c).SetWriteDeadline, now: q.DB.Now,
		panicked: func(p any) { log.Error("panic in a stream", "request", id, "type", typeName(p)) }})
	return nil
}
