// Package mailtest starts a real mail server for tests: mailpit, which tools/mailpit pins. It takes mail by SMTP on
// loopback and gives it back over HTTP. It can be told to refuse.
package mailtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is one running mailpit.
type Server struct {
	SMTP string // host:port
	web  string
	dir  string
	args []string
	stop func()
}

// Mail is a mail that arrived.
type Mail struct {
	ID, Subject, Text, HTML, MessageID string
	To, From                           mail.Address
	Header                             map[string][]string
}

var build sync.Once

// binary is the pinned mailpit, built when it is missing.
func binary(t testing.TB) string {
	t.Helper()
	root := "."
	for range 6 {
		if _, err := os.Stat(filepath.Join(root, "tools", "run")); err == nil {
			break
		}
		root = filepath.Join(root, "..")
	}
	build.Do(func() {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(root, "tools", "run"), "mailpit", "version", "--no-release-check")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("mailpit can't be built: %v\n%s", err, out)
		}
	})
	return filepath.Join(root, ".bin", "mailpit")
}

// Start starts one; args are further ones of its command line. It ends with the test.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{SMTP: free(t), web: free(t), dir: t.TempDir(), args: args}
	s.Restart(t)
	return s
}

// Closed is an address where nobody answers, until Restart.
func Closed(t testing.TB, args ...string) *Server {
	t.Helper()
	return &Server{SMTP: free(t), web: free(t), dir: t.TempDir(), args: args}
}

// Restart starts it where it was, or for the first time.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	// Its database is a file, so that it keeps what arrived.
	args := append([]string{"--smtp", s.SMTP, "--listen", s.web, "--database", filepath.Join(s.dir, "mail.db"), "--disable-version-check",
		"--enable-chaos", "--smtp-disable-rdns"}, s.args...)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, binary(t), args...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(ended)
	}()
	var once sync.Once
	s.stop = func() { once.Do(func() { cancel(); <-ended }) }
	t.Cleanup(s.stop)
	s.await(t, ended, &log)
}

// Stop stops it.
func (s *Server) Stop() { s.stop() }

func (s *Server) await(t testing.TB, ended <-chan struct{}, log *bytes.Buffer) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		select {
		case <-ended:
			t.Fatalf("mailpit ended: %s", log)
		case <-deadline:
			t.Fatal("mailpit does not answer")
		case <-tick.C:
		}
		dialer := net.Dialer{Timeout: time.Second}
		c, err := dialer.DialContext(t.Context(), "tcp", s.SMTP)
		if err != nil {
			continue
		}
		_ = c.Close()
		if status, _, err := s.ask(t, http.MethodGet, "/readyz", nil); err == nil && status == http.StatusOK {
			return
		}
	}
}

// ask gives an answer's status and body.
func (s *Server) ask(t testing.TB, method, path string, body io.Reader) (status int, raw []byte, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, "http://"+s.web+path, body)
	if err != nil {
		return 0, nil, err
	}
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	raw, err = io.ReadAll(res.Body)
	return res.StatusCode, raw, errors.Join(err, res.Body.Close())
}

func (s *Server) read(t testing.TB, path string, v any) {
	t.Helper()
	status, raw, err := s.ask(t, http.MethodGet, path, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		t.Fatalf("mailpit %s: %v", path, err)
	}
}

// Mails are all that arrived for an address ("" for anybody's), newest first.
func (s *Server) Mails(t testing.TB, to string) []Mail {
	t.Helper()
	var list struct {
		Messages []struct {
			ID string
			To []mail.Address
		}
	}
	s.read(t, "/api/v1/messages?limit=1000", &list)
	var out []Mail
	for _, m := range list.Messages {
		if to == "" || len(m.To) == 1 && strings.EqualFold(m.To[0].Address, to) {
			out = append(out, s.open(t, m.ID))
		}
	}
	return out
}

func (s *Server) open(t testing.TB, id string) Mail {
	t.Helper()
	var m struct {
		ID, Subject, Text, HTML, MessageID string
		From                               mail.Address
		To                                 []mail.Address
	}
	s.read(t, "/api/v1/message/"+id, &m)
	out := Mail{ID: m.ID, Subject: m.Subject, Text: m.Text, HTML: m.HTML, MessageID: m.MessageID, From: m.From}
	if len(m.To) > 0 {
		out.To = m.To[0]
	}
	s.read(t, "/api/v1/message/"+id+"/headers", &out.Header)
	return out
}

// Await waits for the only mail to an address whose subject has a text in it.
func (s *Server) Await(t testing.TB, to, subject string) Mail {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); ; {
		var found []Mail
		for _, m := range s.Mails(t, to) {
			if strings.Contains(m.Subject, subject) {
				found = append(found, m)
			}
		}
		if len(found) == 1 {
			return found[0]
		}
		if len(found) > 1 {
			t.Fatalf("%d mails to %s about %q", len(found), to, subject)
		}
		select {
		case <-deadline:
			t.Fatalf("no mail to %s about %q; there are %d others", to, subject, len(s.Mails(t, "")))
		case <-tick.C:
		}
	}
}

// Refuse lets it answer every recipient with a code, and mend itself with 0.
func (s *Server) Refuse(t testing.TB, code int) {
	t.Helper()
	type trigger struct{ ErrorCode, Probability int }
	off := trigger{451, 0}
	on := trigger{code, 100}
	if code == 0 {
		on = off
	}
	body, err := json.Marshal(map[string]trigger{"Sender": off, "Recipient": on, "Authentication": {535, 0}})
	if err != nil {
		t.Fatal(err)
	}
	status, _, err := s.ask(t, http.MethodPut, "/api/v1/chaos", bytes.NewReader(body))
	if err != nil || status != http.StatusOK {
		t.Fatal("mailpit does not refuse: ", status, err)
	}
}

// free is a port of loopback that nobody listens on.
func free(t testing.TB) string {
	t.Helper()
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
