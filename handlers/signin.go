package handlers

import (
	"errors"
	"strconv"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
)

// How many tries within ten minutes (HOSTILE A1, A2): for one account, and from one network address.
const (
	triesByAccount   = 10
	triesByAddress   = 50
	signUpsByAddress = 300
)

func (q *request) newSignIn() error {
	next := safeNext(q.queryExactly("next"), "")
	if q.signedIn() {
		return q.redirect(next)
	}
	return q.public(200, "Sign in", account.SignIn(account.SignInPage{Next: next, SignedOut: q.c.Cookies(cookieName) != ""}))
}

// signIn says the same, and takes as long, whether the address is unknown or the password wrong (A119): tries are counted
// before anything is looked at, and each costs one hash, however many accounts the address has.
func (q *request) signIn() error {
	p := account.SignInPage{Email: domain.NormalEmail(q.typed("email")), Next: safeNext(q.exactly("next"), "")}
	wait, err := q.throttle(p.Email)
	if errors.Is(err, domain.ErrTooMany) {
		p.RetryAfter = seconds(wait)
		q.c.Set("Retry-After", strconv.Itoa(p.RetryAfter))
		return q.public(429, "Sign in", account.SignIn(p))
	}
	if err != nil {
		return err
	}
	actor, err := q.knock(p.Email, q.exactly("password"))
	if errors.Is(err, domain.ErrSignedOut) {
		p.Failed = true
		if p.SSO, err = q.wantsSSO(p.Email); err != nil {
			return err
		}
		return q.public(422, "Sign in", account.SignIn(p))
	}
	if err != nil {
		return err
	}
	in, err := q.DB.SignIn(q.ctx, actor, q.arrival(domain.ByPassword))
	if ssoRequired(err) {
		c, err := q.DB.SSOClient(q.ctx, actor.Tenant())
		if err != nil {
			return err
		}
		p.SSO = c.Organization
		return q.public(422, "Sign in", account.SignIn(p))
	}
	if err != nil {
		return err
	}
	return q.begin(in, p.Next)
}

// throttle counts a try under the account and under the network address; both must have tries left.
func (q *request) throttle(email string) (time.Duration, error) {
	by := "address"
	wait, err := q.DB.Attempt(q.ctx, by, q.address(), triesByAddress)
	if err == nil {
		by = "account"
		wait, err = q.DB.Attempt(q.ctx, by, email, triesByAccount)
	}
	if errors.Is(err, domain.ErrTooMany) {
		q.Log.Warn("sign-in throttled", "by", by, "request", q.id) // the alert of A1 and A2; whose it is stays out of the log (P11)
	}
	return wait, err
}

// knock finds whose password it is, or ErrSignedOut. A password longer than any account's is hashed like a wrong one.
func (q *request) knock(email, password string) (domain.Actor, error) {
	if len(password) > domain.MaxPasswordBytes {
		password = ""
	}
	accounts, err := q.DB.Accounts(q.ctx, email)
	if err != nil {
		return domain.Actor{}, err
	}
	hash := q.hash.hash(password, q.DB.Salt(email))
	found, ok := theirs(accounts, hash)
	if !ok {
		return domain.Actor{}, domain.ErrSignedOut
	}
	return found, q.DB.Forgive(q.ctx, "account", email)
}

// theirs is the first account with the hash. All are compared, each in constant time.
func theirs(accounts []store.Account, hash string) (found domain.Actor, ok bool) {
	for _, a := range accounts {
		if same(a.Hash, hash) && !ok {
			found, ok = a.Actor, true
		}
	}
	return found, ok
}

// begin starts a new session in the browser. The one before ends, whoever planted it (A15).
func (q *request) begin(in store.Admitted, next string) error {
	if q.who.Session != "" {
		if err := q.endRow(); err != nil {
			return err
		}
	}
	if err := q.enter(in.Token); err != nil {
		return err
	}
	return q.redirect(stagePath(in.Stage, next))
}

// signOut ends the session's row, so that a copied cookie is worth nothing (A14), and tells the browser to forget the
// cookie and what it kept of the pages (A21). "cookies" is not in Clear-Site-Data: the cookie is removed by name.
func (q *request) signOut() error {
	if q.who.Session != "" {
		if err := q.leave(); err != nil {
			return err
		}
	}
	q.c.Set("Clear-Site-Data", `"cache", "storage"`)
	return q.redirect("/sign-in")
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// late is an error with the time to wait.
type late struct {
	error
	wait time.Duration
}

func (l late) Unwrap() error { return l.error }

func tooMany(wait time.Duration, err error) error { return late{err, wait} }
