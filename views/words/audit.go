package words

import "strings"

// Verb is what was done, as the audit log names it, in words: "consent.given" is "Consent given". The log's verbs are
// English already; they are spelled out, not translated, so that a new one reads well at once.
func Verb(verb string) string { return spelled(verb) }

// Kind is what it was done to, in words.
func Kind(kind string) string { return spelled(kind) }

func spelled(s string) string {
	s = strings.NewReplacer(".", " ", "_", " ", "-", " ").Replace(s)
	s = Capital(strings.TrimSpace(s))
	return strings.NewReplacer("Ai ", "AI ", " ai ", " AI ").Replace(s)
}
