package handlers

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/ui"
)

// request is one request as handlers see it. Everything in it is copied: fiber's own context is gone once a handler has
// returned, also for a stream that still runs (F1). Only this file, body.go, guard.go and sse.go touch fiber's request.
type request struct {
	*Site
	c    *fiber.Ctx
	ctx  context.Context
	id   string
	now  time.Time
	form url.Values // what was typed; only the route's fields

	who    store.SignedIn // zero on public pages of nobody
	looked time.Time      // when their session was looked at

	about domain.Document // what the page shows, for the Copilot beside it; zero when it shows none
}

type localKey int

const (
	requestID localKey = iota
	theRequest
)

// handle makes a fiber handler of a route: session, permission, form, then the handler.
func (s *Site) handle(r route) fiber.Handler {
	event := eventOf(r)
	return func(c *fiber.Ctx) error {
		q := &request{Site: s, c: c, ctx: c.UserContext(), id: idOf(c), now: s.DB.Now()}
		if err := q.identify(r); err != nil {
			return err
		}
		err := q.serve(r, event)
		if err != nil && q.who.Recalled() { // a refusal shows whose it is
			if gone := q.lookAgain(r.needs); gone != nil {
				return gone
			}
		}
		return err
	}
}

func (q *request) serve(r route, event domain.UsageEvent) error {
	if r.method != fiber.MethodGet && r.kind != "file" {
		if err := q.readRoute(r); err != nil {
			return err
		}
	}
	if ok, err := q.confirmed(r); !ok {
		return err
	}
	err := r.do(q)
	q.count(event, err)
	return err
}

// readRoute reads the form that a route names, and refuses one that was made for another organization.
func (q *request) readRoute(r route) (err error) {
	if q.form, err = q.readForm(append([]string{ui.MadeForField}, r.fields()...)); err != nil {
		return err
	}
	tag := q.form.Get(ui.MadeForField)
	q.form.Del(ui.MadeForField)
	if r.needs == domain.Public {
		return nil
	}
	return q.madeHere(tag)
}

// identify reads the session; nobody's request to a page of somebody's ends at sign-in.
func (q *request) identify(r route) error {
	needs := r.needs
	who, err := q.whose(r)
	if err == nil {
		q.who = who
		q.now = q.now.In(q.zones.of(who.Member.TimeZone)) // from here on every page's time is the reader's
		q.c.Locals(theRequest, q)
	}
	switch {
	case needs == domain.Public && (err == nil || errors.Is(err, domain.ErrSignedOut)):
		return nil
	case err != nil:
		return err
	case who.Stage != domain.Whole && needs != domain.HalfSignedIn:
		return unfinished{who.Stage}
	case !who.Actor.May(needs):
		return domain.ErrNotFound
	}
	return nil
}

// lookAgain looks at a session that was only recalled.
func (q *request) lookAgain(needs domain.Permission) error { return q.identify(route{needs: needs}) }

// whose is the session that the request came with, or that an awaited stream's question came with; a question's is recalled
// if it can be.
func (q *request) whose(r route) (store.SignedIn, error) {
	q.looked = q.now
	switch r.kind {
	case "stream":
		if a, ok := q.awaited(); ok {
			q.looked = a.at
			return a.who, nil
		}
	case "question":
		if who, ok := q.sessions.recalled(q); ok && who.Actor.May(r.needs) {
			return who, nil
		}
	}
	return q.sessions.signedIn(q)
}

// unfinished is a session that has not proved all that is asked for: it sees the pages for that and no others (A9).
type unfinished struct{ stage domain.Stage }

func (unfinished) Error() string { return "signing in is not finished" }

// stagePath is where a session of a stage goes on: to what is still asked of it, and then to next.
func stagePath(s domain.Stage, next string) string {
	var path string
	switch s {
	case domain.WantFactor:
		path = "/sign-in/factor"
	case domain.WantEnrol:
		path = "/sign-in/enrol"
	default:
		return next
	}
	if next == "" {
		return path
	}
	return path + "?next=" + queryEscape(next)
}

// arrival is how the person comes in.
func (q *request) arrival(m domain.Method) domain.Arrival {
	return domain.Arrival{Method: m, Device: q.device(), Address: q.address()}
}

func (q *request) actor() domain.Actor { return q.who.Actor }

// signedIn says that a whole session came with the request.
func (q *request) signedIn() bool { return q.who.Session != "" && q.who.Stage == domain.Whole }

// param is an id in the path; what is no id is not found.
func (q *request) param(name string) (domain.ID, error) { return domain.ParseID(q.c.Params(name)) }

// query is a value of the address's query, as a clean line of at most 4 KB.
func (q *request) query(name string) string {
	v := q.c.Query(name)
	if len(v) > 4<<10 {
		v = v[:4<<10]
	}
	return domain.Line(v)
}

// queryExactly is a value of the address's query as it came.
func (q *request) queryExactly(name string) string { return q.c.Query(name) }

// has says that the address's query says something of a key, if only that it is empty.
func (q *request) has(name string) bool { return q.c.Context().QueryArgs().Has(name) }

// queryID is an id in the query, "" when there is none that is one.
func (q *request) queryID(name string) domain.ID {
	id, err := domain.ParseID(q.c.Query(name))
	if err != nil {
		return ""
	}
	return id
}

// typed is a form's field as a clean line; exactly is it as it was typed.
func (q *request) typed(name string) string   { return domain.Line(q.form.Get(name)) }
func (q *request) exactly(name string) string { return q.form.Get(name) }
func (q *request) ticked(name string) bool {
	v := q.form.Get(name)
	return v != "" && v != "false" && v != "0" && v != "off"
}

// partial says that the page's own script asked for a fragment, not a page.
func (q *request) partial() bool {
	return q.c.Get("HX-Request") == "true" && q.c.Get("HX-Request-Type") != "full" && q.c.Get("HX-Boosted") == "" &&
		q.c.Get("HX-History-Restore-Request") == ""
}

// path is the request's own address on this site, with its query.
func (q *request) path() string { return q.c.OriginalURL() }

// address is the peer's, or what a trusted proxy says it is: of what proxies appended, the last that is not one of them. What
// stands before was sent by the peer itself, who may write what they like (A1).
func (q *request) address() string { return peer(q.c.IP(), q.Proxies) }

func peer(chain string, proxies []string) string {
	said := strings.Split(chain, ",")
	for i := len(said) - 1; i >= 0; i-- {
		ip, err := netip.ParseAddr(strings.TrimSpace(said[i]))
		if err != nil {
			return "unknown"
		}
		if i == 0 || !trusted(ip, proxies) {
			return ip.Unmap().WithZone("").String() // a zone may hold anything
		}
	}
	return "unknown"
}

// trusted says whether an address is one of the trusted proxies'.
func trusted(ip netip.Addr, proxies []string) bool {
	for _, p := range proxies {
		if one, err := netip.ParseAddr(p); err == nil && one == ip.Unmap() {
			return true
		}
		if many, err := netip.ParsePrefix(p); err == nil && many.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// device is the browser and system in words, from the User-Agent.
func (q *request) device() string { return deviceOf(q.c.Get("User-Agent")) }

func idOf(c *fiber.Ctx) string {
	id, _ := c.Locals(requestID).(string)
	return id
}

// do runs fn in a transaction as the person; read runs reads that need not agree.
func (q *request) do(fn func(*store.Tenant) error) error   { return q.DB.Tenant(q.ctx, q.actor(), fn) }
func (q *request) read(fn func(*store.Tenant) error) error { return q.DB.Read(q.ctx, q.actor(), fn) }
