package store_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestA18_sessions_end_by_the_clock(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	o := storetest.New(t, db)
	signIn := func() string {
		t.Helper()
		token, err := storetest.SignIn(t, db, o.Owner)
		must(t, err)
		return token
	}
	holds := func(token string, want error) {
		t.Helper()
		_, err := db.Session(t.Context(), token)
		wants(t, err, want)
	}
	idle := signIn()
	c.move(29 * time.Minute)
	holds(idle, nil)
	c.move(29 * time.Minute) // counted from the last use
	holds(idle, nil)
	who, err := db.Session(t.Context(), idle)
	must(t, err)
	c.move(31 * time.Minute)
	holds(idle, domain.ErrSignedOut)
	holds(idle, domain.ErrSignedOut) // asking does not wake it
	long := signIn()
	for range 25 {
		c.move(28 * time.Minute)
		holds(long, nil)
	}
	last, err := db.Session(t.Context(), long)
	must(t, err)
	must(t, db.SessionHolds(t.Context(), last))
	c.move(21 * time.Minute)
	holds(long, domain.ErrSignedOut)
	wants(t, db.SessionHolds(t.Context(), last), domain.ErrSignedOut)
	wants(t, db.SessionHolds(t.Context(), who), domain.ErrSignedOut)
}

// The clock of other tests' sessions is the real one: only this test's are over.
func TestA18_sessions_that_are_over_are_deleted(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	_, err := super.Exec(t.Context(), "update sessions set seen_at = seen_at - interval '31 minutes' where tenant_id = $1", o.Owner.Tenant())
	must(t, err)
	fresh, err := storetest.SignIn(t, db, o.Owner)
	must(t, err)
	_, err = db.EndSessions(t.Context())
	must(t, err)
	var n int
	must(t, super.QueryRow(t.Context(), "select count(*) from sessions where tenant_id = $1", o.Owner.Tenant()).Scan(&n))
	if n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	_, err = db.Session(t.Context(), fresh)
	must(t, err)
}

func TestA20_forged_tokens(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	a, b := storetest.New(t, db), storetest.New(t, db)
	tenant, secret, _ := strings.Cut(a.Token, ".")
	for name, token := range map[string]string{
		"empty": "", "dot": ".", "tenant alone": tenant, "no secret": tenant + ".", "cut": a.Token[:len(a.Token)-1], "longer": a.Token + "A",
		"another organization's": string(b.Owner.Tenant()) + "." + secret, "upper case": strings.ToUpper(tenant) + "." + secret,
		"unknown organization": string(db.NewID()) + "." + secret, "path": "../../etc/passwd." + secret, "long": strings.Repeat("a", 8<<10),
		"quote": tenant + ".' or '1'='1", "zero": tenant + ".\x00",
	} {
		_, err := db.Session(t.Context(), token)
		if err != domain.ErrSignedOut { //nolint:errorlint // exactly this, as for every other token
			t.Errorf("%s: %v", name, err)
		}
	}
	who, err := db.Session(t.Context(), a.Token)
	if err != nil || who.Actor != a.Owner || who.Org.ID != a.Owner.Tenant() || who.Member.Email != a.Email {
		t.Errorf("%+v, %v", who, err)
	}
}

func TestA14_ended_session(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	who, err := db.Session(t.Context(), o.Token)
	must(t, err)
	wants(t, in(t, db, o.People[domain.Admin], func(x *store.Tenant) error { return x.EndSession(who.Session) }), domain.ErrNotFound)
	must(t, in(t, db, o.Owner, func(x *store.Tenant) error { return x.EndSession(who.Session) }))
	_, err = db.Session(t.Context(), o.Token)
	wants(t, err, domain.ErrSignedOut)
	wants(t, db.SessionHolds(t.Context(), who), domain.ErrSignedOut)
}

func TestA16_deactivated_and_lowered(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	w := build(t, db)
	me := w.staff()
	token, err := storetest.SignIn(t, db, me)
	must(t, err)
	who, err := db.Session(t.Context(), token)
	must(t, err)
	for _, a := range []domain.Actor{w.People[domain.Manager], me, w.People[domain.Auditor]} {
		wants(t, in(t, db, a, func(x *store.Tenant) error { return x.Deactivate(w.People[domain.Admin].Member()) }), domain.ErrNotFound)
		wants(t, in(t, db, a, func(x *store.Tenant) error { return x.Reactivate(w.People[domain.Admin].Member()) }), domain.ErrNotFound)
	}
	for _, a := range []domain.Actor{w.Owner, w.People[domain.Admin]} {
		wants(t, in(t, db, a, func(x *store.Tenant) error { return x.Deactivate(a.Member()) }), domain.ErrNotFound)
		wants(t, in(t, db, a, func(x *store.Tenant) error { return x.Deactivate(w.Owner.Member()) }), domain.ErrNotFound)
	}
	must(t, in(t, db, w.People[domain.Admin], func(x *store.Tenant) error { return x.Deactivate(me.Member()) }))
	_, err = db.Session(t.Context(), token)
	wants(t, err, domain.ErrSignedOut)
	wants(t, db.SessionHolds(t.Context(), who), domain.ErrSignedOut)
	_, err = storetest.SignIn(t, db, me)
	wants(t, err, domain.ErrSignedOut)
	var left int
	must(t, super.QueryRow(t.Context(), "select count(*) from sessions where tenant_id = $1 and member_id = $2", me.Tenant(), me.Member()).Scan(&left))
	if left != 0 {
		t.Errorf("%d sessions are left", left)
	}
	must(t, in(t, db, w.Owner, func(x *store.Tenant) error { return x.Reactivate(me.Member()) }))
	wants(t, in(t, db, w.Owner, func(x *store.Tenant) error { return x.Reactivate(me.Member()) }), domain.ErrNotFound)
	_, err = db.Session(t.Context(), token)
	wants(t, err, domain.ErrSignedOut) // an old session does not come back
	token, err = storetest.SignIn(t, db, me)
	must(t, err)
	who, err = db.Session(t.Context(), token)
	must(t, err)
	_, err = super.Exec(t.Context(), "update members set role = 'auditor' where tenant_id = $1 and id = $2", me.Tenant(), me.Member())
	must(t, err)
	wants(t, db.SessionHolds(t.Context(), who), domain.ErrSignedOut) // what streams ends
	now, err := db.Session(t.Context(), token)
	if err != nil || now.Actor.Role() != domain.Auditor {
		t.Errorf("%+v, %v", now.Actor, err)
	}
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error {
		for _, verb := range []string{"member.deactivated", "member.reactivated"} {
			got, err := x.Audit(store.AuditFilter{Verb: verb, Stretch: store.Stretch{Limit: 9}})
			if err != nil || len(got) != 1 || got[0].Object != me.Member() {
				t.Errorf("%s: %+v, %v", verb, got, err)
			}
		}
		return nil
	})
}

