package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestSearchPages(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.get("/search").must(t, 200, "Nothing to search yet", "Add documents")
	for i := range 23 {
		s.o.Document(t, s.collection, fmt.Sprintf("Note %d", i), "Every axolotl sleeps in the pond.")
	}
	s.get("/search").must(t, 200, "Search what you may read")
	s.get("/search?q=axolotl").must(t, 200, `data-count="20"`, "<mark>axolotl</mark>", `value="axolotl"`, "from=20", "<html")
	s.get("/search?q=axolotl&from=20").must(t, 200, `data-count="3"`, "from=0", "!from=40")
	s.get("/search?q=axolotl&from=99999999999").must(t, 200)
	s.get("/search?q=nothinglikethis").must(t, 200, "Nothing found for “nothinglikethis”")
	s.get("/search?q=axolotl", "HX-Request", "true").must(t, 200, `id="results"`, "!<html", "!<h1")
	storetest.Do(t, s.db, s.o.Owner, func(x *store.Tenant) error {
		_, _, err := x.Ask("", "Where does the axolotl sleep?")
		return err
	})
	s.get("/search?q=AXOLOTL").must(t, 200, "Your conversations", "Where does the axolotl sleep?")
	s.as(t, s.o.People[domain.Staff]).get("/search?q=axolotl").must(t, 200, "!Your conversations", "<mark>axolotl</mark>")
	s.as(t, s.o.People[domain.Auditor]).get("/search?q=axolotl").must(t, 200, "!Your conversations", "<mark>axolotl</mark>")
	if a := s.nobody(t).get("/search?q=axolotl"); a.status != 303 {
		t.Error(a.status)
	}
}

// A query may hold anything and be of any length.
func TestA54_HostileQueries(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.o.Document(t, s.collection, "Note", "Every axolotl sleeps in the pond at 100 % of the time.")
	for _, query := range []string{strings.Repeat("word ", 2_000) + "axolotl", "%", "_", "%%%",
		"\x00", "\\u0000", "a\x00b", ".*", "(?:(a+)+)+$", "[", `"`, `""`, `"a" "b`,
		"axolotl:* & !x | <->", "\xff\xfe", "\u202eaxolotl", strings.Repeat("(", 3_000), "-axolotl", "'; drop table passages;--"} {
		begun := time.Now()
		a := s.get("/search?q=" + url.QueryEscape(query))
		if a.status != 200 && a.status != 431 {
			t.Errorf("%.40q: %d", query, a.status)
		}
		if d := time.Since(begun); d > 5*time.Second { // G says 1 s; the machine that tests is shared
			t.Errorf("%.40q took %v", query, d)
		}
	}
	s.get("/search?q=axolotl").must(t, 200, "<mark>axolotl</mark>")
}
