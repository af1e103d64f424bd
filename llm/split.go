package llm

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Closed is how many bytes at the start of a growing text form finished top-level blocks. What follows can't change
// them any more: only the last block of the complete lines, and the line that is being written, are open. Rendering
// the closed part and the open part separately gives the same as rendering the whole.
func Closed(text string) int {
	n := closedProse(text)
	return n + closedBlocks(text[n:])
}

func closedBlocks(text string) int {
	lines := strings.LastIndexByte(text, '\n') + 1
	source := []byte(text[:lines])
	if lines == 0 || bomb(source) {
		return 0
	}
	last := parse(source).LastChild()
	if last == nil || last.PreviousSibling() == nil {
		return 0
	}
	return start(last, source)
}

// start is where the line begins on which a top-level block begins; 0 if the parser doesn't know.
func start(n ast.Node, source []byte) int {
	pos := n.Pos()
	if pos < 0 || pos > len(source) {
		return 0
	}
	return bytes.LastIndexByte(source[:pos], '\n') + 1
}

// Frame is what changed in a rendered answer.
type Frame struct {
	Closed HTML // finished blocks, to be appended
	Open   HTML // the block that is being written, to replace the last one
	Offset int  // bytes of the answer that are closed: the id of the event (a number of ours, never a provider's text)
}

// Stream renders an answer as it grows. It is not safe for concurrent use.
type Stream struct {
	links   Links
	open    string
	offset  int
	changed bool
}

// NewStream begins at an offset that an earlier Frame had (0 at first): the text before it has been shown.
func NewStream(offset int, links Links) *Stream { return &Stream{links: links, offset: offset} }

// Write takes the next piece of the answer, as stored.
func (s *Stream) Write(piece string) {
	s.open += piece
	s.changed = s.changed || piece != ""
}

// Frame renders what came since the last one; false if nothing did. Call it every 50 ms or so.
func (s *Stream) Frame() (Frame, bool) {
	if !s.changed {
		return Frame{Offset: s.offset}, false
	}
	s.changed = false
	n := Closed(s.open)
	f := Frame{Closed: s.render(s.open[:n]), Offset: s.offset + n}
	s.open, s.offset = s.open[n:], f.Offset
	f.Open = s.render(s.open)
	return f, true
}

// End closes what is open: the last frame of an answer.
func (s *Stream) End() Frame {
	f := Frame{Closed: s.render(s.open), Offset: s.offset + len(s.open)}
	s.open, s.offset, s.changed = "", f.Offset, false
	return f
}

func (s *Stream) render(text string) HTML {
	if text == "" {
		return ""
	}
	return Render(text, s.links)
}
