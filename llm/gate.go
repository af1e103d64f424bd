package llm

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"aimyorg/domain"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"
)

// GateConfig is the operator's part of the way out. Zero values mean the defaults named beside them.
type GateConfig struct {
	Addresses      []Address           // besides OpenAI's and OpenRouter's own; an entry for one of those replaces it
	OpenRouterOnly []string            // the reviewed endpoints behind OpenRouter, by its slugs (P56); empty: any with ZDR
	MaxTokens      int                 // of one answer; reserved in full, metered per piece. 4096
	Dial           time.Duration       // name, connection and TLS each. 10 s
	FirstByte      time.Duration       // until the response begins. 60 s
	Idle           time.Duration       // between two pieces. 45 s
	Whole          time.Duration       // one answer. 5 min
	Redact         func(string) string // applied to every message's text before it is recorded and sent; nil: nothing
	Closing        time.Duration       // for closing a ledger row after the answer's own context ended. 10 s
}

func (c GateConfig) withDefaults() GateConfig {
	c.MaxTokens = orDefault(c.MaxTokens, 4096)
	c.Dial = orDefault(c.Dial, 10*time.Second)
	c.FirstByte = orDefault(c.FirstByte, time.Minute)
	c.Idle = orDefault(c.Idle, 45*time.Second)
	c.Whole = orDefault(c.Whole, 5*time.Minute)
	c.Closing = orDefault(c.Closing, 10*time.Second)
	if c.Redact == nil {
		c.Redact = func(s string) string { return s }
	}
	return c
}

func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// Gate is the http.RoundTripper that every request to a provider passes: build → classify → authorize → redact → ledger
// row (committed) → dial → meter → close the row. Without an unexported grant in its context it refuses everything, and
// whatever fails before the dial means no dial (P39, P42, P44, P47, P51).
type Gate struct {
	config    GateConfig
	desk      Desk
	log       *slog.Logger
	addresses []address
	base      http.RoundTripper
}

// NewGate makes the gate. It fails on an address that is not a plain http(s) URL.
func NewGate(c GateConfig, desk Desk, log *slog.Logger) (*Gate, error) {
	c = c.withDefaults()
	addresses, err := resolve(c.Addresses)
	if err != nil {
		return nil, err
	}
	return &Gate{config: c, desk: desk, log: log, addresses: addresses, base: newTransport(c, addresses)}, nil
}

