package knowledge

import (
	"strconv"
	"unicode/utf8"

	"aimyorg/domain"
)

// piece is a run of a block's text, highlighted or not. First marks the one piece that carries the id "passage".
type piece struct {
	text        string
	mark, first bool
}

// group is neighbouring blocks that make one element together: a list of items, a table of rows, or a block alone.
type group struct {
	kind   string
	place  string // said before the group when it differs from the one before
	level  string // of a heading
	blocks [][]piece
}

// grouped brings blocks into elements and cuts out what lies in the passage [start, end) of the version's text.
func grouped(blocks []domain.Block, start, end int) []group {
	var out []group
	var above outline
	place, marked := "", false
	for _, b := range blocks {
		pieces := cut(b, start, end, &marked)
		last := len(out) - 1
		if last >= 0 && joins(b.Kind) && out[last].kind == b.Kind && b.Place == place {
			out[last].blocks = append(out[last].blocks, pieces)
			continue
		}
		g := group{kind: b.Kind, blocks: [][]piece{pieces}}
		if b.Kind == "heading" {
			g.level = above.under(b.Level)
		}
		if b.Place != place {
			g.place, place = b.Place, b.Place
		}
		out = append(out, g)
	}
	return out
}

func joins(kind string) bool { return kind == "row" || kind == "item" }

// cut splits a block's text at the borders of the passage. Block.Text may be shorter than its range when it was
// shortened; then what is there counts.
func cut(b domain.Block, start, end int, marked *bool) []piece {
	from, to := snap(start-b.Start, b.Text), snap(end-b.Start, b.Text)
	if start >= end || from >= to {
		return []piece{{text: b.Text}}
	}
	all := []piece{{text: b.Text[:from]}, {b.Text[from:to], true, !*marked}, {text: b.Text[to:]}}
	*marked = true
	var out []piece
	for _, p := range all {
		if p.text != "" {
			out = append(out, p)
		}
	}
	return out
}

// snap brings a place into the text and back to the beginning of a character.
func snap(i int, text string) int {
	i = min(max(i, 0), len(text))
	for i > 0 && i < len(text) && !utf8.RuneStart(text[i]) {
		i--
	}
	return i
}

// outline is the levels of the headings that the next one may stand under.
type outline []int

// under gives the level on the page of a document's next heading: below the page's h1, and where the document leaves out
// levels (as slides do, whose first is 2) one below the heading that it stands under, so that readers by ear miss none.
func (o *outline) under(level int) string {
	level = max(level, 1)
	for len(*o) > 0 && (*o)[len(*o)-1] >= level {
		*o = (*o)[:len(*o)-1]
	}
	*o = append(*o, level)
	return strconv.Itoa(min(len(*o)+1, 6))
}
