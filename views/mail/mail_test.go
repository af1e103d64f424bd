package mail_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"aimyorg/domain"
	"aimyorg/views/mail"
	"aimyorg/views/words"
	"aimyorg/views/words/rendertest"
)

var (
	base, _ = url.Parse("https://app.example.com")
	until   = time.Date(2026, 11, 26, 15, 4, 0, 0, time.UTC)
)

// letters are one of each kind, with what each must say in both twins.
var letters = []struct {
	letter  domain.Letter
	subject string
	says    []string
}{
	{domain.Letter{Kind: domain.LetterInvitation, Name: "Ada", Organization: "Acme", By: "Grace", Role: "Manager", Path: "/invitation/t.1", Until: until},
		"Grace invites you to Acme", []string{"Hello Ada,", "Manager", "26 November 2026, 15:04 UTC", "Take the invitation"}},
	{domain.Letter{Kind: domain.LetterReset, Name: "Ada", Organization: "Acme", Path: "/reset/t.1", Until: until},
		"A new password for Acme", []string{"probably you", "Acme", "15:04 UTC", "It works once", "your password stays as it is"}},
	{domain.Letter{Kind: domain.LetterReset, Name: "Ada", Organization: "Acme", By: "Grace", Path: "/reset/t.1", Until: until},
		"A new password for Acme", []string{"Grace sends you this link", "!probably you"}},
	{domain.Letter{Kind: domain.LetterReset, Name: "Ada", Organization: "Acme", Path: "/sign-in"},
		"Signing in to Acme", []string{"single sign-on", "Go to sign-in", "!UTC"}},
	{domain.Letter{Kind: domain.LetterConfirmEmail, Organization: "Acme", Path: "/account/email/t.1", Until: until},
		"Confirm your email address", []string{"Hello,", "Acme", "Confirm this address", "If it wasn't you"}},
	{domain.Letter{Kind: domain.LetterOwnership, Organization: "Acme", By: "Grace", Path: "/ownership", Until: until},
		"You are asked to own Acme", []string{"Grace asks you", "Nothing changes until you agree"}},
	{domain.Letter{Kind: domain.LetterNotice, Organization: "Acme", Path: "/account/password", Notices: []domain.Notice{{Kind: domain.NoticePasswordChanged, At: until}}},
		"Your password was changed", []string{"26 November 2026, 15:04 UTC", "Acme"}},
	{domain.Letter{Kind: domain.LetterDigest, Organization: "Acme", Path: "/notifications", Notices: []domain.Notice{
		{Kind: domain.NoticeDepartment, Words: domain.NoticeWords{What: "Ledgers", Who: "Grace"}, At: until}, {Kind: domain.NoticeUnreadable, Words: domain.NoticeWords{What: "Plan"}}}},
		"2 things you may want to know", []string{"You are in Ledgers now", "Plan", "See all notifications"}},
}

func write(t *testing.T, l domain.Letter) mail.Written {
	t.Helper()
	w, err := mail.Write(t.Context(), l, base)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// said is what a page says, as one line without its markup.
func said(t *testing.T, page string) string {
	t.Helper()
	var b strings.Builder
	z, hidden := html.NewTokenizer(strings.NewReader(page)), false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return line(b.String())
		case html.StartTagToken, html.EndTagToken:
			name, _ := z.TagName()
			if string(name) == "style" || string(name) == "title" {
				hidden = !hidden
			}
			b.WriteByte(' ')
		case html.TextToken:
			if !hidden {
				b.Write(z.Text())
				b.WriteByte(' ')
			}
		}
	}
}

func line(s string) string { return strings.Join(strings.Fields(html.UnescapeString(s)), " ") }