// Close lets go of idle connections.
func (g *Gate) Close() {
	if t, ok := g.base.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// call is one request on its way: what was granted, and the facts that come back. Its presence in a context, with a
// grant, is what RoundTrip asks for; only ask makes one.
type call struct {
	actor                domain.Actor
	choice               Choice
	purpose              domain.Purpose
	prompt               Prompt
	answer, conversation domain.ID
	deliver              func(text string)
	rest                 func() time.Duration // after a piece of text, before the next is read; nil: none

	address address
	asked   Ask
	granted bool
	used    atomic.Bool
	cancel  context.CancelCauseFunc
	watch   *time.Timer
	came    *http.Response // what was dialed answers
	opened  bool
	receipt domain.Receipt
	facts   *facts
}

type callKey struct{}

// ask makes one request and returns how it ended. The text has been delivered by then.
func (g *Gate) ask(ctx context.Context, c *call) Reason {
	c.facts = &facts{}
	c.asked = Ask{Provider: c.choice.Provider, Model: c.choice.Model, Classes: c.prompt.Classes(), Purpose: c.purpose}
	var err error
	if c.address, err = g.address(c.choice); err != nil {
		return reasonOf(err)
	}
	if !domain.ModelAllowed(c.choice.Provider, c.choice.Model) {
		return ModelNotAllowed
	}
	c.granted = true
	whole, done := context.WithTimeoutCause(ctx, g.config.Whole, cause{Truncated})
	defer done()
	run, cancel := context.WithCancelCause(whole)
	defer cancel(nil)
	c.cancel = cancel
	err = generate(context.WithValue(run, callKey{}, c), c, through{g}, g.config.MaxTokens)
	switch {
	case c.came != nil:
		g.receive(c)
	case err != nil:
		c.facts.end(Broken) // only when nothing better is known
	}
	reason := c.facts.verdict(run)
	g.ended(c, reason)
	return reason
}

// generate has langchaingo build the request and send it. It gets no answer of a provider to see (see dial): of one it would
// report a cancelled, truncated or broken stream as success, and hide the cause of a refusal.
func generate(ctx context.Context, c *call, client doer, maxTokens int) error {
	model, err := openai.New(openai.WithToken(c.token()), openai.WithModel(c.choice.Model),
		openai.WithBaseURL(c.address.base), openai.WithOrganization(""), openai.WithHTTPClient(client))
	if err != nil {
		return err
	}
	ignore := func(context.Context, []byte) error { return nil } // it asks for a stream because there is one
	options := []llms.CallOption{llms.WithStreamingFunc(ignore), llms.WithMaxTokens(maxTokens), llms.WithTemperature(0.2)}
	if c.choice.Provider != domain.OpenAI { // older servers know only max_tokens
		options = append(options, openai.WithLegacyMaxTokensField())
	}
	_, err = model.GenerateContent(ctx, contents(c.messages()), options...)
	return err
}

// doer is what langchaingo sends through.
type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// through is a gate alone: nothing that would follow redirects or keep cookies.
type through struct{ gate *Gate }

func (t through) Do(req *http.Request) (*http.Response, error) { return t.gate.RoundTrip(req) }

// token is never empty: langchaingo would look into the environment and then fail. Without a key no header leaves.
func (c *call) token() string { return orDefault(c.choice.Key.Reveal(), "none") }

func (c *call) messages() []chatMessage {
	if noSystem(c.choice.Model) {
		return c.prompt.merged()
	}
	return c.prompt.messages
}

func contents(messages []chatMessage) []llms.MessageContent {
	roles := map[string]llms.ChatMessageType{"system": llms.ChatMessageTypeSystem, "user": llms.ChatMessageTypeHuman,
		"assistant": llms.ChatMessageTypeAI}
	out := make([]llms.MessageContent, len(messages))
	for i, m := range messages {
		out[i] = llms.TextParts(roles[m.role], m.text)
	}
	return out
}

// RoundTrip lets one authorized request out. Its answer is ask's to read: whoever called gets one of ours.
func (g *Gate) RoundTrip(req *http.Request) (*http.Response, error) {
	c, _ := req.Context().Value(callKey{}).(*call)
	if c == nil || !c.granted || !c.used.CompareAndSwap(false, true) {
		drop(req)
		return nil, cause{RequestRefused}
	}
	body, err := g.prepare(req, c)
	if err != nil {
		c.facts.end(reasonOf(err))
		return nil, err
	}
	return g.dial(req, c, body)
}

// prepare is everything before the dial.
func (g *Gate) prepare(req *http.Request, c *call) ([]byte, error) {
	defer drop(req)
	if req.Method != http.MethodPost || req.URL.String() != c.address.base+"/chat/completions" || req.Body == nil {
		return nil, cause{RequestRefused}
	}
	raw, err := io.ReadAll(io.LimitReader(req.Body, maxBody))
	if err != nil {
		return nil, cause{RequestRefused}
	}
	body, flags, err := g.shape(c, raw)
	if err != nil {
		return nil, err
	}
	return body, g.record(req.Context(), c, body, flags)
}

// record asks whether this may leave and commits the ledger row (P47, P51, A101), after the body is built and in one
// transaction, so that no withdrawal comes between. Whatever goes wrong here, nothing is dialed.
func (g *Gate) record(ctx context.Context, c *call, body []byte, flags []string) error {
	mac, err := g.desk.BodyMAC(ctx, c.actor, body)
	if err != nil {
		return cause{NotRecordable}
	}
	receipt := domain.Receipt{
		ID: g.desk.NewID(), Member: c.actor.Member(), Message: c.answer, Conversation: c.conversation,
		Purpose: c.purpose, Provider: c.choice.Provider, Host: c.address.host, Model: c.choice.Model,
		Classes: c.asked.Classes, Sources: sources(c.prompt), Flags: flags,
		BytesOut: int64(len(body)), BodyMAC: mac, TokensIn: c.prompt.Tokens(), Estimated: true,
		Outcome: domain.OutcomeStarted, StartedAt: g.desk.Now(),
	}
	receipt, err = g.desk.OpenReceipt(ctx, c.actor, c.asked, receipt)
	var refused domain.Refused
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, domain.ErrNotFound): // stopped, or deleted, before anything was sent
		return err
	case err != nil:
		return cause{NotRecordable}
	}
	c.receipt, c.opened = receipt, true
	return nil
}

