package handlers

import (
	"crypto/sha256"
	"maps"
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
	awaited map[awaited]asker
}

// awaited is a stream that is about to be opened, with the cookies that the question came with.
type awaited struct {
	message domain.ID
	cookies [sha256.Size]byte
}

// asker is whose question it was.
type asker struct {
	who store.SignedIn
	at  time.Time // when their session was looked at
}

// mostAwaited bounds what is kept for readers who may never come; a further one's session is looked at again.
const mostAwaited = 4096

// watched is a session with the rights that its streams were opened with.
type watched struct {
	session domain.ID
	actor   domain.Actor
}

// watch is what a session's streams share, so that one of them looks for all whether they may go on, and none as long as its
// person asks more questions.
type watch struct {
	streams int          // guarded by the mutex of all
	looked  atomic.Int64 // when, in nanoseconds
	over    atomic.Bool
}

func newStreams() *streams {
	return &streams{members: map[domain.ID]int{}, tenants: map[domain.ID]int{}, watches: map[watched]*watch{}, awaited: map[awaited]asker{}}
}

// await lets the look at the session that a question came with count for its answer's stream, too, like for one that has been
// open since (A16): a page opens it at once.
func (s *streams) await(message domain.ID, cookies string, who store.SignedIn, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.awaited) >= mostAwaited {
		maps.DeleteFunc(s.awaited, func(_ awaited, a asker) bool { return now.Sub(a.at) > sessionEvery })
	}
	if len(s.awaited) < mostAwaited {
		s.awaited[awaited{message, sha256.Sum256([]byte(cookies))}] = asker{who, now}
	}
}

// arrive is who a stream was awaited for, once, and only with the same cookies and until it would be time to look again.
func (s *streams) arrive(message domain.ID, cookies string, now time.Time) (asker, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := awaited{message, sha256.Sum256([]byte(cookies))}
	a, ok := s.awaited[key]
	delete(s.awaited, key)
	return a, ok && now.Sub(a.at) <= sessionEvery
}

// place is that of one open stream.
type place struct {
	watch *watch
	leave func() // gives it back, once
}

// enter takes a place for a stream of somebody whose session held then, which also counts for their other streams.
func (s *streams) enter(who store.SignedIn, then time.Time) (*place, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, key := who.Actor, watched{who.Session, who.Actor}
	if s.members[a.Member()] >= streamsPerMember || s.tenants[a.Tenant()] >= streamsPerTenant {
		return nil, false
	}
	w := s.watches[key]
	if w == nil {
		w = &watch{}
		s.watches[key] = w
	}
	w.looked.Store(max(w.looked.Load(), then.UnixNano()))
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
