package llm

import (
	"regexp"
	"strconv"
	"strings"

	"aimyorg/domain"
)

// cited is [1], [1, 2] or [1][2]: what the instruction asks for, and what models make of it.
var cited = regexp.MustCompile(`\[\d{1,3}(?:, ?\d{1,3}){0,7}\]`)

// citedNumbers are the numbers cited in a text, in order of appearance, with repetitions.
func citedNumbers(text string) []int {
	var out []int
	for _, m := range cited.FindAllString(text, -1) {
		out = append(out, numbers(m)...)
	}
	return out
}

func numbers(citation string) []int {
	var out []int
	for s := range strings.SplitSeq(strings.Trim(citation, "[]"), ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n > 0 {
			out = append(out, n)
		}
	}
	return out
}

// uncited drops the numbers of an earlier answer: they named other passages.
func uncited(text string) string { return cited.ReplaceAllString(text, "") }

// clean drops what can't be seen but changes what is: controls, bidi overrides, tags, zero-width spaces (A79). Line
// breaks, tabs and the joiners that emoji need stay. It works on any piece of a text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r == '\r' || domain.Line("a"+string(r)+"a") == "aa" {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
