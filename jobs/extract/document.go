package extract

import (
	"sort"
	"strings"
)

// Kind is what a block is.
type Kind string

// The kinds of blocks.
const (
	Paragraph Kind = "paragraph"
	Heading   Kind = "heading" // Level 1 to 6
	Row       Kind = "row"     // a table's row: "a | b | c" or "Header: value; …"
	CodeBlock Kind = "code"    // line breaks and indents count
	Item      Kind = "item"    // of a list; Level 0 is the outermost
)

func (k Kind) known() bool {
	switch k {
	case Paragraph, Heading, Row, CodeBlock, Item:
		return true
	}
	return false
}

// Block is a piece of text with its place in the file. Text is never empty, is valid UTF-8 and at most MaxBlock bytes.
type Block struct {
	Kind  Kind   `json:"k"`
	Level int    `json:"l,omitempty"`
	Place string `json:"p,omitempty"` // "Page 3", "Slide 2", "Sheet Budget", "Row 7", "Section Hotels"; empty: none
	Text  string `json:"t"`
}

// Document is the text of a file.
type Document struct {
	Title    string  // what the file calls itself; empty when it doesn't
	Blocks   []Block // in reading order
	Pages    int     // pages, slides or sheets; 0 where the format has none
	Language string  // a language tag such as "en" or "de-CH", as the file declares it; empty when it doesn't
	Hidden   int     // invisible or control characters that were taken out, to be flagged when not 0 (A79)
}

// Span is a range of bytes, End excluded.
type Span struct{ Start, End int }

const blockGap = "\n\n"

// Text is the whole document as one text, blocks parted by a blank line, and for each block its range in that text:
// spans[i] is where d.Blocks[i].Text stands.
func (d *Document) Text() (string, []Span) {
	var b strings.Builder
	spans := make([]Span, len(d.Blocks))
	for i, block := range d.Blocks {
		if i > 0 {
			b.WriteString(blockGap)
		}
		start := b.Len()
		b.WriteString(block.Text)
		spans[i] = Span{start, b.Len()}
	}
	return b.String(), spans
}

// BlocksIn tells which blocks a passage of the text touches: those with first <= i < last.
func BlocksIn(spans []Span, passage Span) (first, last int) {
	first = sort.Search(len(spans), func(i int) bool { return spans[i].End > passage.Start })
	last = sort.Search(len(spans), func(i int) bool { return spans[i].Start >= passage.End })
	return first, max(first, last)
}
