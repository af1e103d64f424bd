package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"aimyorg/domain"
	pages "aimyorg/views/mail"
)

// Config is what sending needs.
type Config struct {
	Server   domain.Secret  // smtp:// or smtps://; empty: mails land in Dir
	From     string         // the address that mails come from
	Dir      string         // development only
	BaseURL  *url.URL       // before every link, whatever a request said its host was (A7)
	Roots    *x509.CertPool // of tests' servers; nil: the machine's
	Patience time.Duration  // with the server; 0: the default
	Log      *slog.Logger
}

// Post sends mails.
type Post struct {
	config Config
	from   *netmail.Address
	server *server // nil: into the folder
}

// New reads the settings; it dials nothing.
func New(c Config) (*Post, error) {
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, errors.New("mail: the sender's address can't be read")
	}
	if c.Patience == 0 {
		c.Patience = patience
	}
	p := &Post{config: c, from: from}
	if c.Server.Empty() {
		return p, nil
	}
	s, err := parseServer(c.Server)
	if err != nil {
		return nil, err
	}
	if s.oldest < tls.VersionTLS13 && !s.plain {
		c.Log.Warn("the mail server may be spoken to by TLS 1.2") // P30 asks for a record of it
	}
	p.server = &s
	return p, nil
}

// Mail is one letter of the outbox. Its id becomes the Message-ID, so that a mail that was sent twice can be told.
type Mail struct {
	ID     domain.ID
	Made   time.Time
	Letter domain.Letter
}

// Send renders a mail and hands it over: nil once a server has taken it, else a Failure.
func (p *Post) Send(ctx context.Context, m Mail) error {
	msg, err := p.write(ctx, m)
	if err != nil {
		return err
	}
	if p.server == nil {
		return keep(p.config.Dir, m.ID, msg)
	}
	client, err := p.server.client(p.config.Patience, p.config.Roots)
	if err != nil {
		return Failure{Reason: domain.MailUnreachable}
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() { // saying goodbye may fail: it is taken
		return failureOf(err)
	}
	return nil
}

// write makes the message. Every text that somebody chose is made one line first, so that none becomes a header (A118).
func (p *Post) write(ctx context.Context, m Mail) (*gomail.Msg, error) {
	to, err := netmail.ParseAddress(m.Letter.To)
	if err != nil || to.Address != m.Letter.To {
		return nil, Failure{Reason: domain.MailBadAddress, Final: true}
	}
	w, err := pages.Write(ctx, m.Letter, p.config.BaseURL)
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	_, host, _ := strings.Cut(p.from.Address, "@")
	msg.SetMessageIDWithValue(string(m.ID) + "@" + host)
	msg.SetDateWithValue(m.Made)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	msg.Subject(domain.Line(w.Subject))
	msg.SetBodyString(gomail.TypeTextPlain, w.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, w.HTML)
	if err := errors.Join(msg.FromFormat(p.from.Name, p.from.Address), msg.AddToFormat(domain.Line(m.Letter.Name), to.Address)); err != nil {
		return nil, Failure{Reason: domain.MailBadAddress, Final: true}
	}
	return msg, nil
}

// answered says that the server spoke: it refused us before it heard of the mail.
func answered(err error) bool {
	var said *textproto.Error
	return errors.As(err, &said)
}
