package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"aimyorg/trial"
)

// soak is one run.
type soak struct {
	options       options
	words         *words
	provider      *provider
	product       *trial.Product
	organizations []*organization
	people        []*person
	hangUp        func() // closes the people's idle connections

	mu      sync.Mutex
	done    int
	cuts    int // acts that a kill cut off
	halves  int // uploads among them, each of which may leave a file for the sweep
	trouble []window
	faults  map[string]int // what must not be, with how often
}

// window is a time in which acts may fail: from a kill until the product has found itself again.
type window struct{ from, to time.Time }

// settling is how long after it is ready again the product may still say that something was cut: an answer whose server
// died is found out after six seconds.
const settling = 20 * time.Second

func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "aimyorg-soak-")
	if err != nil {
		return err
	}
	if err = os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL runs as an account of its own
		return err
	}
	fmt.Printf("seed %d, in %s\n", o.seed, dir)
	s := &soak{options: o, words: newWords(rand.New(rand.NewPCG(o.seed, 0))), faults: map[string]int{}} //nolint:gosec // planted on purpose
	defer func() {
		if err == nil && !o.keep {
			err = os.RemoveAll(dir)
		}
	}()
	return s.run(ctx, dir)
}

func (s *soak) run(ctx context.Context, dir string) (err error) {
	s.provider = newProvider(s.words)
	base, err := s.provider.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	binary, err := filepath.Abs(s.options.binary)
	if err != nil {
		return err
	}
	// Mails are no part of what the product keeps: they name whom they go to, and their organization.
	s.product, err = trial.Start(ctx, binary, filepath.Join(dir, "product"), nil, "OPENAI_BASE_URL="+base, "OPENAI_API_KEY=scripted-operator-key",
		"TRUSTED_PROXIES=127.0.0.1,::1", "MAIL_DIR="+filepath.Join(dir, "mail"))
	if err != nil {
		return err
	}
	defer func() {
		s.product.Stop()
		if err != nil {
			_ = os.WriteFile(filepath.Join(dir, "output.log"), []byte(s.product.Log.String()), 0o600)
			err = fmt.Errorf("%w\nthe log and the data are in %s", err, dir)
		}
	}()
	if err = s.make(); err != nil {
		return err
	}
	before, err := s.arrive(ctx)
	if err != nil {
		return err
	}
	if err = s.work(ctx); err != nil {
		return err
	}
	return s.verdict(ctx, before)
}

// arrive lets everybody sign in, agree and do a few things, and then leaves the product alone for a minute.
func (s *soak) arrive(ctx context.Context) (reading, error) {
	fmt.Printf("%d people in %d organizations arrive\n", len(s.people), len(s.organizations))
	s.each(ctx, 8, s.people, func(p *person) {
		for range 4 {
			a := p.choose()
			began := time.Now()
			p.count(a.name, began, p.within(ctx, func(ctx context.Context) error { return a.do(p, ctx) }))
		}
	})
	return s.calm(ctx, "before")
}

// each does something for all of some, so many at once.
func (s *soak) each(ctx context.Context, atOnce int, people []*person, do func(*person)) {
	next := make(chan *person)
	var wait sync.WaitGroup
	for range atOnce {
		wait.Go(func() {
			for p := range next {
				do(p)
			}
		})
	}
	for _, p := range people {
		if ctx.Err() != nil {
			break
		}
		next <- p
	}
	close(next)
	wait.Wait()
}

// work is the load: everybody lives, something is killed every few minutes, and each minute is measured. Kills end after
// two thirds of the time, so that what leaks has the rest of it to show in one process.
func (s *soak) work(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.load)
	defer cancel()
	var wait sync.WaitGroup
	for _, p := range s.people {
		wait.Go(func() { p.live(ctx) })
	}
	err := s.conduct(ctx)
	cancel()
	wait.Wait()
	return err
}

func (s *soak) conduct(ctx context.Context) error {
	began, kills := time.Now(), 0
	minute, kill := time.NewTicker(time.Minute), time.NewTicker(s.options.killEvery)
	defer minute.Stop()
	defer kill.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-minute.C:
			s.report(context.WithoutCancel(ctx), fmt.Sprintf("%.0f min", time.Since(began).Minutes()))
		case <-kill.C:
			if time.Since(began) > s.options.load*2/3 {
				continue
			}
			kills++
			if err := s.kill(kills); err != nil {
				return err
			}
		}
	}
}

// count takes note of how an act went.
func (s *soak) count(what string, began time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.done++
	case s.troubled(began, time.Now()):
		s.cuts++
		if what == "upload" {
			s.halves++
		}
	default:
		s.mind(what + ": " + err.Error())
	}
}

// mind remembers what must not be, and says it at once; the lock is held.
func (s *soak) mind(what string) {
	if s.faults[what]++; s.faults[what] == 1 {
		fmt.Printf("%s odd: %s\n", time.Now().Format(time.TimeOnly), what)
	}
}

// troubled says whether a kill may have had to do with what happened in a time; the lock is held.
func (s *soak) troubled(from, to time.Time) bool {
	return slices.ContainsFunc(s.trouble, func(w window) bool {
		return from.Before(w.to.Add(settling)) && to.After(w.from) || w.to.IsZero() && to.After(w.from)
	})
}

// fault takes note of what must not be.
func (s *soak) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mind(fmt.Sprintf(format, args...))
}

// faulty lists what must not be.
func (s *soak) faulty() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, what := range slices.Sorted(maps.Keys(s.faults)) {
		out = append(out, fmt.Sprintf("%d × %s", s.faults[what], what))
	}
	return out
}