func TestEachLetterSaysTheSameTwice(t *testing.T) {
	t.Parallel()
	for _, c := range letters {
		w := write(t, c.letter)
		if w.Subject != c.subject {
			t.Errorf("subject %q, want %q", w.Subject, c.subject)
		}
		page, plain := said(t, w.HTML), line(w.Text)
		for _, s := range c.says {
			without, not := strings.CutPrefix(s, "!")
			if strings.Contains(page, without) == not || strings.Contains(plain, without) == not {
				t.Errorf("%s: %q in the page or the text, found %v\n%s\n%s", c.letter.Kind, without, not, page, w.Text)
			}
		}
		l := words.Letter(c.letter)
		for _, s := range slices.Concat(l.Lines, l.After, []string{l.Title, l.Button}) {
			if !strings.Contains(page, line(s)) || !strings.Contains(plain, line(s)) {
				t.Errorf("%s: %q is in one of the twins only", c.letter.Kind, s)
			}
		}
		link := "https://app.example.com" + c.letter.Path
		if strings.Count(w.HTML, link+`"`) != 1 || strings.Count(w.Text, link+"\n") != 1 {
			t.Errorf("%s: the link is not there once\n%s\n%s", c.letter.Kind, w.HTML, w.Text)
		}
	}
}

// Nothing is fetched to show a mail, so nobody learns that it was read.
func TestP60_AMailFetchesNothing(t *testing.T) {
	t.Parallel()
	fetches := regexp.MustCompile(`(?i)<(img|link|script|iframe|object|embed|video|audio|source|form)\b|url\(|@import|@font-face|\bsrc=|background=`)
	for _, c := range letters {
		w := write(t, c.letter)
		if m := fetches.FindString(w.HTML); m != "" {
			t.Errorf("%s: %q", c.letter.Kind, m)
		}
		if n := strings.Count(w.HTML, "http"); n != 2 { // its link, and who sent it
			t.Errorf("%s: %d addresses", c.letter.Kind, n)
		}
	}
}

// What people chose to be called is text in a mail, in both twins and in the subject (A73). Digests hold
// notices, which are such names and titles; no answer of an AI comes into a mail, so that A80's sanitiser has nothing to do
// there.
func TestA73_A80_NamesInMailsAreText(t *testing.T) {
	t.Parallel()
	attack := rendertest.Attack + "\r\nBcc: everybody@example.com\r\n\r\nbody"
	for _, kind := range []domain.LetterKind{domain.LetterInvitation, domain.LetterReset, domain.LetterConfirmEmail, domain.LetterOwnership,
		domain.LetterNotice, domain.LetterDigest} {
		for _, notice := range domain.NoticeKinds {
			n := domain.Notice{Kind: notice, Words: domain.NoticeWords{Who: attack, What: attack, Device: attack, Address: attack, Count: 2}}
			w := write(t, domain.Letter{Kind: kind, To: "a@example.com", Name: attack, Organization: attack, By: attack, Role: attack, Path: "/x",
				Until: until, Notices: []domain.Notice{n, n}})
			if strings.Contains(w.HTML, "<script") || strings.Contains(w.HTML, "<img") || !strings.Contains(w.HTML, "&lt;script&gt;alert(73)") {
				t.Errorf("%s %s: the attack lives, or is not there", kind, notice)
			}
			if strings.ContainsAny(w.Subject, "\r\n") || len([]rune(w.Subject)) > 120 {
				t.Errorf("%s %s: subject %q", kind, notice, w.Subject)
			}
		}
	}
}

func TestA7_ALinkLeavesOurSiteNever(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"//evil.example/x", "https://evil.example", "@evil.example", ".evil.example/x", ""} {
		w := write(t, domain.Letter{Kind: domain.LetterReset, Path: path, Until: until})
		if !strings.Contains(w.Text, "https://app.example.com/notifications\n") || strings.Contains(w.HTML, "evil") {
			t.Errorf("%q: %s", path, w.Text)
		}
	}
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	now := until.Add(time.Hour)
	all := []mail.Landed{{ID: "018f0000-0000-7000-8000-000000000001", To: "a@example.com", Subject: "Hello there", Text: "Words", At: until}}
	rendertest.Contains(t, rendertest.HTML(t, mail.Box(all, now)), "Hello there", "a@example.com", "/mail/018f0000-0000-7000-8000-000000000001")
	rendertest.Contains(t, rendertest.HTML(t, mail.Box(nil, now)), "No mail yet")
	rendertest.Contains(t, rendertest.HTML(t, mail.Opened(all[0], now)), "<pre", "Words", "/mail/018f0000-0000-7000-8000-000000000001/page")
}
