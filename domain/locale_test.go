package domain_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
)

// Every zone that can be chosen is one, and the older names of browsers lead to one.
func TestZones(t *testing.T) {
	t.Parallel()
	all := domain.Zones()
	if len(all) < 400 {
		t.Errorf("only %d zones", len(all))
	}
	for _, name := range all {
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, ok := domain.ZoneName(name); got != name || !ok {
			t.Errorf("%s is %s, %v", name, got, ok)
		}
	}
	for old, now := range map[string]string{"Asia/Calcutta": "Asia/Kolkata", "Europe/Kiev": "Europe/Kyiv", "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
		"Asia/Katmandu": "Asia/Kathmandu", "Asia/Saigon": "Asia/Ho_Chi_Minh", "": "", "UTC": "UTC"} {
		if got, ok := domain.ZoneName(old); got != now || !ok {
			t.Errorf("%s is %s, %v", old, got, ok)
		}
	}
	for _, bad := range []string{"Local", "utc", "Mars/Phobos", "../etc/passwd", "/etc/localtime", "Europe/Berlin ", strings.Repeat("a/", 5000), "Europe/\x00"} {
		if got, ok := domain.ZoneName(bad); ok {
			t.Errorf("%q is %s", bad, got)
		}
		if got := domain.Zone(bad); bad != "utc" && bad != "Europe/Berlin " && got != time.UTC {
			t.Errorf("the clock of %q is %v", bad, got)
		}
	}
}

// The digest is due at eight by the reader's clock, also on days of 23 and 25 hours.
func TestDigestDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, now, want string }{
		{"UTC", "2026-11-26T08:00:00Z", "2026-11-26T08:00:00Z"},
		{"UTC", "2026-11-26T07:59:59Z", "2026-11-25T08:00:00Z"},
		{"Asia/Kolkata", "2026-11-26T02:30:00Z", "2026-11-26T02:30:00Z"},
		{"Asia/Kolkata", "2026-11-26T02:29:59Z", "2026-11-25T02:30:00Z"},
		{"America/New_York", "2026-03-08T11:59:59Z", "2026-03-07T13:00:00Z"}, // the clock went forward that night
		{"America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T12:00:00Z"},
		{"America/New_York", "2026-11-01T12:59:59Z", "2026-10-31T12:00:00Z"}, // back
		{"America/New_York", "2026-11-01T13:00:00Z", "2026-11-01T13:00:00Z"},
		{"Pacific/Kiritimati", "2026-12-31T18:00:00Z", "2026-12-31T18:00:00Z"}, // already New Year's morning
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := domain.DigestDue(now, domain.Zone(c.zone)).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.zone, c.now, got, c.want)
		}
	}
}

func TestProfileForm(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", domain.MaxName+1)
	for _, c := range []struct {
		form domain.ProfileForm
		want string
	}{
		{domain.ProfileForm{Name: "Ana"}, ""}, {domain.ProfileForm{Name: " "}, "name"}, {domain.ProfileForm{Name: long}, "name"},
		{domain.ProfileForm{Name: "Ana", Title: long}, "title"}, {domain.ProfileForm{Name: "Ana", Locale: "tlh"}, "locale"},
		{domain.ProfileForm{Name: "Ana", TimeZone: "Mars/Phobos"}, "time_zone"},
		{domain.ProfileForm{Name: "Ana", Locale: domain.ISO, TimeZone: "Asia/Calcutta"}, ""},
	} {
		var fields []string
		for _, p := range c.form.Clean().Problems() {
			fields = append(fields, p.Field)
		}
		if got := strings.Join(fields, " "); got != c.want {
			t.Errorf("%.60v: problems with %q, want %q", c.form, got, c.want)
		}
	}
	if got := (domain.ProfileForm{Name: " Ana ", TimeZone: "Asia/Calcutta"}).Clean(); got.Name != "Ana" || got.TimeZone != "Asia/Kolkata" {
		t.Errorf("%+v", got)
	}
}

func TestP7_UsageEventsAreAClosedList(t *testing.T) {
	t.Parallel()
	for _, e := range domain.UsageEvents {
		if !e.Known() {
			t.Errorf("%s is not known", e)
		}
	}
	if domain.UsageEvent("read_minds").Known() || domain.UsageEvent("").Known() {
		t.Error("an event that is not on the list is known")
	}
	if got := domain.UsageEnds(time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC)); !got.Equal(time.Date(2025, 10, 26, 0, 0, 0, 0, time.UTC)) {
		t.Error(got)
	}
}
