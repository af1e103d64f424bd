// Package problem holds the pages for what went wrong: calm, saying what was kept and what to do.
package problem

// Page is an error page, or the same in the place of a fragment (Fragment). Code is stable and public (data-code).
type Page struct {
	Status     int
	Code       string
	Text       string // a sentence that knows more than the status does, or ""
	RetryAfter int    // seconds, for 429 and 503
	RequestID  string
	SignedIn   bool
	In         string // the organization that one is in now, for a form made for another one
	Back       string // where to go on: a path on this site, or ""
}
