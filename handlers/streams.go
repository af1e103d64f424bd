package handlers

import (
	"sync"

	"aimyorg/domain"
)

// Caps of open streams (HOSTILE A111).
const (
	streamsPerMember = 6
	streamsPerTenant = 200
)

// streams counts who has how many streams open in this process.
type streams struct {
	mu      sync.Mutex
	members map[domain.ID]int
	tenants map[domain.ID]int
}

func newStreams() *streams {
	return &streams{members: map[domain.ID]int{}, tenants: map[domain.ID]int{}}
}

// enter takes a place; leave gives it back, once.
func (s *streams) enter(a domain.Actor) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[a.Member()] >= streamsPerMember || s.tenants[a.Tenant()] >= streamsPerTenant {
		return nil, false
	}
	s.members[a.Member()]++
	s.tenants[a.Tenant()]++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		drop(s.members, a.Member())
		drop(s.tenants, a.Tenant())
	}), true
}

func drop(m map[domain.ID]int, id domain.ID) {
	if m[id]--; m[id] <= 0 {
		delete(m, id)
	}
}
