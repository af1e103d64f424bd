package domain_test

import (
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"aimyorg/domain"
)

// FuzzTyped: what was typed is cleaned once and for all: valid, nothing in it that hides or turns text around (A79), a line
// is one line; and nothing that can be seen is lost.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{"", " a  b\t", "a\r\nb\rc", "\x00\x1b[31m", "red\u202etxt.exe", "\U000E0041", "\xff\u200b\ufeff", "\u2028x\u0085", "é\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, prose := domain.Line(s), domain.Prose(s)
		if domain.Line(line) != line || domain.Prose(prose) != prose {
			t.Fatalf("%q: cleaned twice it is %q and %q", s, domain.Line(line), domain.Prose(prose))
		}
		for _, got := range []string{line, prose} {
			if !utf8.ValidString(got) || strings.ContainsFunc(got, hidden) || letters(got) != letters(s) {
				t.Fatalf("%q became %q", s, got)
			}
		}
		if strings.ContainsAny(line, "\n\t") || strings.TrimSpace(line) != line {
			t.Fatalf("%q is the line %q", s, line)
		}
	})
}

func hidden(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 ||
		r >= 0xE0000 && r <= 0xE007F || r == 0x200B || r == 0x2060 || r == 0xFEFF
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// FuzzID: an id is written in one way only, so that two spellings never name one row (A40).
func FuzzID(f *testing.F) {
	id := "0192f0c1-2222-7000-8000-00000000000a"
	for _, s := range []string{id, strings.ToUpper(id), "{" + id + "}", id + "\x00", "../" + id, strings.Replace(id, "0", "٠", 1), strings.ReplaceAll(id, "-", "")} {
		f.Add(s)
	}
	canonical := regexp.MustCompile(`\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z`)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := domain.ParseID(s)
		if (err == nil) != canonical.MatchString(s) || err == nil && string(got) != s || err != nil && got != "" {
			t.Fatalf("%q: %q, %v", s, got, err)
		}
	})
}

// FuzzEmail: an address that is taken for one has a name, one @ and a dotted host, and can stand in a header.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"a@example.org", "A@b", "a@b.c\r\nBcc: x@y.z", "<a@b.c>", "a b@c.d", "\"a@b\"@c.d", "a@[127.0.0.1]", "a@.", "ü@exämple.org", "a@b.c,d@e.f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		email := domain.NormalEmail(s)
		if domain.NormalEmail(email) != email {
			t.Fatalf("%q becomes %q, then %q", s, email, domain.NormalEmail(email))
		}
		if !domain.ValidEmail(email) {
			return
		}
		list, err := mail.ParseAddressList(email)
		if err != nil || len(list) != 1 || list[0].Address != email || list[0].Name != "" {
			t.Fatalf("%q is read as %v in a header: %v", email, list, err)
		}
		at := strings.LastIndexByte(email, '@')
		if at < 1 || !strings.Contains(email[at:], ".") || len(email) > domain.MaxEmailBytes || strings.ContainsFunc(email, unicode.IsControl) {
			t.Fatalf("%q is taken for an address", email)
		}
	})
}
