package handlers

import (
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
)

// How many mails with links may be asked for within ten minutes: to one address, and from one network address.
const (
	linksByAccount = 5
	linksByAddress = 50
)

func (s *Site) resetRoutes() []route {
	return []route{
		{"GET", "/forgot", domain.Public, (*request).newForgotten, nil, ""},
		{"POST", "/forgot", domain.Public, (*request).forget, []string{"email"}, ""},
		{"GET", "/reset/:token", domain.Public, (*request).newPassword, nil, ""},
		{"POST", "/reset/:token", domain.Public, (*request).resetPassword, []string{"password"}, ""},
		{"POST", "/people/:id/reset", domain.ManagePeople, (*request).sendReset, nil, ""},
	}
}

// throttleLinks counts a mail with a link under whose it is and under the network address.
func (q *request) throttleLinks(whose string) (time.Duration, error) {
	wait, err := q.DB.Attempt(q.ctx, "link address", q.address(), linksByAddress)
	if err == nil {
		wait, err = q.DB.Attempt(q.ctx, "link account", whose, linksByAccount)
	}
	if errors.Is(err, domain.ErrTooMany) {
		q.Log.Warn("mails with links throttled", "request", q.id)
	}
	return wait, err
}

// token is what a link's path ends in.
func (q *request) token() string { return q.c.Params("token") }

func (q *request) newForgotten() error {
	return q.public(fiber.StatusOK, "Forgotten password", account.Forgotten(account.ForgottenPage{}))
}

// forget answers the same, after the same work, whoever has the address: it is only noted down (A119). What follows from it
// happens in the background.
func (q *request) forget() error {
	p := account.ForgottenPage{Email: domain.NormalEmail(q.typed("email"))}
	p.Problems.Add(!domain.ValidEmail(p.Email), "email", "invalid", "Enter an email address like name@example.com.")
	if p.Problems.Err() != nil {
		return q.public(fiber.StatusUnprocessableEntity, "Forgotten password", account.Forgotten(p))
	}
	if wait, err := q.throttleLinks(p.Email); errors.Is(err, domain.ErrTooMany) {
		p.RetryAfter = seconds(wait)
		q.c.Set("Retry-After", strconv.Itoa(p.RetryAfter))
		return q.public(fiber.StatusTooManyRequests, "Forgotten password", account.Forgotten(p))
	} else if err != nil {
		return err
	}
	if err := q.DB.RequestReset(q.ctx, p.Email); err != nil {
		return err
	}
	p.Asked = true
	return q.public(fiber.StatusOK, "Forgotten password", account.Forgotten(p))
}

// reset finds what the link in the path is for. Whoever is signed in as somebody else can't use it: they would change a
// password that is not the one they think of (A6).
func (q *request) reset() (string, store.Reset, error) {
	token := q.token()
	about, err := q.DB.Reset(q.ctx, token)
	if err == nil && q.signedIn() && (q.actor().Tenant() != about.Actor.Tenant() || q.actor().Member() != about.Actor.Member()) {
		err = domain.ErrNotFound
	}
	return token, about, err
}

// deadLink says of every link that does not work the same: used, over, void, somebody else's, or none that ever was.
func (q *request) deadLink(err error) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return q.public(fiber.StatusBadRequest, "This link does not work", account.DeadLink(account.DeadLinkPage{SignedIn: q.signedIn()}))
}

func (q *request) newPassword() error {
	token, about, err := q.reset()
	if err != nil {
		return q.deadLink(err)
	}
	return q.public(fiber.StatusOK, "New password", account.Reset(resetPage(token, about)))
}

func resetPage(token string, about store.Reset) account.ResetPage {
	return account.ResetPage{Token: token, Organization: about.Organization, Email: about.Email}
}

// resetPassword ends all of the person's sessions; they sign in with the new password, and with their second factor if they
// have one.
func (q *request) resetPassword() error {
	token, about, err := q.reset()
	if err != nil {
		return q.deadLink(err)
	}
	p := resetPage(token, about)
	password := q.exactly("password")
	p.Problems = domain.PasswordProblems(password, about.Name, about.Email, about.Organization)
	if p.Problems.Err() != nil {
		return q.public(fiber.StatusUnprocessableEntity, "New password", account.Reset(p))
	}
	hash, err := q.newHash(about.Email, password)
	if err != nil {
		return err
	}
	if err := q.DB.ResetPassword(q.ctx, token, hash); err != nil {
		return q.deadLink(err)
	}
	if err := q.DB.Forgive(q.ctx, "account", about.Email); err != nil { // wrong tries before do not keep them out now
		return err
	}
	if q.who.Session != "" { // which has ended with the others
		if err := q.setCookie("", -1); err != nil {
			return err
		}
		q.who = store.SignedIn{}
	}
	return q.public(fiber.StatusOK, "Password changed", account.ResetDone())
}

// sendReset mails a person a link to a new password; nobody sets one for somebody else (A13).
func (q *request) sendReset() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	if wait, err := q.throttleLinks(string(q.actor().Tenant()) + string(id)); err != nil {
		return tooMany(wait, err)
	}
	if err := q.do(func(t *store.Tenant) error { return t.SendReset(id) }); err != nil {
		return err
	}
	return q.redirect(q.from("/home"))
}
