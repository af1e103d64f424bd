package domain

import "time"

// LookKind is what was looked at.
type LookKind string

// What of a person's own others can look at.
const (
	LookReceipt  LookKind = "receipt"  // one receipt of what left on their behalf
	LookReceipts LookKind = "receipts" // a list that has theirs in it
	LookSignIns  LookKind = "sign_ins" // their history of signing in
	LookAccess   LookKind = "access"   // what they may see, and why
	LookProfile  LookKind = "profile"  // their page among the people, with what only some may see
)

// LookKinds lists them.
var LookKinds = []LookKind{LookReceipt, LookReceipts, LookSignIns, LookAccess, LookProfile}

// Look says who looked at what is a person's own, and when (P52). The person sees it.
type Look struct {
	ID     ID
	By     ID
	ByName string
	What   LookKind
	Object ID // of what was looked at, when it is one thing
	At     time.Time
}
