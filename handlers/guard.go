package handlers

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
)

// contentPolicy allows our own origin and nothing inline (HOSTILE A30; P60, P83: nobody else's script, pixel or frame).
// frame-src and the rest fall under default-src.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

// guard is the first to see a request and the last to see its answer: it gives the request its id, sets the headers of
// every answer, refuses what no handler should see, recovers from panics and writes the log's line.
func (s *Site) guard(c *fiber.Ctx) (err error) {
	begun := s.DB.Now()
	c.Locals(requestID, newRequestID())
	s.headers(c)
	defer func() {
		if p := recover(); p != nil {
			// The value may hold what somebody wrote (P11): only its type and the place are logged.
			s.Log.Error("panic", "request", idOf(c), "type", typeName(p), "stack", string(debug.Stack()))
			err = s.fail(c, errPanic)
		}
		s.logLine(c, begun)
	}()
	defer closeUnread(c)
	if err := s.admit(c); err != nil {
		return s.fail(c, err)
	}
	if err := c.Next(); err != nil {
		return s.fail(c, err)
	}
	return nil
}

func (s *Site) headers(c *fiber.Ctx) {
	h := headerSetter(c.Set)
	h.Set("X-Request-Id", idOf(c))
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
	noDefaultType(c)
	if s.BaseURL.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// refusal is a status with a stable code, for what is wrong with the request itself.
type refusal struct {
	status int
	code   string
	close  bool // and the connection with it
}

func (r refusal) Error() string { return r.code }

type headerSetter func(name, value string)

func (f headerSetter) Set(name, value string) { f(name, value) }

func (s *Site) admit(c *fiber.Ctx) error {
	raw := rawHeaders(c)
	switch {
	case c.Method() == fiber.MethodTrace, c.Method() == fiber.MethodConnect:
		return refusal{405, "method_not_allowed", true}
	case folded(raw):
		return refusal{400, "folded_header", true} // one server's value is another one's header
	case count(raw, "content-length")+count(raw, "transfer-encoding") > 1: // raw: of two, fasthttp drops one
		return refusal{400, "ambiguous_length", true} // F3: what one server reads as one request, another reads as two
	case count(raw, "host") > 1:
		return refusal{400, "ambiguous_host", true}
	case !identity(c.Get("Content-Encoding")):
		return refusal{415, "encoded_body", true} // F2: fiber would unpack it without a limit
	case (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) && hasBody(c):
		return refusal{400, "unexpected_body", true} // fasthttp would leave it, to be read as the next request
	case badPath(c.OriginalURL()):
		return refusal{400, "bad_path", true}
	case !s.ourHost(c.Hostname()) && !probe(c.Path()):
		return refusal{421, "unknown_host", false} // F6
	}
	return s.sameOrigin(c)
}

// closeUnread ends a connection on which part of the request's body is left: it would be read as the next request.
func closeUnread(c *fiber.Ctx) {
	if leftBody(c) {
		closeAfter(c)
	}
}

// ourHost allows the configured host, and in development any name of this machine.
func (s *Site) ourHost(host string) bool {
	if strings.EqualFold(host, s.BaseURL.Host) {
		return true
	}
	name, _, _ := strings.Cut(host, ":")
	return s.Development && (name == "localhost" || name == "127.0.0.1" || strings.HasPrefix(host, "[::1]"))
}

func hasBody(c *fiber.Ctx) bool {
	n := c.Get("Content-Length")
	return n != "" && n != "0" || c.Get("Transfer-Encoding") != ""
}

func identity(encoding string) bool { return encoding == "" || strings.EqualFold(encoding, "identity") }

// probe is a path that whoever watches the server asks for, by whatever name it knows the machine. Neither tells anything.
func probe(path string) bool { return path == "/healthz" || path == "/readyz" }

// folded says whether a header goes on in the next line (RFC 9112 §5.2 lets a server refuse that).
func folded(raw string) bool {
	for line := range strings.Lines(raw) {
		if line[0] == ' ' || line[0] == '\t' {
			return true
		}
	}
	return false
}

// badPath says that the path holds a NUL, as it is or escaped.
func badPath(address string) bool {
	path, _, _ := strings.Cut(address, "?")
	return strings.Contains(path, "\x00") || strings.Contains(path, "%00")
}

// count is how often a header's name stands in the raw headers.
func count(raw, name string) int {
	n := 0
	for line := range strings.Lines(raw) {
		if key, _, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(key), name) {
			n++
		}
	}
	return n
}

// sameOrigin refuses what another site makes a browser do (HOSTILE A23–A25): a change must come from our own pages, which
// browsers say in Sec-Fetch-Site, or by Origin. Neither is refused too, unless our own script sent it.
func (s *Site) sameOrigin(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		return nil
	}
	switch site, origin := c.Get("Sec-Fetch-Site"), c.Get("Origin"); {
	case site == "same-origin":
		return nil
	case site != "":
		return refusal{403, "cross_site", false}
	case origin != "":
		return s.ourOrigin(origin)
	case c.Get("HX-Request") == "true":
		return nil
	}
	return refusal{403, "cross_site", false}
}

func (s *Site) ourOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || !s.ourHost(u.Host) {
		return refusal{403, "cross_site", false}
	}
	return nil
}

func (s *Site) logLine(c *fiber.Ctx, begun time.Time) {
	level := slog.LevelInfo
	if c.Response().StatusCode() >= 500 {
		level = slog.LevelError
	}
	path := c.Path()
	if r := c.Route(); r != nil && r.Path != "/" {
		path = r.Path // the pattern: no ids, nothing typed
	} else {
		path = firstPart(path)
	}
	s.Log.Log(c.UserContext(), level, "request", "request", idOf(c), "method", c.Method(), "route", path,
		"status", c.Response().StatusCode(), "ms", s.DB.Now().Sub(begun).Milliseconds())
}

func firstPart(path string) string {
	if path == "/" {
		return path
	}
	return "other"
}

// newRequestID is random, so that it can't be guessed or counted.
func newRequestID() string {
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// safeNext is a path on this site to go on to, or a default: nothing that a browser could take for another host (A117).
func safeNext(next, otherwise string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || len(next) < 1 || next[0] != '/' || len(next) > 2000 {
		return otherwise
	}
	decoded, err := url.PathUnescape(next)
	if err != nil || len(decoded) > 1 && (decoded[1] == '/' || decoded[1] == '\\') || strings.ContainsAny(decoded, "\\\r\n\t\x00") {
		return otherwise
	}
	return next
}

// redirect goes on to a page of this site with a GET.
func (q *request) redirect(path string) error {
	path = safeNext(path, "/home")
	if q.partial() {
		q.c.Set("HX-Redirect", path)
		return q.c.SendStatus(fiber.StatusNoContent)
	}
	return q.c.Redirect(path, fiber.StatusSeeOther)
}

var errPanic = domain.Refused{Code: "internal"}
