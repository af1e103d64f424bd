package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// half is a session of somebody who gave a password, with its row's id.
func half(t testing.TB, db *store.DB, a domain.Actor, want domain.Stage) (store.SignedIn, string) {
	t.Helper()
	in, err := db.SignIn(t.Context(), a, domain.Arrival{Method: domain.ByPassword, Device: "Firefox on Linux", Address: "192.0.2.5"})
	must(t, err)
	if in.Stage != want {
		t.Fatalf("stage %s, want %s", in.Stage, want)
	}
	who, err := db.Session(t.Context(), in.Token)
	must(t, err)
	return who, in.Token
}

// checked runs a check in a transaction.
func checked(t testing.TB, db *store.DB, a domain.Actor, fn func(*store.Tenant) (store.Checked, error)) store.Checked {
	t.Helper()
	var out store.Checked
	must(t, in(t, db, a, func(x *store.Tenant) (err error) { out, err = fn(x); return err }))
	return out
}

// withApp gives somebody an app.
func withApp(t testing.TB, db *store.DB, a domain.Actor) (secret []byte, codes []string) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) {
		if secret, err = beginApp(x); err != nil {
			return err
		}
		out, err := x.ConfirmApp(domain.CodeOf(secret, domain.CodeStep(x.Now())-1))
		codes = out.Codes
		if err == nil && !out.Right {
			t.Fatal("the first code was wrong")
		}
		return err
	})
	return secret, codes
}

// notices are the kinds and words that a person was told.
func toldOf(t testing.TB, a domain.Actor, kind domain.NoticeKind) int {
	t.Helper()
	var n int
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from notifications where tenant_id = $1 and member_id = $2 and kind = $3",
		a.Tenant(), a.Member(), kind).Scan(&n))
	var mails int
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from outbox where tenant_id = $1 and member_id = $2 and kind = 'notice'",
		a.Tenant(), a.Member()).Scan(&mails))
	if mails < n {
		t.Errorf("%d notices of %s, %d mails", n, kind, mails)
	}
	return n
}

func audited(t testing.TB, a domain.Actor, verb string) int {
	t.Helper()
	var n int
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from audit_entries where tenant_id = $1 and actor = $2 and verb = $3",
		a.Tenant(), a.Member(), verb).Scan(&n))
	return n
}

func TestA8_ACodeOpensOneSessionOnce(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	me := storetest.New(t, db).People[domain.Staff]
	secret, _ := withApp(t, db, me)
	code := domain.CodeOf(secret, domain.CodeStep(db.Now()))
	var sessions []domain.ID
	for range 8 {
		who, _ := half(t, db, me, domain.WantFactor)
		sessions = append(sessions, who.Session)
	}
	var mu sync.Mutex
	var wait sync.WaitGroup
	tokens := 0
	for _, id := range sessions {
		wait.Go(func() {
			out := checked(t, db, me, func(x *store.Tenant) (store.Checked, error) {
				return x.FinishByCode(id, code, domain.Arrival{Method: domain.ByCode})
			})
			mu.Lock()
			defer mu.Unlock()
			if out.Token != "" {
				tokens++
			}
		})
	}
	wait.Wait()
	if tokens != 1 {
		t.Errorf("one code opened %d sessions", tokens)
	}
	if n := audited(t, me, "factor.refused"); n != 7 {
		t.Errorf("%d refusals were recorded", n)
	}
}

