package domain

import "time"

// OrganizationState is where an organization stands.
type OrganizationState string

// Leaving organizations are read-only: export works, nothing new is written and no AI runs.
const (
	OrganizationActive  OrganizationState = "active"
	OrganizationLeaving OrganizationState = "leaving"
)

// Organization is one enterprise account (in code and schema: the tenant).
type Organization struct {
	ID        ID
	Name      string
	State     OrganizationState
	LeavesAt  time.Time // zero unless leaving: everything is gone after it
	AIEnabled bool      // the organization's own switch; a person's consent is a second one
	Door      DoorRules // what its door asks for
	CreatedAt time.Time
}

// DoorRules is what an organization asks of everybody who signs in. Its owner may always use a password, so that a broken
// identity provider locks nobody out for good.
type DoorRules struct {
	Factor bool // a second factor, or a passkey
	SSO    bool // single sign-on
}

// Member is a person with an account in one organization.
type Member struct {
	ID            ID
	Name, Email   string
	Title         string // what they do, in their own words
	Department    ID     // "" when in none
	Role          Role
	RoleID        ID     // of the organization's own role, when Role is Custom
	RoleName      string // in words
	Locale        Locale
	TimeZone      string // an IANA name; "" is the device's, as far as it is known, else UTC
	Measured      bool   // usage and screen size may be counted (P7, P10, P80)
	Active        bool
	PolicyVersion int
	Preferences   Preferences
	CreatedAt     time.Time
}

// Preferences is how a person likes the pages.
type Preferences struct {
	Theme       string // "", "light" or "dark"; "" follows the system
	PanelWidth  int    // CSS pixels, PanelMin..PanelMax
	PanelFolded bool
}

// The docked Copilot's bounds in CSS pixels (LOOK.md).
const (
	PanelMin     = 320
	PanelDefault = 380
	PanelMax     = 560
)

// Clean brings preferences within their bounds.
func (p Preferences) Clean() Preferences {
	if p.PanelWidth == 0 {
		p.PanelWidth = PanelDefault
	}
	p.PanelWidth = min(max(p.PanelWidth, PanelMin), PanelMax)
	if p.Theme != "light" && p.Theme != "dark" {
		p.Theme = ""
	}
	return p
}

// Locale says how dates and numbers are written.
type Locale string

// Stage is how far a session has come: whole, or still wanting a second factor, or wanting one to be set up first.
type Stage string

// The stages. Only whole sessions see anything of the organization (HOSTILE A9).
const (
	Whole      Stage = "whole"
	WantFactor Stage = "factor"
	WantEnrol  Stage = "enrol"
)

// Method is how somebody proved who they are.
type Method string

// The methods. Code and recovery are second factors.
const (
	ByPassword   Method = "password"
	ByPasskey    Method = "passkey"
	BySSO        Method = "sso"
	ByInvitation Method = "invitation"
	ByCode       Method = "code"
	ByRecovery   Method = "recovery"
)

// Arrival is how somebody comes in: what they proved, and from where. It is kept in the sign-in history (P9).
type Arrival struct {
	Method          Method
	Device, Address string
	Linking         bool // an identity provider has spoken, too, and is believed once this proof is whole
}

// Session is one browser's sign-in, as the person sees it.
type Session struct {
	ID              ID
	Method          Method
	Device, Address string
	CreatedAt       time.Time
	SeenAt          time.Time
	Screen          Screen // zero when it is not known
}

// How long a session lasts (HOSTILE A18): without use, and at most.
const (
	SessionIdle     = 30 * time.Minute
	SessionAbsolute = 12 * time.Hour
)

// ProofLasts is for how long a proof of who one is allows dangerous acts (HOSTILE A22).
const ProofLasts = 5 * time.Minute

// SessionOver says whether a session has ended by the clock.
func SessionOver(created, seen, now time.Time) bool {
	return now.Sub(seen) > SessionIdle || now.Sub(created) > SessionAbsolute
}
