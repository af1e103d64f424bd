package store

import (
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type recoveryRow struct {
	bun.BaseModel `bun:"table:recovery_codes,alias:rc"`
	owned
	ID       domain.ID `bun:",pk"`
	MemberID domain.ID
	Hash     []byte
	UsedAt   time.Time `bun:",nullzero"`
}

// recoveryHash is keyed and bound to whose code it is: a stolen table says nothing of the codes.
func (t *Tenant) recoveryHash(code string) []byte {
	return t.db.keys.Lookup("recovery code|" + string(t.id()) + "|" + string(t.actor.Member()) + "|" + domain.CleanRecovery(code))
}

// newRecoveryCodes makes the actor's codes anew; those before are worth nothing.
func (t *Tenant) newRecoveryCodes() ([]string, error) {
	if _, err := t.remove((*recoveryRow)(nil), "member_id = ?", t.actor.Member()); err != nil {
		return nil, err
	}
	codes, rows := make([]string, domain.RecoveryCodes), make([]recoveryRow, domain.RecoveryCodes)
	for i := range codes {
		codes[i] = domain.RecoveryCode(random(domain.RecoveryBytes))
		rows[i] = recoveryRow{owned: owned{t.id()}, ID: newID(), MemberID: t.actor.Member(), Hash: t.recoveryHash(codes[i])}
	}
	return codes, t.insert(&rows)
}

// dropIdleCodes takes recovery codes away when there is no factor left that they stand in for.
func (t *Tenant) dropIdleCodes() error {
	has, err := t.Factors()
	if err != nil || has.Any() {
		return err
	}
	_, err = t.remove((*recoveryRow)(nil), "member_id = ?", t.actor.Member())
	return err
}

// RenewRecoveryCodes makes new recovery codes for who has a factor.
func (t *Tenant) RenewRecoveryCodes() ([]string, error) {
	has, err := t.Factors()
	if err != nil {
		return nil, err
	}
	if !has.Any() {
		return nil, domain.ErrConflict
	}
	codes, err := t.newRecoveryCodes()
	if err != nil {
		return nil, err
	}
	return codes, t.factorChanged("recovery.renewed", "", "new recovery codes made")
}

// FinishByRecovery makes the actor's half session whole with a recovery code, which is spent with it. The person is told, with
// how many are left. Tries are counted before, at the door: whoever guesses has the password.
func (t *Tenant) FinishByRecovery(session domain.ID, code string, by domain.Arrival) (out Checked, err error) {
	if _, err := t.lockMyself(); err != nil {
		return out, err
	}
	n, err := t.update(&recoveryRow{UsedAt: t.now}, []string{"used_at"}, "member_id = ? AND hash = ? AND used_at IS NULL",
		t.actor.Member(), t.recoveryHash(code))
	if err != nil {
		return out, err
	}
	if n == 0 {
		return out, t.audit("factor.refused", "factor", "", string(domain.ByRecovery))
	}
	has, err := t.Factors()
	if err != nil {
		return out, err
	}
	out.Right, out.Left = true, has.Recovery
	if out.Token, err = t.raise(session, domain.WantFactor, domain.ByRecovery, by); err != nil {
		return Checked{}, err
	}
	if err := t.audit("recovery.used", "factor", "", ""); err != nil {
		return Checked{}, err
	}
	return out, t.notify(t.actor.Member(), domain.Notice{Kind: domain.NoticeRecoveryUsed,
		Words: domain.NoticeWords{Device: by.Device, Address: by.Address, Count: out.Left}})
}
