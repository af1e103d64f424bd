package search_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"aimyorg/store/search"
)

func TestParseQuery(t *testing.T) {
	t.Parallel()
	cases := []struct{ ask, terms, phrases string }{
		{"What is the notice period?", "notic period", ""},
		{"please tell me who approves travel expenses", "approv travel expens", ""},
		{"who", "who", ""},
		{"the of and", "", ""},
		{"", "", ""},
		{`"notice period" of "ISO 27001`, "notic period iso 27001", "notice period"},
		{"“Curly Quotes” \"\" \" \"", "cur quot", "Curly Quotes"},
		{"vacation vacations VACATION", "vacat", ""},
		{"50% off_* (a|b)[^x]+$ \x00 'or 1=1--", "50 off b x 1", ""},
	}
	for _, c := range cases {
		q := search.ParseQuery(c.ask, 0)
		if got := joined(q.Terms); got != c.terms || strings.Join(q.Phrases, "|") != c.phrases {
			t.Errorf("%q: terms %q, phrases %q", c.ask, got, q.Phrases)
		}
	}
}

func joined(terms []search.Term) string {
	var words []string
	for _, t := range terms {
		words = append(words, string(t))
	}
	return strings.Join(words, " ")
}

func TestA54_HostileQueries(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 10_000 {
		many.WriteString("word" + strconv.Itoa(i) + " ")
	}
	hostile := []string{
		many.String(), "%", "%%%", "\x00", "a\x00b", "\xff\xfe", `(((`, `.*+?^${}()|[]\`, `'; drop table x; --`, strings.Repeat(`"`, 10_000),
		strings.Repeat("漢", 100_000), strings.Repeat("a-", 100_000), strings.Repeat("\u0301", 100_000), "\u202e\u0000\U0010ffff",
	}
	for _, s := range hostile {
		start := time.Now()
		checkQuery(t, s, "some words, 漢字 and a-b")
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%.20q took %v", s, d)
		}
	}
	if q := search.ParseQuery(many.String(), 0); len(q.Terms) != search.MaxTerms {
		t.Errorf("%d terms of ten thousand words", len(q.Terms))
	}
	if q := search.ParseQuery(strings.Repeat(" ", search.MaxQuery)+"late", 0); len(q.Terms) != 0 {
		t.Errorf("%q lies beyond what is read", q.Terms)
	}
	if q := search.ParseQuery("a\x00b%c", 0); joined(q.Terms) != "b c" {
		t.Errorf("literal separators give %q", q.Terms)
	}
}

// checkQuery holds what is promised of any query and text.
func checkQuery(t *testing.T, s, text string) {
	t.Helper()
	q := search.ParseQuery(s, search.German.Only())
	if len(q.Terms) > search.MaxTerms || len(q.Phrases) > 8 {
		t.Fatalf("%d terms, %d phrases", len(q.Terms), len(q.Phrases))
	}
	for i, term := range q.Terms {
		if term == "" || !utf8.ValidString(string(term)) || slices.Contains(q.Terms[:i], term) {
			t.Fatalf("terms %q", q.Terms)
		}
	}
	if own := strings.Join(q.Phrases, " "); !q.MatchesPhrases(own) {
		t.Fatalf("%q are not found in %q", q.Phrases, own)
	}
	q.MatchesPhrases(text)
	last := 0
	for _, r := range q.Highlight(text) {
		if r.Start < last || r.End <= r.Start || r.End > len(text) || utf8.ValidString(text) && !utf8.ValidString(text[r.Start:r.End]) {
			t.Fatalf("range %v after %d in %q", r, last, text)
		}
		last = r.End
	}
	for _, size := range []int{-1, 0, 7, 40, 1 << 20} {
		start, end := q.Snippet(text, size)
		if start < 0 || end < start || end > len(text) || utf8.ValidString(text) && !utf8.ValidString(text[start:end]) {
			t.Fatalf("snippet %d:%d of %d bytes %q", start, end, len(text), text)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	f.Add("What is the “notice period” of ISO-27001?", "The notice period of ISO 27001 is long")
	f.Add("漢字 \x00 %", "漢字漢字 and a-b.c@d")
	f.Add("\xff\"", "\xff\xfe\x80 x")
	f.Fuzz(checkQuery)
}

func TestMatchesPhrases(t *testing.T) {
	t.Parallel()
	cases := []struct {
		ask, text string
		want      bool
	}{
		{`"notice period"`, "The NOTICE, period!", true},
		{`"notice period"`, "The period of notice", false},
		{`"notice period"`, "notice of period", false},
		{`"resume padding" more`, "résumé pádding", true},
		{`"the cat" "on the mat"`, "The cat sat on the mat", true},
		{`"the cat" "off the mat"`, "The cat sat on the mat", false},
		{`"東京都"`, "新東京都庁", true},
		{`"東京都"`, "東京の都", false},
		{"notice period", "", true},
		{`"end"`, "the end", true},
	}
	for _, c := range cases {
		if got := search.ParseQuery(c.ask, 0).MatchesPhrases(c.text); got != c.want {
			t.Errorf("%s in %q: %v", c.ask, c.text, got)
		}
	}
}

func TestHighlight(t *testing.T) {
	t.Parallel()
	cases := []struct {
		ask, text, want string
		language        search.Language
	}{
		{"vacation days", "Vacations of ten days a year", "Vacations|days", search.English},
		{"gpt-4.1", "We use GPT-4.1, GPT-5 and 4.1", "GPT-4.1|GPT", search.English},
		{"東京都", "新東京都庁", "東京都", search.English},
		{"Vertrag", "Die Verträge sind da", "Verträge", search.German},
		{"resume", "Her résumé", "résumé", search.English},
		{"nothing", "Else here", "", search.English},
	}
	for _, c := range cases {
		var got []string
		for _, r := range search.ParseQuery(c.ask, c.language.Only()).Highlight(c.text) {
			got = append(got, c.text[r.Start:r.End])
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q in %q: %q", c.ask, c.text, got)
		}
	}
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("Lorem ipsum dolor. ", 50)
	text := filler + "A vacation. " + filler + "Vacation days carry over in March. " + filler
	q := search.ParseQuery("carry over vacation days", 0)
	start, end := q.Snippet(text, 120)
	got := text[start:end]
	if !strings.Contains(got, "Vacation days carry over") || len(got) > 120 || len(got) < 60 {
		t.Errorf("snippet %q", got)
	}
	if text[start-1] != ' ' || text[end] != ' ' && text[end-1] != '.' {
		t.Errorf("%q does not begin and end between words", text[start-1:end+1])
	}
	start, end = search.ParseQuery("absent", 0).Snippet(text, 120)
	if start != 0 || end < 80 || end > 120 {
		t.Errorf("nothing matches: %d:%d", start, end)
	}
	if start, end = q.Snippet("short", 120); start != 0 || end != 5 {
		t.Errorf("a short text: %d:%d", start, end)
	}
}

// In a pasted text quotes are no demand.
func TestQuotesOfALongTextAreNotPhrases(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 40 {
		text.WriteString("word" + strconv.Itoa(i) + " ")
	}
	if q := search.ParseQuery(`the "notice period" of `+text.String(), 0); len(q.Phrases) != 0 || !q.MatchesPhrases("nothing of it") {
		t.Errorf("phrases %q", q.Phrases)
	}
	if q := search.ParseQuery(`the "notice period" of Ada`, 0); len(q.Phrases) != 1 || q.MatchesPhrases("nothing of it") {
		t.Errorf("phrases %q", q.Phrases)
	}
}
