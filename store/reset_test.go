package store_test

import (
	"path"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// asked is the path of the link that a person's request for a new password leads to.
func asked(t testing.TB, o storetest.Organization, email string) string {
	t.Helper()
	must(t, o.DB.RequestReset(t.Context(), email))
	answered(t, o)
	return path.Base(o.Letter(t, domain.LetterReset).Path)
}

// answered answers what was asked, whichever test's store is as fast.
func answered(t testing.TB, o storetest.Organization) {
	t.Helper()
	must(t, o.DB.SendResets(t.Context()))
}

const otherHash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q"

func hashOf(t testing.TB, o storetest.Organization, member domain.ID) (hash string) {
	t.Helper()
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select password_hash from members where tenant_id = $1 and id = $2", o.Owner.Tenant(), member).Scan(&hash))
	return hash
}

func TestA6_a_link_to_a_new_password_works_once(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	token := asked(t, o, " "+o.Email)
	r, err := db.Reset(t.Context(), token)
	must(t, err)
	if r.Email != o.Email || r.Organization != "Org "+t.Name() || r.Name != "Olga Owner" || r.Actor.Role() != "" {
		t.Errorf("%+v", r)
	}
	for _, bad := range []string{"", token + "x", token[:len(token)-1], string(other.Owner.Tenant()) + token[36:], string(db.NewID()) + token[36:], "x." + token} {
		_, err := db.Reset(t.Context(), bad)
		wants(t, err, domain.ErrNotFound)
		wants(t, db.ResetPassword(t.Context(), bad, otherHash), domain.ErrNotFound)
	}
	must(t, db.ResetPassword(t.Context(), token, otherHash))
	if hashOf(t, o, o.Owner.Member()) != otherHash {
		t.Error("the password is what it was")
	}
	wants(t, db.ResetPassword(t.Context(), token, storetest.Hash), domain.ErrNotFound)
	_, err = db.Session(t.Context(), o.Token)
	wants(t, err, domain.ErrSignedOut)
	if l := o.Letter(t, domain.LetterNotice); l.To != o.Email || l.Notices[0].Kind != domain.NoticePasswordChanged { // P21: exactly one
		t.Errorf("%+v", l)
	}
}

func TestA6_the_newest_link_for_fifteen_minutes(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	db := storetest.Clocked(t, c.now)
	o := storetest.New(t, db)
	first := asked(t, o, o.Email)
	second := asked(t, o, o.Email)
	_, err := db.Reset(t.Context(), first)
	wants(t, err, domain.ErrNotFound)
	c.move(15*time.Minute - time.Second)
	_, err = db.Reset(t.Context(), second)
	must(t, err)
	c.move(time.Second)
	_, err = db.Reset(t.Context(), second)
	wants(t, err, domain.ErrNotFound)
	wants(t, db.ResetPassword(t.Context(), second, otherHash), domain.ErrNotFound)
	if hashOf(t, o, o.Owner.Member()) != storetest.Hash {
		t.Error("the password was changed")
	}
}

func TestA6_a_link_is_void_after_the_address_changed_or_the_account_closed(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	staff := o.People[domain.Staff]
	mine := "member-" + o.Email
	storetest.Do(t, db, staff, func(x *store.Tenant) error { return x.AskEmail("moved-" + o.Email) })
	confirm := path.Base(o.Letter(t, domain.LetterConfirmEmail).Path)
	token := asked(t, o, mine)
	storetest.Do(t, db, staff, func(x *store.Tenant) error { return x.ConfirmEmail(confirm) })
	_, err := db.Reset(t.Context(), token)
	wants(t, err, domain.ErrNotFound)
	o.Post(t)

	token = asked(t, o, "moved-"+o.Email)
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Deactivate(staff.Member()) })
	wants(t, db.ResetPassword(t.Context(), token, otherHash), domain.ErrNotFound)
	must(t, db.RequestReset(t.Context(), "moved-"+o.Email))
	must(t, db.RequestReset(t.Context(), "nobody-"+o.Email))
	answered(t, o)
	if m := o.Post(t); len(m) != 0 {
		t.Errorf("mailed %+v", m)
	}
}

// A link that was mailed before a password was changed would undo the change.
func TestA6_a_link_is_void_after_the_password_changed(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	token := asked(t, o, o.Email)
	who, err := db.Session(t.Context(), o.Token)
	must(t, err)
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		_, err := x.ChangePassword(storetest.Hash, otherHash, who.Session)
		return err
	})
	_, err = db.Reset(t.Context(), token)
	wants(t, err, domain.ErrNotFound)
}

// A request that is answered twice, because a process died before it was forgotten, is one mail.
func TestP21_one_request_is_one_mail(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	must(t, db.RequestReset(t.Context(), o.Email))
	_, err := super.Exec(t.Context(), `create temp table kept as select * from reset_requests`)
	must(t, err)
	answered(t, o)
	_, err = super.Exec(t.Context(), `insert into reset_requests select * from kept on conflict do nothing`)
	must(t, err)
	answered(t, o)
	token := path.Base(o.Letter(t, domain.LetterReset).Path)
	_, err = db.Reset(t.Context(), token)
	must(t, err)
}

func TestResetWhereOnlySingleSignOnComesIn(t *testing.T) {
	t.Parallel()
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	before := asked(t, o, "member-"+o.Email)
	_, err := super.Exec(t.Context(), "update organizations set sso_required = true where tenant_id = $1", o.Owner.Tenant())
	must(t, err)
	_, err = super.Exec(t.Context(), "update standings set epoch = epoch + 1 where tenant_id = $1", o.Owner.Tenant()) // as the product does
	must(t, err)
	wants(t, db.ResetPassword(t.Context(), before, otherHash), domain.ErrNotFound)
	must(t, db.RequestReset(t.Context(), "member-"+o.Email))
	answered(t, o)
	if l := o.Letter(t, domain.LetterReset); l.Path != "/sign-in" || !l.Until.IsZero() {
		t.Errorf("%+v", l)
	}
	_, err = db.Reset(t.Context(), asked(t, o, o.Email)) // the owner may always
	must(t, err)
}

func TestA13_an_admin_sends_a_link_only(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	staff := o.People[domain.Staff]
	for _, role := range []domain.Role{domain.Staff, domain.Manager, domain.Auditor} {
		wants(t, in(t, db, o.People[role], func(x *store.Tenant) error { return x.SendReset(staff.Member()) }), domain.ErrNotFound)
	}
	wants(t, in(t, db, other.Owner, func(x *store.Tenant) error { return x.SendReset(staff.Member()) }), domain.ErrNotFound)
	storetest.Do(t, db, o.People[domain.Admin], func(x *store.Tenant) error { return x.SendReset(staff.Member()) })
	l := o.Letter(t, domain.LetterReset)
	if l.To != "member-"+o.Email || l.By != "Test Admin" || hashOf(t, o, staff.Member()) != storetest.Hash {
		t.Errorf("%+v", l)
	}
	_, err := db.Reset(t.Context(), path.Base(l.Path))
	must(t, err)
}
