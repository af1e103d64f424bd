package handlers_test

import (
	"compress/gzip"
	"io"
	"slices"
	"strings"
	"testing"

	"aimyorg/store/storetest"
)

func TestPagesAreCompressedForOurOwnPagesOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	plain := b.get("/account")
	read := func(a answer) string {
		r, err := gzip.NewReader(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	for name, c := range map[string]struct {
		site, accept string
		packed       bool
	}{
		"typed":            {"none", "gzip, deflate, br", true},
		"our page":         {"same-origin", "br;q=1, gzip;q=0.8", true},
		"another site":     {"cross-site", "gzip", false},
		"a sibling":        {"same-site", "gzip", false},
		"no word of it":    {"", "gzip", false},
		"not wanted":       {"none", "br", false},
		"ruled out":        {"none", "gzip;q=0, br", false},
		"another's prefix": {"none", "gzipped", false},
	} {
		a := b.send("GET", "/account", nil, "Sec-Fetch-Site", c.site, "Accept-Encoding", c.accept)
		packed := a.header.Get("Content-Encoding") == "gzip"
		body := a.body
		if packed {
			body = read(a)
			if len(a.body) > len(body)/2 {
				t.Errorf("%s: %d of %d bytes", name, len(a.body), len(body))
			}
		}
		if packed != c.packed || a.status != 200 || !strings.Contains(body, "Olga Owner") || len(body) < len(plain.body)-200 {
			t.Errorf("%s: %d, packed %v, %d bytes", name, a.status, packed, len(body))
		}
		if vary := strings.Join(a.header.Values("Vary"), ","); !slices.Contains(strings.Split(strings.ReplaceAll(vary, " ", ""), ","), "Sec-Fetch-Site") {
			t.Errorf("%s: Vary %q", name, vary)
		}
	}
	if a := b.send("GET", "/nowhere", nil, "Sec-Fetch-Site", "none", "Accept-Encoding", "gzip"); a.status != 404 || !strings.Contains(read(a), "not_found") {
		t.Errorf("an error: %d", a.status)
	}
}
