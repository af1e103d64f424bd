package words_test

import (
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/words"
)

func TestStyles(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 3, 4, 17, 5, 6, 0, time.UTC)
	for locale, want := range map[domain.Locale][4]string{
		domain.AsHere:   {"4 March 2025", "4 March 2025, 17:05:06 UTC", "12\u202f345", "2.5\u00a0MB"},
		domain.British:  {"4 March 2025", "4 March 2025, 17:05:06 UTC", "12,345", "2.5\u00a0MB"},
		domain.American: {"March 4, 2025", "March 4, 2025, 5:05:06 PM UTC", "12,345", "2.5\u00a0MB"},
		domain.German:   {"04.03.2025", "04.03.2025, 17:05:06 UTC", "12.345", "2,5\u00a0MB"},
		domain.French:   {"04/03/2025", "04/03/2025, 17:05:06 UTC", "12\u202f345", "2,5\u00a0MB"},
		domain.ISO:      {"2025-03-04", "2025-03-04, 17:05:06 UTC", "12\u202f345", "2.5\u00a0MB"},
		"tlh":           {"4 March 2025", "4 March 2025, 17:05:06 UTC", "12\u202f345", "2.5\u00a0MB"},
	} {
		s := words.In(words.With(t.Context(), words.StyleOf(locale)))
		if got := [4]string{s.Date(at, now), s.Exact(at, now), s.Number(12345), s.Size(5 << 19)}; got != want {
			t.Errorf("%q: %q, want %q", locale, got, want)
		}
		if words.LocaleName(locale) == "" {
			t.Errorf("%q has no name", locale)
		}
	}
	if got := words.In(t.Context()); got != words.StyleOf(domain.AsHere) || (words.Style{}).Number(-1234567) != "-1\u202f234\u202f567" {
		t.Errorf("without a choice: %+v", got)
	}
}

func TestDayName(t *testing.T) {
	t.Parallel()
	kolkata := time.Date(2026, 11, 23, 18, 40, 0, 0, time.UTC).In(domain.Zone("Asia/Kolkata")) // ten past midnight on the 24th there
	for _, c := range []struct {
		at   time.Time
		want string
	}{{kolkata, "Today"}, {kolkata.Add(-11 * time.Minute), "Yesterday"}, {kolkata.Add(-25 * time.Hour), "22 November"}} {
		if got := (words.Style{}).DayName(c.at, kolkata); got != c.want {
			t.Errorf("%v: %q, want %q", c.at, got, c.want)
		}
	}
}
