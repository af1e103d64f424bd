package handlers

import (
	"context"
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

// newSignIn is the door. Who is signed in goes on, but for who wants to enter another organization: they stay where they are
// until they have.
func (q *request) newSignIn() error {
	next := safeNext(q.queryExactly("next"), "")
	if q.signedIn() && q.queryExactly("switch") == "" {
		return q.redirect(next)
	}
	p := account.SignInPage{Next: next, SignedOut: !q.signedIn() && q.c.Cookies(cookieName) != ""}
	if q.signedIn() {
		p.Email, p.Staying = q.who.Member.Email, q.who.Org.Name
	}
	return q.signInPage(200, p)
}

func (q *request) signInPage(status int, p account.SignInPage) error {
	if p.RetryAfter > 0 {
		q.c.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	p.Passkeys = q.passkeys != nil
	return q.public(status, "Sign in", account.SignIn(p))
}

// signIn says the same, and takes as long, whether the address is unknown or the password wrong (A119): tries are counted
// before anything is looked at, each costs one hash, however many accounts the address has, and what a failure leaves in
// their histories is written after the answer.
func (q *request) signIn() error {
	p := account.SignInPage{Email: domain.NormalEmail(q.typed("email")), Next: safeNext(q.exactly("next"), "")}
	if q.signedIn() && q.ticked("switch") {
		p.Staying = q.who.Org.Name
	}
	wait, err := q.throttle(p.Email)
	if errors.Is(err, domain.ErrTooMany) {
		p.RetryAfter = seconds(wait)
		return q.signInPage(429, p)
	}
	if err != nil {
		return err
	}
	theirs, err := q.knock(p.Email, q.exactly("password"))
	switch {
	case errors.Is(err, domain.ErrSignedOut):
		p.Failed = true
		if p.SSO, err = q.wantsSSO(p.Email); err != nil {
			return err
		}
		return q.signInPage(422, p)
	case err != nil:
		return err
	case len(theirs) > 1:
		return q.offer(theirs, p.Next)
	}
	return q.comeIn(theirs[0], p)
}

// comeIn starts the session of an account whose password was right.
func (q *request) comeIn(a domain.Actor, p account.SignInPage) error {
	in, err := q.DB.SignIn(q.ctx, a, q.arrival(domain.ByPassword))
	if errors.Is(err, domain.ErrNotPermitted) { // its organization takes no passwords
		c, err := q.DB.SSOClient(q.ctx, a.Tenant())
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		p.SSO, p.Refused = c.Organization, c.Organization == ""
		return q.signInPage(422, p)
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
		var tried store.Tried
		tried, err = q.DB.Try(q.ctx, by, email, triesByAccount)
		if wait = tried.Wait; tried.Count == triesByAccount+1 { // once: more of them would only fill the history
			q.missed(email, domain.SignInLocked)
		}
	}
	if errors.Is(err, domain.ErrTooMany) {
		q.Log.Warn("sign-in throttled", "by", by, "request", q.id) // the alert of A1 and A2; whose it is stays out of the log (P11)
	}
	return wait, err
}

// missed writes a failure into the history of each account of an address, after the answer.
func (q *request) missed(email string, outcome domain.SignInOutcome) {
	by, db := q.arrival(domain.ByPassword), q.DB
	q.later("keep a failed sign-in", func(ctx context.Context) error {
		accounts, err := db.Accounts(ctx, email)
		for _, a := range accounts {
			if missErr := db.Missed(ctx, a.Actor, by, outcome); !errors.Is(missErr, domain.ErrNotFound) { // its keys were destroyed
				err = errors.Join(err, missErr)
			}
		}
		return err
	})
}

// knock finds whose password it is, or ErrSignedOut. A password longer than any account's is hashed like a wrong one.
func (q *request) knock(email, password string) ([]domain.Actor, error) {
	accounts, err := q.DB.Accounts(q.ctx, email)
	if err != nil {
		return nil, err
	}
	hash, err := q.hash.hash(q.ctx, tried(password), q.DB.SaltAmong(accounts, email))
	if err != nil {
		return nil, err
	}
	found := theirs(accounts, hash)
	if len(found) == 0 {
		q.missed(email, domain.SignInWrong)
		return nil, domain.ErrSignedOut
	}
	return found, q.DB.Forgive(q.ctx, "account", email)
}

// theirs are the accounts with the hash. All are compared, each in constant time.
func theirs(accounts []store.Account, hash string) (found []domain.Actor) {
	for _, a := range accounts {
		if same(a.Hash, hash) {
			found = append(found, a.Actor)
		}
	}
	return found
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
