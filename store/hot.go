package store

import (
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// hot runs one of the few reads that nearly every request makes. Its text is a constant with its arguments apart, lists too,
// so that each connection keeps one plan of it (scoped.Dialect does the same for what Bun writes, but a list of another
// length is another text); Bun only scans the rows. Like every query it names the organization itself: $1 is always its id.
// dest is a pointer to a slice of rows.
func (t *Tenant) hot(dest any, query string, args ...any) error {
	rows, err := t.hotRows(query, args)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	return errors.Join(t.db.bun.ScanRows(t.ctx, rows, dest), rows.Err())
}

// hotEach is hot with rows that take scans itself, one after the other: Bun takes longer to find the places of many columns than
// they take to read.
func (t *Tenant) hotEach(take func(*sql.Rows) error, query string, args ...any) error {
	rows, err := t.hotRows(query, args)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *Tenant) hotRows(query string, args []any) (*sql.Rows, error) {
	args = append([]any{string(t.id())}, args...)
	switch b := t.bun.(type) {
	case bun.Tx:
		return b.Tx.QueryContext(t.ctx, query, args...)
	case *bun.DB:
		return b.DB.QueryContext(t.ctx, query, args...)
	}
	return nil, errors.New("store: neither a transaction nor a database")
}
