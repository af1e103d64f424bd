package llm

import (
	"io"
	"net/http"
	"strings"
	"time"

	"aimyorg/domain"
)

// Prose says whether a text is not given to the parser; Parsed gives it all the same.
func Prose(text string) bool { return prose([]byte(text)) }

// Parsed renders a text as the parser reads it.
func Parsed(text string, links Links) HTML { return parsed([]byte(text), links) }

// Tapped is what the tap made of a response.
type Tapped struct {
	Text      string
	Reason    Reason
	Served    string
	TokensOut int
	Rests     int
}

// TapBytes feeds a response to a tap in pieces of the given size.
func TapBytes(response []byte, size int, contentType string) Tapped {
	return TapPieces(response, []int{max(size, 1)}, contentType)
}

// TapPieces feeds a response to a tap in pieces of the given sizes, over and over.
func TapPieces(response []byte, sizes []int, contentType string) Tapped {
	var text strings.Builder
	rests := 0
	c := &call{choice: Choice{Provider: domain.OpenAI}, deliver: func(s string) { text.WriteString(s) }, facts: &facts{},
		rest: func() time.Duration { rests++; return 0 }}
	c.watch = time.AfterFunc(time.Hour, func() {})
	defer c.watch.Stop()
	c.facts.wrote.Store(true)
	g := &Gate{config: GateConfig{}.withDefaults()}
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(&pieces{response, sizes})}
	newTap(g, c, resp).follow()
	var r domain.Receipt
	c.facts.fill(&r)
	return Tapped{text.String(), c.facts.reason, r.Served, r.TokensOut, rests}
}

type pieces struct {
	rest  []byte
	sizes []int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(p.sizes[0], len(p.rest))])
	p.rest, p.sizes = p.rest[n:], append(p.sizes[1:], p.sizes[0])
	return n, nil
}

// Events cuts a stream into data, in pieces of the given size.
func Events(stream []byte, size int) []string {
	var out []string
	var e events
	each := func(data []byte) bool { out = append(out, string(data)); return true }
	for len(stream) > 0 {
		n := min(max(size, 1), len(stream))
		if !e.feed(stream[:n], each) {
			return out
		}
		stream = stream[n:]
	}
	e.finish(each)
	return out
}

// RetryAfter reads a provider's header.
func RetryAfter(value string, now time.Time) int { return retryAfter(value, now) }

// Messages are a prompt's roles and texts, for tests that look at what would be sent.
func Messages(p Prompt) (roles, texts []string) {
	for _, m := range p.messages {
		roles, texts = append(roles, m.role), append(texts, m.text)
	}
	return roles, texts
}

// RestBeside is how long an answer's text rests beside so many others.
func RestBeside(answers int64) time.Duration {
	var r rhythm
	r.answers.Store(answers)
	return r.rest()
}

// HoldRoom lets nothing begin or make room until release.
func (r *Runs) HoldRoom() (release func()) {
	r.mu.Lock()
	return r.mu.Unlock
}
