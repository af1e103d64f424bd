package words

import (
	"context"
	"fmt"
	"time"

	"aimyorg/domain"
)

// Style is how dates, times and numbers are written for a reader. The zero Style is the pages' own: 2 January 2026,
// 12 345, 1.5 MB.
type Style struct {
	day, dated string // a day of this year, of any year
	clock      string
	group      string
	from       int // digits from which a number is grouped
	point      string
}

// StyleOf is the style of a locale.
func StyleOf(l domain.Locale) Style {
	switch l {
	case domain.British:
		return Style{"2 January", "2 January 2006", "15:04:05 MST", ",", 4, "."}
	case domain.American:
		return Style{"January 2", "January 2, 2006", "3:04:05 PM MST", ",", 4, "."}
	case domain.German:
		return Style{"02.01.2006", "02.01.2006", "15:04:05 MST", ".", 5, ","}
	case domain.French:
		return Style{"02/01/2006", "02/01/2006", "15:04:05 MST", thin, 5, ","}
	case domain.ISO:
		return Style{"2006-01-02", "2006-01-02", "15:04:05 MST", thin, 5, "."}
	}
	return plain()
}

func plain() Style { return Style{"2 January", "2 January 2006", "15:04:05 MST", thin, 5, "."} }

// set is the style itself, or the pages' own for the zero Style.
func (s Style) set() Style {
	if s == (Style{}) {
		return plain()
	}
	return s
}

type styleKey struct{}

// With says how dates and numbers are written on the pages that are rendered with the context.
func With(ctx context.Context, s Style) context.Context { return context.WithValue(ctx, styleKey{}, s) }

// In is the style of the page that is being rendered.
func In(ctx context.Context) Style {
	s, _ := ctx.Value(styleKey{}).(Style)
	return s.set()
}

// Date is the day in now's zone, with the year only when it is not this one, or where days are always written with it.
func (s Style) Date(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	s, t = s.set(), t.In(now.Location())
	if t.Year() == now.Year() {
		return t.Format(s.day)
	}
	return t.Format(s.dated)
}

// Exact is the time to the second with its zone, in now's zone.
func (s Style) Exact(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	s, t = s.set(), t.In(now.Location())
	return t.Format(s.dated) + ", " + t.Format(s.clock)
}

// DayName is the day in now's zone in the words people use: "Today", "Yesterday", else the date.
func (s Style) DayName(t, now time.Time) string {
	day := func(t time.Time) time.Time {
		y, m, d := t.In(now.Location()).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) // where days are 24 hours long
	}
	switch int(day(now).Sub(day(t)).Hours() / 24) {
	case 0:
		return "Today"
	case 1:
		return "Yesterday"
	}
	return s.Date(t, now)
}

// Ago says how long before now t was; beyond a week it is the date.
func (s Style) Ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	case d < 48*time.Hour:
		return "yesterday"
	case d < 7*24*time.Hour:
		return fmt.Sprintf("%d days ago", int(d.Hours())/24)
	}
	return s.Date(t, now)
}

// LocaleName is what a locale is called where it is chosen, by an example.
func LocaleName(l domain.Locale) string {
	at := time.Date(2026, 11, 26, 15, 30, 0, 0, time.UTC)
	s := StyleOf(l)
	example := at.Format(s.dated) + ", " + s.Number(12345) + s.point + "6"
	switch l {
	case domain.British:
		return "English (UK): " + example
	case domain.American:
		return "English (US): " + example
	case domain.German:
		return "German: " + example
	case domain.French:
		return "French: " + example
	case domain.ISO:
		return "ISO: " + example
	}
	return "Plain: " + example
}
