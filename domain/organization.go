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
	CreatedAt time.Time
}

// Member is a person with an account in one organization.
type Member struct {
	ID            ID
	Name, Email   string
	Department    string
	Role          Role
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

// Session is one browser's sign-in, as the person sees it.
type Session struct {
	ID              ID
	Device, Address string
	CreatedAt       time.Time
	SeenAt          time.Time
}

// How long a session lasts (HOSTILE A18): without use, and at most.
const (
	SessionIdle     = 30 * time.Minute
	SessionAbsolute = 12 * time.Hour
)

// SessionOver says whether a session has ended by the clock.
func SessionOver(created, seen, now time.Time) bool {
	return now.Sub(seen) > SessionIdle || now.Sub(created) > SessionAbsolute
}
