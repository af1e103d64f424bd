package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pageLayout turns the lines of a page into blocks. A PDF knows lines only, so paragraphs are told by their last lines:
// short ones that end a sentence, blank ones, and those before a bullet or a heading.
type pageLayout struct {
	*sink
	headings map[string]int
	words    strings.Builder
	kind     Kind
	wide     int // characters of the page's longest lines
}

func (p *pageLayout) read(page string) {
	lines := pageLines(page)
	for _, line := range lines {
		p.wide = max(p.wide, min(utf8.RuneCountInString(line), 200))
	}
	for _, line := range lines {
		p.line(strings.TrimSpace(line))
	}
	p.flush()
}

// pageLines parts a page into lines and rejoins words hyphenated at a line's end, which PDFium marks.
func pageLines(page string) []string {
	page = strings.ReplaceAll(strings.ReplaceAll(page, "\r\n", "\n"), "\r", "\n")
	for _, hyphen := range []string{"\x02", "\uFFFE"} {
		page = strings.ReplaceAll(strings.ReplaceAll(page, hyphen+"\n", ""), hyphen, "")
	}
	return strings.Split(page, "\n")
}

func (p *pageLayout) line(line string) {
	level, heading := p.headings[strings.Join(strings.Fields(line), " ")]
	switch {
	case line == "":
		p.flush()
	case heading:
		p.flush()
		p.add(Heading, level, line)
	case bulleted(line):
		p.flush()
		p.kind = Item
		p.append(strings.TrimLeft(line, bullets+" "))
	default:
		p.append(line)
	}
}

func (p *pageLayout) append(line string) {
	if p.words.Len() > 0 {
		p.words.WriteByte('\n')
	}
	p.words.WriteString(line)
	last, _ := utf8.DecodeLastRuneInString(line)
	if strings.ContainsRune(".!?:…", last) && utf8.RuneCountInString(line)*4 < p.wide*3 {
		p.flush()
	}
}

func (p *pageLayout) flush() {
	kind := p.kind
	if kind == "" {
		kind = Paragraph
	}
	p.add(kind, 0, p.words.String())
	p.words.Reset()
	p.kind = ""
}

const bullets = "•‣▪●◦–\uF0B7\uF0A7"

func bulleted(line string) bool {
	first, n := utf8.DecodeRuneInString(line)
	if !strings.ContainsRune(bullets, first) || n == len(line) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(line[n:])
	return unicode.IsSpace(next)
}
