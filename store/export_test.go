package store

import (
	"log/slog"

	"aimyorg/domain"
)

// AskTheDatabase makes a store rule on no collections itself.
func (db *DB) AskTheDatabase() { db.mostShelves = 0 }

// KeepPages makes a store keep so many bytes of opened search pages.
func (db *DB) KeepPages(most int) { db.search.pages = newPageCache(most) }

// KeptPages are the segments of an organization that pages are kept of.
func (db *DB) KeptPages(tenant domain.ID) map[int64]bool {
	kept := map[int64]bool{}
	db.search.pages.mu.Lock()
	defer db.search.pages.mu.Unlock()
	for at := range db.search.pages.at {
		if at.tenant == tenant {
			kept[at.segment] = true
		}
	}
	return kept
}

// SearchReads are the statements by which a search reads.
func SearchReads() map[string]string { return map[string]string{"hits": loadHits, "pages": readPages} }

// KnowsPeople says whether the directory of an organization is in memory.
func (db *DB) KnowsPeople(tenant domain.ID) bool {
	_, d := db.people.of(tenant)
	return d != nil
}

// KeptLooks is how many looks at sessions are kept.
func (db *DB) KeptLooks() int {
	db.recall.mu.Lock()
	defer db.recall.mu.Unlock()
	return len(db.recall.looks)
}

// Crew is what runs transactions.
type Crew = crew

// NewCrew makes one of which so many wait for the next errand.
func NewCrew(most int32, log *slog.Logger) *Crew { return newCrew(most, log) }

// Run, Close and Idle are what the store does with it, and how many wait.
func (c *crew) Run(do func() error) error { return c.run(do) }
func (c *crew) Close()                    { c.close() }
func (c *crew) Idle() int                 { return int(c.idle.Load()) }
