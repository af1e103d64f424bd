package llmtest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Request is one request as it came.
type Request struct {
	Method, Path string
	Header       http.Header
	Body         []byte        // raw
	At           time.Time     // when its body had been read
	Gone         chan struct{} // closed when the client disconnected before the answer was complete
	Served       chan struct{} // closed when the provider is through with it
}

// Provider is an http.Handler. Its zero value answers every request with Default's words.
type Provider struct {
	mu       sync.Mutex
	queue    []Reply
	fallback Reply
	requests []*Request
	conns    int
	came     chan struct{}
}

// New makes a provider that gives the replies in order, and then the last one again and again.
func New(replies ...Reply) *Provider {
	p := &Provider{fallback: Say(Default...)}
	p.Script(replies...)
	return p
}

// Default is what a provider says without a script.
var Default = []string{"The ", "answer ", "is ", "in ", "the ", "passage ", "[1]."}

// Script replaces what is still to be replied.
func (p *Provider) Script(replies ...Reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append([]Reply(nil), replies...)
	if len(replies) > 0 {
		p.fallback = replies[len(replies)-1]
	}
}

// Requests are all that came so far.
func (p *Provider) Requests() []*Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*Request(nil), p.requests...)
}

// Connections counts the TCP connections that were accepted, with or without a request.
func (p *Provider) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns
}

// BytesIn is the sum of all bodies.
func (p *Provider) BytesIn() int64 {
	var n int64
	for _, r := range p.Requests() {
		n += int64(len(r.Body))
	}
	return n
}

// Wait waits until n requests have come.
func (p *Provider) Wait(ctx context.Context, n int) ([]*Request, error) {
	for {
		p.mu.Lock()
		if p.came == nil {
			p.came = make(chan struct{})
		}
		all, came := append([]*Request(nil), p.requests...), p.came
		p.mu.Unlock()
		if len(all) >= n {
			return all, nil
		}
		select {
		case <-came:
		case <-ctx.Done():
			return all, ctx.Err()
		}
	}
}

func (p *Provider) note(r *Request) Reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, r)
	if p.came != nil {
		close(p.came)
		p.came = nil
	}
	if len(p.queue) == 0 {
		return p.fallback
	}
	reply := p.queue[0]
	p.queue = p.queue[1:]
	return reply
}

// ServeHTTP records and replies.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	req := &Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body, At: time.Now(),
		Gone: make(chan struct{}), Served: make(chan struct{})}
	reply := p.note(req)
	defer close(req.Served)
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-r.Context().Done():
			close(req.Gone)
		case <-done:
		}
	}()
	defer func() { close(done); <-watched }()
	if r.URL.Path[max(0, len(r.URL.Path)-len(endpoint)):] != endpoint {
		http.Error(w, `{"error":{"message":"no such endpoint","code":"not_found"}}`, http.StatusNotFound)
		return
	}
	reply(&Exchange{ResponseWriter: w, Request: r, Body: body})
}

const endpoint = "/chat/completions"

// Listen serves on a loopback port until ctx ends, and returns the base URL for a provider's settings.
func (p *Provider) Listen(ctx context.Context, addr string) (baseURL string, err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second, ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			p.mu.Lock()
			p.conns++
			p.mu.Unlock()
		}
	}}
	go func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			return
		}
	}()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return "http://" + l.Addr().String() + "/v1", nil
}

// T is the part of testing.T that Start needs.
type T interface {
	Helper()
	Context() context.Context
	Fatalf(format string, args ...any)
}

// Start serves a provider until the test ends.
func Start(t T, replies ...Reply) (p *Provider, baseURL string) {
	t.Helper()
	p = New(replies...)
	baseURL, err := p.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatalf("scripted provider: %v", err)
	}
	return p, baseURL
}
