// Package notifications holds the page of what one was told in the product.
package notifications

import (
	"time"

	"aimyorg/domain"
)

// Page is /notifications, newest first.
type Page struct {
	Notices      []domain.Notice
	Unread       bool // only those
	Count        int  // of all that are unread, at most a hundred
	Older, Newer string
	Now          time.Time // in the reader's zone
}

// newest is the notification that "mark all read" goes up to.
func (p Page) newest() string {
	if len(p.Notices) == 0 {
		return ""
	}
	return string(p.Notices[0].ID)
}

// day is the notices of one day.
type day struct {
	id, name string
	notices  []domain.Notice
}