func TestA8_TwoHundredGuessesLockTheAppAndNotTheAccount(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	me := storetest.New(t, db).People[domain.Staff]
	secret, codes := withApp(t, db, me)
	device := []byte("device")
	storetest.Do(t, db, me, func(x *store.Tenant) error {
		_, err := x.AddPasskey(store.NewPasskey{ID: device, Credential: []byte("{}")})
		return err
	})
	who, _ := half(t, db, me, domain.WantFactor)
	finish := func(code string) store.Checked {
		return checked(t, db, me, func(x *store.Tenant) (store.Checked, error) {
			return x.FinishByCode(who.Session, code, domain.Arrival{Method: domain.ByCode})
		})
	}
	for i := range 200 {
		out := finish("wrong" + fmt.Sprint(i))
		if out.Right || (out.Wait > 0) != (i >= 9) {
			t.Fatalf("guess %d: %+v", i, out)
		}
	}
	right := func() string { return domain.CodeOf(secret, domain.CodeStep(db.Now())) }
	if out := finish(right()); out.Right || out.Wait != 15*time.Minute {
		t.Errorf("while locked: %+v", out)
	}
	if looked, told := audited(t, me, "factor.refused"), toldOf(t, me, domain.NoticeFailures); looked != 9 || told != 1 {
		t.Errorf("%d refusals, told %d times", looked, told)
	}
	// the account is open by its other factors
	out := checked(t, db, me, func(x *store.Tenant) (store.Checked, error) {
		return x.FinishByPasskey(who.Session, device, believed, domain.Arrival{Method: domain.ByCode})
	})
	if out.Token == "" {
		t.Error("the passkey was locked, too")
	}
	other, _ := half(t, db, me, domain.WantFactor)
	out = checked(t, db, me, func(x *store.Tenant) (store.Checked, error) {
		return x.FinishByRecovery(other.Session, codes[3], domain.Arrival{Method: domain.ByCode})
	})
	if out.Token == "" || out.Left != 9 {
		t.Errorf("recovery: %+v", out)
	}
	c.move(16 * time.Minute)
	who, _ = half(t, db, me, domain.WantFactor)
	if out := finish(right()); !out.Right {
		t.Error("still locked after its time")
	}
}

func TestRecoveryCodesCountOnceAndAreTold(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	me := o.People[domain.Staff]
	_, codes := withApp(t, db, me)
	if len(codes) != domain.RecoveryCodes {
		t.Fatalf("%d codes", len(codes))
	}
	use := func(code string) store.Checked {
		who, _ := half(t, db, me, domain.WantFactor)
		return checked(t, db, me, func(x *store.Tenant) (store.Checked, error) {
			return x.FinishByRecovery(who.Session, code, domain.Arrival{Method: domain.ByCode})
		})
	}
	if out := use(codes[0]); !out.Right || out.Left != 9 {
		t.Errorf("first use: %+v", out)
	}
	if out := use(codes[0]); out.Right {
		t.Error("a code counted twice")
	}
	if n := toldOf(t, me, domain.NoticeRecoveryUsed); n != 1 {
		t.Errorf("told %d times", n)
	}
	var renewed []string
	storetest.Do(t, db, me, func(x *store.Tenant) (err error) { renewed, err = x.RenewRecoveryCodes(); return err })
	if out := use(codes[1]); out.Right {
		t.Error("a code lived on after new ones were made")
	}
	if out := use(renewed[0]); !out.Right {
		t.Error("a new code was refused")
	}
	// another person's code, in the same organization
	admin := o.People[domain.Admin]
	_, theirs := withApp(t, db, admin)
	if out := use(theirs[0]); out.Right {
		t.Error("another person's code was taken")
	}
}

func TestA15_FinishingGivesAnotherToken(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	me := storetest.New(t, db).People[domain.Staff]
	secret, _ := withApp(t, db, me)
	who, before := half(t, db, me, domain.WantFactor)
	out := checked(t, db, me, func(x *store.Tenant) (store.Checked, error) {
		return x.FinishByCode(who.Session, domain.CodeOf(secret, domain.CodeStep(x.Now())), domain.Arrival{Method: domain.ByCode})
	})
	after, err := db.Session(t.Context(), out.Token)
	if err != nil || after.Session != who.Session || after.Stage != domain.Whole {
		t.Errorf("%+v, %v", after, err)
	}
	_, err = db.Session(t.Context(), before)
	wants(t, err, domain.ErrSignedOut)
	// it was raised: there is nothing left to raise
	wants(t, in(t, db, me, func(x *store.Tenant) error {
		_, err := x.FinishByCode(who.Session, domain.CodeOf(secret, domain.CodeStep(x.Now())+1), domain.Arrival{Method: domain.ByCode})
		return err
	}), domain.ErrNotFound)
}

