package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"aimyorg/domain"
)

// Config is what Runs needs. Zero values mean the defaults named beside them.
type Config struct {
	Desk Desk
	Gate *Gate
	Log  *slog.Logger
	// Best finds the sentences of a passage that answer a question best, as a byte range; start == end is none. It
	// comes from store, where the stems live; nil compares words.
	Best      func(question, text string) (start, end int)
	PerMember int           // running answers. 3
	PerTenant int           // running answers. 50
	Beat      time.Duration // between two rounds of saving, or looks at the standings. 250 ms
	Pace      time.Duration // between two pieces of a quoted answer. 15 ms
	Statement time.Duration // for one call of Desk. 5 s
}

func (c Config) withDefaults() Config {
	c.PerMember = orDefault(c.PerMember, 3)
	c.PerTenant = orDefault(c.PerTenant, 50)
	c.Beat = orDefault(c.Beat, 250*time.Millisecond)
	c.Pace = orDefault(c.Pace, 15*time.Millisecond)
	c.Statement = orDefault(c.Statement, 5*time.Second)
	if c.Best == nil {
		c.Best = BestSentences
	}
	return c
}

// Runs generates answers in the server, apart from any browser's connection.
type Runs struct {
	config Config
	base   context.Context

	rhythm rhythm

	mu      sync.Mutex
	closed  bool
	runs    map[domain.ID]*run
	members map[domain.ID]int // how many of the runs are whose
	tenants map[domain.ID]int
	all     sync.WaitGroup

	keepers    sync.WaitGroup
	endKeepers context.CancelFunc
}

// New makes Runs. Cancelling base interrupts what runs, like Close without waiting.
func New(base context.Context, c Config) (*Runs, error) {
	if c.Desk == nil || c.Gate == nil || c.Log == nil {
		return nil, errors.New("llm: a desk, a gate and a log are needed")
	}
	keeping, end := context.WithCancel(base)
	r := &Runs{config: c.withDefaults(), base: base, runs: map[domain.ID]*run{}, members: map[domain.ID]int{}, tenants: map[domain.ID]int{}, endKeepers: end}
	r.keepers.Go(func() { r.watch(keeping) })
	r.keepers.Go(func() { r.beats(keeping) })
	r.keepers.Go(func() { r.save(keeping) })
	return r, nil
}

// Ready says whether an answer could be made now, before anything is saved: domain.Refused with the code of PROMISES
// §4's table, or the provider that would answer. Start and the gate ask again.
func (r *Runs) Ready(ctx context.Context, actor domain.Actor) (domain.Provider, error) {
	choice, err := r.config.Desk.Choice(ctx, actor, "")
	if err != nil || choice.Provider == domain.NoProvider {
		return choice.Provider, err
	}
	if !domain.ModelAllowed(choice.Provider, choice.Model) {
		return choice.Provider, domain.Refused{Code: string(ModelNotAllowed)}
	}
	_, err = r.config.Desk.Authorize(ctx, actor, Ask{Provider: choice.Provider, Model: choice.Model, Classes: domain.CopilotClasses,
		Purpose: domain.PurposeCopilot})
	return choice.Provider, err
}

// Start begins to answer and returns at once. Both messages are saved already; the answer is pending. It fails with
// domain.ErrTooMany at the person's or the organization's cap, and with domain.ErrUnavailable after Close.
func (r *Runs) Start(actor domain.Actor, question, answer domain.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.base.Err() != nil {
		return domain.ErrUnavailable
	}
	if _, twice := r.runs[answer.ID]; twice {
		return domain.ErrConflict
	}
	if r.members[actor.Member()] >= r.config.PerMember || r.tenants[actor.Tenant()] >= r.config.PerTenant {
		return domain.ErrTooMany
	}
	ctx, cancel := context.WithCancelCause(r.base)
	x := newRun(r.config, actor, question, answer, cancel)
	x.rhythm, x.leave = &r.rhythm, sync.OnceFunc(func() { r.forget(x) })
	r.runs[x.id] = x
	r.members[actor.Member()]++
	r.tenants[actor.Tenant()]++
	r.rhythm.answers.Add(1)
	r.all.Go(func() {
		defer x.leave()
		defer cancel(nil)
		x.work(ctx)
	})
	return nil
}

