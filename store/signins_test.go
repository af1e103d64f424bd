package store_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

var firefox = domain.Arrival{Method: domain.ByPassword, Device: "Firefox on Linux", Address: "203.0.113.77"}

// history is somebody's own.
func history(t *testing.T, db *store.DB, a domain.Actor) (list []domain.SignIn) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) {
		list, err = x.SignIns(store.Stretch{Limit: 200})
		return err
	})
	return list
}

// told counts a member's notifications and mails of a kind of notice: how often each was told.
func told(t *testing.T, a domain.Actor, kind domain.NoticeKind) (notices, mails int) {
	t.Helper()
	super := storetest.Superuser(t)
	must(t, super.QueryRow(t.Context(), "select count(*) from notifications where tenant_id = $1 and member_id = $2 and kind = $3", a.Tenant(), a.Member(), kind).Scan(&notices))
	must(t, super.QueryRow(t.Context(), "select count(*) from outbox where tenant_id = $1 and member_id = $2 and kind = 'notice'", a.Tenant(), a.Member()).Scan(&mails))
	return notices, mails
}

func TestP9_sign_in_history(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	me := o.People[domain.Staff]
	for range 2 {
		_, err := db.SignIn(t.Context(), me, firefox)
		must(t, err)
	}
	must(t, db.Missed(t.Context(), me, firefox, domain.SignInWrong))
	must(t, db.Missed(t.Context(), me, firefox, domain.SignInLocked))
	list := history(t, db, me)
	if len(list) != 4 || list[0].Outcome != domain.SignInLocked || list[1].Outcome != domain.SignInWrong || list[3].Outcome != domain.SignInOK {
		t.Fatalf("%+v", list)
	}
	for _, s := range list {
		if s.Device != firefox.Device || s.Address != firefox.Address || s.Method != domain.ByPassword || s.Shortened || time.Since(s.At) > time.Minute {
			t.Errorf("%+v", s)
		}
	}
	if got := history(t, db, o.Owner); len(got) != 1 { // signing up
		t.Errorf("the owner's: %+v", got)
	}
	storetest.Do(t, db, me, func(x *store.Tenant) error {
		older, err := x.SignIns(store.Stretch{Before: list[1].ID, Limit: 1})
		if err != nil || len(older) != 1 || older[0].ID != list[2].ID {
			t.Errorf("older: %+v, %v", older, err)
		}
		return nil
	})
}

// Who manages people sees another's history, and the person sees that they looked; nobody else sees it.
func TestP9_the_history_of_another_is_shown_and_told(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	me := o.People[domain.Staff]
	_, err := db.SignIn(t.Context(), me, firefox)
	must(t, err)
	looks := func() (n int) {
		must(t, super.QueryRow(t.Context(), "select count(*) from looks where member_id = $1 and what = 'sign_ins'", me.Member()).Scan(&n))
		return n
	}
	see := func(a domain.Actor) (list []domain.SignIn, err error) {
		err = in(t, db, a, func(x *store.Tenant) (err error) {
			_, list, err = x.SignInsOf(me.Member(), store.Stretch{Limit: 10})
			return err
		})
		return list, err
	}
	for _, a := range []domain.Actor{o.People[domain.Manager], o.People[domain.Auditor], me, other.Owner} {
		list, err := see(a)
		wants(t, err, domain.ErrNotFound)
		if len(list) != 0 || looks() != 0 {
			t.Errorf("%s: %+v, %d looks", a.Role(), list, looks())
		}
	}
	list, err := see(o.People[domain.Admin])
	if err != nil || len(list) != 1 || looks() != 1 {
		t.Errorf("%+v, %v, %d looks", list, err, looks())
	}
	var audited int
	must(t, super.QueryRow(t.Context(), "select count(*) from audit_entries where verb = 'sign_ins.read' and object = $1", me.Member()).Scan(&audited))
	if audited != 1 {
		t.Errorf("%d entries", audited)
	}
	// what can't be recorded is not shown
	must(t, db.Read(t.Context(), o.Owner, func(x *store.Tenant) error {
		if _, list, err := x.SignInsOf(me.Member(), store.Stretch{Limit: 10}); err == nil || len(list) > 0 {
			t.Error("shown without a record")
		}
		return nil
	}))
}

