package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"aimyorg/domain"
	"aimyorg/jobs/mail"
	"aimyorg/store"
)

// sendMail hands one mail of the outbox to a server. No transaction spans the sending: a try takes the mail, sends it, and
// says how that went. A process that dies in between leaves a mail that is tried again: it comes at least once, and a second
// time has the same Message-ID.
type sendMail struct {
	river.WorkerDefaults[store.SendMail]
	db   *store.DB
	post *mail.Post
	log  *slog.Logger
}

// sendLasts is above what the post allows a server to take, and below what a try has the mail for.
const sendLasts = 50 * time.Second

// Timeout is for the try and for what is saved of it.
func (*sendMail) Timeout(*river.Job[store.SendMail]) time.Duration { return 2 * sendLasts }

// NextRetry comes soon: a failure of the job is one of the database. What a mail server does is no failure of the job.
func (*sendMail) NextRetry(job *river.Job[store.SendMail]) time.Time {
	return job.AttemptedAt.Add(time.Duration(job.Attempt) * 2 * time.Second)
}

// Work makes one try. A mail that waits is a job that snoozes; how often and for how long is in its row, so that the person
// sees it.
func (w *sendMail) Work(ctx context.Context, job *river.Job[store.SendMail]) error {
	wait, err := w.try(ctx, job.Args)
	switch {
	case err == nil && wait > 0:
		return river.JobSnooze(wait)
	case errors.Is(err, domain.ErrNotFound), err == nil: // sent by a twin, dropped, or done
		return nil
	case job.Attempt >= job.MaxAttempts: // a mail is never lost to a database that was away for long
		return river.JobSnooze(time.Minute)
	}
	return err
}

func (w *sendMail) try(ctx context.Context, args store.SendMail) (wait time.Duration, err error) {
	actor := store.ActorOf(args)
	var out store.Outgoing
	err = w.db.Tenant(ctx, actor, func(t *store.Tenant) (err error) {
		out, err = t.BeginMail(args.Mail)
		return err
	})
	if err != nil || out.ID == "" {
		return out.Wait, err
	}
	sent := w.send(ctx, out)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // a process that stops still says what came of it
	defer cancel()
	return wait, w.db.Tenant(after, actor, func(t *store.Tenant) (err error) {
		if sent == nil {
			return t.MailSent(out)
		}
		f := w.failure(ctx, args.Mail, sent)
		wait, err = t.MailFailed(out, f.Reason, f.Final)
		return err
	})
}

func (w *sendMail) send(ctx context.Context, out store.Outgoing) error {
	ctx, cancel := context.WithTimeout(ctx, sendLasts)
	defer cancel()
	return w.post.Send(ctx, mail.Mail{ID: out.ID, Made: out.Made, Letter: out.Letter})
}

// failure is why a try failed. Our own faults, such as a full disk, wait like a server that is away; their text stays out
// of the log, as it may hold what the mail says (P11).
func (w *sendMail) failure(ctx context.Context, id domain.ID, err error) mail.Failure {
	var f mail.Failure
	if !errors.As(err, &f) {
		f = mail.Failure{Reason: domain.MailUnreachable}
	}
	w.log.WarnContext(ctx, "a mail was not taken", "mail", id, "reason", f.Reason, "final", f.Final)
	return f
}
