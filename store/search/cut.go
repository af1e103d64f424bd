package search

import (
	"unicode"
	"unicode/utf8"
)

// The size of a passage, in words. A text's last passage may take up to
// passageMost rather than leave a scrap.
const (
	PassageWords   = 200
	PassageOverlap = 50
	passageLeast   = 120
	passageMost    = 240
)

// Passage is a piece of a text: text[Start:End].
type Passage struct {
	Ordinal    int // place among the text's passages, from 0
	Start, End int // byte offsets, on rune borders of valid text
	Words      int // as Cut counts them: see unit
}

// Cut cuts a text into passages of about PassageWords words. Blocks are
// separated by an empty line, headings begin with one to six # and a space.
// A passage ends, in this order of liking, before a heading, at the end of a
// block, at the end of a sentence, or after PassageWords. Neighbours share up
// to PassageOverlap words, except at a heading. Every rune that is not white
// space is in a passage; an empty text has none. Time is linear.
func Cut(text string) []Passage {
	units := measure(text)
	var passages []Passage
	for from := 0; from < len(units); {
		to := end(units, from)
		passages = append(passages, Passage{
			Ordinal: len(passages), Words: to - from, Start: units[from].start, End: units[to-1].end,
		})
		if to == len(units) {
			break
		}
		from = resume(units, to)
	}
	return passages
}

// end chooses where the passage that begins at from ends (exclusive).
func end(units []unit, from int) int {
	if len(units)-from <= passageMost {
		return len(units)
	}
	best := from + PassageWords
	for i := best; i >= from+passageLeast; i-- {
		if units[i].border > units[best].border {
			best = i
		}
	}
	return best
}

// resume chooses where the passage after the border at to begins: at the
// earliest border within the overlap, else the full overlap back.
func resume(units []unit, to int) int {
	if units[to].border == heading {
		return to
	}
	back := to - PassageOverlap
	for i := back; i < to; i++ {
		if units[i].border != none {
			return i
		}
	}
	return back
}

// border is what lies before a unit.
type border uint8

const (
	none border = iota
	sentence
	block
	heading
)

// unit is what Cut counts as a word: a run of runes that are not white space,
// at most MaxWord of them, or two runes of a script without spaces.
type unit struct {
	start, end int
	border     border
}

// measure splits a text into units and marks the borders between them. A
// heading and what it heads are not parted.
func measure(text string) []unit {
	units := make([]unit, 0, len(text)/6+1)
	next, headed := block, false
	for pos := 0; ; {
		pos, next = skipSpace(text, pos, next)
		if pos == len(text) {
			return units
		}
		u := unit{start: pos, border: next}
		if next == block {
			head := isHeading(text[pos:])
			switch {
			case headed:
				u.border = none
			case head:
				u.border = heading
			}
			headed = head
		}
		pos, next = takeUnit(text, pos)
		u.end = pos
		units = append(units, u)
	}
}

// skipSpace steps over white space; an empty line in it makes a block border.
func skipSpace(text string, pos int, next border) (int, border) {
	lines := 0
	for pos < len(text) {
		if c := text[pos]; c > ' ' && c < utf8.RuneSelf {
			break
		}
		r, n := runeAt(text, pos)
		if !unicode.IsSpace(r) {
			break
		}
		if r == '\n' {
			lines++
		}
		pos += n
	}
	if lines > 1 {
		next = block
	}
	return pos, next
}

// takeWord is takeUnit for what most units are: letters and digits of ASCII, at most with one stop or comma, before white space.
func takeWord(text string, pos int) (end int, next border, ok bool) {
	end = pos
	for most := min(len(text), pos+MaxWord-1); end < most && alphanumeric(text[end]); {
		end++
	}
	if end == pos || end == len(text) {
		return pos, none, false
	}
	switch text[end] {
	case ' ', '\n':
		return end, none, true
	case '.', '!', '?':
		next = sentence
	case ',', ';', ':':
	default:
		return pos, none, false
	}
	end++
	return end, next, end < len(text) && (text[end] == ' ' || text[end] == '\n')
}

// takeUnit steps over one unit and says what border its end makes.
func takeUnit(text string, pos int) (int, border) {
	if end, next, ok := takeWord(text, pos); ok {
		return end, next
	}
	next, limit := none, MaxWord
	r, _ := runeAt(text, pos)
	spaceless := classOf(r) == dense
	if spaceless {
		limit = 2
	}
	for width := 0; pos < len(text) && width < MaxWord; width++ {
		r, n := runeAt(text, pos)
		switch {
		case r < utf8.RuneSelf && classOf(r) == plain:
			if limit == 0 || spaceless {
				return pos, next
			}
			next = none
			for ; limit > 1 && width+1 < MaxWord && pos+1 < len(text) && alphanumeric(text[pos+1]); pos++ {
				limit, width = limit-1, width+1
			}
		case unicode.IsSpace(r):
			return pos, next
		case stops(r):
			next = sentence
		case !closes(r):
			if limit == 0 || (classOf(r) == dense) != spaceless {
				return pos, next
			}
			next = none
		}
		limit = max(limit-1, 0)
		pos += n
	}
	return pos, next
}

func stops(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '。', '！', '？':
		return true
	}
	return false
}

func closes(r rune) bool {
	switch r {
	case '"', '\'', ')', ']', '”', '’', '»', '」', '』', '）':
		return true
	}
	return false
}

func isHeading(line string) bool {
	n := 0
	for n < len(line) && line[n] == '#' {
		n++
	}
	return n >= 1 && n <= 6 && n < len(line) && line[n] == ' '
}

// runeAt decodes a rune, quick for ASCII.
func runeAt(text string, pos int) (rune, int) {
	if c := text[pos]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(text[pos:])
}
