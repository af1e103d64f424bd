package domain

import (
	"slices"
	"time"
)

// UsageEvent is a part of the product that was used. The list is closed (P7): what is not on it can't be counted, here or
// in the database.
type UsageEvent string

// The events.
const (
	UsedHome       UsageEvent = "home"
	AskedCopilot   UsageEvent = "copilot_asked"
	Searched       UsageEvent = "search"
	OpenedDocument UsageEvent = "document_opened"
	AddedDocument  UsageEvent = "document_added"
	UsedPeople     UsageEvent = "people"
	UsedAdmin      UsageEvent = "admin"
)

// UsageEvents lists them.
var UsageEvents = []UsageEvent{UsedHome, AskedCopilot, Searched, OpenedDocument, AddedDocument, UsedPeople, UsedAdmin}

// Known says whether it is on the list.
func (e UsageEvent) Known() bool { return slices.Contains(UsageEvents, e) }

// UsageMonths is how long usage is kept by person and day.
const UsageMonths = 13

// UsageEnds is the first day that is still kept.
func UsageEnds(now time.Time) time.Time { return UsageDay(now).AddDate(0, -UsageMonths, 0) }

// UsageDay is the day of a moment, in UTC: usage knows no time of day and no zone.
func UsageDay(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

// Used is how often somebody used a part of the product on a day.
type Used struct {
	Event UsageEvent
	Day   time.Time
	Times int
}

// Screen is what a browser said of its screen (P10): CSS pixels, and how many of the device's make one of them.
type Screen struct{ Width, Height, Ratio int }

// Sane says whether a screen can be like that.
func (s Screen) Sane() bool {
	return s.Width >= 100 && s.Width <= 20_000 && s.Height >= 100 && s.Height <= 20_000 && s.Ratio >= 1 && s.Ratio <= 10
}
