package scoped

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
)

// tx ends a transaction. Neither end can be cancelled: a commit cut off would leave the caller not knowing, and a
// rollback cut off a connection to throw away.
type tx struct {
	c     *conn
	ctx   context.Context // the one it began with, without its end
	reads bool            // and nothing else, so that no end of it can fail
}

// Commit fails with pgx.ErrTxCommitRollback when a statement before it had failed. Of a transaction that only read nobody
// waits for the end: it has seen what it saw, and the connection goes back to the pool when the server says so.
func (t *tx) Commit() error {
	if t.reads && t.c.begin == "" && t.c.pgx().PgConn().TxStatus() == 'T' {
		t.c.open = false
		t.c.ending = func() { _, _ = t.c.finish(t.ctx, "commit") } // nobody waits for it
		return nil
	}
	tag, err := t.end("commit")
	if err == nil && tag == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	return err
}

// Rollback fails with ErrCommitted after a last statement.
func (t *tx) Rollback() error {
	tag, err := t.end("rollback")
	if err == nil && tag == "COMMIT" {
		err = ErrCommitted
	}
	return err
}

// end ends what has begun on the server.
func (t *tx) end(how string) (tag string, err error) {
	begun, over := t.c.begin == "", t.c.over
	t.c.open, t.c.begin, t.c.over = false, "", false
	switch {
	case over:
		return "COMMIT", nil
	case !begun: // no statement came
		return "", nil
	case !t.c.inTx(): // beginning failed: nothing was done
		return "ROLLBACK", nil
	}
	return t.c.finish(t.ctx, how)
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
