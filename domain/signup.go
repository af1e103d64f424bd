package domain

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SignUp is what a person types to found an organization.
type SignUp struct {
	Name, Email, Organization, Password string
	Terms                               bool       // read the policy and terms
	Business                            bool       // for work, and 16 or older (P85); no birth date is collected
	Consents                            []Provider // see Joining
}

// Limits of what is typed, in runes unless said otherwise.
const (
	MaxName          = 120
	MaxEmailBytes    = 254 // RFC 5321 §4.5.3.1.3
	MinPassword      = 15  // NIST SP 800-63B-4 for a single factor (HOSTILE A3)
	MaxPasswordBytes = 1024
)

// Clean trims what people type by accident. The password stays exactly as typed (A4).
func (s SignUp) Clean() SignUp {
	s.Name, s.Organization = Line(s.Name), Line(s.Organization)
	s.Email = NormalEmail(s.Email)
	return s
}

// Problems says what is wrong with a cleaned SignUp.
func (s SignUp) Problems() Problems {
	var p Problems
	p.Add(s.Name == "", "name", "required", "Enter your name.")
	p.Add(utf8.RuneCountInString(s.Name) > MaxName, "name", "too_long", "Use at most 120 characters.")
	p.Add(!ValidEmail(s.Email), "email", "invalid", "Enter your work email, like name@company.com.")
	p.Add(s.Organization == "", "organization", "required", "Enter your organization's name.")
	p.Add(utf8.RuneCountInString(s.Organization) > MaxName, "organization", "too_long", "Use at most 120 characters.")
	p = append(p, PasswordProblems(s.Password, s.Name, s.Email, s.Organization)...)
	p.Add(!s.Terms, "terms", "required", "Read the privacy policy and tick this to go on.")
	p.Add(!s.Business, "business", "required", "Confirm that you use AImyOrg for work and are 16 or older.")
	return p
}

// NormalEmail is the form in which an address is compared: trimmed, lower case.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// ValidEmail accepts what can be delivered to: one address, no display name, a dotted domain.
func ValidEmail(s string) bool {
	if len(s) > MaxEmailBytes || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, host, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(host, "."), ".")
}

// Line makes one clean line of what was typed: trimmed, inner space collapsed, control, bidi-override and tag
// characters removed (A79).
func Line(s string) string {
	s = strings.Map(visible, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// Prose is Line for texts of several lines: line breaks and tabs stay.
func Prose(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.Trim(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return visible(r)
	}, s), "\n\t ")
}

// visible drops what can't be seen but changes what is: controls (as a space), bidi overrides, tags, zero-width.
func visible(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return ' '
	case unicode.IsControl(r):
		return -1
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r >= 0xE0000 && r <= 0xE007F:
		return -1
	case r == 0x200B, r == 0x2060, r == 0xFEFF:
		return -1
	}
	return r
}
