// Package account holds the pages about oneself: signing up and in, a forgotten password, the profile and address, what one is
// told, and one's data: consents, the receipts of what left the building on one's behalf, who looked.
package account

import (
	"net/url"
	"time"

	"aimyorg/domain"
)

// SignUpPage is /sign-up. Form is what was typed; its password is never shown again.
type SignUpPage struct {
	Form          domain.SignUp
	Problems      domain.Problems
	PolicyVersion int
	Recipients    []domain.Provider // who would receive, for the consent card
}

// SignInPage is /sign-in. Failed says the same whatever was wrong (A119). Next is a path on this site, checked by the
// handler, posted back as `next`.
type SignInPage struct {
	Email, Next string
	Failed      bool
	Refused     bool   // the password was right, and the organization takes none
	Late        bool   // the choice between organizations had ended
	Staying     string // the organization that one is in while entering another; "" otherwise
	RetryAfter  int    // seconds, when there were too many attempts
	SignedOut   bool   // just signed out, or the session ended

	Passkeys      bool // this address can have them
	PasskeyFailed bool // says the same whatever was wrong

	SSO string // the organization that wants single sign-on of addresses like this one; "" when none does
}

// SSOPath is where single sign-on begins, with what is known already.
func SSOPath(email, next string) string {
	q := url.Values{}
	if email != "" {
		q.Set("email", email)
	}
	if next != "" {
		q.Set("next", next)
	}
	if len(q) == 0 {
		return "/sign-in/sso"
	}
	return "/sign-in/sso?" + q.Encode()
}

// Page is /account: the parts below, each also a component of its own by which its form's answer is rendered.
type Page struct {
	Member       domain.Member
	Organization string
	Profile      ProfileForm
	Theme        ThemeForm
	Sessions     SessionsPart
	Now          time.Time // in the reader's zone
}

// ProfileForm is what a person may correct about themselves (P78).
type ProfileForm struct {
	domain.ProfileForm
	Email, Role, Department string   // can be read here, not changed
	Managers                []string // names of some who can change role and department
	Problems                domain.Problems
	Saved                   bool
}

// ThemeForm is the choice of light, dark or the system's.
type ThemeForm struct {
	Theme string // "", "light" or "dark"
}

// SessionsPart lists the browsers that are signed in.
type SessionsPart struct {
	Sessions []domain.Session
	Current  domain.ID
	Ended    bool // one was just ended
	Now      time.Time
}

// ConsentPart is a person's yes and no, per recipient and kind of data, and how it came to be.
type ConsentPart struct {
	State         domain.ConsentState
	Providers     []domain.Provider  // the recipients to show, in order
	Classes       []domain.DataClass // the kinds of data; domain.CopilotClasses
	PolicyVersion int
	AIEnabled     bool // the organization's switch
	History       []domain.Consent
	Said          string // what just happened, for a screen reader too; "" when nothing did
	Now           time.Time
}

// ReceiptsPart is "What left the building": the person's own receipts, newest first.
type ReceiptsPart struct {
	Receipts     []domain.Receipt
	Older, Newer string
	All          bool // the page of its own, with all of them
	Now          time.Time
}

// ReceiptPage is /account/receipts/{id}, and /admin/egress/{id} with Admin set.
type ReceiptPage struct {
	Receipt  domain.Receipt
	Consents []domain.Consent // the ones it was sent under
	Person   string           // whose question it was; shown to admins
	Admin    bool
	Now      time.Time
}

// DataPage is /account/data: what is kept about a person, what left on their behalf, who looked at it.
type DataPage struct {
	Consents ConsentPart
	Receipts ReceiptsPart // the newest few; Older leads to /account/receipts
	Looks    LooksPart    // the newest few; Older leads to /account/looks
	Measured MeasuredPart
	Stored   []Stored
	Now      time.Time
}

// LooksPart is who looked at what is the person's own, newest first.
type LooksPart struct {
	Looks        []domain.Look
	Older, Newer string
	All          bool // the page of its own
	Now          time.Time
}

// MeasuredPart is whether usage and the screen are counted, and what was.
type MeasuredPart struct {
	On   bool
	GPC  bool // the browser asks not to be tracked: nothing is counted from it
	Used []domain.Used
	Said string
	Now  time.Time
}

// Stored is one kind of what is kept about a person, in words.
type Stored struct {
	Purpose string
	What    []string
	Sealed  []string // of What, what is kept sealed
	Kept    string
}

// NoticesPage is /account/notifications: what is told, and how.
type NoticesPage struct {
	Choices  []domain.NoticeChoice
	TimeZone string // in words, for when the digest comes
	Problems domain.Problems
	Saved    bool
}
