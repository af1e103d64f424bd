package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"aimyorg/store"
)

// tidySearch keeps an organization's search segments few, and forgets what was deleted.
type tidySearch struct {
	river.WorkerDefaults[store.TidySearch]
	db *store.DB
}

// Timeout allows for merging an organization's largest segments.
func (*tidySearch) Timeout(*river.Job[store.TidySearch]) time.Duration { return 20 * time.Minute }

// Work does one organization.
func (w *tidySearch) Work(ctx context.Context, job *river.Job[store.TidySearch]) error {
	return w.db.Tenant(ctx, store.ActorOf(job.Args), func(t *store.Tenant) error { return t.Tidy(job.Args.Purge) })
}
