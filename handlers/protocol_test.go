package handlers_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/handlers"
	"aimyorg/store/storetest"
)

// wire sends bytes as they are and gives the statuses of all answers until the connection closes or is silent.
func (s *site) wire(t testing.TB, raw string) (statuses []int, closed bool) {
	t.Helper()
	return s.exchange(t, raw, func(net.Conn) {})
}

// wireHalf says afterwards that nothing more will come.
func (s *site) wireHalf(t testing.TB, raw string) (statuses []int, closed bool) {
	t.Helper()
	return s.exchange(t, raw, func(c net.Conn) {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
	})
}

func (s *site) exchange(t testing.TB, raw string, then func(net.Conn)) (statuses []int, closed bool) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, strings.ReplaceAll(raw, "HOST", strings.TrimPrefix(s.base, "http://"))); err != nil {
		t.Fatal(err)
	}
	then(conn)
	r := bufio.NewReader(conn)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		a, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses, errTimeout(err) == nil
		}
		_, _ = io.Copy(io.Discard, a.Body)
		statuses = append(statuses, a.StatusCode)
	}
}

// errTimeout is err when it is a deadline's, else nil.
func errTimeout(err error) error {
	var n net.Error
	if errors.As(err, &n) && n.Timeout() {
		return err
	}
	return nil
}

func TestA116_OneAnswerPerConnectionToWhatCanBeReadTwoWays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	smuggled := "GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n"
	post := "POST /sign-in HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for name, c := range map[string]struct {
		raw    string
		status []int
	}{
		"CL and TE":         {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, []int{400}},
		"TE and CL":         {post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + smuggled, []int{400}},
		"two CL":            {post + "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello" + smuggled, []int{400}},
		"two CL alike":      {post + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + smuggled, []int{400}},
		"two hosts":         {"GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n" + smuggled, []int{400}},
		"folded":            {"GET / HTTP/1.1\r\nHost: HOST\r\nX-A: b\r\n Content-Length: 5\r\n\r\n" + smuggled, []int{400}},
		"NUL":               {"GET /a\x00b HTTP/1.1\r\nHost: HOST\r\n\r\n" + smuggled, []int{400}},
		"NUL escaped":       {"GET /a%00b HTTP/1.1\r\nHost: HOST\r\n\r\n" + smuggled, []int{400}},
		"TRACE":             {"TRACE / HTTP/1.1\r\nHost: HOST\r\n\r\n" + smuggled, []int{405}},
		"CONNECT":           {"CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n" + smuggled, []int{405, 400}},
		"body on GET":       {"GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 40\r\n\r\n" + smuggled, []int{400}},
		"body nobody reads": {"POST /sign-in HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 99999\r\n\r\n" + strings.Repeat("a", 20000) + smuggled, []int{403}},
		"chunk size":        {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + smuggled, []int{400}},
	} {
		statuses, closed := s.wire(t, c.raw)
		if len(statuses) != 1 || statuses[0] != c.status[0] && statuses[0] != c.status[len(c.status)-1] || !closed {
			t.Errorf("%s: answers %v, closed %v", name, statuses, closed)
		}
	}
	half := post + "Content-Length: 60000\r\n\r\nemail=a%40example.com&password=" + strings.Repeat("x", 40000)
	if statuses, closed := s.wireHalf(t, half); len(statuses) > 1 || len(statuses) == 1 && statuses[0] != 400 || !closed {
		t.Errorf("half a form: answers %v, closed %v", statuses, closed)
	}
	if statuses, _ := s.wire(t, smuggled+smuggled); len(statuses) != 2 {
		t.Errorf("two plain requests: %v", statuses)
	}
	if statuses, _ := s.wire(t, "GET http://evil.example/healthz HTTP/1.1\r\nHost: HOST\r\n\r\n"); len(statuses) != 1 || statuses[0] >= 500 {
		t.Errorf("absolute address: %v", statuses)
	}
	if statuses, closed := s.wire(t, "GET /healthz HTTP/1.0\r\nHost: HOST\r\n\r\n"); len(statuses) != 1 || statuses[0] != 200 || !closed {
		t.Errorf("HTTP/1.0: %v, closed %v", statuses, closed)
	}
}

