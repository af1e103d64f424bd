package llm

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"aimyorg/domain"
)

// The keepers save the growing texts and ask whether answers may go on, for all runs of the process together and beside
// the goroutines that read the providers, so that neither the database nor a viewer can hold up a token, and so that what
// the database has to do grows with the organizations that ask, not with the answers.

const (
	patience   = 3 * time.Second       // without any word from the database, answers go on at most so long: nobody could stop them
	oneLook    = time.Second           // after which it is tried again
	oneDraft   = 2 * time.Second       // after which it is tried again, with what has come since
	mostFailed = 12                    // drafts of one answer that could not be saved, in a row
	restEach   = 10 * time.Millisecond // between two rounds of saving, for each draft of the first: few are saved at every beat
	restTimes  = 100                   // as long as the first took, at most: nobody waits for a draft, it is there for when a server dies
	mostRest   = 2 * time.Second       // however many they are
	beatEvery  = 8                     // times Config.Beat
	oneBeat    = 3 * time.Second       // a few of them fit into what may pass before an answer is taken for lost
	mostDrafts = 64                    // in one transaction
	atOnce     = 4                     // transactions of the keepers
)

// guard keeps a fault of ours from ending the process, and answers from going on unkept.
func (r *Runs) guard(work func()) {
	defer func() {
		if p := recover(); p != nil {
			r.config.Log.Error("panic in a keeper of runs", "stack", string(debug.Stack()))
			r.cancelAll(Broken)
		}
	}()
	work()
}

func (r *Runs) running() []*run {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*run, 0, len(r.runs))
	for _, x := range r.runs {
		out = append(out, x)
	}
	return out
}

func (r *Runs) cancelAll(reason Reason) {
	for _, x := range r.running() {
		x.cancel(cause{reason})
	}
}

// every does work again and again, resting as long as it says but at least a beat.
func (r *Runs) every(ctx context.Context, work func() (rest time.Duration)) {
	timer := time.NewTimer(r.config.Beat)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		rest := r.config.Beat
		r.guard(func() { rest = max(rest, work()) })
		timer.Reset(rest)
	}
}

// watch asks of all organizations with answers under way whether anything has changed there, and where it has, whether
// each answer may go on (P48: a withdrawal in any process cuts within a second).
func (r *Runs) watch(ctx context.Context) {
	silence := time.AfterFunc(patience, func() {
		r.config.Log.Warn("the database did not say whether answers may go on: they end", "answers", r.Running())
		r.cancelAll(NotSaved)
	})
	defer silence.Stop()
	r.every(ctx, func() time.Duration {
		runs := r.running()
		if len(runs) == 0 || r.look(ctx, runs) {
			silence.Reset(patience)
		}
		return 0
	})
}

// beats keeps answers from being taken for lost, also while the database is so slow that a look takes long.
func (r *Runs) beats(ctx context.Context) {
	r.every(ctx, func() time.Duration {
		if runs := r.running(); len(runs) > 0 {
			r.beat(ctx, runs)
		}
		return beatEvery * r.config.Beat
	})
}

// beat that fails is made up for by the next.
func (r *Runs) beat(ctx context.Context, runs []*run) {
	tenants, ids := make([]domain.ID, len(runs)), make([]domain.ID, len(runs))
	for i, x := range runs {
		tenants[i], ids[i] = x.actor.Tenant(), x.id
	}
	ctx, done := context.WithTimeout(ctx, oneBeat)
	defer done()
	if err := r.config.Desk.Beat(ctx, tenants, ids); err != nil {
		r.config.Log.Warn("answers could not beat", "answers", len(runs), "err", err)
	}
}

// look says whether the database answered.
func (r *Runs) look(ctx context.Context, runs []*run) bool {
	tenants := map[domain.ID]bool{}
	var ids []domain.ID
	for _, x := range runs {
		if t := x.actor.Tenant(); !tenants[t] {
			tenants[t] = true
			ids = append(ids, t)
		}
	}
	ctx, done := context.WithTimeout(ctx, oneLook)
	defer done()
	epochs, err := r.config.Desk.Epochs(ctx, ids)
	if err != nil {
		return false
	}
	inTurns(runs, func(x *run) {
		epoch, known := epochs[x.actor.Tenant()]
		if !known || x.epoch.Load() != epoch {
			x.stand(ctx, epoch)
		}
	})
	return true
}

