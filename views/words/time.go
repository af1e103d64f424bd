package words

import (
	"fmt"
	"time"
)

// Ago says how long before now t was, in the words people use. Beyond a week it is the date, in now's zone, which is
// the reader's. The zero time is "".
func Ago(t, now time.Time) string {
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
	return Date(t, now)
}

// Date is the day in now's zone, with the year only when it is not this one.
func Date(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	if t.Year() == now.Year() {
		return t.Format("2 January")
	}
	return t.Format("2 January 2006")
}

// Day is the day with its year, in t's own zone: for policies, whose dates must not depend on the day of reading.
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2 January 2006")
}

// Exact is the time to the second with its zone, in now's zone.
func Exact(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(now.Location()).Format("2 January 2006, 15:04:05 MST")
}

// Lasted is the time between two moments: "0.4 s", "12 s", "3 min". It is "" when the end is not known.
func Lasted(from, to time.Time) string {
	d := to.Sub(from)
	switch {
	case to.IsZero() || d < 0:
		return ""
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}

// Seconds says how long to wait, rounded up so that nobody comes back too early: "20 seconds", "2 minutes".
func Seconds(n int) string {
	switch {
	case n <= 1:
		return "a second"
	case n < 90:
		return fmt.Sprintf("%d seconds", n)
	case n < 90*60:
		return Count((n+59)/60, "minute", "minutes")
	}
	return Count((n+3599)/3600, "hour", "hours")
}
