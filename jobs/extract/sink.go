package extract

import (
	"strings"
	"unicode/utf8"
)

// sink collects a document's blocks under the limits. Its first error sticks: readers look at err and stop.
type sink struct {
	doc     Document
	clean   cleaner
	left    int64  // bytes of text that still fit
	place   string // of the blocks to come
	section bool   // headings name the place of what follows them
	err     error
}

func newSink(l Limits) *sink { return &sink{left: l.MaxText} }

// at sets the place of the blocks to come.
func (s *sink) at(place string) {
	s.place = cutRunes(s.clean.line(place), maxPlace)
}

// add cleans and appends one block; empty text adds nothing.
func (s *sink) add(kind Kind, level int, text string) {
	if s.err != nil {
		return
	}
	text = s.cleaned(kind, text)
	if kind == Heading {
		level = min(max(level, 1), 6)
		if s.section && text != "" {
			s.place = cutRunes("Section "+text, maxPlace)
		}
	}
	for text != "" && s.err == nil {
		var piece string
		piece, text = cutBlock(text)
		s.push(Block{Kind: kind, Level: max(level, 0), Place: s.place, Text: piece})
	}
}

func (s *sink) cleaned(kind Kind, text string) string {
	switch kind {
	case CodeBlock:
		return s.clean.code(text)
	case Paragraph:
		return s.clean.text(text)
	}
	return s.clean.line(text)
}

func (s *sink) push(b Block) {
	if b.Text == "" {
		return
	}
	s.left -= int64(len(b.Text) + len(blockGap))
	if s.left < 0 || len(s.doc.Blocks) >= maxBlocks {
		s.err = ErrTooLarge
		return
	}
	s.doc.Blocks = append(s.doc.Blocks, b)
}

// title sets the title once; later ones are ignored.
func (s *sink) title(t string) {
	if s.doc.Title == "" {
		s.doc.Title = cutRunes(s.clean.line(t), maxTitle)
	}
}

func (s *sink) language(tag string) {
	if s.doc.Language == "" && plausibleTag(tag) {
		s.doc.Language = strings.ReplaceAll(tag, "_", "-")
	}
}

func plausibleTag(tag string) bool {
	if len(tag) < 2 || len(tag) > 35 {
		return false
	}
	return strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// finish gives the document, or why there is none. Without a title of its own, the first main heading is one.
func (s *sink) finish() (*Document, error) {
	if s.err != nil {
		return nil, s.err
	}
	if !s.readable() {
		return nil, ErrNoText
	}
	for i := 0; s.doc.Title == "" && i < len(s.doc.Blocks); i++ {
		if b := s.doc.Blocks[i]; b.Kind == Heading && b.Level == 1 {
			s.title(b.Text)
		}
	}
	s.doc.Hidden = s.clean.hidden
	return &s.doc, nil
}

// readable tells whether any block holds a letter or a digit.
func (s *sink) readable() bool {
	for _, b := range s.doc.Blocks {
		if strings.ContainsFunc(b.Text, wordRune) {
			return true
		}
	}
	return false
}

// cutBlock splits text at a blank near MaxBlock, so that no block is longer.
func cutBlock(text string) (piece, rest string) {
	if len(text) <= MaxBlock {
		return text, ""
	}
	cut := strings.LastIndexAny(text[:MaxBlock], "\n ")
	if cut < MaxBlock/2 {
		for cut = MaxBlock; !utf8.RuneStart(text[cut]); {
			cut--
		}
	}
	return strings.TrimRight(text[:cut], " \n"), strings.TrimLeft(text[cut:], " \n")
}
