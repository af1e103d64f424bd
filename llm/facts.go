package llm

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"aimyorg/domain"
)

// facts is what really happened to one request. It is of one goroutine, but for wrote.
type facts struct {
	wrote atomic.Bool // the request's headers went out; net/http says so

	reason     Reason
	ended      bool
	status     int
	retryAfter int
	finish     string // finish_reason
	done       bool   // [DONE], or a whole answer in one piece
	refusal    bool
	text       counted
	served     word
	servedBy   word
	upstream   word
	usage      *usage
	bytesIn    int64
}

// usage is what the provider says it counted.
type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
}

// counted estimates tokens of a growing text without keeping it, as Tokens does.
type counted struct{ bytes, wide int }

func (c *counted) add(s string) {
	c.bytes += len(s)
	for _, r := range s {
		if r >= 0x2E80 {
			c.wide++
		}
	}
}

func (c *counted) tokens() int { return (c.bytes-3*c.wide+3)/4 + c.wide }

// end records the first reason; later ones are consequences.
func (f *facts) end(r Reason) {
	if !f.ended {
		f.ended, f.reason = true, r
	}
}

// verdict is how the request ended. A cut counts unless the answer was already complete.
func (f *facts) verdict(ctx context.Context) Reason {
	complete := f.ended && (f.reason == "" || f.reason == Truncated) && f.finish != ""
	if ctx.Err() == nil || complete {
		if !f.ended {
			return CutOff
		}
		return f.reason
	}
	var c cause
	if errors.As(context.Cause(ctx), &c) {
		return c.Reason
	}
	return ShutDown
}

// conclude judges a stream that has ended, with or without a read error.
func (f *facts) conclude() {
	if f.ended {
		return
	}
	f.ended = true
	switch {
	case f.finish == "content_filter" || f.refusal:
		f.reason = ProviderNo
	case f.finish == "error":
		f.reason = Failed
	case f.finish == "" && !f.done:
		f.reason = CutOff
	case f.text.bytes == 0:
		f.reason = Empty
	case f.finish == "length":
		f.reason = Truncated
	}
}

// headers keeps what the response's head says.
func (f *facts) headers(resp *http.Response, now time.Time) {
	f.status = resp.StatusCode
	f.retryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	f.upstream = tidy(resp.Header.Get("X-Request-Id"))
}

// maxRetryAfter bounds what a provider may ask people to wait.
const maxRetryAfter = 24 * 60 * 60

// retryAfter reads seconds or a date (RFC 9110 §10.2.3) as seconds from now; 0 is unknown.
func retryAfter(value string, now time.Time) int {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseFloat(value, 64); err == nil && n > 0 {
		return int(min(n, maxRetryAfter) + 0.999)
	}
	at, err := http.ParseTime(value)
	if err != nil || !at.After(now) {
		return 0
	}
	return int(min(at.Sub(now), maxRetryAfter*time.Second).Round(time.Second) / time.Second)
}

// refusedBy maps a status to its reason, unless the error body said better.
func (f *facts) refusedBy(status int) {
	wait := f.retryAfter > 0
	f.end(statusReason(status, wait))
}

func statusReason(status int, wait bool) Reason {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Unauthorized
	case status == http.StatusPaymentRequired:
		return NoCredit
	case status == http.StatusNotFound:
		return ModelNotFound
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && wait:
		return Busy
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return Stalled
	case status >= 500:
		return Failed
	case status >= 400:
		return Rejected
	}
	return Malformed // a redirect, or a success that carries no answer
}

// dialFailure names why no response came.
func (f *facts) dialFailure() Reason {
	if f.wrote.Load() {
		return CutOff
	}
	return Unreachable
}

// fill completes a receipt. Tokens that the provider did not count are estimated and marked.
func (f *facts) fill(r *domain.Receipt) {
	if !f.wrote.Load() {
		r.BytesOut, r.TokensIn = 0, 0
	}
	r.Status, r.BytesIn = f.status, f.bytesIn
	r.Served, r.ServedBy, r.Upstream = string(f.served), string(f.servedBy), string(f.upstream)
	r.TokensOut = f.text.tokens()
	if f.usage != nil {
		r.TokensIn, r.TokensOut, r.Estimated = f.usage.Prompt, f.usage.Completion, false
	}
}

// wait is Retry-After in seconds.
func (f *facts) wait() int {
	return f.retryAfter
}

// word is a short name out of a response, made harmless: printable ASCII, at most 120 bytes. Other JSON types are "".
type word string

func tidy(s string) word {
	if len(s) <= 120 && ordinary(s) && !strings.Contains(s, "\n") {
		return word(s)
	}
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E {
			return -1
		}
		return r
	}, s)
	return word(s[:min(len(s), 120)])
}
