package handlers

import (
	"errors"
	"strconv"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/security"
)

// factorRoutes are what a half session reaches: what its stage wants, and nothing else (A9).
func (s *Site) factorRoutes() []route {
	return []route{
		{"POST", "/sign-in/passkey/begin", domain.Public, (*request).beginSignIn, nil, ""},
		{"POST", "/sign-in/passkey", domain.Public, (*request).signInByPasskey, []string{"token", "credential", "next"}, ""},
		{"GET", "/sign-in/factor", domain.HalfSignedIn, (*request).showFactor, nil, ""},
		{"POST", "/sign-in/factor", domain.HalfSignedIn, (*request).finishByCode, []string{"code", "next"}, ""},
		{"POST", "/sign-in/factor/recovery", domain.HalfSignedIn, (*request).finishByRecovery, []string{"recovery", "next"}, ""},
		{"POST", "/sign-in/factor/passkey/begin", domain.HalfSignedIn, (*request).beginFactor, nil, ""},
		{"POST", "/sign-in/factor/passkey", domain.HalfSignedIn, (*request).finishByPasskey, []string{"token", "credential", "next"}, ""},
		{"GET", "/sign-in/enrol", domain.HalfSignedIn, (*request).showEnrol, nil, ""},
		{"POST", "/sign-in/enrol/app", domain.HalfSignedIn, (*request).enrolApp, []string{"next"}, ""},
		{"POST", "/sign-in/enrol/app/confirm", domain.HalfSignedIn, (*request).confirmEnrolment, []string{"code", "next"}, ""},
		{"POST", "/sign-in/enrol/passkey/begin", domain.HalfSignedIn, (*request).beginEnrolment, nil, ""},
		{"POST", "/sign-in/enrol/passkey", domain.HalfSignedIn, (*request).enrolPasskey, []string{"token", "credential", "name", "next"}, ""},
	}
}

// wanting sends a session on that does not want what a page is for. Above all, one that wants a factor must not set one up.
func (q *request) wanting(stage domain.Stage, next string) (ok bool, err error) {
	if q.who.Stage == stage {
		return true, nil
	}
	return false, q.redirect(stagePath(q.who.Stage, next))
}

func (q *request) typedNext() string { return safeNext(q.exactly("next"), "") }

func (q *request) showFactor() error {
	next := safeNext(q.queryExactly("next"), "")
	if ok, err := q.wanting(domain.WantFactor, next); !ok {
		return err
	}
	return q.factorPage(200, security.Factor{Next: next})
}

func (q *request) factorPage(status int, p security.Factor) error {
	p.Email, p.Possible = q.who.Member.Email, q.passkeys != nil
	err := q.read(func(t *store.Tenant) (err error) {
		p.Has, err = t.Factors()
		return err
	})
	if err != nil {
		return err
	}
	if p.Wait > 0 {
		q.c.Set("Retry-After", strconv.Itoa(p.Wait))
	}
	return q.public(status, "One more step", security.SecondFactor(p))
}

func (q *request) finishByCode() error {
	p := security.Factor{Next: q.typedNext()}
	if ok, err := q.wanting(domain.WantFactor, p.Next); !ok {
		return err
	}
	code, by := q.typed("code"), q.arrival(domain.ByCode)
	out, err := q.check(func(t *store.Tenant) (store.Checked, error) { return t.FinishByCode(q.who.Session, code, by) })
	if err != nil {
		return err
	}
	if p.Wait = seconds(out.Wait); p.Wait > 0 {
		return q.factorPage(429, p)
	}
	if !out.Right {
		p.Problems.Add(true, "code", "wrong", "That code is not right, or was used. Enter the one that your app shows now.")
		return q.factorPage(422, p)
	}
	return q.whole(out.Token, p.Next)
}

