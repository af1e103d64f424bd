package extract

import (
	"strings"
	"unicode"
)

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func letter(r rune) bool { return unicode.IsLetter(r) }

// readText reads plain text: paragraphs are parted by blank lines and keep their line breaks.
func readText(data []byte, l Limits) (*Document, error) {
	text, ok := decodeText(data)
	if !ok {
		return nil, ErrDamaged
	}
	s := newSink(l)
	addParagraphs(s, text)
	return s.finish()
}

func addParagraphs(s *sink, text string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) == "" {
			s.add(Paragraph, 0, b.String())
			b.Reset()
			continue
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	s.add(Paragraph, 0, b.String())
}
