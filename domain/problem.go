package domain

import (
	"errors"
	"strings"
)

// The errors that the product distinguishes. Drivers' errors become these in store; handlers turn them into a status
// and a page in one place. What one may not see is not found: there is no "forbidden" for a thing that is hidden.
var (
	ErrNotFound     = errors.New("not found")
	ErrConflict     = errors.New("changed meanwhile")
	ErrTooMany      = errors.New("too many attempts")
	ErrTooLarge     = errors.New("too large")
	ErrNotPermitted = errors.New("not permitted")
	ErrSignedOut    = errors.New("signed out")
	ErrUnavailable  = errors.New("temporarily unavailable")
)

// Problem is one thing wrong with what somebody typed: where, a stable code for machines, a sentence for people.
type Problem struct{ Field, Code, Text string }

// Problems is every problem of one form. It is an error, so that a store method can refuse with it.
type Problems []Problem

// Error lists fields and codes, never what was typed.
func (p Problems) Error() string {
	parts := make([]string, len(p))
	for i, x := range p {
		parts[i] = x.Field + ": " + x.Code
	}
	return strings.Join(parts, ", ")
}

// For gives the first sentence about a field, or "".
func (p Problems) For(field string) string {
	for _, x := range p {
		if x.Field == field {
			return x.Text
		}
	}
	return ""
}

// Add appends a problem when bad holds.
func (p *Problems) Add(bad bool, field, code, text string) {
	if bad {
		*p = append(*p, Problem{field, code, text})
	}
}

// Err is nil when there is no problem, so that `return problems.Err()` reads as it should.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Refused is why something that is switched off or not agreed to did not happen. Its code is stable and public
// (PROMISES §4's table); its sentence is made by views.
type Refused struct{ Code string }

func (r Refused) Error() string { return "refused: " + r.Code }
