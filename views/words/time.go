package words

import (
	"fmt"
	"time"
)

// Ago says how long before now t was, in the words people use. Beyond a week it is the date, in now's zone, which is
// the reader's. The zero time is "". Like Exact it is for where no page is at hand: Style has the reader's way.
func Ago(t, now time.Time) string { return Style{}.Ago(t, now) }

// Day is the day with its year, in t's own zone: for policies, whose dates must not depend on the day of reading.
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2 January 2006")
}

// Exact is the time to the second with its zone, in now's zone.
func Exact(t, now time.Time) string { return Style{}.Exact(t, now) }

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
