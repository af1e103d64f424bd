package search

import "unicode"

// MaxWord is the longest word in runes; of a longer unbroken string only the
// first MaxWord runes become a term.
const MaxWord = 64

// class is what a rune is to the analyser and the cutter.
type class uint8

const (
	gap   class = iota // separates words
	plain              // part of a word
	dense              // part of a script without spaces: indexed as bigrams
)

func classOf(r rune) class {
	if r < 0x80 {
		if alphanumeric(byte(r)) {
			return plain
		}
		return gap
	}
	switch {
	case r < 0x0e00:
		return plainIf(r)
	case isDense(r):
		return dense
	}
	return plainIf(r)
}

// alphanumeric finds the plain ones of ASCII.
func alphanumeric(c byte) bool { return (c|0x20)-'a' < 26 || c-'0' < 10 }

// plainIf counts soft hyphens and zero-width joiners as part of a word: they
// stand inside words and are dropped when the word is normalised.
func plainIf(r rune) class {
	if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || isInvisible(r) {
		return plain
	}
	return gap
}

func isInvisible(r rune) bool { return r == 0xad || r == 0x200c || r == 0x200d || r == 0x2060 }

func isDense(r rune) bool {
	switch r {
	case 0x30fc, 0xff70, 0xff9e, 0xff9f: // length and voice marks, of no script in Unicode
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// connector says whether r joins two words into a compound.
func connector(r rune) bool {
	switch r {
	case '-', '_', '.', '@', '&', 0x2010, 0x2011:
		return true
	}
	return false
}