// Whoever still sends what nobody reads any more is told why, and not cut off in the middle of a word; but not for ever.
func TestA61_WhoStillSendsReadsTheAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := "POST /sign-in HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for name, c := range map[string]struct {
		head   string
		status int
	}{
		"an endless address": {"GET /sign-in?", 431},
		"an endless header":  {"GET /sign-in HTTP/1.1\r\nHost: HOST\r\nX-Long: ", 431},
		"a form too large":   {form + "Sec-Fetch-Site: same-origin\r\nContent-Length: 5000000000\r\n\r\nemail=", 413},
		"another site's":     {form + "Sec-Fetch-Site: cross-site\r\nContent-Length: 5000000000\r\n\r\nemail=", 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			statuses, closed := s.exchange(t, c.head, func(conn net.Conn) {
				if n := pour(conn, 4<<20); n < 4<<20 {
					t.Errorf("cut off after %d bytes", n)
				}
			})
			if len(statuses) != 1 || statuses[0] != c.status || !closed {
				t.Errorf("answers %v, closed %v", statuses, closed)
			}
			s.exchange(t, c.head, func(conn net.Conn) {
				if n := pour(conn, 64<<20); n == 64<<20 {
					t.Error("was read to its end")
				}
			})
		})
	}
}

// pour sends n bytes, in pieces, for as long as they are taken, and says how many were.
func pour(w io.Writer, n int) int {
	piece := bytes.Repeat([]byte("x"), 64<<10)
	for sent := 0; sent < n; sent += len(piece) {
		if _, err := w.Write(piece); err != nil {
			return sent
		}
	}
	return n
}

func TestA116_OnlyOurOwnHostIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for raw, status := range map[string]int{
		"GET /sign-in HTTP/1.1\r\nHost: evil.example\r\n\r\n":                           421,
		"GET http://evil.example/sign-in HTTP/1.1\r\nHost: HOST\r\n\r\n":                421,
		"GET /sign-in HTTP/1.1\r\nHost: HOST\r\nX-Forwarded-Host: evil.example\r\n\r\n": 200,
		"GET /healthz HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n":                               200,
		"GET /readyz HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n":                                200,
	} {
		if statuses, _ := s.wire(t, raw); len(statuses) != 1 || statuses[0] != status {
			t.Errorf("%q: %v, want %d", raw, statuses, status)
		}
	}
}

// kept is a log that a test reads.
type kept struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.Write(p)
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.String()
}

func TestA118_P11_TheLogHasALineARequestAndNothingTyped(t *testing.T) {
	t.Parallel()
	log := &kept{}
	s := newSite(t, behindProxy, func(c *handlers.Config) { c.Log = slog.New(slog.NewJSONHandler(log, nil)) })
	evil := "x%0d%0a{\"level\":\"ERROR\",\"msg\":\"FORGEDLINE\"}"
	b := s.as(t, storetest.New(t, s.db).Owner)
	var ids []string
	for _, a := range []answer{
		b.get("/"+url.PathEscape("FORGEDLINE\r\n\x1b[31m"), "User-Agent", evil),
		b.get("/privacy/FORGEDLINE%0d%0a"), b.get("/search?q=FORGEDLINE"), b.get("/account/receipts/FORGEDLINE"),
		s.nobody(t).post("/sign-in", url.Values{"email": {"FORGEDLINE@example.com"}, "password": {"FORGEDLINE\r\n"}}, "X-Forwarded-For", "192.0.2.118"),
		s.nobody(t).post("/sign-up", url.Values{"name": {evil}, "email": {"FORGEDLINE"}, "password": {evil}}),
	} {
		ids = append(ids, a.header.Get("X-Request-Id"))
	}
	text := log.String()
	if strings.Contains(text, "FORGEDLINE") || strings.Contains(text, "192.0.2.118") || strings.Contains(text, "\x1b") {
		t.Errorf("the log holds what was typed, or an address:\n%s", text)
	}
	for _, id := range ids {
		if n := strings.Count(text, `"request":"`+id+`"`); n != 1 {
			t.Errorf("%d lines for request %s", n, id)
		}
	}
}

func TestA112_SlowPeersAreClosedAndOthersServed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	host := strings.TrimPrefix(s.base, "http://")
	half := []string{"GET / HTTP/1.1\r\nHost: ", "GET / HTTP/1.1\r\nHost: " + host + "\r\nX-Slow: ", "",
		"POST /sign-in HTTP/1.1\r\nHost: " + host + "\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\nemail=" + strings.Repeat("x", 20_000)}
	var slow []net.Conn
	for i := range 500 {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, half[i%len(half)]); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
	}
	begun := time.Now()
	s.nobody(t).get("/healthz").must(t, 200)
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("a normal request took %v beside slow ones", took)
	}
	for _, conn := range slow {
		_ = conn.SetReadDeadline(begun.Add(15 * time.Second))
		if _, err := io.Copy(io.Discard, conn); errTimeout(err) != nil {
			t.Fatal("a peer that sends half a request was held open")
		}
	}
	t.Logf("closed after %v", time.Since(begun).Round(time.Second))
}
