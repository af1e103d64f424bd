package handlers

import (
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/problem"
)

// answer is what an error becomes: this is the one map.
func answerTo(err error) problem.Page {
	var refused domain.Refused
	var ref refusal
	var problems domain.Problems
	var framework *fiber.Error
	var other elsewhere
	switch {
	case errors.As(err, &other):
		return problem.Page{Status: 409, Code: "other_organization", In: other.in}
	case errors.As(err, &ref):
		return problem.Page{Status: ref.status, Code: ref.code}
	case errors.As(err, &refused):
		return problem.Page{Status: statusOf(refused.Code), Code: refused.Code}
	case errors.As(err, &problems):
		return problem.Page{Status: 422, Code: problems[0].Code, Text: problems[0].Text}
	case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrNotPermitted):
		return problem.Page{Status: 404, Code: "not_found"}
	case errors.Is(err, domain.ErrConflict):
		return problem.Page{Status: 409, Code: "conflict"}
	case errors.Is(err, domain.ErrTooMany):
		return problem.Page{Status: 429, Code: "too_many", RetryAfter: waitOf(err)}
	case errors.Is(err, domain.ErrTooLarge):
		return problem.Page{Status: 413, Code: "too_large"}
	case errors.Is(err, domain.ErrUnavailable):
		return problem.Page{Status: 503, Code: "unavailable", RetryAfter: 5}
	case errors.Is(err, store.ErrUnreadable):
		return problem.Page{Status: 500, Code: "unreadable"}
	case errors.As(err, &framework):
		return problem.Page{Status: framework.Code, Code: frameworkCode(framework.Code)}
	}
	return problem.Page{Status: 500, Code: "internal"}
}

// waitOf is how many seconds to wait, as far as it is known.
func waitOf(err error) int {
	var l late
	if errors.As(err, &l) {
		return seconds(l.wait)
	}
	return 60
}

// statusOf is the status of a refusal (PROMISES §4's table).
func statusOf(code string) int {
	switch code {
	case domain.RefusedModel:
		return 422
	case domain.RefusedRecordable:
		return 503
	case "internal":
		return 500
	case "organization_leaving":
		return 423
	}
	return 403
}

func frameworkCode(status int) string {
	switch status {
	case 404:
		return "not_found"
	case 405:
		return "method_not_allowed"
	case 413:
		return "too_large"
	case 431:
		return "headers_too_large"
	}
	return "bad_request"
}

// fail answers an error: a page, or for our own script the same in the place of a fragment.
func (s *Site) fail(c *fiber.Ctx, err error) error {
	p := answerTo(err)
	if errors.Is(err, domain.ErrSignedOut) {
		return s.toSignIn(c)
	}
	var half unfinished
	if errors.As(err, &half) {
		return s.toFinish(c, half.stage)
	}
	if p.Status >= 500 {
		s.Log.Error("failed", "request", idOf(c), "code", p.Code, "err", err)
	}
	var ref refusal
	if errors.As(err, &ref) && ref.close {
		closeAfter(c)
	}
	p.RequestID = idOf(c)
	q, _ := c.Locals(theRequest).(*request)
	if q == nil {
		q = &request{Site: s, c: c, ctx: c.UserContext(), id: idOf(c), now: s.DB.Now()}
		q.recognize(err)
	}
	return q.problem(p)
}

// recognize finds out who asked for a page that there is none of, so that they keep their surroundings.
func (q *request) recognize(err error) {
	var framework *fiber.Error
	if !errors.As(err, &framework) || framework.Code != fiber.StatusNotFound {
		return
	}
	if who, err := q.sessions.signedIn(q); err == nil {
		q.who = who
	}
}

// toSignIn sends nobody to the door, and back afterwards where that makes sense.
func (s *Site) toSignIn(c *fiber.Ctx) error {
	q := &request{Site: s, c: c, ctx: c.UserContext(), id: idOf(c), now: s.DB.Now()}
	to := "/sign-in"
	if c.Method() == fiber.MethodGet && !q.partial() && q.path() != "/" {
		to += "?next=" + queryEscape(q.path())
	}
	return q.redirect(to)
}

// toFinish sends a session to what is still asked of it.
func (s *Site) toFinish(c *fiber.Ctx, stage domain.Stage) error {
	q := &request{Site: s, c: c, ctx: c.UserContext(), id: idOf(c), now: s.DB.Now()}
	next := ""
	if c.Method() == fiber.MethodGet && !q.partial() {
		next = q.path()
	}
	return q.redirect(stagePath(stage, next))
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }
