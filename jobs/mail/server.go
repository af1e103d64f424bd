package mail

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"aimyorg/domain"
)

// server is a mail server by its address: smtp://user:password@host:587 speaks TLS after STARTTLS, which only a server on
// this machine may do without; smtps:// speaks TLS from the start. ?tls=1.2 is for servers that can't do better (P30).
type server struct {
	host           string
	port           int
	user, password string
	implicit       bool // TLS from the start
	plain          bool // no TLS: this machine only
	oldest         uint16
}

var errServer = errors.New("must be like smtps://user:password@smtp.example.com or smtp://user:password@smtp.example.com:587")

// parseServer reads an address; what is wrong with it is said without repeating it, as it holds a password.
func parseServer(address domain.Secret) (server, error) {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return server{}, errServer
	}
	s := server{host: u.Hostname(), port: 587, implicit: u.Scheme == "smtps", oldest: tls.VersionTLS13}
	if s.implicit {
		s.port = 465
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return server{}, errServer
		}
	}
	switch v := u.RawQuery; v {
	case "":
	case "tls=1.2":
		s.oldest = tls.VersionTLS12
	default:
		return server{}, errServer
	}
	s.user = u.User.Username()
	s.password, _ = u.User.Password()
	s.plain = !s.implicit && onThisMachine(s.host)
	return s, nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Check says what is wrong with the address of a server; nil for none at all.
func Check(address domain.Secret) error {
	if address.Empty() {
		return nil
	}
	_, err := parseServer(address)
	return err
}

// CheckSender says what is wrong with the address that mail comes from.
func CheckSender(from string) error {
	a, err := netmail.ParseAddress(from)
	if err != nil || !domain.ValidEmail(a.Address) {
		return errors.New("must be like AImyOrg <no-reply@example.com>")
	}
	return nil
}

// patience is how long a server may take to let us in, and again to take a mail: go-mail counts both from their start.
const patience = 15 * time.Second

func (s server) client(wait time.Duration, roots *x509.CertPool) (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(wait), gomail.WithHELO("localhost"),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.host, MinVersion: s.oldest, RootCAs: roots})}
	switch {
	case s.implicit:
		options = append(options, gomail.WithSSL())
	case s.plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.user != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if s.plain {
			auth = gomail.SMTPAuthPlainNoEnc
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(s.user), gomail.WithPassword(s.password))
	}
	return gomail.NewClient(s.host, options...)
}
