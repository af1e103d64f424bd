package handlers

import (
	"sync"
	"sync/atomic"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
)

// Caps of open streams (HOSTILE A111).
const (
	streamsPerMember = 6
	streamsPerTenant = 200
)

// streams counts who has how many streams open in this process.
type streams struct {
	open atomic.Int64

	mu      sync.Mutex
	members map[domain.ID]int
	tenants map[domain.ID]int
	watches map[watched]*watch
}

// watched is a session with the rights that its streams were opened with.
type watched struct {
	session domain.ID
	actor   domain.Actor
}

// watch is what a session's streams share, so that one of them looks for all whether they may go on.
type watch struct {
	streams int          // guarded by the mutex of all
	looked  atomic.Int64 // when, in nanoseconds
	over    atomic.Bool
}

func newStreams() *streams {
	return &streams{members: map[domain.ID]int{}, tenants: map[domain.ID]int{}, watches: map[watched]*watch{}}
}

// place is that of one open stream.
type place struct {
	watch *watch
	leave func() // gives it back, once
}

// enter takes a place for a stream of somebody whose session held just now.
func (s *streams) enter(who store.SignedIn, now time.Time) (*place, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, key := who.Actor, watched{who.Session, who.Actor}
	if s.members[a.Member()] >= streamsPerMember || s.tenants[a.Tenant()] >= streamsPerTenant {
		return nil, false
	}
	w := s.watches[key]
	if w == nil {
		w = &watch{}
		w.looked.Store(now.UnixNano())
		s.watches[key] = w
	}
	w.streams++
	s.members[a.Member()]++
	s.tenants[a.Tenant()]++
	s.open.Add(1)
	return &place{watch: w, leave: sync.OnceFunc(func() { s.left(key, w) })}, true
}

func (s *streams) left(key watched, w *watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	drop(s.members, key.actor.Member())
	drop(s.tenants, key.actor.Tenant())
	if w.streams--; w.streams == 0 {
		delete(s.watches, key)
	}
	s.open.Add(-1)
}

func drop(m map[domain.ID]int, id domain.ID) {
	if m[id]--; m[id] <= 0 {
		delete(m, id)
	}
}

// due says whether this stream is the one to look now.
func (w *watch) due(now time.Time) bool {
	last := w.looked.Load()
	return now.UnixNano()-last > int64(sessionEvery) && w.looked.CompareAndSwap(last, now.UnixNano())
}