// inTurns does something for each, a few at once.
func inTurns[T any](all []T, do func(T)) {
	var wait sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for _, one := range all {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			do(one)
		})
	}
	wait.Wait()
}

// stand asks whether an answer may go on, and obeys. Only the watch calls it.
func (x *run) stand(ctx context.Context, epoch int64) {
	x.mu.Lock()
	ask := x.ask
	x.mu.Unlock()
	s, err := x.config.Desk.Standing(ctx, x.actor, x.id, ask)
	switch {
	case err == nil:
		x.epoch.Store(epoch)
		x.obey(s)
	case gone(err):
		x.cancel(cause{reasonOf(err)})
	}
}

// obey cuts the answer when the rows say so. A consent that is missing now was there when it began.
func (x *run) obey(s Standing) {
	switch {
	case Reason(s.Refused) == ConsentRequired:
		x.cancel(cause{ConsentWithdrawn})
	case s.Refused != "":
		x.cancel(cause{Reason(s.Refused)})
	case s.Stop:
		x.cancel(cause{StoppedByPerson})
	}
}

// gone says that trying again is in vain: the conversation was deleted, or the account closed.
func gone(err error) bool {
	return errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrSignedOut)
}

// save saves what has grown. With many answers it rests many times as long as it worked: when much is written at once, drafts
// come further apart and take no more than their share.
func (r *Runs) save(ctx context.Context) {
	r.every(ctx, func() time.Duration {
		begun, all := r.config.Desk.Now(), slices.DeleteFunc(r.running(), func(x *run) bool { return !x.due() })
		for some := range slices.Chunk(all, mostDrafts) {
			r.checkpoint(ctx, some)
		}
		return min(restTimes*r.config.Desk.Now().Sub(begun), time.Duration(len(all))*restEach, mostRest)
	})
}

func (x *run) due() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.text) > x.saved
}

func (r *Runs) checkpoint(ctx context.Context, runs []*run) {
	list := make([]domain.Draft, len(runs))
	sizes := make([]int, len(runs))
	for i, x := range runs {
		list[i], sizes[i] = x.draft()
	}
	ctx, done := context.WithTimeout(ctx, oneDraft)
	defer done()
	saved, err := r.config.Desk.Checkpoint(ctx, list)
	for i, x := range runs {
		is, running := saved[x.id]
		switch {
		case err != nil:
			x.notKept()
		case !running:
			x.cancel(cause{reasonOf(domain.ErrNotFound)})
		case is:
			x.kept(sizes[i])
		}
	}
}

func (x *run) draft() (domain.Draft, int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	d := domain.Draft{Actor: x.actor, Message: x.id}
	if len(x.text) > x.saved {
		d.Text = string(x.text)
	}
	return d, len(x.text)
}

// kept notes that so many bytes are saved.
func (x *run) kept(size int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.saved, x.failed = size, 0
}

// notKept notes that nothing could be saved. Nobody is told a text for long that would be lost.
func (x *run) notKept() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failed++; x.failed >= mostFailed {
		x.cancel(cause{NotSaved})
	}
}

// citations are the numbers in an answer that name a passage, in order of number.
func citations(text string, passages []domain.Passage) []domain.Citation {
	cited := map[int]bool{}
	for _, n := range citedNumbers(text) {
		cited[n] = true
	}
	var out []domain.Citation
	for i, p := range passages {
		if cited[i+1] {
			out = append(out, domain.Citation{Number: i + 1, Document: p.Document, Version: p.Version,
				VersionNumber: p.VersionNumber, Passage: p.Ordinal, Title: p.Title, Place: p.Place, Snippet: p.Text})
		}
	}
	return out
}
