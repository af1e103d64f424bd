package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"aimyorg/domain"
	"aimyorg/jobs/extract"
	"aimyorg/store"
)

// readDocument takes the text out of an original, in a child process, and makes it searchable.
type readDocument struct {
	river.WorkerDefaults[store.ReadDocument]
	db     *store.DB
	reader *extract.Runner
	log    *slog.Logger
}

// Timeout is above the reader's own limit of a minute, plus the wait for a free child.
func (*readDocument) Timeout(*river.Job[store.ReadDocument]) time.Duration { return 5 * time.Minute }

// NextRetry comes soon: what fails here is a database or a disk, not the document.
func (*readDocument) NextRetry(job *river.Job[store.ReadDocument]) time.Time {
	return job.AttemptedAt.Add(time.Duration(job.Attempt*job.Attempt) * 2 * time.Second)
}

// Work does one document. A document that can't be read is the end of the job, not a failure of it. The last attempt
// says on the document that it was given up: nobody waits for ever.
func (w *readDocument) Work(ctx context.Context, job *river.Job[store.ReadDocument]) error {
	err := w.try(ctx, job.Args)
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled): // the process stops, which is no fault of the document
		return river.JobSnooze(0)
	case job.Attempt < job.MaxAttempts:
		return err
	}
	w.log.Warn("a document was given up", "version", job.Args.Version, "err", err)
	if err := w.giveUp(ctx, job.Args, extract.CodeLimit); err != nil {
		return river.JobSnooze(time.Minute)
	}
	return nil
}

func (w *readDocument) try(ctx context.Context, args store.ReadDocument) error {
	actor := store.ActorOf(args)
	var v domain.Version
	err := w.db.Tenant(ctx, actor, func(t *store.Tenant) (err error) {
		v, err = t.BeginReading(args.Version)
		return err
	})
	if errors.Is(err, domain.ErrNotFound) { // deleted meanwhile, or done by a twin
		return nil
	}
	if err != nil {
		return err
	}
	text, err := w.read(ctx, actor, v)
	if code, unreadable := extract.CodeOf(err); unreadable {
		return w.giveUp(ctx, args, code)
	}
	if err != nil {
		return err
	}
	err = w.db.SaveText(ctx, args, text)
	if errors.Is(err, domain.ErrNotFound) { // deleted while it was read
		return nil
	}
	return err
}

func (w *readDocument) giveUp(ctx context.Context, args store.ReadDocument, code extract.Code) error {
	return w.db.Tenant(ctx, store.ActorOf(args), func(t *store.Tenant) error { return t.Unreadable(args.Version, string(code)) })
}

func (w *readDocument) read(ctx context.Context, a domain.Actor, v domain.Version) (store.Text, error) {
	body, err := w.db.Original(ctx, a, v)
	if err != nil {
		return store.Text{}, err
	}
	defer func() { _ = body.Close() }() // only read from
	doc, err := w.reader.Run(ctx, v.FileName, v.Bytes, body)
	if err != nil {
		return store.Text{}, err
	}
	text, spans := doc.Text()
	blocks := make([]domain.Block, len(doc.Blocks))
	for i, b := range doc.Blocks {
		blocks[i] = domain.Block{Kind: string(b.Kind), Place: b.Place, Level: b.Level, Start: spans[i].Start, End: spans[i].End, Text: b.Text}
	}
	return store.Text{Text: text, Blocks: blocks, Pages: doc.Pages}, nil
}