// Who has a password and no factor's answer must not set up a factor of their own, nor raise another person's session (A9).
func TestA9_AHalfSessionIsRaisedByWhatItWantsOnly(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	me, admin := o.People[domain.Staff], o.People[domain.Admin]
	storetest.Do(t, db, me, func(x *store.Tenant) error {
		_, err := x.AddPasskey(store.NewPasskey{ID: []byte("mine"), Credential: []byte("{}")})
		return err
	})
	who, token := half(t, db, me, domain.WantFactor)
	secret := func(x *store.Tenant) string {
		s, err := beginApp(x)
		must(t, err)
		return domain.CodeOf(s, domain.CodeStep(x.Now()))
	}
	wants(t, in(t, db, me, func(x *store.Tenant) error {
		_, err := x.EnrolApp(who.Session, secret(x), domain.Arrival{Method: domain.ByCode})
		return err
	}), domain.ErrNotFound)
	wants(t, in(t, db, me, func(x *store.Tenant) error {
		_, err := x.EnrolPasskey(who.Session, store.NewPasskey{ID: []byte("evil")}, domain.Arrival{Method: domain.ByCode})
		return err
	}), domain.ErrNotFound)
	theirs, _ := withApp(t, db, admin)
	wants(t, in(t, db, admin, func(x *store.Tenant) error {
		_, err := x.FinishByCode(who.Session, domain.CodeOf(theirs, domain.CodeStep(x.Now())), domain.Arrival{Method: domain.ByCode})
		return err
	}), domain.ErrNotFound)
	for _, prove := range []func(x *store.Tenant) (store.Checked, error){
		func(x *store.Tenant) (store.Checked, error) { return x.ProveByHash(who.Session, passwordOf(t, me)) },
		func(x *store.Tenant) (store.Checked, error) {
			return x.ProveByPasskey(who.Session, []byte("mine"), believed)
		},
	} {
		wants(t, in(t, db, me, func(x *store.Tenant) error { _, err := prove(x); return err }), domain.ErrNotFound)
	}
	still, err := db.Session(t.Context(), token)
	if err != nil || still.Stage != domain.WantFactor {
		t.Errorf("%s, %v", still.Stage, err)
	}
	storetest.Do(t, db, me, func(x *store.Tenant) error {
		has, err := x.Factors()
		if has.App || has.Passkeys != 1 {
			t.Errorf("left behind: %+v", has)
		}
		return err
	})
}

// passwordOf is the hash in a person's row.
func passwordOf(t testing.TB, a domain.Actor) (hash string) {
	t.Helper()
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select password_hash from members where tenant_id = $1 and id = $2",
		a.Tenant(), a.Member()).Scan(&hash))
	return hash
}

func requireFactor(t testing.TB, db *store.DB, o storetest.Organization) {
	t.Helper()
	_, err := storetest.Superuser(t).Exec(t.Context(), "update organizations set factor_required = true where tenant_id = $1", o.Owner.Tenant())
	must(t, err)
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.CorrectProfile(domain.ProfileForm{Name: "Olga Owner"}) }) // moves the epoch
}

func TestA9_TheOrganizationAsksForAFactor(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	me := o.People[domain.Staff]
	half(t, db, me, domain.Whole)
	requireFactor(t, db, o)
	who, _ := half(t, db, me, domain.WantEnrol)
	var secret []byte
	storetest.Do(t, db, me, func(x *store.Tenant) (err error) { secret, err = beginApp(x); return err })
	out := checked(t, db, me, func(x *store.Tenant) (store.Checked, error) {
		return x.EnrolApp(who.Session, domain.CodeOf(secret, domain.CodeStep(x.Now())), domain.Arrival{Method: domain.ByCode})
	})
	whole, err := db.Session(t.Context(), out.Token)
	if err != nil || whole.Stage != domain.Whole || len(out.Codes) != domain.RecoveryCodes {
		t.Errorf("%+v, %v", out, err)
	}
	var problems domain.Problems
	if err := in(t, db, me, (*store.Tenant).RemoveApp); !errors.As(err, &problems) || problems[0].Code != "last_factor" {
		t.Errorf("the last factor went: %v", err)
	}
	half(t, db, me, domain.WantFactor)
}

func TestP21_FactorsThatComeAndGoAreTold(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	me := storetest.New(t, db).People[domain.Staff]
	withApp(t, db, me)
	var id domain.ID
	storetest.Do(t, db, me, func(x *store.Tenant) (err error) {
		id, err = x.AddPasskey(store.NewPasskey{Name: "Laptop", ID: []byte("laptop")})
		return err
	})
	wants(t, in(t, db, me, func(x *store.Tenant) error {
		_, err := x.AddPasskey(store.NewPasskey{ID: []byte("laptop")})
		return err
	}), domain.ErrConflict)
	storetest.Do(t, db, me, func(x *store.Tenant) error { return errors.Join(x.RemoveApp(), x.RemovePasskey(id)) })
	if n := toldOf(t, me, domain.NoticeFactorChanged); n != 4 {
		t.Errorf("told %d times", n)
	}
	storetest.Do(t, db, me, func(x *store.Tenant) error {
		has, err := x.Factors()
		if has != (domain.Factors{}) {
			t.Errorf("left: %+v", has)
		}
		return err
	})
	half(t, db, me, domain.Whole)
}

