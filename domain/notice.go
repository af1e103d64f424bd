package domain

import (
	"slices"
	"time"
)

// NoticeKind is what a notification is about.
type NoticeKind string

// The kinds of notice. Those of security can't be switched off (P21).
const (
	NoticeNewDevice        NoticeKind = "new_device"
	NoticePasswordChanged  NoticeKind = "password_changed"
	NoticeEmailChanged     NoticeKind = "email_changed"
	NoticeFactorChanged    NoticeKind = "factor_changed"
	NoticeRecoveryUsed     NoticeKind = "recovery_used"
	NoticeFailures         NoticeKind = "failures"
	NoticeOwnership        NoticeKind = "ownership"
	NoticeRoleChanged      NoticeKind = "role_changed"
	NoticeDepartment       NoticeKind = "department_changed"
	NoticeInvitationTaken  NoticeKind = "invitation_taken"
	NoticeInvitationFailed NoticeKind = "invitation_failed"
	NoticeUnreadable       NoticeKind = "document_unreadable"
	NoticeConsentNeeded    NoticeKind = "consent_needed"
	NoticeDomainLost       NoticeKind = "domain_lost"
)

// NoticeKinds lists them in the order of the preferences page.
var NoticeKinds = []NoticeKind{NoticeNewDevice, NoticePasswordChanged, NoticeEmailChanged, NoticeFactorChanged, NoticeRecoveryUsed,
	NoticeFailures, NoticeOwnership, NoticeRoleChanged, NoticeDepartment, NoticeInvitationTaken, NoticeInvitationFailed,
	NoticeUnreadable, NoticeConsentNeeded, NoticeDomainLost}

// Security says that a kind is told in the product and by mail at once, whatever the person chose.
func (k NoticeKind) Security() bool {
	switch k {
	case NoticeNewDevice, NoticePasswordChanged, NoticeEmailChanged, NoticeFactorChanged, NoticeRecoveryUsed, NoticeFailures, NoticeOwnership:
		return true
	}
	return false
}

// EmailChoice is when a kind of notice is mailed.
type EmailChoice string

// The choices.
const (
	EmailNow    EmailChoice = "now"
	EmailDigest EmailChoice = "digest"
	EmailOff    EmailChoice = "off"
)

// NoticeChoice is what a person wants of one kind.
type NoticeChoice struct {
	Kind      NoticeKind
	InProduct bool
	Email     EmailChoice
}

// DefaultChoice is what a kind does until the person chooses.
func DefaultChoice(k NoticeKind) NoticeChoice {
	if k.Security() {
		return NoticeChoice{k, true, EmailNow}
	}
	return NoticeChoice{k, true, EmailDigest}
}

// Effective is the choice with what security asks for.
func (c NoticeChoice) Effective() NoticeChoice {
	if c.Kind.Security() {
		return DefaultChoice(c.Kind)
	}
	return c
}

// Problems says why a choice can't be kept.
func (c NoticeChoice) Problems() Problems {
	var p Problems
	p.Add(!slices.Contains(NoticeKinds, c.Kind), "email_"+string(c.Kind), "unknown", "There is no such kind of notification.")
	p.Add(c.Email != EmailNow && c.Email != EmailDigest && c.Email != EmailOff, "email_"+string(c.Kind), "unknown",
		"Choose at once, daily or no mail.")
	return p
}

// Notice is one notification. What it says is made by views from its kind and its words; it is sealed for its reader.
type Notice struct {
	ID     ID
	Kind   NoticeKind
	About  string // the kind of thing that it links to: document, member, department, invitation, session; "" for the account itself
	Object ID
	Words  NoticeWords
	At     time.Time
	ReadAt time.Time // zero when unread
}

// NoticeWords is what a notice's sentence is made of. Which of them a kind uses is in views/words.
type NoticeWords struct {
	Who     string `json:",omitempty"` // a person's name, where they have no account; else it is read when it is shown
	By      ID     `json:",omitempty"` // their account: a name that is corrected is corrected here, too (P78)
	What    string `json:",omitempty"` // a title, a role, a department, an address
	As      string `json:",omitempty"` // what the person is to it, where that differs: AsManager …
	Device  string `json:",omitempty"`
	Address string `json:",omitempty"`
	Count   int    `json:",omitempty"`
}
