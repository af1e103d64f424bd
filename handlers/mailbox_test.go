package handlers_test

import (
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/views/mail"
)

// box is a mailbox with one mail.
type box mail.Landed

func (b box) Mails() ([]mail.Landed, error) { return []mail.Landed{mail.Landed(b)}, nil }

func (b box) Mail(id domain.ID) (mail.Landed, error) {
	if id != b.ID {
		return mail.Landed{}, domain.ErrNotFound
	}
	return mail.Landed(b), nil
}

func TestMailsAreReadInDevelopmentOnly(t *testing.T) {
	t.Parallel()
	one := box{ID: "019ac000-0000-7000-8000-000000000001", To: "ada@example.com", Subject: "Hello <b>Ada</b>", Text: "Words <script>", HTML: "<!doctype html><p style='color:red'>Page", At: time.Now()}
	with := func(c *handlers.Config) { c.Mailbox = one }
	b := newSite(t, with).nobody(t)
	b.get("/mail").must(t, 200, "Hello &lt;b&gt;Ada", "/mail/"+string(one.ID))
	b.get("/mail/"+string(one.ID)).must(t, 200, "Words &lt;script&gt;")
	a := b.get("/mail/"+string(one.ID)+"/page").must(t, 200, one.HTML)
	if csp := a.header["Content-Security-Policy"]; len(csp) != 1 || csp[0] != "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-top-navigation" {
		t.Errorf("%q", csp)
	}
	b.get("/mail/019ac000-0000-7000-8000-000000000002").must(t, 404)
	b.get("/mail/x").must(t, 404)
	production := newSite(t, with, func(c *handlers.Config) { c.Development = false }).nobody(t)
	for _, path := range []string{"/mail", "/mail/" + string(one.ID), "/mail/" + string(one.ID) + "/page"} {
		production.get(path).must(t, 404)
	}
	newSite(t).nobody(t).get("/mail").must(t, 404)
}
