package problem_test

import (
	"strconv"
	"testing"

	"aimyorg/views/problem"
	"aimyorg/views/words/rendertest"
)

func TestEveryStatusSaysWhatWasKeptAndWhatToDo(t *testing.T) {
	t.Parallel()
	for status, must := range map[int][]string{
		400: {`data-code="bad_request"`, "Nothing was changed."}, 403: {`data-code="refused"`}, 404: {`data-code="not_found"`,
			"There is nothing here"},
		409: {`data-code="conflict"`, "The other change is kept"}, 413: {`data-code="too_large"`, "100 MB"},
		415: {`data-code="unsupported"`},
		422: {`data-code="invalid"`, "still in the form"}, 429: {`data-code="too_many"`, "Try again in 40 seconds."},
		500: {`data-code="internal"`},
		503: {`data-code="unavailable"`, "Try again in 40 seconds."}, 418: {`data-code="bad_request"`}, 599: {`data-code="internal"`},
	} {
		page := problem.Page{Status: status, RetryAfter: 40, RequestID: "req-7", Back: "/knowledge", SignedIn: true}
		must = append(must, "req-7", `href="/knowledge"`, `href="/home"`, `data-status="`+strconv.Itoa(status)+`"`)
		rendertest.Contains(t, rendertest.HTML(t, problem.Show(page)), must...)
		rendertest.Contains(t, rendertest.HTML(t, problem.Notice(page)), must[0], "req-7", `role="alert"`)
	}
}

func TestARefusalSaysWhy(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, problem.Show(problem.Page{Status: 403, Code: "consent_required"}))
	rendertest.Contains(t, html, `data-code="consent_required"`, "needs your consent", `href="/sign-in"`)
}

func TestA73_HostileProblemsAreText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, problem.Page{Status: 500}, problem.Show)
	rendertest.Hostile(t, problem.Page{Status: 422}, problem.Notice)
}
