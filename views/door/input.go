// Package door holds the pages about coming in: the choice between organizations, one's sessions and sign-in history, the
// password, and what an organization asks for at its door.
package door

import (
	"time"

	"github.com/a-h/templ"

	"aimyorg/domain"
)

// ChoosePage is shown when a password opens several organizations. Token is posted back; it is good once.
type ChoosePage struct {
	Token         string
	Organizations []Organization
}

// Organization is one to choose. Tag stands for it.
type Organization struct{ Tag, Name string }

// HistoryPage is /account/sign-ins, and /people/{id}/sign-ins with Person set.
type HistoryPage struct {
	SignIns      []domain.SignIn
	Newer, Older string
	Person       domain.Member // whose it is, when somebody else looks
	Now          time.Time
}

// SessionsPage is /account/sessions.
type SessionsPage struct {
	Sessions []domain.Session
	Current  domain.ID
	Ended    int // how many just ended; -1 when one did by its own button
	Now      time.Time
}

// SessionProps is one session as it is listed. Back is the page to come back to after it was ended, Swap how a part of the page
// is replaced instead.
type SessionProps struct {
	Session domain.Session
	Current bool
	Back    string
	Swap    templ.Attributes
	Now     time.Time
}

// PasswordPage is /account/password. Nothing of what was typed is shown again.
type PasswordPage struct {
	Email      string // for the browser's own list of passwords
	Has        bool   // a password, so that the current one is asked for
	Others     int    // sessions beside this one, which will end
	Saved      bool
	Problems   domain.Problems
	RetryAfter int // seconds, after too many tries
}

// RulesPage is /admin/security.
type RulesPage struct {
	Rules       domain.DoorRules // as they are, or as they were typed
	People      int
	Without     int // people without a second factor
	SSO, Tried  bool
	Preview     bool // show what would happen, and ask
	Saved       bool
	Problems    domain.Problems
	ByAccount   int // tries within ten minutes
	ByAddress   int
	AlertsAfter int
}
