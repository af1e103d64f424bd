package domain

import (
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones must be the same on every machine
)

// The locales. The pages are in English; a locale says how dates, times and numbers are written in them.
const (
	AsHere   Locale = ""
	British  Locale = "en-GB"
	American Locale = "en-US"
	German   Locale = "de"
	French   Locale = "fr"
	ISO      Locale = "iso"
)

// Locales lists them in the order in which they are offered.
var Locales = []Locale{AsHere, British, American, German, French, ISO}

// Known says whether it is one of the locales.
func (l Locale) Known() bool { return slices.Contains(Locales, l) }

// Zones lists the time zones that can be chosen, by region, in order: "Europe/Lisbon".
func Zones() []string {
	out := []string{"UTC"}
	for line := range strings.Lines(zoneNames) {
		region, places, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, place := range strings.Fields(places) {
			out = append(out, region+"/"+place)
		}
	}
	return out
}

// ZoneName is the name of a time zone as it is listed, also for one of the older names that browsers give; false for what
// is none. "" is allowed: the zone is not chosen.
func ZoneName(name string) (string, bool) {
	if name == "" || name == "UTC" {
		return name, true
	}
	for _, pair := range strings.Fields(zoneAliases) {
		if old, now, _ := strings.Cut(pair, "="); old == name {
			name = now
		}
	}
	return name, slices.Contains(Zones(), name)
}

// Zone is where a person's clock is: the zone of that name, UTC when it is none.
func Zone(name string) *time.Location {
	if name == "" || name == "Local" {
		return time.UTC
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return l
}

// digestHour is when digests are sent, by the reader's clock.
const digestHour = 8

// DigestDue is the latest time at which the digest was due for a reader in a zone: what was noticed before it belongs into
// a letter, what came later waits for the next morning.
func DigestDue(now time.Time, zone *time.Location) time.Time {
	now = now.In(zone)
	due := time.Date(now.Year(), now.Month(), now.Day(), digestHour, 0, 0, 0, zone)
	if due.After(now) {
		due = time.Date(now.Year(), now.Month(), now.Day()-1, digestHour, 0, 0, 0, zone)
	}
	return due
}

// ProfileForm is what a person may correct about themselves (P78).
type ProfileForm struct {
	Name, Title string
	Locale      Locale
	TimeZone    string
}

// Clean brings what was typed into the shape that is kept.
func (f ProfileForm) Clean() ProfileForm {
	f.Name, f.Title = Line(f.Name), Line(f.Title)
	if name, ok := ZoneName(f.TimeZone); ok {
		f.TimeZone = name
	}
	return f
}

// Problems says what can't be kept.
func (f ProfileForm) Problems() Problems {
	var p Problems
	p.Add(f.Name == "", "name", "required", "Enter your name.")
	p.Add(len([]rune(f.Name)) > MaxName, "name", "too_long", "Use at most 120 characters.")
	p.Add(len([]rune(f.Title)) > MaxName, "title", "too_long", "Use at most 120 characters.")
	p.Add(!f.Locale.Known(), "locale", "unknown", "Choose one of the listed ways to write dates.")
	_, ok := ZoneName(f.TimeZone)
	p.Add(!ok, "time_zone", "unknown", "Choose one of the listed time zones.")
	return p
}
