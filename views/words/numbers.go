package words

import (
	"fmt"
	"strconv"
	"strings"

	"aimyorg/domain"
)

const thin = "\u202f" // narrow no-break space, between groups of three digits

// Number groups digits from five digits up, with thin spaces: 1234, 12 345.
func Number(n int64) string { return Style{}.Number(n) }

// Number groups digits as the reader is used to.
func (s Style) Number(n int64) string {
	s = s.set()
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if len(digits) < s.from {
		return sign + digits
	}
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(s.group)
		}
		b.WriteRune(c)
	}
	return sign + b.String()
}

// decimal is a number with one digit after the point.
func (s Style) decimal(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'f', 1, 64), ".", s.set().point, 1)
}

// Count is a number with its noun: "1 document", "3 documents", "no documents".
func Count(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + many
	case 1:
		return "1 " + one
	}
	return Number(int64(n)) + "\u00a0" + many
}

// Size is a number of bytes, as the reader writes numbers, in the unit that leaves at most four digits; a kilobyte is 1024
// bytes.
func (s Style) Size(n int64) string {
	const kb, mb, gb = 1 << 10, 1 << 20, 1 << 30
	switch {
	case n < kb:
		return fmt.Sprintf("%d\u00a0B", n)
	case n < mb:
		return fmt.Sprintf("%d\u00a0KB", (n+kb/2)/kb)
	case n < gb:
		return s.decimal(float64(n)/mb) + "\u00a0MB"
	}
	return s.decimal(float64(n)/gb) + "\u00a0GB"
}

// List joins words as a sentence does: "a", "a and b", "a, b and c".
func List(items ...string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " and " + items[last]
}

// Capital raises the first letter, for a phrase that begins a sentence.
func Capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// Shorten cuts a text to at most n characters, with an ellipsis in place of the rest.
func Shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimSpace(string(r[:n])) + "…"
}

// Screen says what is known of a session's screen (P10), "" when nothing is.
func Screen(s domain.Screen) string {
	if s == (domain.Screen{}) {
		return ""
	}
	return "screen " + strconv.Itoa(s.Width) + " × " + strconv.Itoa(s.Height)
}
