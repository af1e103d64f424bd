package llm

import (
	"bytes"
	"strings"
)

// Most of what a model writes is paragraphs of plain words, and a growing one is rendered thirty times a second: those
// that the parser would only hand through are not given to it.

// prose says whether a text is one line that means nothing but itself: it begins with a letter, so no block but a
// paragraph can, and no character in it could open or close anything. It may say no to what is.
func prose(source []byte) bool {
	if len(source) == 0 || !letter(source[0]) {
		return false
	}
	for _, c := range source {
		if meaning[c] {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// meaning has the bytes that the parser or the writer looks at: of lines, entities, escapes, and what the inline parsers
// of newParser wait for.
var meaning = func() (all [256]bool) {
	for c := range all {
		all[c] = c < ' ' || c == 0x7F || strings.IndexByte("\\`*_~[]!<>&|", byte(c)) >= 0
	}
	return all
}()

// closedProse is how many bytes at the start of a text are lines of prose with an empty line after each: finished
// paragraphs, whatever follows.
func closedProse(text string) int {
	n := 0
	for {
		line, rest, found := strings.Cut(text[n:], "\n")
		if !found || !strings.HasPrefix(rest, "\n") || !prose([]byte(line)) {
			return n
		}
		n += len(line) + 2
	}
}

// paragraph is prose as Render writes it.
func paragraph(source []byte) HTML {
	w := &writer{}
	w.out.Grow(len(source) + 32)
	w.out.WriteString("<p>")
	w.escape(bytes.TrimRight(source, " "))
	w.out.WriteString("</p>\n")
	return HTML(w.out.String())
}
