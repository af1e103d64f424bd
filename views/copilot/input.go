// Package copilot holds the Copilot: the panel docked on every page, the full page with the list of conversations, and
// the messages that both are made of.
package copilot

import (
	"time"

	"aimyorg/domain"
)

// State is whether the Copilot can be asked, and how it would answer.
type State string

// The states. Quoting answers without a provider; Ready writes with one.
const (
	Ready        State = "ready"
	Quoting      State = "quoting"
	NeedsConsent State = "consent_required"
	AIOff        State = "ai_disabled_by_org"
	NotAllowed   State = "not_permitted" // the role may not ask
)

// Standing is what the header, the ask form and the consent card need to know.
type Standing struct {
	State         State
	Provider      domain.Provider // who answers
	Model         string
	PolicyVersion int
	MayConfigure  bool // may switch AI on
}

// Place is the page that the panel is docked on.
type Place struct {
	Path     string    // posted as `page`
	Title    string    // in words: "the document Lease agreement"; "" when nothing is to be said
	Document domain.ID // posted as `document` when the page shows one
}

// Thread is a conversation with its messages. The zero Conversation is one that has not begun.
type Thread struct {
	Conversation domain.Conversation
	Messages     []Message
	Older        string // address of earlier messages, or ""
}

// PanelPart is the docked Copilot; the frame around it is layout's.
type PanelPart struct {
	Standing Standing
	Place    Place
	Thread   Thread
	Now      time.Time
}

// Ask is the form that a question is typed into.
type Ask struct {
	Standing     Standing
	Place        Place
	Conversation domain.ID // "" begins a new one
	Running      bool      // an answer of this conversation is being written: the next question waits
	Draft        string
	Problems     domain.Problems
	Code         string // why a question was refused, for machines
}

// Page is /copilot and /copilot/{conversation}.
type Page struct {
	Standing      Standing
	Thread        Thread
	Conversations []domain.Conversation
	Query         string // searching the list
	Older, Newer  string
	RenameForm    Rename
	Draft         string
	Problems      domain.Problems // of the question
	Now           time.Time
}

// Rename is the form for a conversation's title.
type Rename struct {
	Conversation domain.ID
	Title        string
	Problems     domain.Problems
}

// DeletePage asks before a conversation goes, with its messages.
type DeletePage struct {
	Conversation domain.Conversation
	Messages     int
}
