package handlers

import (
	"errors"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/door"
	"aimyorg/views/layout"
)

func (q *request) editPassword() error {
	return q.passwordPage(200, door.PasswordPage{})
}

func (q *request) passwordPage(status int, p door.PasswordPage) error {
	p.Email = q.who.Member.Email
	err := q.read(func(t *store.Tenant) error {
		hash, _, err := t.MyPassword()
		if err != nil {
			return err
		}
		p.Has = hash != ""
		list, err := t.Sessions()
		p.Others = max(len(list)-1, 0)
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Password", Crumbs: accountCrumbs}, door.Password(p))
}

// changePassword wants the current password, or none from who has none yet, and ends every other session (A17). Tries are
// counted: whoever found a browser open must not be able to guess.
func (q *request) changePassword() error {
	password, me := q.exactly("password"), q.who.Member
	p := door.PasswordPage{Problems: domain.PasswordProblems(password, me.Name, me.Email, q.who.Org.Name)}
	checked, ok, err := q.checkPassword(q.exactly("current"))
	var l late
	if errors.As(err, &l) {
		p.RetryAfter = seconds(l.wait)
		return q.passwordPage(429, p)
	}
	if err != nil {
		return err
	}
	if !ok {
		p.Problems = append(domain.Problems{{Field: "current", Code: "wrong", Text: "This is not your current password."}}, p.Problems...)
	}
	if len(p.Problems) > 0 {
		return q.passwordPage(422, p)
	}
	hash, err := q.newHash(me.Email, password)
	if err != nil {
		return err
	}
	token := ""
	err = q.do(func(t *store.Tenant) (err error) {
		token, err = t.ChangePassword(checked, hash, q.who.Session)
		return err
	})
	if err != nil {
		return err
	}
	if err := q.enter(token); err != nil {
		return err
	}
	return q.passwordPage(200, door.PasswordPage{Saved: true})
}

// checkPassword says whether it is the person's own, and gives the hash that they have now, "" for who has none.
func (q *request) checkPassword(password string) (checked string, ok bool, err error) {
	checked, salt, err := q.mine()
	if err != nil || checked == "" {
		return checked, err == nil, err
	}
	if wait, err := q.DB.Attempt(q.ctx, "password", string(q.actor().Member()), triesByAccount); err != nil {
		return "", false, tooMany(wait, err)
	}
	hash, err := q.hash.hash(q.ctx, tried(password), salt)
	if err != nil || !same(checked, hash) {
		return checked, false, err
	}
	return checked, true, q.DB.Forgive(q.ctx, "password", string(q.actor().Member()))
}

// mine is the hash of the person's own password, "" for who has none, with its salt.
func (q *request) mine() (hash string, salt []byte, err error) {
	err = q.read(func(t *store.Tenant) (err error) {
		hash, salt, err = t.MyPassword()
		return err
	})
	return hash, salt, err
}
