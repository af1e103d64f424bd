//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"aimyorg/jobs/mail/mailtest"
)

var mailedLink = regexp.MustCompile(`https?://\S+`)

// linkIn is the one link of a mail's text that leads to a part of the product.
func linkIn(t *testing.T, m mailtest.Mail, p *product, part string) string {
	t.Helper()
	for _, link := range mailedLink.FindAllString(m.Text, -1) {
		if strings.HasPrefix(link, p.Base+part) && strings.Contains(m.HTML, `href="`+link+`"`) {
			return strings.TrimPrefix(link, p.Base)
		}
	}
	t.Fatalf("no link to %s in\n%s", part, m.Text)
	return ""
}

// A forgotten password, from the sign-in page over the mail to being in again; and another address, confirmed at the new one
// and told to the old one. The mails are read back from a real server.
func TestForgottenPasswordAndAnotherAddress(t *testing.T) {
	t.Parallel()
	post := mailtest.Start(t)
	p, _ := onCluster(t, "SMTP_URL=smtp://"+post.SMTP, "MAIL_FROM=AImyOrg <no-reply@example.com>")
	b := visit(t, p).expect("status of 400", "status of 422")
	who := somebody(t)
	b.signUp(who, false).signOut()
	b.click("a[href='/forgot']").at("/forgot").sound("forgot")
	b.fill("[name=email]", who.email).click("#forgot button[type=submit]").sees("h1", "Look at your mail")
	b.sound("forgot-asked")
	m := post.Await(t, who.email, "A new password")
	if m.From.Address != "no-reply@example.com" {
		t.Errorf("from %s", m.From.Address)
	}
	link := linkIn(t, m, p, "/reset/")
	b.open(link).sees("h1", "Choose a new password").sound("reset")
	b.fill("[name=password]", "short").click("#reset button[type=submit]").there(".error-summary").sound("reset-problems")
	b.fill("[name=password]", "eleven calm orange lanterns").click("#reset button[type=submit]").sees("h1", "Password changed")
	b.sound("reset-done")
	post.Await(t, who.email, "Your password was changed")
	b.open(link).sees("h1", "This link does not work").sound("dead-link")
	who.password = "eleven calm orange lanterns"
	b.signIn(who).at("/home")
	b.changesAddress(p, post, who)
}

func (b *tab) changesAddress(p *product, post *mailtest.Server, who person) {
	t := b.t
	fresh := "new-" + who.email
	b.open("/account").click("a[href='/account/email']").at("/account/email").sound("email")
	b.fill("[name=email]", fresh).click("form[action='/account/email'] button[type=submit]").sees("main", "Look at the mail of "+fresh)
	b.sound("email-asked")
	link := linkIn(t, post.Await(t, fresh, "Confirm your email address"), p, "/account/email/")
	b.open(link).sees("h1", "Confirm your address").sound("email-confirm")
	b.click("#confirm button[type=submit]").at("/account").sees("#profile", fresh)
	told := post.Await(t, who.email, "Your email address was changed")
	if !strings.Contains(told.Text, fresh) {
		t.Errorf("the old address is told\n%s", told.Text)
	}
	for _, m := range post.Mails(t, fresh) {
		if strings.Contains(m.Subject, "address was changed") {
			t.Error("the new address is told instead of the old one")
		}
	}
}

// Without a server, in development, mails land in files and on a page.
func TestMailsLandInDevelopment(t *testing.T) {
	t.Parallel()
	p, _ := onCluster(t)
	b := visit(t, p)
	b.open("/mail").sees("h1", "Mail").sound("mail-empty")
	who := somebody(t)
	b.signUp(who, false).signOut()
	b.open("/forgot").fill("[name=email]", who.email).click("#forgot button[type=submit]").sees("h1", "Look at your mail")
	poll(t, "a mail is listed", func() bool { return contains(b.guest().get("/mail").body, `href="/mail/`) })
	b.open("/mail").there("main a[href^='/mail/']").sound("mail-list")
	b.click("main a[href^='/mail/']").sees("pre", "/reset/")
	b.sound("mail-text")
	b.click("a[href$='/page']").sees("h1", "Choose a new password")
	b.theme("light").shoot("mail-page-light")
	b.theme("dark").shoot("mail-page-dark")
	b.width(390).shoot("mail-page-narrow")
	b.width(1440).theme("light").click("a.do").sees("h1", "Choose a new password").there("[name=password]")
	if files, err := filepath.Glob(filepath.Join(p.Data(), "mail", "*.eml")); err != nil || len(files) == 0 {
		t.Errorf("%d files, %v", len(files), err)
	} else if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
