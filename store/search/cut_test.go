package search_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"aimyorg/store/search"
)

// checkCut holds what Cut promises of any text.
func checkCut(t *testing.T, text string) []search.Passage {
	t.Helper()
	passages := search.Cut(text)
	covered := 0
	for i, p := range passages {
		if p.Ordinal != i || p.Start < 0 || p.End <= p.Start || p.End > len(text) || p.Words < 1 || p.Words > 240 {
			t.Fatalf("passage %d of %d bytes: %+v", i, len(text), p)
		}
		if i > 0 && (p.Start <= passages[i-1].Start || p.End <= passages[i-1].End) {
			t.Fatalf("passage %d does not advance: %+v after %+v", i, p, passages[i-1])
		}
		if utf8.ValidString(text) && !utf8.ValidString(text[p.Start:p.End]) {
			t.Fatalf("passage %d splits a rune", i)
		}
		if p.Start > covered && strings.TrimFunc(text[covered:p.Start], unicode.IsSpace) != "" {
			t.Fatalf("%q is in no passage", text[covered:p.Start])
		}
		if p.Start < covered {
			if shared := len(search.Cut(text[p.Start:covered])); shared > 1 {
				t.Fatalf("overlap of %d bytes", covered-p.Start)
			}
		}
		covered = p.End
	}
	if strings.TrimFunc(text[covered:], unicode.IsSpace) != "" {
		t.Fatalf("%q at the end is in no passage", text[covered:])
	}
	return passages
}

func FuzzCut(f *testing.F) {
	f.Add("")
	f.Add("# Heading\n\nOne sentence. And another!\n\n## B\n\n" + strings.Repeat("word ", 500))
	f.Add(strings.Repeat("长文本没有空格。", 400))
	f.Add(strings.Repeat("\xff.", 900))
	f.Add(strings.Repeat("....)", 900))
	f.Fuzz(func(t *testing.T, text string) { checkCut(t, text) })
}

func TestCutRandomTexts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	pieces := []string{"word", " ", " ", "\n\n", "# H", ". ", "漢字", "。", "é", "x y z ", strings.Repeat("q", 70), "กข", "\u00a0", "3.14", "```"}
	for range 300 {
		var b strings.Builder
		for range r.IntN(3000) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		checkCut(t, b.String())
	}
}

func TestCutSizesAndOverlap(t *testing.T) {
	t.Parallel()
	words := strings.Repeat("word ", 1000)
	passages := checkCut(t, words)
	for i, p := range passages[:len(passages)-1] {
		if p.Words != search.PassageWords {
			t.Errorf("passage %d has %d words", i, p.Words)
		}
		if shared := strings.Count(words[passages[i+1].Start:p.End], "word"); shared != search.PassageOverlap {
			t.Errorf("passages %d and %d share %d words", i, i+1, shared)
		}
	}
	for _, small := range []string{"", " \n\n\t ", "\u00a0"} {
		if got := search.Cut(small); len(got) != 0 {
			t.Errorf("Cut(%q) = %v", small, got)
		}
	}
	if got := checkCut(t, "  one two. "); len(got) != 1 || got[0] != (search.Passage{Start: 2, End: 10, Words: 2}) {
		t.Errorf("got %+v", got)
	}
}

func TestCutPrefersBorders(t *testing.T) {
	t.Parallel()
	filler := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	cases := []struct{ name, text, first, second string }{
		{"heading", filler(100) + "\n\n" + filler(30) + ".\n\n## Next\n\n" + filler(300), "word.", "## Next"},
		{"block", filler(90) + ". " + filler(60) + "\n\nBlock " + filler(300), "word", "word"},
		{"sentence", filler(180) + ". New " + filler(300), "word.", "word"},
		{"sentence start in the overlap", filler(160) + ". Start " + filler(30) + ". " + filler(300), "word.", "Start"},
	}
	for _, c := range cases {
		p := checkCut(t, c.text)
		if len(p) < 2 {
			t.Fatalf("%s: %d passages", c.name, len(p))
		}
		if got := c.text[p[0].Start:p[0].End]; !strings.HasSuffix(got, c.first) || p[0].Words >= 200 {
			t.Errorf("%s: first of %d words ends %q", c.name, p[0].Words, got[len(got)-12:])
		}
		if got := c.text[p[1].Start:]; !strings.HasPrefix(got, c.second) {
			t.Errorf("%s: second begins %q", c.name, got[:12])
		}
	}
	orphan := filler(198) + "\n\n# Lonely\n\n" + filler(300)
	if p := checkCut(t, orphan); strings.HasSuffix(orphan[:p[0].End], "Lonely") {
		t.Error("a heading was parted from its text")
	}
}

func TestCutLongUnbrokenTexts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"letters": strings.Repeat("x", 100_000),
		"dots":    strings.Repeat(".", 100_000),
		"han":     strings.Repeat("漢", 100_000),
		"thai":    strings.Repeat("ภาษาไทย", 10_000),
	} {
		for _, p := range checkCut(t, text) {
			if n := utf8.RuneCountInString(text[p.Start:p.End]); n > 240*search.MaxWord {
				t.Errorf("%s: a passage of %d runes", name, n)
			}
		}
	}
	han := strings.Repeat("漢", 1000)
	if p := checkCut(t, han); utf8.RuneCountInString(han[p[0].Start:p[0].End]) != 400 {
		t.Errorf("a passage of Han has %d runes", utf8.RuneCountInString(han[p[0].Start:p[0].End]))
	}
}

// A quadratic cutter would take hours over ten megabytes.
func TestCutTenMegabytes(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"word and. ", "x", "漢", "\n\n", "# ", ". "} {
		start := time.Now()
		checkSize := search.Cut(strings.Repeat(piece, 10<<20/len(piece)))
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%q: %v for %d passages", piece, d, len(checkSize))
		}
	}
}

// A word of MaxWord runes is one, with what stands at its end; of a longer one the rest counts as another.
func TestCutCountsLongWords(t *testing.T) {
	t.Parallel()
	for letters, want := range map[int]int{1: 2, 62: 2, 63: 2, 64: 3, 65: 3, 127: 3, 128: 4} {
		for _, end := range []string{".", ",", "?"} {
			text := strings.Repeat("q", letters) + end + " x"
			if got := search.Cut(text)[0].Words; got != want {
				t.Errorf("%d letters and %q are %d words, want %d", letters, end, got-1, want-1)
			}
		}
	}
}
