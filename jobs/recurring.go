package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
)

// chore is something done again and again, in every process; each is safe to do twice at once.
type chore struct {
	name  string
	every time.Duration
	do    func(context.Context, *store.DB) error
}

// chores is the one table of what recurs; resume stands beside it, as it needs the process's name.
var chores = []chore{
	{"interrupt lost answers", 2 * time.Second, interruptLost},
	{"seal the audit log", 5 * time.Second, sealAudit}, // PROMISES §2.4: an unsealed tail of at most 10 s
	{"seal what was left unsealed", time.Hour, sealLeft},
	{"close lost requests", 10 * time.Minute, closeLost},
	{"answer who forgot a password", time.Second, sendResets},
	{"resume lost mail", 10 * time.Minute, func(ctx context.Context, db *store.DB) error { return db.ResumeMail(ctx) }},
	{"end sessions", 10 * time.Minute, endSessions},
	{"sweep files", time.Hour, sweepFiles},
	{"age the sign-in history", time.Hour, ageSignIns}, // P9
	{"forget old mail", time.Hour, forgetPost},
	{"post digests", 5 * time.Minute, postDigests},
	{"forget usage", time.Hour, forgetUsage},
}

// resume is the chore of a process that works the queue under a name, and holds some of its jobs.
func resume(worker string, holds *held) chore {
	return chore{"resume lost work", 2 * time.Second, func(ctx context.Context, db *store.DB) error {
		return db.ResumeWork(ctx, worker, holds.jobs())
	}}
}

// apart keeps chores from ever coming due at once: each at the same time would need a connection of its own.
const apart = 50 * time.Millisecond

func recur(ctx context.Context, c Config, resume chore) {
	var wait sync.WaitGroup
	for i, ch := range append(slices.Clone(chores), resume, verifyDomains(c.LookupTXT)) {
		wait.Go(func() {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(i) * apart):
				ch.repeat(ctx, c.DB, c.Log)
			}
		})
	}
	wait.Wait()
}

func (ch chore) repeat(ctx context.Context, db *store.DB, log *slog.Logger) {
	tick := time.NewTicker(ch.every)
	defer tick.Stop()
	for {
		if err := ch.once(ctx, db); err != nil && ctx.Err() == nil {
			log.Warn("chore failed", "chore", ch.name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// once does the chore; a panic in it must not end the process.
func (ch chore) once(ctx context.Context, db *store.DB) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %T", p) // the value may hold what somebody wrote
		}
	}()
	return ch.do(ctx, db)
}

func interruptLost(ctx context.Context, db *store.DB) error {
	lost, err := db.Lost(ctx)
	for _, l := range lost {
		err = errors.Join(err, db.Interrupt(ctx, l))
	}
	return err
}

// sealWindow is how far back the frequent sealer looks: far longer than any transaction lasts.
const sealWindow = 10 * time.Minute

func sealAudit(ctx context.Context, db *store.DB) error {
	return sealSince(ctx, db, db.Now().Add(-sealWindow))
}

// sealLeft seals what nobody sealed in time, because no server ran.
func sealLeft(ctx context.Context, db *store.DB) error { return sealSince(ctx, db, time.Time{}) }

func sealSince(ctx context.Context, db *store.DB, since time.Time) error {
	tenants, err := db.Unsealed(ctx, since)
	for _, id := range tenants {
		sealErr := db.Tenant(ctx, store.System(id), func(t *store.Tenant) error {
			_, err := t.SealAudit()
			return err
		})
		if !errors.Is(sealErr, domain.ErrConflict) { // another process was faster
			err = errors.Join(err, sealErr)
		}
	}
	return err
}

// closeLost ends the ledger rows of requests whose server died and which belong to no answer (P51).
func closeLost(ctx context.Context, db *store.DB) error {
	tenants, err := db.Organizations(ctx)
	for _, id := range tenants {
		err = errors.Join(err, db.Tenant(ctx, store.System(id), func(t *store.Tenant) error {
			_, err := t.CloseLost()
			return err
		}))
	}
	return err
}

// endSessions ends sessions that are over, and forgets attempts to sign in that no longer count.
func endSessions(ctx context.Context, db *store.DB) error {
	_, err := db.EndSessions(ctx)
	return err
}

// sendResets sends links to who asked for a new password, apart from their request, so that its answer takes as long for an
// address that nobody has (A119).
func sendResets(ctx context.Context, db *store.DB) error { return db.SendResets(ctx) }

func sweepFiles(ctx context.Context, db *store.DB) error {
	tenants, err := db.Organizations(ctx)
	for _, id := range tenants {
		_, sweepErr := db.SweepFiles(ctx, id)
		err = errors.Join(err, sweepErr)
	}
	return err
}

// ageSignIns shortens the addresses of sign-ins after thirty days, and forgets sign-ins after a year.
func ageSignIns(ctx context.Context, db *store.DB) error { return db.AgeSignIns(ctx) }
func forgetPost(ctx context.Context, db *store.DB) error {
	tenants, err := db.Organizations(ctx)
	for _, id := range tenants {
		err = errors.Join(err, db.Tenant(ctx, store.System(id), func(t *store.Tenant) error { return t.ForgetPost() }))
	}
	return err
}

// postDigests mails each person what waits for their digest, once it is eight in the morning where they are.
func postDigests(ctx context.Context, db *store.DB) error {
	readers, err := db.Readers(ctx)
	for _, r := range readers {
		err = errors.Join(err, db.PostDigest(ctx, r))
	}
	return err
}

func forgetUsage(ctx context.Context, db *store.DB) error {
	_, err := db.ForgetUsage(ctx)
	return err
}
