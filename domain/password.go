package domain

import (
	"strings"
	"unicode/utf8"
)

// PasswordProblems judges a new password by length and by what is easily guessed, not by its composition
// (NIST SP 800-63B-4 §3.1.1.2). The words are what the person typed beside it.
func PasswordProblems(password string, words ...string) Problems {
	var p Problems
	n := utf8.RuneCountInString(password)
	switch {
	case strings.ContainsRune(password, 0) || !utf8.ValidString(password):
		p.Add(true, "password", "invalid", "The password holds a character that can't be typed again.")
	case n < MinPassword:
		p.Add(true, "password", "too_short", "Use at least 15 characters. A few words are easiest to remember.")
	case len(password) > MaxPasswordBytes:
		p.Add(true, "password", "too_long", "Use at most 1,024 bytes.")
	case guessable(password, words):
		p.Add(true, "password", "common", "This is too easy to guess. Use a few words that don't belong together.")
	}
	return p
}

// guessable holds for passwords that are a common one, one's own data or a short pattern, repeated or padded.
func guessable(password string, words []string) bool {
	core := squash(password)
	for _, c := range commonPasswords {
		core = strings.ReplaceAll(core, c, "")
	}
	for _, w := range words {
		for _, part := range append([]string{w}, strings.FieldsFunc(w, separates)...) {
			if part = squash(part); len(part) >= 3 {
				core = strings.ReplaceAll(core, part, "")
			}
		}
	}
	return utf8.RuneCountInString(core) < 8 || distinct(password) < 5 || steps(core) < 6 || period(core) < 8
}

func separates(r rune) bool { return squash(string(r)) == "" }

// steps counts the runes that do not just follow from the one before, as in "abcdef", "987654" or "aaaaaa".
func steps(s string) int {
	n, last := 0, rune(-9)
	for _, r := range s {
		if d := r - last; d < -1 || d > 1 {
			n++
		}
		last = r
	}
	return n
}

// period is the length of the shortest piece that a text repeats, its own length when it repeats none.
func period(s string) int {
	for n := 1; n <= len(s)/2; n++ {
		if strings.HasPrefix(s[n:], s[:len(s)-n]) {
			return n
		}
	}
	return len(s)
}

// squash lower-cases and drops everything but letters and digits, so that "Pass word!" is "password".
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127:
			return r
		}
		return -1
	}, s)
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// commonPasswords are the stems of the passwords that lists of leaked ones begin with, longest first.
var commonPasswords = []string{
	"correcthorsebatterystaple", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p",
	"administrator", "qwertyuiop", "1234567890", "asdfghjkl", "password1", "superman", "baseball", "football",
	"sunshine", "princess", "iloveyou", "trustno1", "changeme", "passw0rd", "password", "letmein", "welcome", "qwerty",
	"dragon", "monkey", "master", "shadow", "secret", "abc123", "123456789", "12345678", "1234567", "123456", "12345",
	"654321", "111111", "000000", "qazwsx", "aimyorg", "admin", "login", "hello", "test",
}
