package handlers

import (
	"bufio"
	"time"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
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
		streamBody(c, func(w *bufio.Writer) {
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
func (s *Places) Take(a domain.Actor) (leave func(), ok bool) { return s.enter(a) }
