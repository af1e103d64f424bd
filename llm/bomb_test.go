package llm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"aimyorg/llm"
)

func bombs(n int) map[string]string {
	r := strings.Repeat
	var stairs strings.Builder
	for i := 0; stairs.Len() < n; i++ {
		stairs.WriteString(r(" ", 2*i) + "- a\n")
	}
	return map[string]string{
		"quotes": r(">", n), "quotes spaced": r("> ", n/2), "stars": r("*", n), "star words": r("*a ", n/3),
		"star pairs": r("**a *b ", n/7), "brackets": r("[", n), "brackets closed": r("[", n/2) + r("]", n/2),
		"images": r("![", n/2), "links": r("[a](", n/4), "underscores": r("_a ", n/3), "tildes": r("~a ", n/3),
		"ticks": r("`", n), "tick runs": tickRuns(n), "angles": r("<", n), "autolinks": r("<http://a", n/9),
		"list line": r("- ", n/2), "ordered": r("1. ", n/3), "stairs": stairs.String(), "table": r("|", n) + "\n" + r("|-", n/2),
		"rows": "|a|b|\n|-|-|\n" + r("|*x*|[1]|\n", n/10), "headings": r("# *a* [\n", n/8), "escapes": r("\\", n),
		"entities": r("&#x0;", n/5), "fences": r("```\n", n/4), "lines": r("\n", n), "lazy": "> a\n" + r("b\n", n/2),
		"spaces": r(" ", n) + "a", "tabs": r("\t", n) + "a", "mixed": r("> - 1. ", n/7), "cites": r("[1]", n/3),
		"star lines": r("*a\n", n/3), "quote lines": r(r(">", 50)+"\n", n/51), "blank items": r("-\n", n/2),
		"paragraphs": r("a *b [c\n\n", n/9), "emph": r("*", n/2) + "a" + r("*", n/2), "x in parens": "[a](" + r("(", n),
		"link title": "[a](b \"" + r("\\\"", n/2),
	}
}

func tickRuns(n int) string {
	var b strings.Builder
	for i := 1; b.Len() < n; i++ {
		b.WriteString(strings.Repeat("`", i) + " ")
	}
	return b.String()
}

// TestA77_Bombs renders inputs that are nested or unclosed a hundred thousand times.
func TestA77_A115_Bombs(t *testing.T) {
	for name, text := range bombs(100_000) {
		for _, k := range []int{90, 400, 1900, 7900} {
			chunks := strings.Builder{}
			for i := 0; i < len(text); i += k {
				chunks.WriteString(strings.ReplaceAll(text[i:min(i+k, len(text))], "\n\n", "\n") + "\n\n")
			}
			begun := time.Now()
			llm.Render(chunks.String(), llm.Links{})
			if d := time.Since(begun); d > 40*time.Millisecond {
				fmt.Println(name, k, d)
			}
		}
		begun := time.Now()
		html := llm.Render(text, llm.Links{})
		llm.Closed(text)
		took := time.Since(begun)
		fmt.Printf("%-16s %8v -> %d\n", name, took.Round(time.Millisecond/10), len(html))
	}
}
