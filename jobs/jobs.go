package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"aimyorg/jobs/extract"
	"aimyorg/store"
)

// Config is what background work needs.
type Config struct {
	DB     *store.DB
	Reader *extract.Runner
	Log    *slog.Logger
}

// Jobs is the running background work of one process.
type Jobs struct {
	stop   func(context.Context) error
	cancel context.CancelFunc
	loops  chan struct{} // closed when the recurring work has ended
}

// Start begins working the queue and what recurs. The context bounds only the start.
func Start(ctx context.Context, c Config) (*Jobs, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &readDocument{db: c.DB, reader: c.Reader, log: c.Log})
	river.AddWorker(workers, &tidySearch{db: c.DB})
	client, err := river.NewClient(riverpgxv5.New(c.DB.Worker()), &river.Config{
		Schema: store.QueueSchema, Workers: workers, Logger: store.Quiet(c.Log),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}},
		FetchPollInterval: 500 * time.Millisecond, FetchCooldown: 50 * time.Millisecond,
		JobTimeout: 2 * time.Minute, RescueStuckJobsAfter: 3 * time.Minute,
	})
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if err := client.Start(running); err != nil {
		cancel()
		return nil, err
	}
	if err := c.DB.ResumeReading(ctx); err != nil {
		c.Log.Warn("documents whose reading was cut short wait for the queue's own rescue", "err", err)
	}
	j := &Jobs{stop: client.Stop, cancel: cancel, loops: make(chan struct{})}
	go func() {
		defer close(j.loops)
		recur(running, c)
	}()
	return j, nil
}

// Stop lets running jobs end, as long as the context allows; what does not end is worked again after the next start.
func (j *Jobs) Stop(ctx context.Context) error {
	err := j.stop(ctx)
	j.cancel()
	<-j.loops
	return err
}
