// Package security holds the pages of second factors: setting them up, signing in with them, and proving once more who one is.
package security

import (
	"strings"
	"time"

	"aimyorg/domain"
	"aimyorg/views/ui"
)

// Page is /account/security.
type Page struct {
	App      *domain.App // nil when there is none
	Passkeys []domain.Passkey
	Recovery int  // codes that are left
	Required bool // the organization asks for a second factor
	Possible bool // this address can have passkeys
	Problems domain.Problems
	Renamed  domain.ID // whose name was refused or saved
	Now      time.Time
}

func (p Page) factors() bool { return p.App != nil || len(p.Passkeys) > 0 }

// SetUp is the page on which an app learns its secret: as a picture and as text, and the form for its first code.
type SetUp struct {
	QR       QR
	Secret   string // in groups of four
	Account  string // what the app will call it
	Action   string // where the code is posted
	Next     string
	Problems domain.Problems
	Wait     int // seconds, when too many codes were wrong
}

// QR is a picture of squares: one path, drawn by the browser, so that nothing is fetched.
type QR struct {
	Path string
	Size int // squares a side, with the quiet zone
}

// Codes shows recovery codes, once.
type Codes struct {
	Codes []string
	Next  string // where one goes on to
	Done  string // what has just happened, in a sentence
}

// Factor is /sign-in/factor, for a session that wants a second factor.
type Factor struct {
	Has      domain.Factors
	Email    string
	Next     string
	Problems domain.Problems
	Recovery bool // the form for recovery codes is open
	Wait     int  // seconds
	Possible bool
}

// Enrol is /sign-in/enrol, for a session whose organization asks for a factor that the person does not have yet.
type Enrol struct {
	Organization, Email, Next string
	Pending                   *SetUp // an app was begun
	Problems                  domain.Problems
	Possible                  bool
}

// Proof is "Confirm that it is you". With an Action it carries what was typed and goes on with it at once; else it is the
// page of its own.
type Proof struct {
	Action, Next string
	Fields       []Field // what was typed, hidden
	Again        []Field // what is typed again: secrets are not sent back
	Password     bool    // the person has one
	Has          domain.Factors
	Wrong        bool
	Wait         int // seconds
	Possible     bool
}

// Field is one value of a form.
type Field struct{ Name, Label, Value string }

// Ceremony is a form that the page's script fills in with a device's answer.
type Ceremony struct {
	Begin    string // where the script asks for a challenge
	Action   string
	Make     bool // a new passkey, not the use of one
	Label    string
	Kind     ui.Kind
	Next     string
	Named    bool // asks for a name
	Name     string
	Problems domain.Problems
	Proof    string // the id of the form that is sent once this one was answered; no page follows
	Else     string // what to do without a passkey, shown to who can't use one
}

func (c Ceremony) kind() string {
	if c.Make {
		return "create"
	}
	return "get"
}

func left(n int) string {
	switch n {
	case 0:
		return "None are left."
	case 1:
		return "One is left."
	}
	return number(n) + " are left."
}

func joined(codes []string) string { return strings.Join(codes, "\n") }
