package store_test

import (
	"errors"
	"path"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestP21_another_address_is_confirmed_at_the_new_and_told_to_the_old(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	staff, old, fresh := o.People[domain.Staff], "member-"+o.Email, "fresh-"+o.Email
	storetest.Do(t, db, staff, func(x *store.Tenant) error { return x.AskEmail(" " + fresh) })
	l := o.Letter(t, domain.LetterConfirmEmail)
	token := path.Base(l.Path)
	if l.To != fresh {
		t.Errorf("confirmed at %s", l.To)
	}
	for name, as := range map[string]domain.Actor{"a colleague": o.Owner, "in another organization": other.Owner} {
		if err := in(t, db, as, func(x *store.Tenant) error { return x.ConfirmEmail(token) }); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		wants(t, in(t, db, as, func(x *store.Tenant) error { _, err := x.NewEmail(token); return err }), domain.ErrNotFound)
	}
	storetest.Do(t, db, staff, func(x *store.Tenant) error { return x.ConfirmEmail(token) })
	wants(t, in(t, db, staff, func(x *store.Tenant) error { return x.ConfirmEmail(token) }), domain.ErrNotFound)
	var told []domain.Letter
	for _, m := range o.Post(t) {
		if m.Letter.Kind == domain.LetterNotice {
			told = append(told, m.Letter)
		}
	}
	if len(told) != 1 || told[0].To != old || told[0].Notices[0].Kind != domain.NoticeEmailChanged || told[0].Notices[0].Words.What != fresh {
		t.Errorf("told %+v", told)
	}
	storetest.Do(t, db, staff, func(x *store.Tenant) error {
		me, err := x.Me()
		if me.Email != fresh {
			t.Errorf("the address is %s", me.Email)
		}
		return err
	})
	for email, want := range map[string]int{old: 0, fresh: 1} {
		if all, err := db.Accounts(t.Context(), email); err != nil || len(all) != want {
			t.Errorf("%s has %d accounts, %v", email, len(all), err)
		}
	}
}

// Whether a colleague has an address is said to who reads its mail only.
func TestA119_a_taken_address_answers_alike(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	staff := o.People[domain.Staff]
	storetest.Do(t, db, staff, func(x *store.Tenant) error { return x.AskEmail(o.Email) })
	token := path.Base(o.Letter(t, domain.LetterConfirmEmail).Path)
	var problems domain.Problems
	if err := in(t, db, staff, func(x *store.Tenant) error { return x.ConfirmEmail(token) }); !errors.As(err, &problems) || problems[0].Code != "taken" {
		t.Error(err)
	}
	for email, code := range map[string]string{"x": "invalid", "member-" + o.Email: "same"} {
		if err := in(t, db, staff, func(x *store.Tenant) error { return x.AskEmail(email) }); !errors.As(err, &problems) || problems[0].Code != code {
			t.Errorf("%s: %v", email, err)
		}
	}
	if all := o.Post(t); len(all) != 0 {
		t.Errorf("mailed %+v", all)
	}
}
