package handlers

import (
	"bufio"
	"time"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
)

// Keep adds a route whose handler does what no handler of ours should: it keeps strings of its request for a stream and for
// work in the background, which both outlive it (F1).
func (s *Site) Keep(path string, work func(kept []string)) {
	s.app.Get(path, func(c *fiber.Ctx) error {
		kept := []string{c.Params("word"), c.Query("word"), c.Get("X-Word"), c.Path()}
		go func() {
			time.Sleep(5 * time.Millisecond)
			work(kept)
		}()
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			for range 10 {
				time.Sleep(2 * time.Millisecond)
				for _, k := range kept {
					_, _ = w.WriteString(k + "\n")
				}
				_ = w.Flush()
			}
		})
		return nil
	})
}

// Places is the count of open streams.
type Places = streams

// NewPlaces has every place free.
var NewPlaces = newStreams

// Take takes a place.
func (s *Places) Take(a domain.Actor) (leave func(), ok bool) {
	p, ok := s.enter(store.SignedIn{Actor: a}, time.Time{})
	if !ok {
		return nil, false
	}
	return p.leave, true
}

// Await and Arrive are a stream that is expected and one that is opened.
func (s *Places) Await(message domain.ID, cookies string, who store.SignedIn, now time.Time) {
	s.await(message, cookies, who, now)
}

// Arrive gives whose stream it is and when their session was looked at.
func (s *Places) Arrive(message domain.ID, cookies string, now time.Time) (store.SignedIn, time.Time, bool) {
	a, ok := s.arrive(message, cookies, now)
	return a.who, a.at, ok
}

// MostAwaited is how many streams are expected at most.
const MostAwaited = mostAwaited

// Looks is how many of three streams of one session and one of another are to look a while after the last look at either.
func (s *Places) Looks() (looks int) {
	now := time.Now()
	var three [3]*place
	for i, earlier := range []time.Duration{time.Second, 0, 2 * time.Second} {
		three[i], _ = s.enter(store.SignedIn{Session: "s", Actor: domain.NewActor("t", "m", domain.Staff)}, now.Add(-earlier))
	}
	other, _ := s.enter(store.SignedIn{Session: "s", Actor: domain.NewActor("t", "m", domain.Manager)}, now)
	for _, p := range append(three[:], other) {
		if p.watch.due(now.Add(sessionEvery)) {
			looks += 100 // too early
		}
		if p.watch.due(now.Add(sessionEvery + time.Second)) {
			looks++
		}
	}
	return looks
}
