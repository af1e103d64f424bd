package store

import (
	"crypto/sha256"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// ErrLookAgain says that a session is not any more what it was recalled as, so that nothing was done: who comes with it has to
// be looked at first.
var ErrLookAgain = errors.New("store: the session is not what it was recalled as")

// recall keeps what the looks at sessions of the last minute or two gave, by the hash of their tokens. It is never believed:
// what is done with a recalled session holds it against the rows in the statement that does it (P47, P54; A14, A16).
type recall struct {
	mu    sync.Mutex
	looks map[[sha256.Size]byte]lookedAt
	swept time.Time // when what is too old was forgotten
}

type lookedAt struct {
	who  SignedIn
	seen time.Time // the session's last use, as its row has it
}

// mostRecalled bounds the looks that are kept: some megabytes.
const mostRecalled = 4096

func newRecall() *recall { return &recall{looks: map[[sha256.Size]byte]lookedAt{}} }

func (r *recall) keep(token string, who SignedIn, seen, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.swept) > seenStep { // nobody's name and address lie about for longer
		r.swept = now
		maps.DeleteFunc(r.looks, func(_ [sha256.Size]byte, l lookedAt) bool { return now.Sub(l.seen) > seenStep })
	}
	if len(r.looks) < mostRecalled {
		r.looks[sha256.Sum256([]byte(token))] = lookedAt{who, seen}
	}
}

// Recall is Session without a look, for a request that only asks a question (DB.Asking). It knows nobody whose last use
// would have to be moved, or in whose organization anybody's rights have changed since, as far as this process has seen.
func (db *DB) Recall(token string) (SignedIn, bool) {
	r := db.recall
	r.mu.Lock()
	l, ok := r.looks[sha256.Sum256([]byte(token))]
	r.mu.Unlock()
	if !ok || db.Now().Sub(l.seen) > seenStep || l.who.Stage != domain.Whole {
		return SignedIn{}, false
	}
	f := db.facts.newest(l.who.Actor.Tenant())
	if f == nil || f.epoch != l.who.epoch {
		return SignedIn{}, false
	}
	l.who.recalled = true
	return l.who, true
}

// Recalled says whether the session was not looked at, nor held by a question yet.
func (s SignedIn) Recalled() bool { return s.recalled }

// holds is the part of a statement that gives a row if a session is what it was recalled as: there, whole, not over by
// the clock, and nobody's rights have changed since it was looked at.
func (t *Tenant) holds(who *SignedIn) *bun.SelectQuery {
	return t.of((*sessionRow)(nil)).ColumnExpr("1 AS there").
		Where("s.id = ? AND s.member_id = ? AND s.stage = ?", who.Session, who.Actor.Member(), domain.Whole).
		Where("s.seen_at >= ? AND s.created_at >= ?", t.now.Add(-domain.SessionIdle), t.now.Add(-domain.SessionAbsolute)).
		Where("EXISTS (SELECT FROM standings sg WHERE sg.tenant_id = s.tenant_id AND sg.epoch = ?::bigint)", apart(who.epoch))
}
