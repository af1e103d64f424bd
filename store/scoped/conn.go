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
	open     bool   // database/sql is in a transaction
	begin    string // how to begin it, as long as nothing was sent
	over     bool   // the open transaction was committed with its last statement
	ending   func() // ends on the server what is over for whoever had it, a transaction that only read; nil: nothing is
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
func (c *conn) Close() error {
	if c.ending == nil {
		c.pooled.Release()
		return nil
	}
	go func() {
		defer c.pooled.Release()
		c.ended()
	}()
	return nil
}

// ended ends what is yet to be ended: before the connection goes back to the pool, or goes on with whoever keeps it.
func (c *conn) ended() {
	if c.ending != nil {
		c.ending()
		c.ending = nil
	}
}

// finish ends the transaction on the server. A connection on which that fails is good for nothing any more.
func (c *conn) finish(ctx context.Context, how string) (tag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	done, err := c.pgx().Exec(ctx, how)
	if err != nil && c.inTx() {
		_ = c.pgx().Close(ctx)
	}
	return done.String(), err
}

// IsValid says whether the connection may serve another user of database/sql.
func (c *conn) IsValid() bool {
	return !c.pgx().IsClosed() && !c.pgx().PgConn().IsBusy() && !c.inTx() && !c.open
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

// BeginTx notes how to begin: what begins the transaction and sets its scope is sent with its first statement, in one round
// trip.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tenant, err := scopeOf(ctx)
	if err != nil {
		return nil, err
	}
	c.ended()
	if c.open || c.inTx() {
		return nil, fmt.Errorf("%w: a transaction is open on this connection", ErrRefused)
	}
	begin, err := beginSQL(opts)
	if err != nil {
		return nil, err
	}
	c.tenant, c.open, c.begin, c.over = tenant, true, begin, false
	reads := opts.ReadOnly && opts.Isolation != driver.IsolationLevel(sql.LevelSerializable)
	return &tx{c: c, ctx: context.WithoutCancel(ctx), reads: reads}, nil
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
	if !c.open || c.begin == "" && !c.inTx() {
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
	r, done, err := c.send(ctx, s)
	if err != nil {
		return nil, c.stale(s, err)
	}
	r.Close()
	err = r.Err()
	if derr := done(); err == nil {
		err = derr
	}
	return driver.RowsAffected(r.CommandTag().RowsAffected()), c.stale(s, err)
}

// send sends a statement of the open transaction, the first one with what begins it and the last one with its end. done is
// called when the rows are read.
func (c *conn) send(ctx context.Context, s statement) (r pgx.Rows, done func() error, err error) {
	if isLast(ctx) {
		return c.sendLast(ctx, s)
	}
	if c.begin == "" {
		r, err = c.pgx().Query(ctx, s.text, s.formatted()...)
		return r, func() error { return nil }, err
	}
	return c.together(ctx, c.takeBegin(), c.tenant, s)
}

// takeBegin gives how to begin the transaction, once: whoever takes it sends it.
func (c *conn) takeBegin() string {
	begin := c.begin
	c.begin = ""
	return begin
}

// QueryContext runs one statement in the open transaction, or, when there is none, one that only reads in a transaction of
// its own.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !c.open {
		c.ended()
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
	r, done, err := c.send(ctx, s)
	if err != nil {
		return nil, c.stale(s, err)
	}
	rows, err := firstRow(c, r, done)
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
	r, done, err := c.together(ctx, "begin read only", tenant, s, "commit")
	if err != nil {
		return nil, c.stale(s, err)
	}
	rows, err := firstRow(c, r, func() error {
		err := done()
		c.settle(ctx)
		return err
	})
	return rows, c.stale(s, err)
}

// together sends what begins a transaction and its scope (unless begin is ""), a statement and what follows it at once. Should
// one fail, the server leaves out those after it: none runs without the scope, and none is committed that failed.
func (c *conn) together(ctx context.Context, begin, tenant string, s statement, after ...string) (pgx.Rows, func() error, error) {
	var b pgx.Batch
	if begin != "" {
		if err := c.queue(ctx, &b, begin); err != nil {
			return nil, nil, err
		}
		b.Queue(setScope(tenant))
	}
	before := b.Len()
	b.Queue(s.text, s.args...)
	for _, x := range after {
		if err := c.queue(ctx, &b, x); err != nil {
			return nil, nil, err
		}
	}
	sent := c.pgx().SendBatch(ctx, &b)
	for range before {
		if _, err := sent.Exec(); err != nil {
			_ = sent.Close()
			c.settle(ctx)
			return nil, nil, err
		}
	}
	r, err := sent.Query()
	if err != nil {
		_ = sent.Close()
		if len(after) > 0 {
			c.settle(ctx)
		}
		return nil, nil, err
	}
	return r, sent.Close, nil
}

// queue adds what begins or ends a transaction by its kept name: parsing it is a good part of what it costs.
func (c *conn) queue(ctx context.Context, b *pgx.Batch, text string) error {
	name, err := c.prepare(ctx, text)
	b.Queue(name)
	return err
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
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	c.prepared++
	name := "scoped_" + strconv.Itoa(c.prepared)
	d, err := c.pgx().Prepare(ctx, name, query)
	if err != nil {
		return nil, err
	}
	return &stmt{c: c, ctx: context.WithoutCancel(ctx), name: name, query: query, inputs: len(d.ParamOIDs)}, nil
}

// start begins a transaction whose first statement is none that could be sent with it.
func (c *conn) start(ctx context.Context) error {
	if c.begin == "" {
		return nil
	}
	if _, err := c.pgx().Exec(ctx, c.takeBegin()+"; "+setScope(c.tenant)); err != nil {
		c.settle(ctx)
		return err
	}
	return nil
}
