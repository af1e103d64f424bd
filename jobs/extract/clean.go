package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// cleaner makes text safe to store, search, show and send: valid UTF-8 in NFC, without control characters, terminal
// escapes, bidi controls, Unicode tags and other characters that hide text from the reader (A79).
type cleaner struct{ hidden int }

// text cleans prose: runs of blanks become one space, empty lines go.
func (c *cleaner) text(s string) string {
	lines := strings.Split(c.runes(s), "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// code cleans text whose line breaks and indents count.
func (c *cleaner) code(s string) string {
	lines := strings.Split(c.runes(s), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// line cleans text that must stand on one line.
func (c *cleaner) line(s string) string {
	return strings.Join(strings.Fields(c.runes(s)), " ")
}

func (c *cleaner) runes(s string) string {
	if plain(s) {
		return s
	}
	// Composed before, too: what is kept must be kept again when the parent cleans what its child has cleaned.
	s = norm.NFC.String(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"))
	var b strings.Builder
	b.Grow(len(s))
	prev := rune(0)
	for i := 0; i < len(s); {
		if n := escapeLength(s[i:]); n > 0 {
			c.hidden++
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		r, fate := judge(r, prev)
		if fate == hide {
			c.hidden++
		}
		if fate == keep {
			b.WriteRune(r)
			prev = r
		}
	}
	return norm.NFC.String(b.String())
}

// plain tells whether s is printable ASCII and line feeds only, which needs no work.
func plain(s string) bool {
	for i := range len(s) {
		if (s[i] < ' ' && s[i] != '\n' && s[i] != '\t') || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

type fate int

const (
	keep fate = iota
	drop      // has no meaning in text
	hide      // dropped, and to be flagged: it can make text read otherwise than it looks
)

// judge decides on one character, after the one that was kept before it.
func judge(r, prev rune) (rune, fate) {
	switch {
	case r == '\n' || r == '\t':
		return r, keep
	case r == '\r' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
		return '\n', keep
	case r == 0xAD || r == 0xFEFF:
		return r, drop
	case r == 0xF0B7 || r == 0xF0A7: // bullets of the Symbol and Wingdings fonts
		return '•', keep
	case r == 0x200C || r == 0x200D: // joiners spell words in some scripts and join emoji; elsewhere they only hide
		if prev >= 0x370 && prev != r { // below are Latin letters and the marks that compose with them
			return r, keep
		}
		return r, hide
	case r >= 0xFE00 && r <= 0xFE0F: // one variation selector per character chooses a glyph; more carry smuggled bytes
		if prev > 0x7f && (prev < 0xFE00 || prev > 0xFE0F) || prev == '#' || prev == '*' || prev >= '0' && prev <= '9' {
			return r, keep
		}
		return r, hide
	case invisible(r):
		return r, hide
	case unicode.Is(unicode.Zs, r):
		return ' ', keep
	}
	return r, keep
}

func invisible(r rune) bool {
	switch {
	case r < 0x20 || r >= 0x7f && r < 0xa0: // controls, NUL among them
	case r == 0x61C || r == 0x200B || r == 0x200E || r == 0x200F: // marks of direction, zero-width space
	case r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x206F: // bidi embeddings, overrides, isolates; word joiner
	case r == 0x34F || r == 0x115F || r == 0x1160 || r == 0x17B4 || r == 0x17B5 || r == 0x3164 || r == 0xFFA0:
	case r >= 0x180B && r <= 0x180F:
	case r >= 0xFFF0 && r <= 0xFFFB || r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE: // annotations, non-characters
	case r >= 0x1D173 && r <= 0x1D17A:
	case r >= 0xE0000 && r <= 0xE0FFF: // tags and the supplementary variation selectors
	default:
		return false
	}
	return true
}

// escapeLength is the length of a terminal's escape sequence at the start of s, or 0.
func escapeLength(s string) int {
	if len(s) < 2 || s[0] != 0x1b {
		return 0
	}
	switch s[1] {
	case '[':
		return csiLength(s)
	case ']', 'P', '^', '_':
		return stringLength(s)
	}
	return 1
}

func csiLength(s string) int {
	for i := 2; i < len(s) && i < 64; i++ {
		if s[i] >= 0x40 && s[i] <= 0x7e {
			return i + 1
		}
		if s[i] < 0x20 || s[i] > 0x7e {
			break
		}
	}
	return 2
}

func stringLength(s string) int {
	for i := 2; i < len(s) && i < 4096; i++ {
		if s[i] == 0x07 {
			return i + 1
		}
		if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
			return i + 2
		}
	}
	return 2
}

// cutRunes keeps the first n characters of s.
func cutRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
		n--
	}
	return s
}
