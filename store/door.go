package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
)

// The door: what happens before an organization is known. It runs as a role that sees addresses' keyed hashes, password
// hashes and attempts, and nothing else; pre-organization queries live in this file only.

// Account is one account that an address has; a person in two organizations has two.
type Account struct {
	Actor domain.Actor // without a role: it may do nothing but come in
	Hash  string       // PHC string
}

// maxAccounts bounds how many organizations are tried for one address. It costs one hash however many there are, so it is
// high: who signs up with somebody else's address must not crowd them out.
const maxAccounts = 200

// Accounts finds an address's accounts, in the order they were made. None is not an error.
func (db *DB) Accounts(ctx context.Context, email string) ([]Account, error) {
	rows, err := db.door.Query(ctx, `select tenant_id::text, id::text, password_hash from members
		where email_lookup = $1 and active order by created_at limit $2`, db.keys.Lookup(domain.NormalEmail(email)), maxAccounts)
	if err != nil {
		return nil, known(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Account, error) {
		var tenant, member domain.ID
		var hash string
		err := row.Scan(&tenant, &member, &hash)
		return Account{domain.NewActor(tenant, member, ""), hash}, err
	})
	return out, known(err)
}

// Admitted is what a session begins as: its cookie's token and how far it has come.
type Admitted struct {
	Token string
	Stage domain.Stage
}

// SignIn starts a session for an account whose owner proved who they are by a first factor. What the organization or the
// person asks for beyond it decides the session's stage (A9). ErrNotPermitted when the organization does not take this proof;
// that is kept in the history, too.
func (db *DB) SignIn(ctx context.Context, a domain.Actor, by domain.Arrival) (out Admitted, err error) {
	refused := false
	err = db.Tenant(ctx, a, func(t *Tenant) (err error) {
		out, refused, err = t.signIn(by)
		return err
	})
	if err == nil && refused {
		err = domain.ErrNotPermitted
	}
	return out, err
}

// maxClaiming bounds how many organizations are shown for one mail domain.
const maxClaiming = 20

// claiming finds the organizations that have verified a mail domain.
func (db *DB) claiming(ctx context.Context, name string) ([]domain.ID, error) {
	if name == "" {
		return nil, nil
	}
	rows, err := db.door.Query(ctx, `select tenant_id::text from domains where lookup = $1 and verified_at is not null
		order by tenant_id limit $2`, db.domainLookup(name), maxClaiming)
	if err != nil {
		return nil, known(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[domain.ID])
	return out, known(err)
}

func (t *Tenant) signIn(by domain.Arrival) (out Admitted, refused bool, err error) {
	m, err := t.lockMyself()
	if err != nil {
		return out, false, err
	}
	if !m.Active { // deactivated since the account was found
		return out, false, domain.ErrSignedOut
	}
	o, err := t.organization()
	if err != nil {
		return out, false, err
	}
	if !by.Linking && o.rules().PasswordRefused(m.Role, by.Method) {
		return out, true, t.missed(by, domain.SignInRefused)
	}
	if out.Stage, err = t.stageFor(m, by); err != nil {
		return out, false, err
	}
	if err = t.arrived(by); err != nil {
		return out, false, err
	}
	out.Token, err = t.startSession(by, out.Stage)
	return out, false, err
}

// attemptWindow is how long attempts count.
const attemptWindow = 10 * time.Minute

// Attempt counts one try under a key (an account, a network address) and refuses with ErrTooMany when there were more
// than most within ten minutes, with the time to wait. It counts before the password is looked at, so that parallel tries
// can't slip through.
func (db *DB) Attempt(ctx context.Context, kind, value string, most int) (wait time.Duration, err error) {
	tried, err := db.Try(ctx, kind, value, most)
	return tried.Wait, err
}

// Tried is how often a key was tried within ten minutes, and how long to wait when that was too often.
type Tried struct {
	Count int
	Wait  time.Duration
}

// Try is Attempt for who wants to know the count, too.
func (db *DB) Try(ctx context.Context, kind, value string, most int) (Tried, error) {
	now := db.Now()
	var count int
	var since time.Time
	err := db.door.QueryRow(ctx, `insert into attempts as a (key, count, since) values ($1, 1, $2)
		on conflict (key) do update set
			count = case when a.since < $3 then 1 else a.count + 1 end,
			since = case when a.since < $3 then $2 else a.since end
		returning count, since`, db.attemptKey(kind, value), now, now.Add(-attemptWindow)).Scan(&count, &since)
	if err != nil {
		return Tried{}, known(err)
	}
	if count > most {
		return Tried{count, since.Add(attemptWindow).Sub(now)}, domain.ErrTooMany
	}
	return Tried{Count: count}, nil
}

// attemptKey is the same however an address was typed: other capitals give no further tries.
func (db *DB) attemptKey(kind, value string) []byte {
	return db.keys.Lookup(kind + "|" + domain.NormalEmail(value))
}

// Forgive forgets an account's attempts after a right password.
func (db *DB) Forgive(ctx context.Context, kind, value string) error {
	_, err := db.door.Exec(ctx, `delete from attempts where key = $1`, db.attemptKey(kind, value))
	return known(err)
}

func (db *DB) forgetAttempts(ctx context.Context, now time.Time) error {
	_, err := db.door.Exec(ctx, `delete from attempts where since < $1`, now.Add(-attemptWindow))
	return known(err)
}

// Policy is a version of the privacy policy.
type Policy struct {
	Version                  int
	TextHash                 string
	Material                 bool
	PublishedAt, EffectiveAt time.Time
}

// Policies lists the versions, newest first.
func (db *DB) Policies(ctx context.Context) ([]Policy, error) {
	rows, err := db.door.Query(ctx, `select version, text_hash, material, published_at, effective_at
		from policy_versions order by version desc`)
	if err != nil {
		return nil, known(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Policy])
	return out, known(err)
}

// policyKnown is for how long the versions of the policy are not read again: each answer asks for them several times, and
// they change a few times a year.
const policyKnown = time.Second

// knownPolicies are the versions as they were read last.
type knownPolicies struct {
	mu      sync.Mutex
	at      time.Time
	all     []Policy
	reading bool // again: so long the others take what is known
}

// PolicyInForce is the newest version that is in effect: a version can't bind before its time (P88).
func (db *DB) PolicyInForce(ctx context.Context) (Policy, error) {
	all, err := db.knownPolicies(ctx)
	if err != nil {
		return Policy{}, err
	}
	for _, p := range all {
		if !p.EffectiveAt.After(db.Now()) {
			return p, nil
		}
	}
	return Policy{}, domain.ErrNotFound
}

func (db *DB) knownPolicies(ctx context.Context) ([]Policy, error) {
	k, now := &db.policies, db.Now()
	k.mu.Lock()
	all, age := k.all, now.Sub(k.at)
	if len(all) > 0 && age >= 0 && (age < policyKnown || age < 2*policyKnown && k.reading) {
		k.mu.Unlock()
		return all, nil
	}
	k.reading = true
	k.mu.Unlock()
	all, err := db.Policies(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reading = false
	if err != nil {
		return nil, err
	}
	k.all, k.at = all, now
	return all, nil
}