func TestP21_a_new_device_is_told_of_once(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	me := storetest.New(t, db).People[domain.Staff]
	come := func(by domain.Arrival, wantNotices int) {
		t.Helper()
		_, err := db.SignIn(t.Context(), me, by)
		must(t, err)
		if n, mails := told(t, me, domain.NoticeNewDevice); n != wantNotices || mails != wantNotices {
			t.Errorf("%s from %s: told %d times, mailed %d, want %d", by.Device, by.Address, n, mails, wantNotices)
		}
	}
	come(firefox, 0) // the first ever
	come(firefox, 0)
	next := firefox
	next.Address = "203.0.113.200" // the same network
	come(next, 0)
	next.Address = "198.51.100.1"
	come(next, 1)
	come(next, 1)
	next.Device = "Safari on iPhone"
	must(t, db.Missed(t.Context(), me, next, domain.SignInWrong)) // who failed was not here
	come(next, 2)
	come(firefox, 2)
}

// Of sign-ins at once from one new device, one tells.
func TestP21_a_new_device_at_once(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	me := storetest.New(t, db).People[domain.Staff]
	_, err := db.SignIn(t.Context(), me, firefox)
	must(t, err)
	next := firefox
	next.Device = "Edge on Windows"
	done := make(chan error)
	for range 6 {
		go func() { _, err := db.SignIn(t.Context(), me, next); done <- err }()
	}
	for range 6 {
		must(t, <-done)
	}
	if n, mails := told(t, me, domain.NoticeNewDevice); n != 1 || mails != 1 {
		t.Errorf("told %d times, mailed %d", n, mails)
	}
}

func TestP21_a_burst_of_failures_is_told_of_once_in_its_time(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	me := storetest.New(t, db).People[domain.Staff]
	fail := func(times, want int) {
		t.Helper()
		for range times {
			must(t, db.Missed(t.Context(), me, firefox, domain.SignInWrong))
			c.move(time.Second)
		}
		if n, mails := told(t, me, domain.NoticeFailures); n != want || mails != want {
			t.Errorf("told %d times, mailed %d, want %d", n, mails, want)
		}
	}
	fail(4, 0)
	must(t, db.Missed(t.Context(), me, firefox, domain.SignInRefused)) // not wrong
	fail(0, 0)
	c.move(11 * time.Minute)
	fail(4, 0)
	fail(1, 1)
	fail(4, 1)
	c.move(11 * time.Minute)
	fail(4, 1)
	fail(2, 2)
}

// A year of sign-ins: addresses are whole for thirty days, and lines go after twelve months.
func TestP9_addresses_are_shortened_and_the_history_ends(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	me := storetest.New(t, db).People[domain.Staff]
	six := firefox
	six.Address = "2001:db8:1:2::3"
	for _, by := range []domain.Arrival{firefox, six} {
		_, err := db.SignIn(t.Context(), me, by)
		must(t, err)
	}
	age := func(by time.Duration) []domain.SignIn {
		t.Helper()
		c.move(by)
		must(t, db.AgeSignInsOf(t.Context(), me.Tenant())) // of this one: the clock is this test's own
		return history(t, db, me)
	}
	if list := age(29 * 24 * time.Hour); list[1].Address != firefox.Address || list[0].Shortened {
		t.Errorf("%+v", list)
	}
	list := age(2 * 24 * time.Hour)
	if list[1].Address != "203.0.113.0/24" || list[0].Address != "2001:db8:1::/48" || !list[0].Shortened || list[0].Device != firefox.Device {
		t.Errorf("%+v", list)
	}
	var plain int
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from sign_ins where member_id = $1 and position('203.0' in encode(address, 'escape')) > 0", me.Member()).Scan(&plain))
	if plain > 0 {
		t.Error("an address lies in the clear")
	}
	_, err := db.SignIn(t.Context(), me, firefox) // the network is remembered by its mark: nothing new
	must(t, err)
	if n, _ := told(t, me, domain.NoticeNewDevice); n != 1 {
		t.Errorf("told %d times, want once, for the other network", n)
	}
	if list := age(335 * 24 * time.Hour); len(list) != 1 || !list[0].Shortened {
		t.Errorf("%+v", list)
	}
}

