package jobs

import (
	"context"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// held is what this process knows of the queue's jobs: which it works, and which it has just ended. What the queue gave it
// besides never arrived: the database went away between giving and saying so.
type held struct {
	now func() time.Time

	mu    sync.Mutex
	ended map[int64]time.Time // by job; zero while it is worked
}

// endedFor is how long a job that has ended counts as held: the queue is told of it afterwards, many at once, and tries for
// as long when the database does not answer.
const endedFor = 30 * time.Second

func (h *held) set(job int64, ended time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended[job] = ended
}

// jobs are all that count as held.
func (h *held) jobs() []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	out := make([]int64, 0, len(h.ended)) // never nil: that would be null in a statement
	for job, ended := range h.ended {
		if !ended.IsZero() && now.Sub(ended) > endedFor {
			delete(h.ended, job)
			continue
		}
		out = append(out, job)
	}
	return out
}

// holder is a worker whose jobs are held while it works them.
type holder[T river.JobArgs] struct {
	river.Worker[T]
	held *held
}

// addWorker adds a worker of jobs that are held.
func addWorker[T river.JobArgs](workers *river.Workers, holds *held, w river.Worker[T]) {
	river.AddWorker(workers, &holder[T]{w, holds})
}

// Work holds a job until it has ended, by a panic too.
func (h *holder[T]) Work(ctx context.Context, job *river.Job[T]) error {
	h.held.set(job.ID, time.Time{})
	defer func() { h.held.set(job.ID, h.held.now()) }()
	return h.Worker.Work(ctx, job)
}
