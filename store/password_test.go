package store_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// phc is a hash with a salt; no password has it.
func phc(salt []byte) string {
	return "$argon2id$v=19$m=19456,t=2,p=1$" + base64.RawStdEncoding.EncodeToString(salt) + "$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
}

func salt(t *testing.T, db *store.DB, email string) []byte {
	t.Helper()
	s, err := db.SaltOf(t.Context(), email)
	must(t, err)
	return s
}

func TestA17_a_changed_password_ends_the_other_sessions(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	me := o.People[domain.Staff]
	var who [3]store.SignedIn
	var tokens [3]string
	for i := range who {
		in, err := db.SignIn(t.Context(), me, firefox)
		must(t, err)
		tokens[i] = in.Token
		who[i], err = db.Session(t.Context(), in.Token)
		must(t, err)
	}
	theirs, err := storetest.SignIn(t, db, o.Owner)
	must(t, err)
	fresh := phc([]byte("anothersaltother"))
	change := func(checked string) (token string, err error) {
		err = in(t, db, me, func(x *store.Tenant) (err error) {
			token, err = x.ChangePassword(checked, fresh, who[1].Session)
			return err
		})
		return token, err
	}
	_, err = change(fresh) // another than the one that was checked
	wants(t, err, domain.ErrConflict)
	token, err := change(storetest.Hash)
	must(t, err)
	for i, old := range tokens { // the kept one has another token
		_, err := db.Session(t.Context(), old)
		wants(t, err, domain.ErrSignedOut)
		want := domain.ErrSignedOut
		if i == 1 {
			want = nil
		}
		wants(t, db.SessionHolds(t.Context(), who[i]), want)
	}
	kept, err := db.Session(t.Context(), token)
	if err != nil || kept.Session != who[1].Session {
		t.Errorf("%+v, %v", kept, err)
	}
	_, err = db.Session(t.Context(), theirs)
	must(t, err)
	if n, mails := told(t, me, domain.NoticePasswordChanged); n != 1 || mails != 1 {
		t.Errorf("told %d times, mailed %d", n, mails)
	}
	// a reset ends all
	must(t, in(t, db, o.Owner, func(x *store.Tenant) error { return store.SetPasswordOf(x, me.Member(), storetest.Hash) }))
	_, err = db.Session(t.Context(), token)
	wants(t, err, domain.ErrSignedOut)
}

// A password goes along with its address's salt, so that one hash still decides a try.
func TestA119_a_changed_address_keeps_its_salt(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	a, b := storetest.New(t, db), storetest.New(t, db)
	before := salt(t, db, a.Email)
	fresh := "fresh-" + a.Email
	change := func(x domain.Actor, email string) (kept bool) {
		t.Helper()
		storetest.Do(t, db, x, func(y *store.Tenant) (err error) {
			kept, err = store.ChangeEmailOf(y, x.Member(), email)
			return err
		})
		return kept
	}
	if !bytes.Equal(db.Salt(fresh), salt(t, db, fresh)) {
		t.Error("an address that nobody has is salted otherwise than derived")
	}
	if !change(a.Owner, fresh) {
		t.Error("the password was dropped")
	}
	if !bytes.Equal(before, salt(t, db, fresh)) || bytes.Equal(before, salt(t, db, a.Email)) {
		t.Error("the salt did not go along")
	}
	accounts, err := db.Accounts(t.Context(), fresh)
	if err != nil || len(accounts) != 1 || accounts[0].Hash != storetest.Hash {
		t.Errorf("%+v, %v", accounts, err)
	}
	// an address with another salt: this account's password is dropped, the other's stays
	storetest.Do(t, db, b.Owner, func(x *store.Tenant) error {
		return store.SetPasswordOf(x, b.Owner.Member(), phc([]byte("anothersaltother")))
	})
	if change(b.Owner, fresh) {
		t.Error("two salts under one address")
	}
	accounts, err = db.Accounts(t.Context(), fresh)
	if err != nil || len(accounts) != 2 || accounts[0].Hash != storetest.Hash || accounts[1].Hash != "" {
		t.Errorf("%+v, %v", accounts, err)
	}
	if !bytes.Equal(before, salt(t, db, fresh)) {
		t.Error("the address's salt changed")
	}
}