// Where single sign-on is required a password is refused, but for the owner's; that is kept.
func TestDoorRules_a_password_is_refused_where_single_sign_on_is_required(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	me := o.People[domain.Staff]
	save := func(a domain.Actor, r domain.DoorRules) error {
		return in(t, db, a, func(x *store.Tenant) error { return x.SaveDoorRules(r) })
	}
	for _, a := range []domain.Actor{me, o.People[domain.Manager], o.People[domain.Auditor]} {
		wants(t, save(a, domain.DoorRules{Factor: true}), domain.ErrNotFound)
	}
	if err := save(o.Owner, domain.DoorRules{SSO: true}); err == nil || !strings.Contains(err.Error(), "sso_off") {
		t.Fatalf("required without any: %v", err)
	}
	super := storetest.Superuser(t)
	_, err := super.Exec(t.Context(), `insert into sso (tenant_id, issuer, client_id, client_secret, enabled, provision, updated_at) values ($1, '\x00', '\x00', '\x00', true, false, now())`, o.Owner.Tenant())
	must(t, err)
	if err := save(o.Owner, domain.DoorRules{SSO: true}); err == nil || !strings.Contains(err.Error(), "sso_untried") {
		t.Fatalf("required without a try: %v", err)
	}
	_, err = super.Exec(t.Context(), `insert into identities values ($1, $2, $3, decode(repeat('00', 32), 'hex'), now(), now())`, o.Owner.Tenant(), db.NewID(), o.Owner.Member())
	must(t, err)
	must(t, save(o.People[domain.Admin], domain.DoorRules{SSO: true}))
	_, err = db.SignIn(t.Context(), me, firefox)
	wants(t, err, domain.ErrNotPermitted)
	if list := history(t, db, me); len(list) != 1 || list[0].Outcome != domain.SignInRefused {
		t.Errorf("%+v", list)
	}
	_, err = db.SignIn(t.Context(), me, domain.Arrival{Method: domain.BySSO, Device: "x", Address: "192.0.2.1"})
	must(t, err)
	_, err = db.SignIn(t.Context(), o.Owner, firefox)
	must(t, err)
}

func TestDoorRules_who_has_no_second_factor(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	facts := func(a domain.Actor) (f store.DoorFacts, err error) {
		err = in(t, db, a, func(x *store.Tenant) (err error) { f, err = x.DoorFacts(); return err })
		return f, err
	}
	_, err := facts(o.People[domain.Staff])
	wants(t, err, domain.ErrNotFound)
	super := storetest.Superuser(t)
	for i, role := range []domain.Role{domain.Staff, domain.Manager} { // the second one has not confirmed it
		_, err = super.Exec(t.Context(), `insert into authenticators (tenant_id, id, member_id, secret, created_at, confirmed_at)
			values ($1, $2, $3, '\x00', now(), case when $4 = 0 then now() end)`, o.Owner.Tenant(), db.NewID(), o.People[role].Member(), i)
		must(t, err)
	}
	f, err := facts(o.Owner)
	if err != nil || f.People != 5 || f.Without != 4 || f.SSO || f.SSOTried {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err = facts(other.Owner); err != nil || f.Without != 5 {
		t.Errorf("in another organization: %+v, %v", f, err)
	}
}

// The chore finds the organizations by the times alone.
func TestP9_old_sign_ins_are_found(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	me := storetest.New(t, db).Owner
	_, err := storetest.Superuser(t).Exec(t.Context(), "update sign_ins set at = at - interval '31 days' where tenant_id = $1", me.Tenant())
	must(t, err)
	must(t, db.AgeSignIns(t.Context()))
	if list := history(t, db, me); len(list) != 1 || list[0].Address != "192.0.2.0/24" {
		t.Errorf("%+v", list)
	}
}
