package departments

import (
	"strconv"
	"strings"
	"unicode"
)

// The chart grows to the right and down, each department beside the first of those below it: names stay readable however
// broad the organization is, and a reader's eye begins where the reading order does. Sizes are in pixels.
const (
	nodeWidth  = 224
	nodeHeight = 60
	gapRight   = 76 // room for the switch and the lines
	gapBelow   = 12
	margin     = 4 // for the focus ring
	toggleRoom = 40
	padding    = 12
	headSize   = 22 // the manager's face
)

// box is where a node is drawn.
type box struct {
	node
	x, y  int
	last  int // where its line ends: the y of the last child
	boxes []box
}

// drawing is a chart with its size.
type drawing struct {
	width, height int
	boxes         []box
}

func draw(nodes []node) drawing {
	d := drawing{}
	rows := 0
	d.boxes = d.place(nodes, &rows)
	d.width += margin
	d.height = rows*(nodeHeight+gapBelow) - gapBelow + 2*margin
	return d
}

// place puts nodes one below the other from a row on, each with those below it at its right.
func (d *drawing) place(nodes []node, row *int) []box {
	out := make([]box, len(nodes))
	for i, n := range nodes {
		b := box{node: n, x: margin + (n.level-1)*(nodeWidth+gapRight), y: margin + *row*(nodeHeight+gapBelow)}
		d.width = max(d.width, b.x+nodeWidth)
		if n.below > 0 {
			d.width = max(d.width, b.x+nodeWidth+toggleRoom)
		}
		if len(n.nodes) == 0 {
			*row++
		} else {
			b.boxes = d.place(n.nodes, row)
			b.last = b.boxes[len(b.boxes)-1].y
		}
		out[i] = b
	}
	return out
}

// lines lead from a node's switch to those below it.
func (b box) lines() string {
	const half = nodeHeight / 2
	from, bend := b.x+nodeWidth+toggleRoom, b.x+nodeWidth+toggleRoom+(gapRight-toggleRoom)/2
	var p strings.Builder
	to := func(command string, n int) { p.WriteString(command + strconv.Itoa(n)) }
	for i, c := range b.boxes {
		if i == 0 {
			to("M", from)
			to(" ", b.y+half)
			to("H", c.x)
			continue
		}
		to("M", bend)
		to(" ", c.y+half)
		to("H", c.x)
	}
	if len(b.boxes) > 1 {
		to("M", bend)
		to(" ", b.y+half)
		to("V", b.last+half)
	}
	return p.String()
}

// fit cuts a text that is wider than some pixels at a size of letters, which is estimated: a server has no typeface.
func fit(s string, width, size float64) string {
	var used float64
	for i, r := range s {
		used += size * breadth(r)
		if used > width-size && i > 0 && len(s[i:]) > 1 && wider(s[i:], width-(used-size*breadth(r)), size) {
			return strings.TrimSpace(s[:i]) + "…"
		}
	}
	return s
}

func wider(s string, room, size float64) bool {
	for _, r := range s {
		if room -= size * breadth(r); room < 0 {
			return true
		}
	}
	return false
}

// breadth is about how broad a letter is, as a part of its size.
func breadth(r rune) float64 {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case r >= 0x1100:
		return 1
	case strings.ContainsRune("ijl.,:;'|! ", r):
		return 0.3
	case strings.ContainsRune("mwMW@%—", r):
		return 0.9
	case unicode.IsUpper(r) || unicode.IsDigit(r):
		return 0.68
	}
	return 0.58
}

func px(n int) string { return strconv.Itoa(n) }

// nameRoom is what the count takes of a name's line.
func nameRoom(n node) float64 {
	return float64(len([]rune(count(n.people))))*8 + 8
}