// forget is called once for each run.
func (r *Runs) forget(x *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.runs, x.id)
	fewer(r.members, x.actor.Member())
	fewer(r.tenants, x.actor.Tenant())
	r.rhythm.answers.Add(-1)
}

func fewer(count map[domain.ID]int, id domain.ID) {
	if count[id]--; count[id] == 0 {
		delete(count, id)
	}
}

// own finds a run of the actor; another's is not found.
func (r *Runs) own(actor domain.Actor, message domain.ID) (*run, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, ok := r.runs[message]
	if !ok || x.actor.Tenant() != actor.Tenant() || x.actor.Member() != actor.Member() {
		return nil, false
	}
	return x, true
}

// Follow shows a running answer from a byte offset on. False means that it doesn't run in this process: it is over and
// saved (read it again), or runs elsewhere.
func (r *Runs) Follow(actor domain.Actor, message domain.ID, offset int) (*Viewer, bool) {
	x, ok := r.own(actor, message)
	if !ok {
		return nil, false
	}
	return &Viewer{run: x, offset: max(offset, 0)}, true
}

// Stop ends a running answer and closes its upstream connection at once; false if it doesn't run here, where Desk's
// Standing carries the wish.
func (r *Runs) Stop(actor domain.Actor, message domain.ID) bool {
	x, ok := r.own(actor, message)
	if ok {
		x.cancel(cause{StoppedByPerson})
	}
	return ok
}

// Cut ends what runs for a member, or for the whole organization when member is "": consent withdrawn, the switch
// turned off, an account closed (P48, A101). It returns how many were cut.
func (r *Runs) Cut(tenant, member domain.ID, reason Reason) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, x := range r.runs {
		if x.actor.Tenant() == tenant && (member == "" || x.actor.Member() == member) && !x.quoting() {
			x.cancel(cause{reason})
			n++
		}
	}
	return n
}

// Running counts the answers under way.
func (r *Runs) Running() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.runs)
}

// Close lets nothing new begin, interrupts what runs, and waits until it is saved or ctx ends.
func (r *Runs) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	for _, x := range r.runs {
		x.cancel(cause{ShutDown})
	}
	r.mu.Unlock()
	done := make(chan struct{})
	go func() {
		r.all.Wait()
		r.endKeepers()
		r.keepers.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Tried is what became of trying a provider.
type Tried struct {
	Reason  Reason    // "" when an answer came
	Wait    int       // the provider's Retry-After in seconds
	Receipt domain.ID // of the request, "" when none was made
}

// Try sends one fixed sentence of ours to a provider: the admin's test button. No class of data is in it; it is recorded
// like every request.
func (r *Runs) Try(ctx context.Context, actor domain.Actor, provider domain.Provider) Tried {
	choice, err := r.config.Desk.Choice(ctx, actor, provider)
	if err != nil {
		return Tried{Reason: reasonOf(err)}
	}
	c := &call{actor: actor, choice: choice, purpose: domain.PurposeTest, prompt: probe(), deliver: func(string) {}}
	reason := r.config.Gate.ask(ctx, c)
	r.config.Gate.close(ctx, c)
	return Tried{Reason: reason, Wait: c.facts.wait(), Receipt: c.receipt.ID}
}

// Sample is the request that a question about one passage would become, indented for reading; nothing is sent. The texts in
// it are ours, so that the page that shows it tells nobody anything.
func (r *Runs) Sample(ctx context.Context, provider domain.Provider, model string) (string, error) {
	passage := domain.Passage{Title: "(the document's title)", Text: "(the passage, about 200 words)"}
	body, _, err := r.config.Gate.Sample(ctx, provider, model, KBChunk{Passage: passage}, Message{Text: "(the question)"})
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = json.Indent(&out, body, "", "  ")
	return out.String(), err
}

func probe() Prompt {
	var p Prompt
	p.add("user", "Reply with the single word: ready")
	return p
}
