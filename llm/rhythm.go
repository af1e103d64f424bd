package llm

import (
	"context"
	"sync/atomic"
	"time"
)

// rhythm is how often an answer's text moves on: what a provider sends meanwhile is read together, and shown together. With
// more answers than a process writes easily the pieces come further apart, and more of the text in each.
type rhythm struct{ answers atomic.Int64 }

const (
	restEvery = 35 * time.Millisecond
	// easily is how many answers a process writes at full pace on two processors: some 6,000 pieces a second.
	easily  = 200
	slowest = 8 // times restEvery
)

func (r *rhythm) rest() time.Duration {
	return restEvery * time.Duration(max(easily, min(r.answers.Load(), slowest*easily))) / easily
}

// sleep waits, unless ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
