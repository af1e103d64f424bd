package llm

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"aimyorg/domain"
)

// run is one answer being made.
type run struct {
	config   Config
	id       domain.ID // of the answer
	actor    domain.Actor
	question domain.Message
	cancel   context.CancelCauseFunc
	rhythm   *rhythm
	leave    func() // makes room for another

	mu       sync.Mutex
	answer   domain.Message
	ask      Ask // what the standing is asked about; zero while nothing leaves
	passages []domain.Passage
	text     []byte
	saved    int // bytes in the last draft
	failed   int // drafts that could not be saved since then
	full     bool
	over     bool
	changed  chan struct{} // closed and replaced whenever text or over changes

	epoch atomic.Int64 // of the organization, when it was last asked whether this may go on

	begun   int64           // the organization's epoch when the answer's sources were read; work's alone, like sent
	sent    *domain.Receipt // of the request that was recorded
	current bool            // see Piece; set with over
}

// unasked is the epoch of an answer of which nobody has asked yet whether it may go on.
const unasked = -1

// maxAnswerBytes bounds an answer's text; it is cut there.
const maxAnswerBytes = 256 << 10

func newRun(c Config, actor domain.Actor, question, answer domain.Message, cancel context.CancelCauseFunc) *run {
	x := &run{config: c, id: answer.ID, actor: actor, question: question, answer: answer, cancel: cancel, changed: make(chan struct{})}
	x.epoch.Store(unasked)
	return x
}

// work makes the answer and saves how it ended, whatever happens.
func (x *run) work(ctx context.Context) {
	x.finish(ctx, x.guarded(ctx))
}

// guarded turns a panic into a failed answer; in a goroutine it would end the process.
func (x *run) guarded(ctx context.Context) (reason Reason) {
	defer func() {
		if p := recover(); p != nil {
			x.config.Log.Error("panic in a run", "message", x.id, "stack", string(debug.Stack()))
			reason = Broken
		}
	}()
	return x.make(ctx)
}

// make is the path: who answers, with what → compose → gate, or quote.
func (x *run) make(ctx context.Context) Reason {
	b, err := x.config.Desk.Brief(ctx, x.actor, x.question, MaxPassages, func(history []domain.Message) string {
		return query(x.question.Text, history)
	})
	if err != nil {
		return x.why(ctx, err)
	}
	x.briefed(b)
	if b.Choice.Provider == domain.NoProvider {
		return x.quote(ctx, b.Passages)
	}
	return x.send(ctx, b.Choice, x.compose(b.History, b.Passages))
}

// why prefers the reason of a cut to the error that followed from it.
func (x *run) why(ctx context.Context, err error) Reason {
	if ctx.Err() != nil {
		return cutReason(ctx)
	}
	reason := reasonOf(err)
	if reason == NotSaved {
		x.config.Log.Warn("an answer could not read or save", "message", x.id, "err", err)
	}
	return reason
}

func cutReason(ctx context.Context) Reason {
	var c cause
	if errors.As(context.Cause(ctx), &c) {
		return c.Reason
	}
	return ShutDown
}

// query adds the question before to one that is too short to stand alone ("and for part-timers?").
func query(question string, history []domain.Message) string {
	if len(strings.Fields(question)) > 5 {
		return question
	}
	for i := len(history) - 1; i >= 0; i-- {
		if !history[i].Answer {
			return question + "\n" + clip(history[i].Text, 400)
		}
	}
	return question
}

func (x *run) compose(history []domain.Message, passages []domain.Passage) Prompt {
	var parts []Part
	for _, p := range passages {
		parts = append(parts, KBChunk{p})
	}
	for _, m := range history {
		// A quoted answer may hold what AI must not see (P43): it stays here, with its question.
		if m.Answer && !m.Quoting {
			parts = append(parts, Message{Answer: true, Text: uncited(m.Text)})
		}
		if !m.Answer {
			parts = append(parts, Message{Text: m.Text})
		}
	}
	return Compose(append(parts, Message{Text: x.question.Text})...)
}

// send asks the provider.
func (x *run) send(ctx context.Context, choice Choice, prompt Prompt) Reason {
	x.epoch.CompareAndSwap(unasked, choice.Epoch) // the gate asks, in the transaction of the ledger's row
	c := &call{actor: x.actor, choice: choice, purpose: domain.PurposeCopilot, prompt: prompt, answer: x.id,
		conversation: x.answer.Conversation, deliver: x.add, rest: x.rhythm.rest}
	x.mu.Lock()
	x.passages = prompt.Passages()
	x.ask = Ask{Provider: choice.Provider, Model: choice.Model, Classes: prompt.Classes(), Purpose: domain.PurposeCopilot}
	x.mu.Unlock()
	reason := x.config.Gate.ask(ctx, c)
	x.sent = c.sent()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answer.RetryAfter = c.facts.wait()
	x.answer.Receipt = c.receipt.ID
	return reason
}

func (x *run) briefed(b Brief) {
	x.begun = b.Choice.Epoch
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answer.Provider, x.answer.Model, x.answer.Quoting = b.Choice.Provider, b.Choice.Model, b.Choice.Provider == domain.NoProvider
	x.passages, x.answer.Withheld = b.Passages, b.Withheld
}

func (x *run) quoting() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.answer.Quoting
}

// add takes a piece of the answer. Control, bidi and tag characters go here, so that nothing after has to think of them
// (A76, A79).
func (x *run) add(text string) {
	text = clean(text)
	x.mu.Lock()
	defer x.mu.Unlock()
	if text == "" || x.full {
		return
	}
	if len(x.text)+len(text) > maxAnswerBytes {
		x.full = true
		x.cancel(cause{Truncated})
		return
	}
	x.text = append(x.text, text...)
	x.wake()
}

// wake tells the viewers; the lock is held.
func (x *run) wake() {
	close(x.changed)
	x.changed = make(chan struct{})
}

// finish saves the end, makes room and tells the viewers: whoever sees the end may ask again.
func (x *run) finish(ctx context.Context, reason Reason) {
	x.mu.Lock()
	answer := x.answer
	answer.Text = string(x.text)
	answer.State, answer.Reason = reason.state(), string(reason)
	answer.Citations = citations(answer.Text, x.passages)
	answer.FinishedAt = x.config.Desk.Now()
	x.mu.Unlock()
	saved := x.save(context.WithoutCancel(ctx), answer)
	x.leave()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answer, x.over, x.current = answer, true, saved && x.unmoved()
	x.wake()
}

// unmoved says whether nothing that decides who may see what has changed since the answer's sources were read, as far as
// the last look knows: a second is how long any change may take to reach an answer.
func (x *run) unmoved() bool {
	e := x.epoch.Load()
	return e == unasked || e == x.begun
}

// save tries several times: the database may be restarting. If it stays away, the last checkpoint remains, and the
// answer is found interrupted.
func (x *run) save(ctx context.Context, answer domain.Message) (saved bool) {
	wait := 100 * time.Millisecond
	for range 6 {
		err := x.call(ctx, func(ctx context.Context) error { return x.config.Desk.Finish(ctx, x.actor, answer, x.sent) })
		if err == nil || gone(err) {
			return err == nil
		}
		time.Sleep(wait)
		wait *= 2
	}
	x.config.Log.Error("answer not saved", "message", answer.ID, "state", answer.State)
	return false
}

// call bounds one call of Desk.
func (x *run) call(ctx context.Context, f func(context.Context) error) error {
	ctx, done := context.WithTimeout(ctx, x.config.Statement)
	defer done()
	return f(ctx)
}
