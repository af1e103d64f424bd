package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalise brings a word to the one form it is compared in: at most MaxWord
// runes, NFKC, lower case, without invisible runes. Invalid bytes vanish.
func normalise(word string) string {
	word = firstRunes(word, MaxWord)
	if isLowerASCII(word) {
		return word
	}
	if isASCII(word) {
		return strings.ToLower(word)
	}
	word = strings.Map(func(r rune) rune {
		if isInvisible(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, word)
	return firstRunes(norm.NFKC.String(strings.ToLower(norm.NFKC.String(word))), MaxWord)
}

// fold takes the diacritics off the letters of alphabets; vowel signs of other
// scripts, which are marks too, stay.
func fold(word string) string {
	if isASCII(word) {
		return word
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(word) {
		switch r {
		case 'ß':
			b.WriteString("ss")
		case 'æ':
			b.WriteString("ae")
		case 'œ':
			b.WriteString("oe")
		case 'ø':
			b.WriteByte('o')
		case 'ł':
			b.WriteByte('l')
		case 'đ':
			b.WriteByte('d')
		case 'ı':
			b.WriteByte('i')
		default:
			if r < 0x300 || r > 0x36f {
				b.WriteRune(r)
			}
		}
	}
	return norm.NFC.String(b.String())
}

func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

func isLetters(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return false
		}
	}
	return true
}

// Fold brings a line to the form in which names are compared: lower case, without diacritics.
func Fold(line string) string { return fold(strings.ToLower(norm.NFKC.String(line))) }
