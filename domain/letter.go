package domain

import "time"

// LetterKind is what a mail is about. Each has a template and a plain-text twin in views/mail.
type LetterKind string

// The kinds of letter. A notice carries what the person's notification said; the others carry a link that only its
// reader may follow.
const (
	LetterInvitation   LetterKind = "invitation"
	LetterReset        LetterKind = "reset"
	LetterConfirmEmail LetterKind = "confirm_email"
	LetterOwnership    LetterKind = "ownership"
	LetterNotice       LetterKind = "notice"
	LetterDigest       LetterKind = "digest"
)

// Letter is a mail before it is written: what it says, not how. It is kept sealed until it was sent, and is gone then,
// because Path may hold a secret.
type Letter struct {
	Kind         LetterKind
	To           string // the address
	Name         string // of the reader; may be empty
	Organization string
	By           string    // who caused it
	Role         string    // that an invitation gives, in words
	Path         string    // on our own site, beginning with a slash; the base URL is put before it when it is sent (A7)
	Until        time.Time // when the link ends
	Notices      []Notice  // of a notice one, of a digest many
}

// MailState is how far a mail has come.
type MailState string

// A mail waits until a server takes it, is refused for good, fails after many tries, or was dropped because nobody wants
// it any more.
const (
	MailWaiting MailState = "waiting"
	MailSent    MailState = "sent"
	MailRefused MailState = "refused"
	MailFailed  MailState = "failed"
	MailDropped MailState = "dropped"
)

// Mail is where a mail stands, for the page of what caused it.
type Mail struct {
	ID        ID
	State     MailState
	Reason    string // a stable code of what the server said last: unreachable, slow, refused, bad_address
	Tries     int
	NextAt    time.Time
	CreatedAt time.Time
	SentAt    time.Time
}

// Over says that a letter's link has ended, so that sending it would help nobody.
func (l Letter) Over(now time.Time) bool { return !l.Until.IsZero() && !l.Until.After(now) }

// mailWaits are the times between the tries to send a mail: soon at first, for about a day altogether.
var mailWaits = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour}

// MailWait is how long a mail waits after so many tries; false when it was tried for long enough.
func MailWait(tries int) (time.Duration, bool) {
	if tries < 1 || tries > len(mailWaits) {
		return 0, false
	}
	return mailWaits[tries-1], true
}

// Why a mail did not arrive yet, or never will.
const (
	MailUnreachable = "unreachable" // no server answered
	MailSlow        = "slow"        // it did not answer in time
	MailNotTaken    = "refused"     // it answered that it won't take it
	MailBadAddress  = "bad_address" // there is no such address
	MailLate        = "late"        // its link ended before a server took it
)

// LinkLasts is how long a link that lets its reader choose a new password, or confirms an address, holds (A6).
const LinkLasts = 15 * time.Minute
