package store

import (
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// hot runs one of the few reads that nearly every request makes. Its text is a constant with its arguments apart, so that
// the connection keeps its plan (scoped.Open); Bun, which writes arguments into texts, only scans the rows. Like every
// query it names the organization itself: $1 is always its id. dest is a pointer to a slice of rows.
func (t *Tenant) hot(dest any, query string, args ...any) error {
	args = append([]any{string(t.id())}, args...)
	var rows *sql.Rows
	var err error
	switch on := t.bun.(type) {
	case bun.Tx:
		rows, err = on.Tx.QueryContext(t.ctx, query, args...)
	case *bun.DB:
		rows, err = on.DB.QueryContext(t.ctx, query, args...)
	default:
		return errors.New("store: neither a transaction nor a database")
	}
	if err != nil {
		return err
	}
	return errors.Join(t.db.bun.ScanRows(t.ctx, rows, dest), rows.Close())
}
