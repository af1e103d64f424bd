package scoped

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ErrCommitted says that a rollback came too late: the transaction was committed with its last statement.
var ErrCommitted = errors.New("the transaction was committed with its last statement")

type lastKey struct{}

// Last marks a transaction's last statement: the commit travels with it, so that nobody waits twice. With it the transaction
// has ended: its own commit only says so, a statement after it is refused with ErrUnscoped, and a rollback is too late
// (ErrCommitted), so whoever has to judge by what the statement did must not mark it. Should it fail, the transaction is open and
// can only be rolled back. Like a commit it can't be cancelled once it was sent, and has ten seconds.
func Last(ctx context.Context) context.Context { return context.WithValue(ctx, lastKey{}, true) }

func isLast(ctx context.Context) bool { return ctx.Value(lastKey{}) != nil }

// sendLast sends a statement with the commit, and, when it is also the first one, with what begins the transaction.
func (c *conn) sendLast(ctx context.Context, s statement) (pgx.Rows, func() error, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	r, done, err := c.together(ctx, c.takeBegin(), c.tenant, s, "commit")
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return r, func() error {
		defer cancel()
		err := done()
		c.over = err == nil && !c.inTx()
		return err
	}, nil
}
