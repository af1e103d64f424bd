package store

import (
	"errors"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type authenticatorRow struct {
	bun.BaseModel `bun:"table:authenticators,alias:au"`
	owned
	ID          domain.ID `bun:",pk"`
	MemberID    domain.ID
	Secret      []byte
	Step        int64
	Failures    int
	LockedUntil time.Time `bun:",nullzero"`
	ConfirmedAt time.Time `bun:",nullzero"`
	UsedAt      time.Time `bun:",nullzero"`
	CreatedAt   time.Time
}

// pendingLasts is for how long a secret that was shown and not confirmed may be confirmed.
const pendingLasts = time.Hour

// Checked is what came of a code or another proof.
type Checked struct {
	Right bool
	Wait  time.Duration // how long no code is looked at, after too many wrong ones
	Token string        // of the session, when it became whole
	Codes []string      // recovery codes that were made; they are shown once
	Left  int           // recovery codes that are left, when one was used
}

// app is the actor's authenticator, locked, so that of two codes at once the second sees what the first one did (A8).
func (t *Tenant) app(confirmed bool) (authenticatorRow, error) {
	var r authenticatorRow
	if _, err := t.lockMyself(); err != nil { // before any factor, as everything that locks both does
		return r, err
	}
	err := t.of(&r).Where("member_id = ? AND (confirmed_at IS NOT NULL) = ?", t.actor.Member(), confirmed).For("UPDATE").Scan(t.ctx)
	if err == nil && !confirmed && t.now.Sub(r.CreatedAt) > pendingLasts {
		err = domain.ErrNotFound
	}
	return r, err
}

// App is the actor's confirmed authenticator app, nil when there is none.
func (t *Tenant) App() (*domain.App, error) {
	var r authenticatorRow
	err := t.find(&r, "member_id = ? AND confirmed_at IS NOT NULL", t.actor.Member())
	if errors.Is(known(err), domain.ErrNotFound) {
		return nil, nil
	}
	return &domain.App{ConfirmedAt: r.ConfirmedAt, UsedAt: r.UsedAt}, err
}

// BeginApp makes a secret for the actor's authenticator app. It counts once a code of it was given (ConfirmApp, EnrolApp); one
// that was begun before is forgotten. ErrConflict when there is an app already.
func (t *Tenant) BeginApp() error {
	has, err := t.Factors()
	if err != nil {
		return err
	}
	if has.App {
		return domain.ErrConflict
	}
	if _, err := t.remove((*authenticatorRow)(nil), "member_id = ? AND confirmed_at IS NULL", t.actor.Member()); err != nil {
		return err
	}
	id := newID()
	p := t.inOf(t.actor.Member(), "authenticators", id)
	r := authenticatorRow{owned: owned{t.id()}, ID: id, MemberID: t.actor.Member(), CreatedAt: t.now,
		Secret: p.bytes("secret", random(domain.CodeSecretBytes))}
	if p.err != nil {
		return p.err
	}
	return t.insert(&r)
}

// PendingApp is the secret that waits to be confirmed.
func (t *Tenant) PendingApp() ([]byte, error) {
	var r authenticatorRow
	if err := t.find(&r, "member_id = ? AND confirmed_at IS NULL AND created_at > ?", t.actor.Member(), t.now.Add(-pendingLasts)); err != nil {
		return nil, err
	}
	return t.secretOf(r)
}

func (t *Tenant) secretOf(r authenticatorRow) ([]byte, error) {
	p := t.in("authenticators", r.ID)
	secret := p.raw("secret", r.Secret)
	return secret, p.err
}

// checkCode looks at a code for a locked row, and counts: right codes once, wrong ones until the app locks (A8). A wrong code
// is no error, so that counting it is not rolled back.
func (t *Tenant) checkCode(r authenticatorRow, code string) (Checked, error) {
	if wait := r.LockedUntil.Sub(t.now); wait > 0 {
		return Checked{Wait: wait}, nil
	}
	secret, err := t.secretOf(r)
	if err != nil {
		return Checked{}, err
	}
	step, ok := domain.MatchCode(secret, code, t.now, r.Step)
	if !ok {
		return t.wrongCode(r)
	}
	done := authenticatorRow{Step: step, UsedAt: t.now}
	return Checked{Right: true}, one(t.update(&done, []string{"step", "failures", "locked_until", "used_at"}, "id = ?", r.ID))
}

func (t *Tenant) wrongCode(r authenticatorRow) (Checked, error) {
	failed := authenticatorRow{Failures: r.Failures + 1}
	lock := domain.CodeLock(failed.Failures)
	if lock > 0 {
		failed.LockedUntil = t.now.Add(lock)
	}
	if err := one(t.update(&failed, []string{"failures", "locked_until"}, "id = ?", r.ID)); err != nil {
		return Checked{}, err
	}
	if lock == 0 {
		return Checked{}, t.audit("factor.refused", "factor", r.ID, string(domain.ByCode))
	}
	if err := t.audit("factor.locked", "factor", r.ID, lock.String()); err != nil {
		return Checked{}, err
	}
	// Whoever guesses codes has the password already.
	return Checked{Wait: lock}, t.notify(t.actor.Member(), domain.Notice{Kind: domain.NoticeFailures,
		Words: domain.NoticeWords{What: "authenticator app", Count: failed.Failures}})
}

// ConfirmApp turns the app on that was begun, with its first code, and makes recovery codes.
func (t *Tenant) ConfirmApp(code string) (Checked, error) {
	r, err := t.app(false)
	if err != nil {
		return Checked{}, err
	}
	out, err := t.checkCode(r, code)
	if err != nil || !out.Right {
		return out, err
	}
	if err := one(t.update(&authenticatorRow{ConfirmedAt: t.now}, []string{"confirmed_at"}, "id = ?", r.ID)); err != nil {
		return Checked{}, err
	}
	if out.Codes, err = t.newRecoveryCodes(); err != nil {
		return Checked{}, err
	}
	return out, t.factorChanged("factor.added", r.ID, "authenticator app added")
}

// EnrolApp is ConfirmApp for a session that was let in only to set a factor up: it becomes whole.
func (t *Tenant) EnrolApp(session domain.ID, code string, by domain.Arrival) (Checked, error) {
	out, err := t.ConfirmApp(code)
	if err == nil && out.Right {
		out.Token, err = t.raise(session, domain.WantEnrol, domain.ByCode, by)
	}
	return out, err
}

// FinishByCode makes the actor's half session whole with a code of their app.
func (t *Tenant) FinishByCode(session domain.ID, code string, by domain.Arrival) (Checked, error) {
	out, err := t.useCode(code)
	if err == nil && out.Right {
		out.Token, err = t.raise(session, domain.WantFactor, domain.ByCode, by)
	}
	return out, err
}

// useCode is a code of the confirmed app.
func (t *Tenant) useCode(code string) (Checked, error) {
	r, err := t.app(true)
	if err != nil {
		return Checked{}, err
	}
	return t.checkCode(r, code)
}

// RemoveApp takes the actor's authenticator app away. Recovery codes that nothing is left to stand in for go with it.
func (t *Tenant) RemoveApp() error {
	if err := t.mayLose(true); err != nil {
		return err
	}
	r, err := t.app(true)
	if err != nil {
		return err
	}
	if err := one(t.remove((*authenticatorRow)(nil), "id = ?", r.ID)); err != nil {
		return err
	}
	if err := t.dropIdleCodes(); err != nil {
		return err
	}
	return t.factorChanged("factor.removed", r.ID, "authenticator app removed")
}