// check runs a check; what there is nothing for is just wrong.
func (q *request) check(fn func(*store.Tenant) (store.Checked, error)) (out store.Checked, err error) {
	err = q.do(func(t *store.Tenant) (err error) {
		out, err = fn(t)
		return err
	})
	if errors.Is(err, domain.ErrNotFound) {
		return store.Checked{}, nil
	}
	return out, err
}

// whole gives the browser the token of the session that has just become whole: the same session, another id (A15).
func (q *request) whole(token, next string) error {
	if err := q.enter(token); err != nil {
		return err
	}
	return q.redirect(next)
}

// triesOfRecovery is how many recovery codes are looked at within ten minutes.
const triesOfRecovery = 10

func (q *request) finishByRecovery() error {
	p := security.Factor{Next: q.typedNext(), Recovery: true}
	if ok, err := q.wanting(domain.WantFactor, p.Next); !ok {
		return err
	}
	wait, err := q.DB.Attempt(q.ctx, "recovery", string(q.actor().Member()), triesOfRecovery)
	if errors.Is(err, domain.ErrTooMany) {
		return tooMany(wait, err)
	}
	if err != nil {
		return err
	}
	code, by := q.typed("recovery"), q.arrival(domain.ByRecovery)
	out, err := q.check(func(t *store.Tenant) (store.Checked, error) { return t.FinishByRecovery(q.who.Session, code, by) })
	if err != nil {
		return err
	}
	if !out.Right {
		p.Problems.Add(true, "recovery", "wrong", "That code is not one of yours, or was used before.")
		return q.factorPage(422, p)
	}
	return q.whole(out.Token, p.Next)
}

func (q *request) showEnrol() error {
	next := safeNext(q.queryExactly("next"), "")
	if ok, err := q.wanting(domain.WantEnrol, next); !ok {
		return err
	}
	return q.enrolPage(200, security.Enrol{Next: next}, nil, 0)
}

// enrolPage shows both ways, or the app that was begun with what is wrong with its code.
func (q *request) enrolPage(status int, p security.Enrol, problems domain.Problems, wait int) error {
	p.Organization, p.Email, p.Possible = q.who.Org.Name, q.who.Member.Email, q.passkeys != nil
	s, err := q.setUp("/sign-in/enrol/app/confirm", p.Next)
	if err == nil {
		s.Problems, s.Wait = problems, wait
		p.Pending = &s
	}
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	if wait > 0 {
		q.c.Set("Retry-After", strconv.Itoa(wait))
	}
	return q.public(status, "Set up a second factor", security.Require(p))
}

func (q *request) enrolApp() error {
	next := q.typedNext()
	if ok, err := q.wanting(domain.WantEnrol, next); !ok {
		return err
	}
	if err := q.do((*store.Tenant).BeginApp); err != nil {
		return err
	}
	return q.redirect(stagePath(domain.WantEnrol, next))
}

func (q *request) confirmEnrolment() error {
	p := security.Enrol{Next: q.typedNext()}
	if ok, err := q.wanting(domain.WantEnrol, p.Next); !ok {
		return err
	}
	code, by := q.typed("code"), q.arrival(domain.ByCode)
	out, err := q.check(func(t *store.Tenant) (store.Checked, error) { return t.EnrolApp(q.who.Session, code, by) })
	if err != nil {
		return err
	}
	if !out.Right {
		status, problems := wrongCode(out)
		return q.enrolPage(status, p, problems, seconds(out.Wait))
	}
	if err := q.enter(out.Token); err != nil {
		return err
	}
	return q.codesPage(out.Codes, safeNext(p.Next, "/home"), "The app is on, and you are signed in.")
}

// wrongCode is what a page says of a code that was not right.
func wrongCode(out store.Checked) (status int, p domain.Problems) {
	if out.Wait > 0 {
		return 429, nil
	}
	p.Add(true, "code", "wrong", "That is not the code that the app shows now. Check that the phone's clock is right, and try the next one.")
	return 422, p
}
