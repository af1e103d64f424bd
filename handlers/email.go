package handlers

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
)

func (s *Site) emailRoutes() []route {
	return []route{
		{"GET", "/account/email", domain.SignedIn, (*request).newEmail, nil, ""},
		{"POST", "/account/email", domain.SignedIn, (*request).askEmail, []string{"email"}, "fresh"},
		{"GET", "/account/email/:token", domain.SignedIn, (*request).showNewEmail, nil, ""},
		{"POST", "/account/email/:token", domain.SignedIn, (*request).confirmEmail, nil, "fresh"},
	}
}

func (q *request) newEmail() error {
	return q.emailPage(fiber.StatusOK, account.EmailPage{})
}

func (q *request) emailPage(status int, p account.EmailPage) error {
	p.Now = q.who.Member.Email
	return q.pageWithTitle(status, "Email address", account.ChangeEmail(p))
}

// askEmail sends a link to the new address. Whether a colleague has it is not said here: only whoever reads its mail learns
// that (A119).
func (q *request) askEmail() error {
	p := account.EmailPage{Email: domain.NormalEmail(q.typed("email"))}
	if domain.ValidEmail(p.Email) {
		if wait, err := q.throttleLinks(p.Email); err != nil {
			return tooMany(wait, err)
		}
	}
	err := q.do(func(t *store.Tenant) error { return t.AskEmail(p.Email) })
	if errors.As(err, &p.Problems) {
		return q.emailPage(fiber.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	p.Asked = true
	return q.emailPage(fiber.StatusOK, p)
}

// showNewEmail asks once more: following a link in a mail, as mail programs do by themselves, changes nothing.
func (q *request) showNewEmail() error {
	return q.confirmPage(fiber.StatusOK, nil)
}

func (q *request) confirmPage(status int, problems domain.Problems) error {
	p := account.ConfirmEmailPage{Token: q.token(), Now: q.who.Member.Email, Problems: problems}
	err := q.read(func(t *store.Tenant) (err error) {
		p.Email, err = t.NewEmail(p.Token)
		return err
	})
	if err != nil {
		return q.deadLink(err)
	}
	return q.pageWithTitle(status, "Confirm your address", account.ConfirmEmail(p))
}

func (q *request) confirmEmail() error {
	var problems domain.Problems
	err := q.do(func(t *store.Tenant) error { return t.ConfirmEmail(q.token()) })
	if errors.As(err, &problems) {
		return q.confirmPage(fiber.StatusUnprocessableEntity, problems)
	}
	if err != nil {
		return q.deadLink(err)
	}
	return q.redirect("/account#profile")
}
