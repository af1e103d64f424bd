package llm_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"aimyorg/llm"
)

// What is not given to the parser comes out as the parser would have it: of many made-up lines, each of plain words with
// something in between that may mean something.
func TestProseIsWhatTheParserMakesOfIt(t *testing.T) {
	words := []string{"A", "hotel", "may", "cost", "180", "euros", "a", "night.", "Ünder", "6", "hours:", "x-y", "(see", "below)", "'so'", `"quoted"`,
		"§ 5", "50 %", "$1", "a@b.com", "https://a.example/b?c=d#e", "www.a.example", "1.", "- ", "+ ", "# ", "  ", " ", "=", "---", "😀", "{x}", "^2", "/", ","}
	meaning := []string{"*", "_a_", "`", "~~", "[1]", "!", "<b>", ">", "&amp;", `\`, "|", "\n", "\t", "    "}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable
	proses := 0
	for range 20_000 {
		var line strings.Builder
		for range 1 + r.IntN(8) {
			line.WriteString(words[r.IntN(len(words))])
			if r.IntN(4) > 0 {
				line.WriteByte(' ')
			}
			if r.IntN(20) == 0 {
				line.WriteString(meaning[r.IntN(len(meaning))])
			}
		}
		text := line.String()
		if !llm.Prose(text) {
			continue
		}
		proses++
		if got, want := llm.Render(text, links), llm.Parsed(text, links); got != want {
			t.Fatalf("%q becomes %q, want %q", text, got, want)
		}
	}
	if proses < 2000 {
		t.Errorf("only %d lines were prose", proses)
	}
}
