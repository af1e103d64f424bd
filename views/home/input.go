// Package home holds the page that says what to do next: a short list for a new organization, and what happened and
// what waits for a busy one.
package home

import (
	"time"

	"aimyorg/domain"
)

// Page is /home. A step that the person may not do is left out by the handler through MayWrite and MayConfigure.
type Page struct {
	Member        domain.Member
	Organization  domain.Organization
	MayWrite      bool
	MayConfigure  bool
	MayAsk        bool
	HasDocuments  bool
	HasAsked      bool // the person asked the Copilot at least once
	HasProvider   bool // a provider is chosen and on; else answers quote
	Consented     bool // the person agreed for the chosen provider
	Collections   int
	Documents     []domain.Document // the newest that the person may read
	Conversations []domain.Conversation
	Waiting       int // documents not yet read
	Unreadable    int // documents that can't be read
	Now           time.Time
}
