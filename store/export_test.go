package store

import "aimyorg/domain"

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
