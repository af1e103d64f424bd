package handlers

import (
	"strings"

	"aimyorg/store"
	"aimyorg/views/words"
)

func compare(a, b string) int { return strings.Compare(a, b) }

// purposeWords begins what a table is for as a sentence does.
func purposeWords(purpose string) string { return words.Capital(purpose) }

// classWords is what a class of the catalogue is to the person; "" for what they know nothing of, such as an index.
func classWords(c store.Class) string {
	switch c {
	case store.Identity:
		return "who you are and what you use"
	case store.Content:
		return "what you wrote or were told"
	case store.Secrets:
		return "secrets, such as a password's hash"
	case store.Relation:
		return "what belongs to what"
	case store.State:
		return "states, settings and counts"
	case store.Moment:
		return "times"
	}
	return ""
}

// keptWords is how long a class of retention is kept (PROMISES 2.1).
func keptWords(k store.Kept) string {
	switch k {
	case store.KeptAILog:
		return "90 days, unless your organization chose another time"
	case store.KeptEgress, store.KeptAudit:
		return "24 months"
	case store.KeptSession:
		return "12 months; addresses are shortened after 30 days"
	case store.KeptUsage:
		return "13 months"
	}
	return "As long as your account"
}
