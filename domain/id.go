package domain

import "strings"

// ID names a row: a UUIDv7 in its canonical lower-case form. The empty ID names nothing.
type ID string

const idLength = 36

// ParseID takes an id as it comes from a URL or a form. Anything but the canonical lower-case form is not an id
// (HOSTILE A40), and what has no id is not found.
func ParseID(s string) (ID, error) {
	if len(s) != idLength {
		return "", ErrNotFound
	}
	for i := range idLength {
		if !idByte(i, s[i]) {
			return "", ErrNotFound
		}
	}
	return ID(strings.Clone(s)), nil
}

func idByte(i int, c byte) bool {
	if i == 8 || i == 13 || i == 18 || i == 23 {
		return c == '-'
	}
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f'
}
