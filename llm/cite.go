package llm

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
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
	if ordinary(s) {
		return s
	}
	return strings.Map(shown, strings.ToValidUTF8(s, "\uFFFD"))
}

// ordinary says whether a text is of visible ASCII characters and line breaks only, as most pieces are.
func ordinary(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' || c > '~') && c != '\n' {
			return false
		}
	}
	return true
}

func shown(r rune) rune {
	switch {
	case r == '\n', r == '\t':
		return r
	case unicode.IsControl(r), r >= 0xE0000 && r <= 0xE0FFF, r >= 0xFFF9 && r <= 0xFFFB:
		return -1
	case r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r == 0x200B, r == 0xFEFF:
		return -1
	case r == 0x180E, r == 0x2028, r == 0x2029:
		return -1
	}
	return r
}
