package handlers

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
)

// eventOf is what using a route counts as, "" for nothing (P7: a closed list).
func eventOf(r route) domain.UsageEvent {
	switch r.method + " " + r.path {
	case "GET /home":
		return domain.UsedHome
	case "POST /copilot/messages":
		return domain.AskedCopilot
	case "GET /search":
		return domain.Searched
	case "GET /knowledge/documents/:id":
		return domain.OpenedDocument
	case "POST /knowledge/collections/:id/documents":
		return domain.AddedDocument
	case "GET /people":
		return domain.UsedPeople
	}
	if r.method == fiber.MethodGet && strings.HasPrefix(r.path, "/admin/") {
		return domain.UsedAdmin
	}
	return ""
}

// count counts a request that went well, for somebody who lets it be counted. It only remembers: nothing waits for it.
func (q *request) count(event domain.UsageEvent, failed error) {
	if event == "" || failed != nil || q.c.Method() == fiber.MethodHead || q.c.Response().StatusCode() >= 400 || !q.signedIn() || !q.measured() {
		return
	}
	q.usage.add(q.actor().Tenant(), q.actor().Member(), event, q.now)
}

// measured says whether usage and screens may be counted: the person has not objected, and their browser does not ask to be
// left alone (P60, P80).
func (q *request) measured() bool { return q.who.Member.Measured && !q.untracked() }

// untracked is the Global Privacy Control.
func (q *request) untracked() bool { return q.c.Get("Sec-GPC") == "1" }

// usage gathers counts and writes them now and then, one statement an organization. Counts of a process that is
// killed in between are lost, and counts that can't be written are: they are worth nobody's waiting.
type usage struct {
	db    *store.DB
	log   *slog.Logger
	every time.Duration
	done  chan struct{} // closed when the last was written

	mu     sync.Mutex
	counts map[domain.ID]map[use]int // by organization
	size   int
}

// use is one person's use of one part on a day.
type use struct {
	member domain.ID
	event  domain.UsageEvent
	day    time.Time
}

const (
	usageEvery = 30 * time.Second
	usageWait  = 5 * time.Second // for the database
	maxUses    = 100_000         // remembered at most; more are not counted
)

func newUsage(db *store.DB, log *slog.Logger, every time.Duration) *usage {
	return &usage{db: db, log: log, every: every, done: make(chan struct{}), counts: map[domain.ID]map[use]int{}}
}

func (u *usage) add(tenant, member domain.ID, event domain.UsageEvent, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.counts[tenant] == nil {
		u.counts[tenant] = map[use]int{}
	}
	key := use{member, event, domain.UsageDay(at)}
	if u.counts[tenant][key] == 0 {
		if u.size >= maxUses {
			return
		}
		u.size++
	}
	u.counts[tenant][key]++
}

// forget drops what is remembered of somebody who objects.
func (u *usage) forget(a domain.Actor) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for key := range u.counts[a.Tenant()] {
		if key.member == a.Member() {
			delete(u.counts[a.Tenant()], key)
			u.size--
		}
	}
}

// run writes now and then until ctx ends, and then once more.
func (u *usage) run(ctx context.Context) {
	defer close(u.done)
	tick := time.NewTicker(u.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			u.flush(context.WithoutCancel(ctx))
			return
		case <-tick.C:
			u.flush(ctx)
		}
	}
}

func (u *usage) flush(ctx context.Context) {
	u.mu.Lock()
	counts := u.counts
	u.counts, u.size = map[domain.ID]map[use]int{}, 0
	u.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, usageWait)
	defer cancel()
	var err error
	for tenant, uses := range counts {
		err = errors.Join(err, u.db.AddUsage(ctx, tenant, byMember(uses)))
	}
	if err != nil {
		u.log.Warn("usage was not counted", "err", err)
	}
}

func byMember(uses map[use]int) map[domain.ID][]domain.Used {
	out := map[domain.ID][]domain.Used{}
	for key, n := range uses {
		out[key.member] = append(out[key.member], domain.Used{Event: key.event, Day: key.day, Times: n})
	}
	return out
}
