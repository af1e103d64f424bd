package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"aimyorg/jobs/extract"
	"aimyorg/jobs/mail"
	"aimyorg/store"
)

// Config is what background work needs.
type Config struct {
	DB     *store.DB
	Reader *extract.Runner
	Post   *mail.Post // nil: mail waits for a process that has one
	Log    *slog.Logger
	// LookupTXT finds a domain's text records; nil leaves mail domains as they are.
	LookupTXT func(ctx context.Context, name string) ([]string, error)
}

// Jobs is the running background work of one process.
type Jobs struct {
	stop   func(context.Context) error
	cancel context.CancelFunc
	loops  chan struct{} // closed when the recurring work has ended
}

// softStop is how long running jobs have to end by themselves when the process stops; then they are cut, and worked again
// after the next start.
const softStop = 2 * time.Second

// mailsAtOnce is how many mails one process sends at a time. They mostly wait for a server.
const mailsAtOnce = 8

// Start begins working the queue and what recurs. The context bounds only the start.
func Start(ctx context.Context, c Config) (*Jobs, error) {
	workers := river.NewWorkers()
	holds := &held{now: c.DB.Now, ended: map[int64]time.Time{}}
	addWorker(workers, holds, &readDocument{db: c.DB, reader: c.Reader, log: c.Log})
	addWorker(workers, holds, &tidySearch{db: c.DB})
	queues := map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}}
	if c.Post != nil {
		addWorker(workers, holds, &sendMail{db: c.DB, post: c.Post, log: c.Log})
		queues[store.MailQueue] = river.QueueConfig{MaxWorkers: mailsAtOnce}
	}
	worker := string(c.DB.NewID())
	client, err := river.NewClient(riverpgxv5.New(c.DB.Worker()), &river.Config{
		ID: worker, Schema: store.QueueSchema, Workers: workers, Logger: store.Quiet(c.Log),
		Queues:            queues,
		FetchPollInterval: 500 * time.Millisecond, FetchCooldown: 50 * time.Millisecond,
		JobTimeout: 2 * time.Minute, RescueStuckJobsAfter: 3 * time.Minute, SoftStopTimeout: softStop,
		ReindexerSchedule: river.NeverSchedule(), // only an owner may reindex, and the worker owns nothing (P29)
	})
	if err != nil {
		return nil, err
	}
	// Before taking any: it must be known to live.
	if err := errors.Join(c.DB.ResumeWork(ctx, worker, holds.jobs()), c.DB.ResumeReading(ctx), c.DB.ResumeMail(ctx)); err != nil {
		c.Log.Warn("what was cut short waits for the queue's own rescue", "err", err)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		cancel()
		return nil, err
	}
	j := &Jobs{stop: client.Stop, cancel: cancel, loops: make(chan struct{})}
	go func() {
		defer close(j.loops)
		recur(running, c, resume(worker, holds))
	}()
	return j, nil
}

// Stop lets running jobs end, for two seconds and as long as the context allows; what does not end is cut, and worked
// again after the next start.
func (j *Jobs) Stop(ctx context.Context) error {
	j.cancel()
	err := j.stop(ctx)
	select {
	case <-j.loops:
	case <-ctx.Done():
		err = errors.Join(err, ctx.Err())
	}
	return err
}
