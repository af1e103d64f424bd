package handlers

import (
	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/views/mail"
)

// Mailbox is where mails land in development: main hands it over, since handlers do not call jobs.
type Mailbox interface {
	Mails() ([]mail.Landed, error)
	Mail(id domain.ID) (mail.Landed, error)
}

// listMails shows the mails that were kept instead of sent.
func (q *request) listMails() error {
	if q.Mailbox == nil {
		return domain.ErrNotFound
	}
	all, err := q.Mailbox.Mails()
	if err != nil {
		return err
	}
	return q.text("Mail", mail.Box(all, q.now))
}

func (q *request) mail() (mail.Landed, error) {
	id, err := q.param("id")
	if err != nil || q.Mailbox == nil {
		return mail.Landed{}, domain.ErrNotFound
	}
	return q.Mailbox.Mail(id)
}

func (q *request) showMail() error {
	m, err := q.mail()
	if err != nil {
		return err
	}
	return q.text(m.Subject, mail.Opened(m, q.now))
}

// mailPolicy allows what a mail brings along: styles of its own, and nothing else.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-top-navigation"

// showMailPage is a mail as mail programs show it, with its own styles and without scripts.
func (q *request) showMailPage() error {
	m, err := q.mail()
	if err != nil {
		return err
	}
	q.c.Set("Content-Security-Policy", mailPolicy)
	q.c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return q.c.SendString(m.HTML)
}
