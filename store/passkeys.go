package store

import (
	"encoding/hex"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type passkeyRow struct {
	bun.BaseModel `bun:"table:passkeys,alias:pk"`
	owned
	ID         domain.ID `bun:",pk"`
	MemberID   domain.ID
	Lookup     []byte
	Credential []byte
	Name       []byte
	UsedAt     time.Time `bun:",nullzero"`
	CreatedAt  time.Time
}

// NewPasskey is a passkey that a browser made: what it is called, its id as its device knows it, and what was agreed on with
// the device, which is for handlers to read.
type NewPasskey struct {
	Name       string
	ID         []byte
	Credential []byte
}

// passkeyLookup is a keyed hash of a device's id for a key: ids of one device can't be told apart or put together.
func (t *Tenant) passkeyLookup(id []byte) []byte {
	return t.db.keys.Lookup("passkey|" + string(t.id()) + "|" + hex.EncodeToString(id))
}

// Passkeys lists the actor's.
func (t *Tenant) Passkeys() ([]domain.Passkey, error) {
	rows, err := t.passkeyRows()
	if err != nil {
		return nil, err
	}
	out := make([]domain.Passkey, len(rows))
	for i, r := range rows {
		out[i] = domain.Passkey{ID: r.ID, Name: t.in("passkeys", r.ID).shown("name", r.Name), UsedAt: r.UsedAt, CreatedAt: r.CreatedAt}
	}
	return out, nil
}

func (t *Tenant) passkeyRows() (rows []passkeyRow, err error) {
	err = t.of(&rows).Where("member_id = ?", t.actor.Member()).Order("id").Limit(domain.MaxPasskeys).Scan(t.ctx)
	return rows, err
}

// Credentials are what was agreed on with the actor's devices, for a challenge that names them.
func (t *Tenant) Credentials() ([][]byte, error) {
	rows, err := t.passkeyRows()
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(rows))
	for i, r := range rows {
		p := t.in("passkeys", r.ID)
		if out[i] = p.raw("credential", r.Credential); p.err != nil {
			return nil, p.err
		}
	}
	return out, nil
}

// AddPasskey keeps a passkey of the actor's.
func (t *Tenant) AddPasskey(n NewPasskey) (domain.ID, error) {
	name, err := passkeyName(n.Name)
	if err != nil {
		return "", err
	}
	has, err := t.Factors()
	if err != nil {
		return "", err
	}
	if has.Passkeys >= domain.MaxPasskeys {
		return "", domain.Problems{{Field: "name", Code: "too_many", Text: "You have 20 passkeys. Remove one that you no longer use first."}}
	}
	id := newID()
	p := t.inOf(t.actor.Member(), "passkeys", id)
	r := passkeyRow{owned: owned{t.id()}, ID: id, MemberID: t.actor.Member(), Lookup: t.passkeyLookup(n.ID),
		Credential: p.bytes("credential", n.Credential), Name: p.text("name", name), CreatedAt: t.now}
	if p.err != nil {
		return "", p.err
	}
	if err := t.insert(&r); err != nil {
		return "", err
	}
	return id, t.factorChanged("factor.added", id, "passkey “"+name+"” added")
}

// EnrolPasskey is AddPasskey for a session that was let in only to set a factor up: it becomes whole.
func (t *Tenant) EnrolPasskey(session domain.ID, n NewPasskey, by domain.Arrival) (token string, err error) {
	if _, err := t.AddPasskey(n); err != nil {
		return "", err
	}
	return t.raise(session, domain.WantEnrol, domain.ByPasskey, by)
}

func passkeyName(typed string) (string, error) {
	name := domain.Line(typed)
	if name == "" {
		name = "Passkey"
	}
	var problems domain.Problems
	problems.Add(len([]rune(name)) > domain.MaxName, "name", "too_long", "Use at most 120 characters.")
	return name, problems.Err()
}

// RenamePasskey changes what one of the actor's is called.
func (t *Tenant) RenamePasskey(id domain.ID, typed string) error {
	name, err := passkeyName(typed)
	if err != nil {
		return err
	}
	p := t.inOf(t.actor.Member(), "passkeys", id)
	r := passkeyRow{Name: p.text("name", name)}
	if p.err != nil {
		return p.err
	}
	return one(t.update(&r, []string{"name"}, "id = ? AND member_id = ?", id, t.actor.Member()))
}

// RemovePasskey takes one of the actor's away.
func (t *Tenant) RemovePasskey(id domain.ID) error {
	var r passkeyRow
	if err := t.find(&r, "id = ? AND member_id = ?", id, t.actor.Member()); err != nil {
		return err
	}
	if err := t.mayLose(false); err != nil {
		return err
	}
	if err := one(t.remove((*passkeyRow)(nil), "id = ?", id)); err != nil {
		return err
	}
	if err := t.dropIdleCodes(); err != nil {
		return err
	}
	return t.factorChanged("factor.removed", id, "passkey “"+t.in("passkeys", id).shown("name", r.Name)+"” removed")
}

// Verify says what a credential is after an answer of its device, or why the answer is refused (A10). It is called while the
// passkey's row is locked, so that a counter that a device sends twice is taken once; it must be quick.
type Verify func(credential []byte) (after []byte, refused string)

// UsePasskey takes an answer of one of the actor's devices, by its id for the key. A refusal is recorded, and no error, so that
// recording it is not rolled back. ErrNotFound when the actor has no such passkey.
func (t *Tenant) UsePasskey(device []byte, verify Verify) (Checked, error) {
	var r passkeyRow
	if _, err := t.lockMyself(); err != nil {
		return Checked{}, err
	}
	err := t.of(&r).Where("lookup = ? AND member_id = ?", t.passkeyLookup(device), t.actor.Member()).For("UPDATE").Scan(t.ctx)
	if err != nil {
		return Checked{}, err
	}
	credential := t.in("passkeys", r.ID)
	before := credential.raw("credential", r.Credential)
	if credential.err != nil {
		return Checked{}, credential.err
	}
	after, refused := verify(before)
	if refused != "" {
		return Checked{}, t.audit("passkey.refused", "factor", r.ID, refused)
	}
	p := t.inOf(t.actor.Member(), "passkeys", r.ID)
	used := passkeyRow{Credential: p.bytes("credential", after), UsedAt: t.now}
	if p.err != nil {
		return Checked{}, p.err
	}
	return Checked{Right: true}, one(t.update(&used, []string{"credential", "used_at"}, "id = ?", r.ID))
}

// FinishByPasskey makes the actor's half session whole with one of their passkeys.
func (t *Tenant) FinishByPasskey(session domain.ID, device []byte, verify Verify, by domain.Arrival) (Checked, error) {
	out, err := t.UsePasskey(device, verify)
	if err == nil && out.Right {
		out.Token, err = t.raise(session, domain.WantFactor, domain.ByPasskey, by)
	}
	return out, err
}

// HandleOf is how devices know the actor: the organization's id and the person's, so that signing in by a passkey alone needs no
// search across organizations. Both are random enough to say nothing.
func HandleOf(a domain.Actor) []byte {
	tenant, member := uuid.MustParse(string(a.Tenant())), uuid.MustParse(string(a.Member()))
	return append(tenant[:], member[:]...)
}

// ActorOfHandle is whom a device's handle names, without a role: it may do nothing but come in.
func ActorOfHandle(handle []byte) (domain.Actor, error) {
	if len(handle) != 32 {
		return domain.Actor{}, domain.ErrNotFound
	}
	return domain.NewActor(domain.ID(uuid.UUID(handle[:16]).String()), domain.ID(uuid.UUID(handle[16:]).String()), ""), nil
}
