package store_test

import (
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// mailing is an organization with one mail that waits.
func mailing(t testing.TB, db *store.DB) (storetest.Organization, domain.ID) {
	t.Helper()
	o := storetest.New(t, db)
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.SendReset(o.People[domain.Staff].Member()) })
	var id domain.ID
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select id::text from outbox where tenant_id = $1", o.Owner.Tenant()).Scan(&id))
	return o, id
}

type mailState struct {
	State  domain.MailState
	Reason string
	Tries  int
	Said   bool // what it says is kept
}

func stateOf(t testing.TB, o storetest.Organization, id domain.ID) (s mailState) {
	t.Helper()
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select state, reason, tries, body is not null from outbox where tenant_id = $1 and id = $2",
		o.Owner.Tenant(), id).Scan(&s.State, &s.Reason, &s.Tries, &s.Said))
	return s
}

// step does one step of a job.
func step(t testing.TB, o storetest.Organization, fn func(*store.Tenant) error) {
	t.Helper()
	storetest.Do(t, o.DB, store.System(o.Owner.Tenant()), fn)
}

func begin(t testing.TB, o storetest.Organization, id domain.ID) (out store.Outgoing) {
	t.Helper()
	step(t, o, func(x *store.Tenant) (err error) { out, err = x.BeginMail(id); return err })
	return out
}

func TestP21_a_mail_has_one_try_at_a_time(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	o, id := mailing(t, storetest.Clocked(t, c.now))
	first := begin(t, o, id)
	if first.Letter.Kind != domain.LetterReset || first.Try != 1 {
		t.Errorf("%+v", first)
	}
	if twin := begin(t, o, id); twin.ID != "" || twin.Wait <= 0 || twin.Wait > time.Minute {
		t.Errorf("a twin got %+v", twin)
	}
	c.move(time.Minute) // its process was killed: another one tries
	second := begin(t, o, id)
	if second.Try != 2 {
		t.Errorf("%+v", second)
	}
	step(t, o, func(x *store.Tenant) error { return x.MailSent(first) }) // too late: the second has it
	if s := stateOf(t, o, id); s != (mailState{domain.MailWaiting, "", 2, true}) {
		t.Errorf("%+v", s)
	}
	step(t, o, func(x *store.Tenant) error { return x.MailSent(second) })
	if s := stateOf(t, o, id); s != (mailState{domain.MailSent, "", 2, false}) {
		t.Errorf("what a mail said, with its link, is kept: %+v", s)
	}
	wants(t, in(t, o.DB, store.System(o.Owner.Tenant()), func(x *store.Tenant) error { _, err := x.BeginMail(id); return err }), domain.ErrNotFound)
}

func TestAMailIsTriedForADay(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	o, id := mailing(t, storetest.Clocked(t, c.now))
	out := begin(t, o, id)
	var wait time.Duration
	step(t, o, func(x *store.Tenant) (err error) {
		wait, err = x.MailFailed(out, domain.MailUnreachable, false)
		return err
	})
	if wait != 10*time.Second || stateOf(t, o, id) != (mailState{domain.MailWaiting, domain.MailUnreachable, 1, true}) {
		t.Errorf("%v %+v", wait, stateOf(t, o, id))
	}
	if early := begin(t, o, id); early.Wait != wait {
		t.Errorf("%+v", early)
	}
	total, tries := wait, 1
	for wait > 0 {
		_, err := storetest.Superuser(t).Exec(t.Context(), "update outbox set next_at = created_at where tenant_id = $1 and state = 'waiting'", o.Owner.Tenant())
		must(t, err)
		out = begin(t, o, id)
		step(t, o, func(x *store.Tenant) (err error) { wait, err = x.MailFailed(out, domain.MailSlow, false); return err })
		total, tries = total+wait, tries+1
	}
	if total < 23*time.Hour || total > 25*time.Hour || stateOf(t, o, id) != (mailState{domain.MailFailed, domain.MailSlow, tries, false}) {
		t.Errorf("%v, %d tries, %+v", total, tries, stateOf(t, o, id))
	}
}

// A link that nobody could follow any more is not sent.
func TestAMailThatComesTooLateIsDropped(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	o, id := mailing(t, storetest.Clocked(t, c.now))
	c.move(domain.LinkLasts)
	if out := begin(t, o, id); out.ID != "" || out.Wait != 0 {
		t.Errorf("%+v", out)
	}
	if s := stateOf(t, o, id); s != (mailState{domain.MailDropped, domain.MailLate, 0, false}) {
		t.Errorf("%+v", s)
	}
}

func TestWhoInvitedIsToldThatAMailWasRefused(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	o, id := mailing(t, db)
	_, err := super.Exec(t.Context(), `insert into invitations (tenant_id, id, email, email_lookup, name, role, token_hash, mail_id, invited_by, created_at, expires_at)
		values ($1, $2, '\x00', sha256('a'), '\x00', 'member', sha256('b'), $3, $4, now(), now())`, o.Owner.Tenant(), db.NewID(), id, o.Owner.Member())
	must(t, err)
	out := begin(t, o, id)
	step(t, o, func(x *store.Tenant) error { _, err := x.MailFailed(out, domain.MailBadAddress, true); return err })
	if s := stateOf(t, o, id); s != (mailState{domain.MailRefused, domain.MailBadAddress, 1, false}) {
		t.Errorf("%+v", s)
	}
	var to domain.ID
	var kind domain.NoticeKind
	must(t, super.QueryRow(t.Context(), "select member_id::text, kind from notifications where tenant_id = $1", o.Owner.Tenant()).Scan(&to, &kind))
	if to != o.Owner.Member() || kind != domain.NoticeInvitationFailed {
		t.Errorf("%s was told %s", to, kind)
	}
}

// A mail whose job the queue lost gets another one, and old ones are forgotten.
func TestMailsAreResumedAndForgotten(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	o, id := mailing(t, db)
	jobs := func() (n int) {
		must(t, super.QueryRow(t.Context(), "select count(*) from river.river_job where args->>'mail' = $1", id).Scan(&n))
		return n
	}
	must(t, db.ResumeMail(t.Context()))
	if n := jobs(); n != 1 {
		t.Errorf("%d jobs", n)
	}
	_, err := super.Exec(t.Context(), "delete from river.river_job where args->>'mail' = $1", id)
	must(t, err)
	must(t, db.ResumeMail(t.Context()))
	if n := jobs(); n != 1 {
		t.Errorf("%d jobs", n)
	}
	out := begin(t, o, id)
	step(t, o, func(x *store.Tenant) error { return x.MailSent(out) })
	left := func() (n int) {
		must(t, super.QueryRow(t.Context(), "select (select count(*) from outbox where tenant_id = $1) + (select count(*) from links where tenant_id = $1)", o.Owner.Tenant()).Scan(&n))
		return n
	}
	step(t, o, func(x *store.Tenant) error { return x.ForgetPost() })
	if n := left(); n != 2 {
		t.Errorf("%d rows", n)
	}
	_, err = super.Exec(t.Context(), "update outbox set created_at = created_at - interval '31 days' where tenant_id = $1", o.Owner.Tenant())
	must(t, err)
	_, err = super.Exec(t.Context(), "update links set expires_at = expires_at - interval '31 days' where tenant_id = $1", o.Owner.Tenant())
	must(t, err)
	step(t, o, func(x *store.Tenant) error { return x.ForgetPost() })
	if n := left(); n != 0 {
		t.Errorf("%d rows", n)
	}
}
