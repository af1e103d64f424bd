// Package search holds the search page: passages that match, each opening its document at the place, and conversations
// that match by title.
package search

import (
	"time"

	"aimyorg/domain"
)

// Page is /search?q=.
type Page struct {
	Query         string
	Found         []domain.Found
	Conversations []domain.Conversation
	HasDocuments  bool // the person may read at least one document
	MayWrite      bool
	Older, Newer  string // addresses of the next and the previous results
	Now           time.Time
}