// A1: the counter holds under parallel tries, for ten minutes, and forgets after a right password.
func TestA1_attempts(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	key := t.Name() + string(db.NewID())
	var through atomic.Int32
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if _, err := db.Attempt(t.Context(), "account", key, 10); err == nil {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	if through.Load() != 10 {
		t.Errorf("%d of 40 came through", through.Load())
	}
	c.move(4 * time.Minute)
	wait, err := db.Attempt(t.Context(), "account", key, 10)
	wants(t, err, domain.ErrTooMany)
	if wait != 6*time.Minute {
		t.Errorf("wait %s", wait)
	}
	_, err = db.Attempt(t.Context(), "address", key, 10) // another kind
	wants(t, err, nil)
	c.move(6*time.Minute + time.Second)
	_, err = db.Attempt(t.Context(), "account", key, 1)
	wants(t, err, nil)
	_, err = db.Attempt(t.Context(), "account", " "+strings.ToUpper(key), 1) // however it is typed
	wants(t, err, domain.ErrTooMany)
	must(t, db.Forgive(t.Context(), "account", key))
	_, err = db.Attempt(t.Context(), "account", key, 1)
	wants(t, err, nil)
}

// Attempts are not kept for longer than they count.
func TestA1_old_attempts_are_forgotten(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	old := []byte(strings.Repeat("o", 20) + string(db.NewID())[24:])
	_, err := super.Exec(t.Context(), "insert into attempts values ($1, 3, $2)", old, db.Now().Add(-11*time.Minute))
	must(t, err)
	_, err = db.EndSessions(t.Context())
	must(t, err)
	var n int
	must(t, super.QueryRow(t.Context(), "select count(*) from attempts where key = $1", old).Scan(&n))
	if n != 0 {
		t.Error("an attempt that no longer counts is kept")
	}
}

func TestA119_accounts(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	a, b := storetest.New(t, db), storetest.New(t, db)
	_, err := db.AddMember(t.Context(), b.Owner, domain.Member{Name: "Olga", Email: strings.ToUpper(a.Email), Role: domain.Staff, PolicyVersion: 1}, storetest.Hash)
	must(t, err)
	accounts, err := db.Accounts(t.Context(), " "+a.Email)
	must(t, err)
	if len(accounts) != 2 || accounts[0].Actor.Member() != a.Owner.Member() || accounts[1].Actor.Tenant() != b.Owner.Tenant() || accounts[0].Hash != storetest.Hash {
		t.Errorf("%+v", accounts)
	}
	none, err := db.Accounts(t.Context(), "nobody@example.com")
	if err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
	if string(db.Salt(a.Email)) != string(db.Salt(strings.ToUpper(a.Email))) || string(db.Salt(a.Email)) == string(db.Salt(b.Email)) || len(db.Salt("nobody@example.com")) != 16 {
		t.Error("salts")
	}
	must(t, in(t, db, b.Owner, func(x *store.Tenant) error { return x.Deactivate(accounts[1].Actor.Member()) }))
	if left, err := db.Accounts(t.Context(), a.Email); err != nil || len(left) != 1 {
		t.Errorf("%+v, %v", left, err)
	}
	_, err = db.AddMember(t.Context(), a.People[domain.Admin], domain.Member{Name: "X", Email: "x@x.example", Role: domain.Owner}, storetest.Hash)
	wants(t, err, domain.ErrNotFound) // an admin makes no owner
}

// P88: a material version of the policy can't bind before thirty days, and is not in force before its time.
func TestP88_policies(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	tx, err := super.Begin(t.Context())
	must(t, err)
	defer func() { _ = tx.Rollback(background) }()
	const insert = "insert into policy_versions values (2, 'x', true, now(), now() + interval '1 day' * $1)"
	_, err = tx.Exec(t.Context(), insert, 29)
	if code(err) != "23514" {
		t.Errorf("29 days: %v", err)
	}
	must(t, tx.Rollback(t.Context()))
	tx, err = super.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), insert, 30)
	must(t, err)
	must(t, tx.Rollback(t.Context()))
	p, err := db.PolicyInForce(t.Context())
	if err != nil || p.Version != 1 || p.TextHash != store.Digest(storetest.Policy) {
		t.Errorf("%+v, %v", p, err)
	}
}
