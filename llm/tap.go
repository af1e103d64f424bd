package llm

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"aimyorg/domain"
)

// tap reads a provider's response in langchaingo's stead: it reads the protocol itself, delivers the text and keeps the facts.
type tap struct {
	body   io.ReadCloser
	facts  *facts
	emit   func(text string)
	said   []byte               // text that is not emitted yet
	rest   func() time.Duration // until the next piece is due
	touch  func()               // a byte came: the idle clock starts again
	only   []string
	limit  int  // tokens
	whole  bool // not a stream: one JSON document
	events events
	names  names // of the last chunk
	json   []byte
	over   bool
}

func newTap(g *Gate, c *call, resp *http.Response) *tap {
	t := &tap{body: resp.Body, facts: c.facts, emit: c.deliver, limit: g.config.MaxTokens + g.config.MaxTokens/4 + 64,
		rest: c.rest}
	t.touch = func() { c.watch.Reset(g.config.Idle) }
	if c.choice.Provider == domain.OpenRouter {
		t.only = g.config.OpenRouterOnly
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	t.whole = kind != "text/event-stream"
	return t
}

// follow reads the response to its end.
func (t *tap) follow() {
	for !t.over {
		t.fill()
	}
}

// leave reads the little that may follow the last event, so that the connection is at its end and serves the next request,
// too. A provider that keeps it open is not waited for.
func (t *tap) leave() {
	if !t.facts.done {
		return
	}
	late := time.AfterFunc(mostLeaving, func() { _ = t.body.Close() })
	defer late.Stop()
	_, _ = io.CopyN(io.Discard, t.body, readSize)
}

// mostLeaving is how long the end of a response may take after [DONE].
const mostLeaving = 250 * time.Millisecond

// fill reads once from upstream. Once text has come it waits a little, so that what follows is read together; not when
// so much came that more must be there.
func (t *tap) fill() {
	n, err := t.read()
	if err != nil && !t.over {
		t.finish(err)
	}
	if len(t.said) == 0 {
		return
	}
	t.emit(string(t.said))
	t.said = t.said[:0]
	if t.rest != nil && !t.over && n < readSize/2 {
		time.Sleep(t.rest()) // a stop waits for it, for a third of a second at most: a timer and a select at each piece would cost more
	}
}

// readSize is how much is read at once, in bytes: what net/http reads ahead.
const readSize = 4 << 10

// readBuffers are shared: while they rest, a thousand answers need none.
var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

func (t *tap) read() (int, error) {
	b, ok := readBuffers.Get().(*[readSize]byte)
	if !ok {
		b = new([readSize]byte)
	}
	defer readBuffers.Put(b)
	n, err := t.body.Read(b[:])
	if n > 0 {
		t.touch()
		t.take(b[:n])
	}
	return n, err
}

// take reads bytes of the response.
func (t *tap) take(b []byte) {
	t.facts.bytesIn += int64(len(b))
	switch {
	case t.facts.bytesIn > maxResponse:
		t.end(Malformed)
	case t.whole:
		t.json = append(t.json, b...)
		if len(t.json) > maxWhole {
			t.end(Malformed)
		}
	case !t.events.feed(b, t.event) && !t.over:
		t.end(Malformed)
	}
}

// finish is the end of the response.
func (t *tap) finish(err error) {
	clean := errors.Is(err, io.EOF)
	switch {
	case !clean && t.whole:
		t.end(CutOff)
		return
	case clean && t.whole:
		t.document()
	case clean:
		t.events.finish(t.event)
	}
	if !t.over { // by a last [DONE] without an empty line after it
		t.conclude()
	}
}

// document reads an answer that came in one piece although a stream was asked for.
func (t *tap) document() {
	if !t.chunk(t.json) {
		return
	}
	t.facts.done = true
}

// event reads one event and says whether to go on.
func (t *tap) event(data []byte) bool {
	if string(bytes.TrimSpace(data)) != "[DONE]" {
		return t.chunk(data)
	}
	t.facts.done = true
	t.conclude()
	return false
}

// conclude ends by what the facts say; end ends for a reason.
func (t *tap) conclude() {
	t.facts.conclude()
	t.over = true
}

func (t *tap) end(r Reason) bool {
	t.facts.end(r)
	t.over = true
	return false
}

func (t *tap) chunk(data []byte) bool {
	c, err := readChunk(data, t.names)
	if err != nil {
		return t.end(Malformed)
	}
	if c.failed {
		return t.end(orDefault(c.failure, Failed))
	}
	t.names = c.names
	t.note(c)
	if !t.allowed() {
		return t.end(Violation)
	}
	for _, choice := range c.choices {
		if choice.index != 0 {
			continue
		}
		if choice.failed {
			return t.end(orDefault(choice.failure, Failed))
		}
		if !t.say(choice.delta) || !t.say(choice.message) {
			return false
		}
		t.finishedWith(choice.finish)
	}
	return true
}

// note keeps names and counts.
func (t *tap) note(c chunk) {
	f := t.facts
	f.upstream = orDefault(c.id, f.upstream)
	f.served = orDefault(c.model, f.served)
	f.servedBy = orDefault(c.provider, f.servedBy)
	if u := c.usage; u.Prompt >= 0 && u.Completion >= 0 && u.Prompt+u.Completion > 0 {
		f.usage = &u
	}
}

func (t *tap) finishedWith(reason string) {
	if reason == "" {
		return
	}
	t.facts.finish = reason
}

// allowed holds the list of reviewed providers against who served (P56). Nobody named counts as not listed.
func (t *tap) allowed() bool {
	if len(t.only) == 0 {
		return true
	}
	name := letters(string(t.facts.servedBy))
	return name != "" && slices.ContainsFunc(t.only, func(slug string) bool {
		slug, _, _ = strings.Cut(slug, "/")
		return letters(slug) == name
	})
}

// letters compares a slug (amazon-bedrock) with a name (Amazon Bedrock).
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// say delivers text at once, meters it, and cuts what exceeds the reserved worst case.
func (t *tap) say(s said) bool {
	if s == (said{}) {
		return true
	}
	text := s.content + s.refusal
	t.facts.text.add(text)
	t.facts.refusal = t.facts.refusal || s.refusal != ""
	spent := t.facts.text.tokens() > t.limit
	t.said = append(t.said, text...)
	if spent {
		return t.end(Truncated)
	}
	return true
}

// drain reads the body of an error status, only for its code.
func (t *tap) drain(limit int64) {
	b, err := io.ReadAll(io.LimitReader(t.body, limit))
	t.facts.bytesIn += int64(len(b))
	if err != nil {
		return
	}
	if c, err := readChunk(b, names{}); err == nil && c.failure == NoCredit {
		t.facts.end(NoCredit)
	}
}
