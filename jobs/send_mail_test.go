package jobs_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/jobs"
	"aimyorg/jobs/mail"
	"aimyorg/jobs/mail/mailtest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// posting runs the jobs of one process that sends by a server.
func posting(t testing.TB, db *store.DB, server string, log *slog.Logger) *jobs.Jobs {
	t.Helper()
	base, err := url.Parse("https://app.example.com")
	must(t, err)
	post, err := mail.New(mail.Config{Server: domain.NewSecret("smtp://" + server), From: "no-reply@example.com", BaseURL: base, Log: log, Patience: 3 * time.Second})
	must(t, err)
	j, err := jobs.Start(t.Context(), jobs.Config{DB: db, Reader: reader(t), Post: post, Log: log})
	must(t, err)
	t.Cleanup(func() { stop(t, j, 10*time.Second) })
	return j
}

func quiet(t testing.TB) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// sends has a mail go to a person of a role, and gives their address and the mail.
func sends(t testing.TB, o storetest.Organization, role domain.Role) (to string, id domain.ID) {
	t.Helper()
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) error { return x.SendReset(o.People[role].Member()) })
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select id::text from outbox where tenant_id = $1 and member_id = $2 order by id desc limit 1",
		o.Owner.Tenant(), o.People[role].Member()).Scan(&id))
	return string(role) + "-" + o.Email, id
}

// mailStands is how far a mail has come.
func mailStands(t testing.TB, id domain.ID) (state domain.MailState, reason string) {
	t.Helper()
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select state, reason from outbox where id = $1", id).Scan(&state, &reason))
	return state, reason
}

func comesTo(t testing.TB, id domain.ID, state domain.MailState, reason string) {
	t.Helper()
	await(t, fmt.Sprintf("the mail to be %s %s", state, reason), 40*time.Second, func() bool {
		s, r := mailStands(t, id)
		return s == state && r == reason
	})
}

// A server that is away, or will not take a mail now, gets it later; one that refuses it for good is not asked again; what a
// mail said is gone when it has gone.
func TestP21_mail_waits_for_its_server_and_comes_once(t *testing.T) {
	db := storetest.DB(t)
	o, other := storetest.New(t, db), storetest.New(t, db)
	server := mailtest.Closed(t)
	posting(t, db, server.SMTP, quiet(t))
	away, early := sends(t, o, domain.Staff)
	comesTo(t, early, domain.MailWaiting, domain.MailUnreachable)

	server.Restart(t)
	server.Refuse(t, 451)
	_, later := sends(t, o, domain.Manager)
	comesTo(t, later, domain.MailWaiting, domain.MailNotTaken)
	server.Refuse(t, 550)
	_, never := sends(t, other, domain.Staff)
	comesTo(t, never, domain.MailRefused, domain.MailBadAddress)
	server.Refuse(t, 0)

	m := server.Await(t, away, "A new password")
	if !strings.Contains(m.Text, "https://app.example.com/reset/"+string(o.Owner.Tenant())) || m.MessageID != string(early)+"@example.com" {
		t.Errorf("%+v", m)
	}
	comesTo(t, early, domain.MailSent, "")
	comesTo(t, later, domain.MailSent, "")
	server.Await(t, "manager-"+o.Email, "A new password")
	if n := number(t, storetest.Superuser(t), "select count(*) from outbox where state <> 'waiting' and body is not null"); n != 0 {
		t.Errorf("%d mails are kept after they went", n)
	}
	if s, _ := mailStands(t, never); s != domain.MailRefused {
		t.Errorf("a mail that was refused for good is %s", s)
	}
}

// A server that hangs on some mail keeps neither other mail nor other work waiting.
func TestAMailServerThatHangsKeepsNobodyWaiting(t *testing.T) {
	db := storetest.DB(t)
	o := storetest.New(t, db)
	real := mailtest.Start(t)
	hanging := "member-" + o.Email
	address := between(t, real.SMTP, hanging)
	posting(t, db, address, quiet(t))
	for range 3 {
		sends(t, o, domain.Staff)
	}
	shelf := o.Collection(t, domain.CollectionForm{})
	document, _ := upload(t, o, shelf, "note.txt", []byte("A note that is read meanwhile."))
	to, id := sends(t, o, domain.Manager)
	comesTo(t, id, domain.MailSent, "")
	real.Await(t, to, "A new password")
	settled(t, o, document)
	if len(real.Mails(t, hanging)) != 0 {
		t.Error("nothing hung: this shows nothing")
	}
}

// A process that is killed while it sends loses nothing: another one sends after a minute. Two that run at once send once.
func TestTwoProcessesSendAMailOnce(t *testing.T) {
	db := storetest.DB(t)
	o := storetest.New(t, db)
	server := mailtest.Start(t)
	posting(t, db, server.SMTP, quiet(t))
	posting(t, db, server.SMTP, quiet(t))
	var ids []domain.ID
	for range 20 {
		_, id := sends(t, o, domain.Admin)
		ids = append(ids, id)
		must(t, db.ResumeMail(t.Context()))
	}
	for _, id := range ids {
		comesTo(t, id, domain.MailSent, "")
	}
	seen := map[string]int{}
	for _, m := range server.Mails(t, "admin-"+o.Email) {
		seen[m.MessageID]++
	}
	for _, id := range ids {
		if n := seen[string(id)+"@example.com"]; n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

// Nothing of a mail is logged, whatever a server says of it (P11).
func TestP11_NoAddressInTheLogOfMails(t *testing.T) {
	db := storetest.DB(t)
	o := storetest.New(t, db)
	server := mailtest.Start(t)
	server.Refuse(t, 550)
	var log lockedLog
	posting(t, db, server.SMTP, slog.New(slog.NewJSONHandler(&log, nil)))
	_, id := sends(t, o, domain.Staff)
	comesTo(t, id, domain.MailRefused, domain.MailBadAddress)
	await(t, "the log's line", 10*time.Second, func() bool { return strings.Contains(log.String(), string(id)) })
	if text := log.String(); strings.Contains(text, o.Email) || strings.Contains(text, "/reset/") || strings.Contains(text, "Olga") {
		t.Errorf("the log says whose mail it is:\n%s", text)
	}
}

// Who forgot a password gets a mail within moments, through the chore and the job.
func TestAForgottenPasswordIsAnsweredBySoon(t *testing.T) {
	db := storetest.DB(t)
	o := storetest.New(t, db)
	server := mailtest.Start(t)
	posting(t, db, server.SMTP, quiet(t))
	must(t, db.RequestReset(t.Context(), o.Email))
	begun := time.Now()
	server.Await(t, o.Email, "A new password for Org "+t.Name())
	if d := time.Since(begun); d > 10*time.Second {
		t.Errorf("it took %v", d)
	}
}

// between stands between us and a server, and hangs as soon as an address is named.
func between(t testing.TB, server, hanging string) string {
	t.Helper()
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			here, err := l.Accept()
			if err != nil {
				return
			}
			go relay(t, here, server, hanging)
		}
	}()
	return l.Addr().String()
}

func relay(t testing.TB, here net.Conn, server, hanging string) {
	var d net.Dialer
	there, err := d.DialContext(t.Context(), "tcp", server)
	if err != nil {
		_ = here.Close()
		return
	}
	go pass(there, here, "")
	pass(here, there, hanging)
}

// pass copies until a word comes by, after which nothing does.
func pass(from, to net.Conn, hanging string) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if hanging != "" && strings.Contains(string(buffer[:n]), hanging) {
			for err == nil {
				_, err = from.Read(buffer)
			}
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