func sources(p Prompt) []domain.Source {
	out := make([]domain.Source, len(p.passages))
	for i, x := range p.passages {
		out[i] = domain.Source{Document: x.Document, Version: x.Version, Ordinal: x.Ordinal, Title: x.Title}
	}
	return out
}

// dial sends the body, and gives langchaingo one small, well-formed answer of our own making: no line of a provider reaches
// it, its 64 KiB limit or its errors, and nothing of it waits as long as the answer comes.
func (g *Gate) dial(req *http.Request, c *call, body []byte) (*http.Response, error) {
	ctx := req.Context()
	c.watch = time.AfterFunc(g.config.FirstByte, func() { c.cancel(cause{Stalled}) })
	trace := &httptrace.ClientTrace{WroteHeaders: func() { c.facts.wrote.Store(true) }}
	out, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, req.URL.String(),
		bytes.NewReader(body))
	if err != nil {
		return nil, cause{RequestRefused}
	}
	out.Header.Set("Content-Type", "application/json")
	out.Header.Set("Accept", "text/event-stream")
	out.Header.Set("User-Agent", "AImyOrg")
	if !c.choice.Key.Empty() {
		out.Header.Set("Authorization", "Bearer "+c.choice.Key.Reveal())
	}
	if c.came, err = g.base.RoundTrip(out); err != nil {
		c.watch.Stop()
		c.facts.end(c.facts.dialFailure())
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}},
		Body: io.NopCloser(strings.NewReader(instead)), ContentLength: -1, Request: req}, nil
}

const instead = `data: {"choices":[{"delta":{"content":"delivered"}}]}` + "\n\ndata: [DONE]\n\n"

// receive reads the response to its end.
func (g *Gate) receive(c *call) {
	defer func() { _ = c.came.Body.Close() }()
	c.facts.headers(c.came, g.desk.Now())
	t := newTap(g, c, c.came)
	if c.came.StatusCode != http.StatusOK {
		t.drain(maxErrorBody)
		c.facts.refusedBy(c.came.StatusCode)
		return
	}
	t.follow()
	c.watch.Stop()
	t.leave()
}

// ended completes the receipt of what was recorded; whoever asked closes its row.
func (g *Gate) ended(c *call, reason Reason) {
	if c.watch != nil {
		c.watch.Stop()
	}
	if !c.opened {
		return
	}
	c.facts.fill(&c.receipt)
	c.receipt.Outcome, c.receipt.EndedAt = reason.outcome(), g.desk.Now()
	if reason == Violation {
		g.log.Error("answer of a provider that is not on the list withheld", "receipt", c.receipt.ID)
	}
}

// sent is the receipt whose row has to be closed, nil when nothing was recorded.
func (c *call) sent() *domain.Receipt {
	if !c.opened {
		return nil
	}
	return &c.receipt
}

// close completes the ledger row of a request that is no answer's, whatever became of the asker's own context.
func (g *Gate) close(ctx context.Context, c *call) {
	if !c.opened {
		return
	}
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), g.config.Closing)
	defer done()
	if err := g.closing(ctx, c); err != nil {
		g.log.Error("ledger row not closed", "receipt", c.receipt.ID, "outcome", c.receipt.Outcome)
	}
}

// closeAgain is how soon closing is tried again: the answer is saved after it, before it is taken for lost.
const closeAgain = 200 * time.Millisecond

// closing tries again for as long as closing may take: the database may be restarting. What is not closed then is found
// later and ends as unknown.
func (g *Gate) closing(ctx context.Context, c *call) error {
	for {
		err := g.desk.CloseReceipt(ctx, c.actor, c.receipt)
		if err == nil || gone(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(closeAgain):
		}
	}
}

// drop closes a request's body, as a RoundTripper must.
func drop(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

var errBlocked = errors.New("address is not public")

// address finds the operator's entry for a choice.
func (g *Gate) address(c Choice) (address, error) {
	i := slices.IndexFunc(g.addresses, func(a address) bool {
		return a.provider == c.Provider && (c.BaseURL == "" || a.base == trimBase(c.BaseURL))
	})
	if i < 0 || c.Key.Empty() && c.Provider != domain.Compatible {
		return address{}, cause{NotConfigured}
	}
	return g.addresses[i], nil
}

// Listed says whether the operator listed an address for a provider; an organization may choose no other (P44).
func (g *Gate) Listed(p domain.Provider, baseURL string) bool {
	return slices.ContainsFunc(g.addresses, func(a address) bool { return a.provider == p && a.base == trimBase(baseURL) })
}
