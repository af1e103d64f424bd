package handlers

import (
	"bufio"
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
	EventState Event = "state"
	EventDone  Event = "done" // nothing follows; HTML of the finished message, or nothing: then the client fetches it
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

// eventDeadline is how long one event may take to reach a reader that does not read (A113).
const eventDeadline = 15 * time.Second

// eventWriter writes events; an error means that the reader has gone.
type eventWriter struct {
	w        *bufio.Writer
	deadline func() error // moves the connection's
	buf      []byte
	last     string // what done carries
}

func (e *eventWriter) send(event Event, id int, data string) error {
	e.buf = AppendEvent(e.buf[:0], event, id, data)
	return e.flush(e.buf)
}

// beat is a comment, by which a departed reader shows.
func (e *eventWriter) beat() error { return e.flush([]byte(": beat\n\n")) }

func (e *eventWriter) flush(b []byte) error {
	if err := e.deadline(); err != nil {
		return err
	}
	if _, err := e.w.Write(b); err != nil {
		return err
	}
	return e.w.Flush()
}

// stream answers with events that fn writes. fn runs after the handler has returned: it must not touch the request.
// Whatever is wrong, the answer is an event stream with status 200 that ends with done: anything else makes browsers try
// again for ever.
func (q *request) stream(fn func(*eventWriter) error) error {
	q.c.Set(fiber.HeaderContentType, "text/event-stream; charset=utf-8")
	q.c.Set("X-Accel-Buffering", "no")
	conn, log, id, now := connection(q.c), q.Log, q.id, q.DB.Now
	streamBody(q.c, func(w *bufio.Writer) {
		defer func() {
			if p := recover(); p != nil { // a panic here would end the process
				log.Error("panic in a stream", "request", id, "type", typeName(p))
			}
		}()
		e := &eventWriter{w: w, deadline: func() error { return conn.SetWriteDeadline(now().Add(eventDeadline)) }}
		if err := fn(e); err == nil {
			_ = e.send(EventDone, -1, e.last) // a reader that is gone needs no end
		}
		_ = conn.SetWriteDeadline(time.Time{})
	})
	return nil
}
