package domain

import "time"

// Factors is what a person can prove beside a password.
type Factors struct {
	App      bool // an authenticator app, confirmed by a code
	Passkeys int
	Recovery int // codes that were not used
}

// Any says whether there is a second factor. Recovery codes stand in for one; they are none.
func (f Factors) Any() bool { return f.App || f.Passkeys > 0 }

// StageFor is how far a session comes with what its person proved (A9). A passkey is two factors in one: the device, and
// what unlocks it. Single sign-on counts as its provider says, unless the organization asks for a factor of its own.
func StageFor(by Method, has Factors, rules DoorRules) Stage {
	switch {
	case by == ByPasskey, by == BySSO && !rules.Factor:
		return Whole
	case has.Any():
		return WantFactor
	case rules.Factor:
		return WantEnrol
	}
	return Whole
}

// MayLose says whether a person may do without one of their factors: the last one stays where the organization asks for one.
func (f Factors) MayLose(app bool, rules DoorRules) bool {
	if app {
		f.App = false
	} else {
		f.Passkeys--
	}
	return f.Any() || !rules.Factor
}

// App is a person's authenticator app.
type App struct{ ConfirmedAt, UsedAt time.Time }

// Passkey is a device that a person signs in with.
type Passkey struct {
	ID        ID
	Name      string
	UsedAt    time.Time // zero when never
	CreatedAt time.Time
}

// MaxPasskeys bounds how many a person has.
const MaxPasskeys = 20

// ProofHolds says whether a proof of who one is still allows dangerous acts (A22).
func ProofHolds(proved, now time.Time) bool {
	return !proved.IsZero() && now.Sub(proved) <= ProofLasts
}
