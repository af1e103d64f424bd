package scoped

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// settle is how long ending a transaction may take; its context does not follow the caller's, which may be over.
const settle = 10 * time.Second

// text asks for every column as text. Without describing a statement first, which takes a round trip, its types are not
// known, and not all have a binary form that we could read.
var text = pgx.QueryResultFormats{pgx.TextFormatCode}

// conn is one connection for as long as database/sql has it. It embeds nothing: through sql.Conn.Raw a caller can get
// hold of it, and must not find pgx there.
type conn struct {
	pooled   *pgxpool.Conn
	tenant   string // of the open transaction
	prepared int    // names given
	texts    *texts // of all connections
}

var (
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
)

func (c *conn) pgx() *pgx.Conn { return c.pooled.Conn() }
func (c *conn) inTx() bool     { return c.pgx().PgConn().TxStatus() != 'I' }

// Close gives the connection back. The pool destroys one that is broken, busy or still in a transaction.
func (c *conn) Close() error { c.pooled.Release(); return nil }

// IsValid says whether the connection may serve another user of database/sql.
func (c *conn) IsValid() bool {
	return !c.pgx().IsClosed() && !c.pgx().PgConn().IsBusy() && !c.inTx()
}

// ResetSession is asked before a connection that database/sql kept is used again.
func (c *conn) ResetSession(context.Context) error {
	if !c.IsValid() {
		return driver.ErrBadConn
	}
	return nil
}

// CheckNamedValue leaves arguments to pgx, but for those that pgx takes as instructions.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	switch v.Value.(type) {
	case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID, pgx.QueryRewriter:
		return fmt.Errorf("%w: argument %d is an instruction to the driver", ErrRefused, v.Ordinal)
	}
	if v.Name != "" {
		return fmt.Errorf("%w: PostgreSQL has no named arguments", ErrRefused)
	}
	return nil
}

// Begin has no context, hence no scope.
func (c *conn) Begin() (driver.Tx, error) { return nil, ErrUnscoped }

// BeginTx begins and sets the scope in one round trip.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tenant, err := scopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if c.inTx() {
		return nil, fmt.Errorf("%w: a transaction is open on this connection", ErrRefused)
	}
	begin, err := beginSQL(opts)
	if err != nil {
		return nil, err
	}
	t, err := c.pgx().BeginTx(ctx, pgx.TxOptions{BeginQuery: begin + "; " + setScope(tenant)})
	if err != nil {
		c.settle(ctx)
		return nil, err
	}
	c.tenant = tenant
	return &tx{ctx: context.WithoutCancel(ctx), tx: t}, nil
}

func beginSQL(opts driver.TxOptions) (string, error) {
	q := "begin"
	switch level := sql.IsolationLevel(opts.Isolation); level {
	case sql.LevelDefault:
	case sql.LevelReadCommitted:
		q += " isolation level read committed"
	case sql.LevelRepeatableRead, sql.LevelSnapshot:
		q += " isolation level repeatable read"
	case sql.LevelSerializable:
		q += " isolation level serializable"
	default:
		return "", fmt.Errorf("%w: isolation %v", ErrRefused, level)
	}
	if opts.ReadOnly {
		q += " read only"
	}
	return q, nil
}

// setScope's tenant has been through isUUID. SET LOCAL rather than set_config(): Citus sends only the former to workers,
// and the role need not have the right to the latter.
func setScope(tenant string) string { return "set local app.tenant_id = '" + tenant + "'" }

// check is the gate of every statement: in a transaction, allowed, and of no other tenant than the transaction's.
func (c *conn) check(ctx context.Context, query string) error {
	if !c.inTx() {
		return ErrUnscoped
	}
	if ctx.Value(scopeKey{}) != nil {
		tenant, err := scopeOf(ctx)
		if err != nil {
			return err
		}
		if tenant != c.tenant {
			return fmt.Errorf("%w: the transaction is another tenant's", ErrUnscoped)
		}
	}
	return allow(query)
}

// ExecContext runs one statement in a transaction. It goes through Query, because pgx's Exec without arguments uses the
// simple protocol, in which one string may be several statements.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.check(ctx, query); err != nil {
		return nil, err
	}
	s, err := c.keep(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return c.exec(ctx, s)
}

func (c *conn) exec(ctx context.Context, s statement) (driver.Result, error) {
	r, err := c.pgx().Query(ctx, s.text, s.formatted()...)
	if err != nil {
		return nil, c.stale(s, err)
	}
	r.Close()
	return driver.RowsAffected(r.CommandTag().RowsAffected()), c.stale(s, r.Err())
}

// QueryContext runs one statement in the open transaction, or, when there is none, one that only reads in a transaction of
// its own.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !c.inTx() {
		rows, err := c.readAlone(ctx, query, args)
		if changed(err) {
			return c.readAlone(ctx, query, args)
		}
		return rows, err
	}
	if err := c.check(ctx, query); err != nil {
		return nil, err
	}
	s, err := c.keep(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return c.query(ctx, s)
}

func (c *conn) query(ctx context.Context, s statement) (driver.Rows, error) {
	r, err := c.pgx().Query(ctx, s.text, s.formatted()...)
	if err != nil {
		return nil, c.stale(s, err)
	}
	rows, err := firstRow(c, r, nil)
	return rows, c.stale(s, err)
}

// readAlone sends begin, scope, statement and commit at once and waits once.
func (c *conn) readAlone(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	tenant, err := scopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := allow(query); err != nil {
		return nil, err
	}
	s, err := c.keep(ctx, query, args)
	if err != nil {
		return nil, err
	}
	var b pgx.Batch
	b.Queue("begin read only")
	b.Queue(setScope(tenant))
	b.Queue(s.text, s.args...)
	b.Queue("commit")
	sent := c.pgx().SendBatch(ctx, &b)
	done := func() error {
		err := sent.Close()
		c.settle(ctx)
		return err
	}
	for range 2 {
		if _, err := sent.Exec(); err != nil {
			_ = done()
			return nil, err
		}
	}
	r, err := sent.Query()
	if err != nil {
		_ = done()
		return nil, c.stale(s, err)
	}
	rows, err := firstRow(c, r, done)
	return rows, c.stale(s, err)
}

// settle ends a transaction that a failure left open, so that the connection can be kept; should that fail too, the pool
// destroys the connection.
func (c *conn) settle(ctx context.Context) {
	if c.pgx().IsClosed() || !c.inTx() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	if _, err := c.pgx().Exec(ctx, "rollback"); err != nil {
		_ = c.pgx().Close(ctx)
	}
}

// Prepare has no context, hence no scope.
func (c *conn) Prepare(string) (driver.Stmt, error) { return nil, ErrUnscoped }

// PrepareContext prepares a statement for the rest of the open transaction.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.check(ctx, query); err != nil {
		return nil, err
	}
	if strings.IndexByte(query, mark) >= 0 {
		return nil, fmt.Errorf("%w: a NUL byte in its text", ErrRefused)
	}
	c.prepared++
	name := "scoped_" + strconv.Itoa(c.prepared)
	d, err := c.pgx().Prepare(ctx, name, query)
	if err != nil {
		return nil, err
	}
	return &stmt{c: c, ctx: context.WithoutCancel(ctx), name: name, query: query, inputs: len(d.ParamOIDs)}, nil
}
