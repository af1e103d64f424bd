// Package mail writes the mails that the product sends: each as a page for programs that show one, and as plain text.
// Both say the same sentences (words.Letter). Nothing in a mail is fetched from anywhere: no image, no typeface, nothing
// that would tell that it was read (P60).
package mail

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"aimyorg/domain"
	"aimyorg/views/words"
)

// Written is a mail as it is sent.
type Written struct{ Subject, Text, HTML string }

// Landed is a mail that was not sent but kept, as it is in development.
type Landed struct {
	ID                      domain.ID
	To, Subject, Text, HTML string
	At                      time.Time
}

// page is what the templates show.
type page struct {
	words.LetterText
	Name string // of the reader
	Link string // the whole address
	Home string // of this installation
}

// Write writes a letter. The base URL is the configured one: no request decides where a link leads (A7).
func Write(ctx context.Context, l domain.Letter, base *url.URL) (Written, error) {
	p := page{LetterText: words.Letter(l), Name: domain.Line(l.Name), Home: strings.TrimSuffix(base.String(), "/")}
	p.Link = p.Home + path(l)
	var html strings.Builder
	if err := frame(p).Render(ctx, &html); err != nil {
		return Written{}, err
	}
	return Written{Subject: subject(p.Subject), Text: plain(p), HTML: html.String()}, nil
}

// path is where the mail's link leads on our own site.
func path(l domain.Letter) string {
	switch {
	case strings.HasPrefix(l.Path, "/") && !strings.HasPrefix(l.Path, "//"):
		return l.Path
	case l.Kind == domain.LetterNotice && len(l.Notices) > 0:
		return words.NoticeLink(l.Notices[0])
	}
	return "/notifications"
}

const longSubject = 120 // runes

// subject is one line: what somebody chose to be called must not become a header.
func subject(s string) string {
	s = domain.Line(s)
	if utf8.RuneCountInString(s) > longSubject {
		s = string([]rune(s)[:longSubject-1]) + "…"
	}
	return s
}

// greeting is the first line.
func greeting(name string) string {
	if name == "" {
		return "Hello,"
	}
	return "Hello " + name + ","
}

// footer says who sent the mail; the address is the one to compare the link with.
func footer(home string) string { return "Sent by AImyOrg at " + home }
