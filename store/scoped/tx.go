package scoped

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
)

// tx ends a transaction. Neither end can be cancelled: a commit cut off would leave the caller not knowing, and a
// rollback cut off a connection to throw away.
type tx struct {
	ctx context.Context // the one it began with, without its end
	tx  pgx.Tx
}

// Commit fails with pgx.ErrTxCommitRollback when a statement before it had failed.
func (t *tx) Commit() error { return t.end(t.tx.Commit) }

func (t *tx) Rollback() error { return t.end(t.tx.Rollback) }

func (t *tx) end(how func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(t.ctx, settle)
	defer cancel()
	return how(ctx)
}

// stmt is a prepared statement; its name belongs to the connection, its use to a transaction.
type stmt struct {
	c           *conn
	ctx         context.Context // for Close, which has none
	name, query string
	inputs      int
}

var (
	_ driver.StmtExecContext  = (*stmt)(nil)
	_ driver.StmtQueryContext = (*stmt)(nil)
)

// NumInput is the number of arguments.
func (s *stmt) NumInput() int { return s.inputs }

// Exec has no context, hence no scope.
func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, ErrUnscoped }

// Query has no context, hence no scope.
func (s *stmt) Query([]driver.Value) (driver.Rows, error) { return nil, ErrUnscoped }

// ExecContext runs the statement in the open transaction.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.c.check(ctx, s.query); err != nil {
		return nil, err
	}
	return s.c.exec(ctx, s.with(args))
}

// QueryContext runs the statement in the open transaction.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.c.check(ctx, s.query); err != nil {
		return nil, err
	}
	return s.c.query(ctx, s.with(args))
}

func (s *stmt) with(args []driver.NamedValue) statement {
	out := statement{text: s.name}
	for _, a := range args {
		out.args = append(out.args, a.Value)
	}
	return out
}

// Close forgets the statement on the server.
func (s *stmt) Close() error {
	if s.c.pgx().IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, settle)
	defer cancel()
	return s.c.pgx().Deallocate(ctx, s.name)
}
