//go:build e2e

package e2e_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/llm/llmtest"
	"aimyorg/trial"
)

// cast is a scripted provider for tests that run at once: a reply belongs to a cue, a word that the test puts into its
// question. A request is answered by the cue that stands last in it, since earlier questions come along as history.
type cast struct {
	*llmtest.Provider
	mu      sync.Mutex
	replies map[string][]llmtest.Reply
	cues    int
}

func newCast() *cast {
	c := &cast{replies: map[string][]llmtest.Reply{}}
	c.Provider = llmtest.New(c.play)
	return c
}

// cue makes a word whose questions get the replies in order, and then the last one again and again.
func (c *cast) cue(replies ...llmtest.Reply) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cues++
	word := "cue" + strings.NewReplacer("0", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6", "g", "7", "h", "8", "i", "9", "k").
		Replace(fmt.Sprintf("%04d", c.cues)) + "x"
	c.replies[word] = replies
	return word
}

func (c *cast) play(x *llmtest.Exchange) { c.next(x.Body)(x) }

func (c *cast) next(body []byte) llmtest.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	word := c.last(body)
	queue := c.replies[word]
	if len(queue) == 0 {
		return llmtest.Say(llmtest.Default...)
	}
	if len(queue) > 1 {
		c.replies[word] = queue[1:]
	}
	return queue[0]
}

func (c *cast) last(body []byte) (word string) {
	at := -1
	for cue := range c.replies {
		if i := bytes.LastIndex(body, []byte(cue)); i > at {
			word, at = cue, i
		}
	}
	return word
}

// got are the requests that a cue's question led to.
func (c *cast) got(cue string) []*llmtest.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*llmtest.Request
	for _, r := range c.Requests() {
		if c.last(r.Body) == cue {
			out = append(out, r)
		}
	}
	return out
}

// wait waits for a cue's n-th request.
func (c *cast) wait(t *testing.T, cue string, n int) *llmtest.Request {
	t.Helper()
	poll(t, fmt.Sprintf("request %d of %s at the provider", n, cue), func() bool { return len(c.got(cue)) >= n })
	return c.got(cue)[n-1]
}

const patience = 20 * time.Second

// poll waits until a condition holds.
func poll(t *testing.T, what string, holds func() bool) {
	t.Helper()
	if !trial.Holds(patience, holds) {
		t.Fatalf("never came: %s", what)
	}
}

func contains(s, part string) bool { return strings.Contains(s, part) }
