package search

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"aimyorg/domain"
)

// piece is a run of a passage's text, marked or not.
type piece struct {
	text string
	mark bool
}

// How much of a passage is shown, in bytes, and how much of it stands before the first match.
const (
	shown  = 360
	before = 90
)

// snippet cuts the part of a passage around its first match and marks what matches. Ranges that lie outside the text,
// overlap or cut a character are brought into it.
func snippet(text string, marks [][2]int) []piece {
	marks = clean(text, marks)
	from, to := window(text, marks)
	var out []piece
	at := from
	if from > 0 {
		out = append(out, piece{text: "… "})
	}
	for _, m := range marks {
		if m[1] <= at || m[0] >= to {
			continue
		}
		start, end := max(m[0], at), min(m[1], to)
		out = append(out, piece{text: text[at:start]}, piece{text[start:end], true})
		at = end
	}
	out = append(out, piece{text: text[at:to]})
	if to < len(text) {
		out = append(out, piece{text: " …"})
	}
	return slices.DeleteFunc(out, func(p piece) bool { return p.text == "" })
}

func clean(text string, marks [][2]int) [][2]int {
	var out [][2]int
	for _, m := range marks {
		a, b := snap(text, m[0]), snap(text, m[1])
		if a < b {
			out = append(out, [2]int{a, b})
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return a[0] - b[0] })
	return out
}

// window is the part to show: whole words around the first match, else the beginning.
func window(text string, marks [][2]int) (int, int) {
	from := 0
	if len(marks) > 0 {
		from = max(marks[0][0]-before, 0)
	}
	if from > 0 {
		if i := strings.IndexByte(text[from:], ' '); i >= 0 && i < before {
			from += i + 1
		}
	}
	from = snap(text, from)
	to := min(from+shown, len(text))
	if to < len(text) {
		if i := strings.LastIndexByte(text[from:to], ' '); i > shown/2 {
			to = from + i
		}
	}
	return from, snap(text, to)
}

func snap(text string, i int) int {
	i = min(max(i, 0), len(text))
	for i > 0 && i < len(text) && !utf8.RuneStart(text[i]) {
		i--
	}
	return i
}

// passagePath opens the version that was found, at the passage.
func passagePath(f domain.Found) string {
	return "/knowledge/documents/" + string(f.Document) + "?version=" + strconv.Itoa(f.VersionNumber) + "&passage=" +
		strconv.Itoa(f.Ordinal) + "#passage"
}

func count(p Page) string { return strconv.Itoa(len(p.Found)) }
