package store

import (
	"context"
	"errors"

	"aimyorg/domain"
)

// presumption is what a transaction took for true without asking, because it was so a moment ago.
type presumption struct {
	facts  *facts        // of who may what; nil when none were needed
	search *cachedSearch // the index; nil when nothing was searched
	seen   *epochs       // as the transaction sees them; nil until a read said so
}

// epochs are an organization's: of who may what, and of its index.
type epochs struct{ Standing, Search int64 }

// errNotPresumed says that something is not known already, and so has to be read for what it is. Nothing is remembered of what
// a transaction reads that may have presumed wrongly.
var errNotPresumed = errors.New("store: not known already")

// Presuming is Snapshot for a search: instead of asking first in which epochs it is, it presumes those seen last, and looks at
// the end, most often with what it reads anyway, whether they were. If not, or if fn failed, or met something that is not known
// already, nothing of it counts, and fn is run again having asked (P47, P54). So fn must begin anew each time.
func (db *DB) Presuming(ctx context.Context, a domain.Actor, fn func(*Tenant) error) error {
	held := false
	err := db.Snapshot(ctx, a, func(t *Tenant) (err error) {
		t.presumes = &presumption{}
		if err = fn(t); err == nil {
			held, err = t.presumedRightly()
		}
		return err
	})
	if err == nil && held || ctx.Err() != nil {
		return err
	}
	return db.Snapshot(ctx, a, fn)
}

func (t *Tenant) presumedRightly() (bool, error) {
	p := t.presumes
	if p.facts == nil && p.search == nil {
		return true, nil
	}
	if p.seen == nil {
		var rows []epochs
		if err := t.hot(&rows, `select epoch as standing, coalesce((select epoch from search_state where tenant_id = $1), 0) as search
			from standings where tenant_id = $1`); err != nil || len(rows) == 0 {
			return false, err
		}
		p.seen = &rows[0]
	}
	return (p.facts == nil || p.facts.epoch == p.seen.Standing) && (p.search == nil || p.search.epoch == p.seen.Search), nil
}
