package search

import "unicode/utf8"

// maxParts is how many words a compound may have; a longer one is read as
// several.
const maxParts = 8

// span is one word of a text, by byte offsets.
type span struct {
	start, end int
	dense      bool
}

// scanner reads a text chain by chain. A chain is one word, or words joined
// by connectors without white space.
type scanner struct {
	text     string
	pos      int
	chain    []span
	initials *initials // a word that stands alone and doesn't begin so may be left out; nil: none may
}

// next returns the next chain, or an empty one at the end of the text. The
// slice is valid until the following call.
func (s *scanner) next() []span {
	s.chain = s.chain[:0]
	s.skip()
	for s.initials != nil && s.pass() {
		s.skip()
	}
	if s.lone() {
		return s.chain
	}
	for s.pos < len(s.text) {
		w := s.word()
		s.chain = append(s.chain, w)
		if w.dense || len(s.chain) == maxParts || !s.connect() {
			break
		}
	}
	return s.chain
}

// pass steps over a plain word of ASCII that stands alone and doesn't begin as one that is looked for.
func (s *scanner) pass() bool {
	if s.pos == len(s.text) || s.text[s.pos] >= utf8.RuneSelf || s.initials.may(s.text[s.pos:]) {
		return false
	}
	end := s.plainEnd()
	if !alone(s.text[end:]) {
		return false
	}
	s.pos = end
	return true
}

// lone reads a plain word of ASCII that stands alone, as most do; one letter or digit may be more (C++).
func (s *scanner) lone() bool {
	end := s.plainEnd()
	if end-s.pos < 2 || !alone(s.text[end:]) {
		return false
	}
	s.chain = append(s.chain, span{start: s.pos, end: end})
	s.pos = end
	return true
}

// plainEnd is where the letters and digits of ASCII from here on end.
func (s *scanner) plainEnd() int {
	end := s.pos
	for end < len(s.text) && alphanumeric(s.text[end]) {
		end++
	}
	return end
}

// alone says whether what follows a word surely ends it, and joins it with no other.
func alone(rest string) bool {
	if rest == "" {
		return true
	}
	switch c := rest[0]; c {
	case '-', '_', '@', '&':
		return false
	case '.':
		return len(rest) == 1 || rest[1] <= ' '
	default:
		return c < utf8.RuneSelf
	}
}

func (s *scanner) peek() (class, rune, int) {
	if s.pos >= len(s.text) {
		return gap, 0, 0
	}
	r, n := runeAt(s.text, s.pos)
	return classOf(r), r, n
}

func (s *scanner) skip() {
	for {
		for s.pos < len(s.text) && s.text[s.pos] < utf8.RuneSelf {
			if alphanumeric(s.text[s.pos]) {
				return
			}
			s.pos++
		}
		c, _, n := s.peek()
		if c != gap || n == 0 {
			return
		}
		s.pos += n
	}
}

// word reads the word that begins at pos. "C++" and "C#" are words.
func (s *scanner) word() span {
	first, _, n := s.peek()
	w := span{start: s.pos, dense: first == dense}
	for c := first; c == first; c, _, n = s.peek() {
		s.pos += n
		for first == plain && s.pos < len(s.text) && alphanumeric(s.text[s.pos]) {
			s.pos++
		}
	}
	if !w.dense && s.pos-w.start == 1 {
		s.pos += suffix(s.text[s.pos:])
	}
	w.end = s.pos
	return w
}

func suffix(rest string) int {
	n := 0
	switch {
	case len(rest) >= 2 && rest[:2] == "++":
		n = 2
	case len(rest) >= 1 && rest[0] == '#':
		n = 1
	}
	if r, _ := utf8.DecodeRuneInString(rest[n:]); n < len(rest) && classOf(r) != gap {
		return 0
	}
	return n
}

// connect steps over a connector if a plain word follows it.
func (s *scanner) connect() bool {
	_, r, n := s.peek()
	if n == 0 || !connector(r) {
		return false
	}
	at := s.pos
	s.pos += n
	if c, _, _ := s.peek(); c == plain {
		return true
	}
	s.pos = at
	return false
}
