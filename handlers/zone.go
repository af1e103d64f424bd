package handlers

import (
	"sync"
	"time"

	"aimyorg/domain"
)

// zones keeps the time zones that were read: there are some hundreds, and each request needs its reader's.
type zones struct{ byName sync.Map }

func (z *zones) of(name string) *time.Location {
	if name == "" {
		return time.UTC
	}
	if l, ok := z.byName.Load(name); ok {
		return l.(*time.Location)
	}
	l := domain.Zone(name)
	z.byName.Store(name, l)
	return l
}