func TestResetFactors(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	me := o.People[domain.Staff]
	withApp(t, db, me)
	withApp(t, db, o.Owner)
	_, token := half(t, db, me, domain.WantFactor)
	reset := func(by, of domain.Actor) error {
		return in(t, db, by, func(x *store.Tenant) error { return x.ResetFactors(of.Member()) })
	}
	for _, role := range []domain.Role{domain.Manager, domain.Staff, domain.Auditor} {
		wants(t, reset(o.People[role], me), domain.ErrNotFound)
	}
	wants(t, reset(o.People[domain.Admin], o.Owner), domain.ErrNotFound)
	wants(t, reset(o.Owner, domain.NewActor(o.Owner.Tenant(), db.NewID(), "")), domain.ErrNotFound)
	must(t, reset(o.People[domain.Admin], me))
	_, err := db.Session(t.Context(), token)
	wants(t, err, domain.ErrSignedOut)
	half(t, db, me, domain.Whole)
	half(t, db, o.Owner, domain.WantFactor)
	if n := toldOf(t, me, domain.NoticeFactorChanged); n != 2 { // added, and reset
		t.Errorf("told %d times", n)
	}
	if n := audited(t, o.People[domain.Admin], "factors.reset"); n != 1 {
		t.Errorf("recorded %d times", n)
	}
}

func TestA10_WhatAPasskeyIsRefusedForIsRecordedAndChangesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	me := o.People[domain.Staff]
	storetest.Do(t, db, me, func(x *store.Tenant) error {
		_, err := x.AddPasskey(store.NewPasskey{ID: []byte("d"), Credential: []byte("before")})
		return err
	})
	out := checked(t, db, me, func(x *store.Tenant) (store.Checked, error) {
		return x.UsePasskey([]byte("d"), func([]byte) ([]byte, string) { return []byte("after"), "counter went back" })
	})
	storetest.Do(t, db, me, func(x *store.Tenant) error {
		all, err := x.Credentials()
		if out.Right || string(all[0]) != "before" {
			t.Errorf("%+v, %s", out, all[0])
		}
		return err
	})
	if n := audited(t, me, "passkey.refused"); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	// nor does a colleague's device stand for one
	wants(t, in(t, db, o.People[domain.Admin], func(x *store.Tenant) error {
		_, err := x.UsePasskey([]byte("d"), believed)
		return err
	}), domain.ErrNotFound)
}

func TestA22_ProofsCountForTheOwnSessionOnly(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	o := storetest.New(t, db)
	me, admin := o.People[domain.Staff], o.People[domain.Admin]
	who, token := half(t, db, me, domain.Whole)
	c.move(6 * time.Minute)
	hash := passwordOf(t, me)
	wrong := checked(t, db, me, func(x *store.Tenant) (store.Checked, error) { return x.ProveByHash(who.Session, hash+"x") })
	none := checked(t, db, me, func(x *store.Tenant) (store.Checked, error) { return x.ProveByHash(who.Session, "") })
	after, err := db.Session(t.Context(), token)
	if err != nil || wrong.Right || none.Right || domain.ProofHolds(after.Proved, db.Now()) {
		t.Errorf("%+v, %+v, %v, %v", wrong, none, after.Proved, err)
	}
	wants(t, in(t, db, admin, func(x *store.Tenant) error {
		_, err := x.ProveByHash(who.Session, passwordOf(t, admin))
		return err
	}), domain.ErrNotFound)
	right := checked(t, db, me, func(x *store.Tenant) (store.Checked, error) { return x.ProveByHash(who.Session, hash) })
	after, err = db.Session(t.Context(), token)
	if err != nil || !right.Right || !domain.ProofHolds(after.Proved, db.Now()) {
		t.Errorf("%+v, %v, %v", right, after.Proved, err)
	}
}
