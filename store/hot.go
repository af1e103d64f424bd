package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// hot runs one of the few reads that nearly every request makes. Its text is a constant with its arguments apart, lists too,
// so that each connection keeps one plan of it (scoped.Dialect does the same for what Bun writes, but a list of another
// length is another text); Bun only scans the rows. Like every query it names the organization itself: $1 is always its id.
// dest is a pointer to a slice of rows.
func (t *Tenant) hot(dest any, query string, args ...any) error {
	var on interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
	switch b := t.bun.(type) {
	case bun.Tx:
		on = b.Tx
	case *bun.DB:
		on = b.DB
	default:
		return errors.New("store: neither a transaction nor a database")
	}
	rows, err := on.QueryContext(t.ctx, query, append([]any{string(t.id())}, args...)...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	return errors.Join(t.db.bun.ScanRows(t.ctx, rows, dest), rows.Err())
}
