package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"aimyorg/trial"
)

// asker asks one question, calls seen for each text that comes, and returns when the answer is whole.
type asker func(ctx context.Context, key string, seen func(text string)) error

// sample is what a level came to.
type sample struct {
	answers, tokens, lost int
	broken                int             // answers that ended with an error
	failed                error           // the last one's
	first                 []time.Duration // from asking to the first word
	delay                 []time.Duration // of each word, from the provider's sending it
	cpu                   time.Duration
	resident              int64 // the most seen while all were streaming
}

func (s *sample) perThousand() float64 { return s.cpu.Seconds() * 1000 / float64(max(s.tokens, 1)) }

// load keeps as many answers going as there are askers for a while, begun evenly over an answer's length, and reads off
// what the process used meanwhile.
func (a *answers) load(ctx context.Context, askers []asker, long time.Duration, cost func() (trial.Cost, error)) (*sample, error) {
	var s sample
	var mu sync.Mutex
	var all sync.WaitGroup
	var measuring atomic.Bool
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	whole := a.every * tokens
	ending := make(chan struct{})
	for i, ask := range askers {
		all.Go(func() {
			if !sleep(ctx, whole*time.Duration(i)/time.Duration(len(askers))) {
				return
			}
			for ctx.Err() == nil {
				select {
				case <-ending:
					return
				default:
				}
				one := a.one(ctx, ask)
				if measuring.Load() {
					mu.Lock()
					s.take(one)
					mu.Unlock()
				}
			}
		})
	}
	sleep(ctx, whole+whole/4) // until all have begun
	before, err := cost()
	if err != nil {
		return nil, err
	}
	measuring.Store(true)
	for range 10 {
		sleep(ctx, long/10)
		c, err := cost()
		if err != nil {
			return nil, err
		}
		s.resident = max(s.resident, c.Resident)
	}
	measuring.Store(false)
	after, err := cost()
	s.cpu = after.CPU - before.CPU
	close(ending)
	all.Wait()
	if s.answers == 0 {
		err = errors.Join(err, s.failed)
	}
	return &s, errors.Join(err, ctx.Err())
}

// answer is what one question came to.
type answer struct {
	first  time.Duration
	delay  []time.Duration
	tokens int
	err    error
}

var numbered atomic.Int64

// one asks one question.
func (a *answers) one(ctx context.Context, ask asker) answer {
	var out answer
	var seen [tokens]time.Time
	key := key(numbered.Add(1))
	begun := time.Now()
	out.err = ask(ctx, key, func(text string) {
		now := time.Now()
		if out.tokens == 0 {
			out.first = now.Sub(begun)
		}
		for n := reached(text); out.tokens < n && out.tokens < tokens; out.tokens++ {
			seen[out.tokens] = now
		}
	})
	if sent := a.when(key); sent != nil {
		for i := range out.tokens {
			out.delay = append(out.delay, seen[i].Sub(sent[i]))
		}
	}
	return out
}

func (s *sample) take(a answer) {
	if a.err != nil {
		s.broken++
		s.failed = a.err
		return
	}
	s.answers++
	s.tokens += a.tokens
	s.lost += tokens - a.tokens
	s.first = append(s.first, a.first)
	s.delay = append(s.delay, a.delay...)
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
