package mail_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/jobs/mail"
	"aimyorg/jobs/mail/mailtest"
)

var made = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func post(t testing.TB, server string, change ...func(*mail.Config)) *mail.Post {
	t.Helper()
	base, err := url.Parse("https://app.example.com")
	must(t, err)
	c := mail.Config{From: "AImyOrg <no-reply@example.com>", BaseURL: base, Log: slog.New(slog.DiscardHandler), Dir: t.TempDir(), Patience: 2 * time.Second}
	if server != "" {
		c.Server = domain.NewSecret(server)
	}
	for _, f := range change {
		f(&c)
	}
	p, err := mail.New(c)
	must(t, err)
	return p
}

const id = domain.ID("019ac000-0000-7000-8000-000000000001")

func letter() mail.Mail {
	return mail.Mail{ID: id, Made: made, Letter: domain.Letter{Kind: domain.LetterReset, To: "ada@example.org", Name: "Ada Lovelace",
		Organization: "Acmé", Path: "/reset/token", Until: made.Add(time.Hour)}}
}

// failed is the failure that sending ends in.
func failed(t testing.TB, p *mail.Post, m mail.Mail) mail.Failure {
	t.Helper()
	var f mail.Failure
	if err := p.Send(t.Context(), m); !errors.As(err, &f) {
		t.Fatalf("got %v, want a failure", err)
	}
	return f
}

func TestAMailArrivesWithBothParts(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	must(t, post(t, "smtp://"+s.SMTP).Send(t.Context(), letter()))
	m := s.Await(t, "ada@example.org", "A new password for Acmé")
	for _, part := range []string{m.Text, m.HTML} {
		if !strings.Contains(part, "https://app.example.com/reset/token") || !strings.Contains(part, "Hello Ada Lovelace,") {
			t.Errorf("part: %s", part)
		}
	}
	if m.MessageID != string(id)+"@example.com" || m.From.Address != "no-reply@example.com" || m.To.Name != "Ada Lovelace" ||
		len(m.Header["Auto-Submitted"]) != 1 || m.Header["User-Agent"] != nil || m.Header["X-Mailer"] != nil {
		t.Errorf("%+v", m)
	}
	// sent again by a process that did not know: a reader can tell by the Message-ID
	must(t, post(t, "smtp://"+s.SMTP).Send(t.Context(), letter()))
	if all := s.Mails(t, "ada@example.org"); len(all) != 2 || all[0].MessageID != all[1].MessageID {
		t.Errorf("%d mails", len(all))
	}
}

// What people are called, and addresses, never become a header or another recipient.
func TestA73_A118_NoHeaderOutOfAName(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	m := letter()
	evil := "Ada\r\nBcc: everybody@example.net\r\nX-Evil: 1\r\n\r\n<script>"
	m.Letter.Name, m.Letter.Organization, m.Letter.By = evil, evil, evil
	must(t, post(t, "smtp://"+s.SMTP).Send(t.Context(), m))
	all := s.Mails(t, "")
	if len(all) != 1 || all[0].To.Address != "ada@example.org" || all[0].Header["X-Evil"] != nil || all[0].Header["Bcc"] != nil || !strings.HasPrefix(all[0].Subject, "A new password for Ada") {
		t.Errorf("%+v", all)
	}
	for _, to := range []string{"ada@example.org\r\nRCPT TO:<eve@example.net>", "ada@example.org, eve@example.net", "Ada <ada@example.org>", "", "ada", "ada@example.org\nBcc: eve@example.net"} {
		m.Letter.To = to
		if f := failed(t, post(t, "smtp://"+s.SMTP), m); f.Reason != domain.MailBadAddress || !f.Final {
			t.Errorf("%q: %+v", to, f)
		}
	}
	if n := len(s.Mails(t, "")); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestWhatAServerAnswers(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	p := post(t, "smtp://"+s.SMTP)
	for _, c := range []struct {
		code int
		want mail.Failure
	}{
		{550, mail.Failure{Reason: domain.MailBadAddress, Final: true}},
		{451, mail.Failure{Reason: domain.MailNotTaken}},
		{421, mail.Failure{Reason: domain.MailNotTaken}},
	} {
		s.Refuse(t, c.code)
		f := failed(t, p, letter())
		if f != c.want {
			t.Errorf("%d: %+v", c.code, f)
		}
		if strings.Contains(f.Error(), "ada") { // servers repeat the address (P11)
			t.Error(f)
		}
	}
	s.Refuse(t, 0)
	must(t, p.Send(t.Context(), letter()))
	s.Stop()
	if f := failed(t, p, letter()); f != (mail.Failure{Reason: domain.MailUnreachable}) {
		t.Errorf("no server: %+v", f)
	}
}

// said serves what a script says: a server that mailpit is too well-behaved to be.
func said(t testing.TB, answer func(line string) string, wrap ...func(net.Listener) net.Listener) string {
	t.Helper()
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	address := l.Addr().String()
	for _, f := range wrap {
		l = f(l)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go converse(conn, answer)
		}
	}()
	return address
}

func converse(conn net.Conn, answer func(string) string) {
	defer func() { _ = conn.Close() }()
	lines := bufio.NewScanner(conn)
	for more, line := true, ""; more; more, line = lines.Scan(), lines.Text() {
		if a := answer(line); a != "" {
			_, _ = fmt.Fprintf(conn, "%s\r\n", a)
		}
	}
}

func TestAServerThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	hang := said(t, func(string) string { return "" })
	begun := time.Now()
	if f := failed(t, post(t, "smtp://"+hang), letter()); f != (mail.Failure{Reason: domain.MailSlow}) {
		t.Errorf("%+v", f)
	}
	halfway := said(t, func(line string) string {
		switch {
		case line == "":
			return "220 hello"
		case strings.HasPrefix(line, "EHLO"), strings.HasPrefix(line, "NOOP"), strings.HasPrefix(line, "MAIL"):
			return "250 yes"
		}
		return ""
	})
	if f := failed(t, post(t, "smtp://"+halfway), letter()); f != (mail.Failure{Reason: domain.MailSlow}) {
		t.Errorf("%+v", f)
	}
	if d := time.Since(begun); d > 15*time.Second {
		t.Errorf("took %v", d)
	}
}

// A password that is not ours any more is the operator's to mend: mail waits.
func TestAServerThatLetsUsNotInKeepsMailWaiting(t *testing.T) {
	t.Parallel()
	closed := said(t, func(line string) string {
		switch {
		case line == "":
			return "220 hello"
		case strings.HasPrefix(line, "EHLO"):
			return "250-hello\r\n250 AUTH PLAIN LOGIN"
		}
		return "535 5.7.8 no"
	})
	if f := failed(t, post(t, "smtp://us:wrong@"+closed), letter()); f != (mail.Failure{Reason: domain.MailNotTaken}) {
		t.Errorf("%+v", f)
	}
}

// certificate makes one for a server, in files, and the pool that trusts it.
func certificate(t testing.TB, host string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), DNSNames: []string{host}, IPAddresses: []net.IP{net.ParseIP("127.0.0.1"), net.ParseIP("0.0.0.0")}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &private.PublicKey, private)
	must(t, err)
	raw, err := x509.MarshalECPrivateKey(private)
	must(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}), 0o600))
	parsed, err := x509.ParseCertificate(der)
	must(t, err)
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return cert, key, roots
}

// Off this machine, a mail leaves by verified TLS or not at all; before it, nothing of the mail is said (P30).
func TestP30_MailLeavesByTLS(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t, "mail.example")
	trust := func(c *mail.Config) { c.Roots = roots }
	port := func(s *mailtest.Server) string { return s.SMTP[strings.LastIndex(s.SMTP, ":"):] }

	implicit := mailtest.Start(t, "--smtp-tls-cert", cert, "--smtp-tls-key", key, "--smtp-require-tls")
	must(t, post(t, "smtps://127.0.0.1"+port(implicit), trust).Send(t.Context(), letter()))
	if f := failed(t, post(t, "smtps://127.0.0.1"+port(implicit)), letter()); f != (mail.Failure{Reason: domain.MailUnreachable}) {
		t.Errorf("a certificate that nobody vouches for: %+v", f)
	}
	if n := len(implicit.Mails(t, "")); n != 1 {
		t.Errorf("%d mails", n)
	}

	// 0.0.0.0 leads to this machine, and we take it for another one
	starttls := mailtest.Start(t, "--smtp-tls-cert", cert, "--smtp-tls-key", key, "--smtp-require-starttls")
	must(t, post(t, "smtp://0.0.0.0"+port(starttls), trust).Send(t.Context(), letter()))
	plain := mailtest.Start(t)
	f := failed(t, post(t, "smtp://0.0.0.0"+port(plain), trust), letter())
	if f.Final || len(plain.Mails(t, "")) != 0 {
		t.Errorf("a server without TLS: %+v", f)
	}
}

// A server that can't do TLS 1.3 is spoken to only when its address says so (P30).
func TestP30_MailLeavesByTLS13(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t, "mail.example")
	pair, err := tls.LoadX509KeyPair(cert, key)
	must(t, err)
	old := said(t, func(line string) string {
		if line == "" {
			return "220 hello"
		}
		return "550 no"
	}, func(l net.Listener) net.Listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12})
	})
	trust := func(c *mail.Config) { c.Roots = roots }
	if f := failed(t, post(t, "smtps://"+old, trust), letter()); f.Reason != domain.MailUnreachable {
		t.Errorf("TLS 1.2 was spoken: %+v", f)
	}
	if f := failed(t, post(t, "smtps://"+old+"?tls=1.2", trust), letter()); f.Reason != domain.MailNotTaken {
		t.Errorf("TLS 1.2 was not spoken: %+v", f)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{"smtp://h": true, "smtps://u:p@h:465": true, "smtp://h:587?tls=1.2": true, "": true, "smtp://": false,
		"http://h": false, "smtp://h:x": false, "smtp://h:99999": false, "h:25": false, "smtp://h/path": false, "smtp://h?tls=1.0": false} {
		if err := mail.Check(domain.NewSecret(address)); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := mail.Check(domain.NewSecret("smtp://user:hunter2@")); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
	for from, ok := range map[string]bool{"a@example.com": true, "A <a@example.com>": true, "": false, "A": false, "a@b@c": false} {
		if err := mail.CheckSender(from); (err == nil) != ok {
			t.Errorf("%q: %v", from, err)
		}
	}
}

func TestWithoutAServerMailsLandInAFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	box := mail.Folder(dir)
	if all, err := box.Mails(); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
	p := post(t, "", func(c *mail.Config) { c.Dir = dir })
	m := letter()
	m.Letter.By = strings.Repeat("Ünï cödé = ", 20)
	must(t, p.Send(t.Context(), m))
	must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600))
	all, err := box.Mails()
	must(t, err)
	if len(all) != 1 || all[0].Subject != "A new password for Acmé" || all[0].To != `"Ada Lovelace" <ada@example.org>` || !all[0].At.Equal(made) ||
		!strings.Contains(all[0].Text, "https://app.example.com/reset/token\n") || !strings.Contains(all[0].HTML, "Ünï cödé = Ünï") {
		t.Errorf("%+v", all)
	}
	if _, err := box.Mail("019ac000-0000-7000-8000-000000000002"); !errors.Is(err, domain.ErrNotFound) {
		t.Error(err)
	}
}
