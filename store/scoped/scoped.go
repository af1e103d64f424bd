// Package scoped is the second wall around a tenant: a database/sql connector over a pgx pool that sends no statement
// without knowing whose it is (P28, P29).
//
// A transaction begins with the tenant's setting in the same round trip; a single read travels as one batch of begin,
// setting, statement and commit, and a statement that is marked as its transaction's last (see Last) brings the commit with
// it. The setting is SET LOCAL, so it ends with the transaction, whatever ends it. Row-level
// security reads it; this package only sees to it that it is always there and always right.
//
// What it refuses: a statement, a transaction or a preparation without a scope; a write outside a transaction; a scope
// that differs from its transaction's; several statements in one string; statements that could change the scope or
// outlive the transaction (SET, RESET, BEGIN, COMMIT, LISTEN, COPY, DO, CALL …: see the list in statement.go); a text with a
// NUL byte that is no mark of Dialect; and the arguments by which pgx would let a caller change the protocol or the text.
//
// Statements that come again are kept prepared on their connection: those with arguments apart, and those of Bun, whose
// arguments Dialect marks in the text so that they can be taken apart here.
//
// What it can't refuse is select set_config(…): the role must have no right to that function.
package scoped

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrUnscoped says that a statement came without a tenant, or with another tenant than its transaction's.
var ErrUnscoped = errors.New("statement without a tenant's scope refused")

// ErrRefused says that a statement is of a kind that is not offered here.
var ErrRefused = errors.New("statement refused")

// ErrPool says that a pool was not made from Config, so that it would let through what it must not.
var ErrPool = errors.New("pool was not made from scoped.Config")

type scopeKey struct{}

// With gives a context the scope of one tenant, a lower-case canonical UUID; with anything else every statement is
// refused, also under a scope that was there before. Only store calls it.
func With(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, scopeKey{}, tenant)
}

// scopeOf returns the tenant of a context, safe to stand between quotes.
func scopeOf(ctx context.Context) (string, error) {
	tenant, _ := ctx.Value(scopeKey{}).(string)
	if !isUUID(tenant) {
		return "", ErrUnscoped
	}
	return tenant, nil
}

// Open is the pool as a *sql.DB without idle connections of its own. Closing it leaves the pool open.
func Open(pool *pgxpool.Pool) *sql.DB {
	c := connector{pool: pool, texts: newTexts()}
	if pool.Config().ConnConfig.DefaultQueryExecMode != pgx.QueryExecModeExec {
		c.err = ErrPool // another mode may be the simple protocol, in which one string is many statements
	}
	db := sql.OpenDB(c)
	db.SetMaxIdleConns(0)
	return db
}

// Config is how every pool of ours is made, scoped or not: pgx caches no statement (kept.go does, and
// knows which are worth it), at most max connections, acting as role when one is given (the login must be a member of it),
// statements limited to 30 s, forgotten transactions to 60 s, times in UTC.
func Config(dsn, role string, max int32) (*pgxpool.Config, error) {
	if max < 1 {
		return nil, fmt.Errorf("a pool of %d connections", max)
	}
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = max
	cfg.MinConns = min(cfg.MinConns, max)
	conn := cfg.ConnConfig
	conn.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn.StatementCacheCapacity, conn.DescriptionCacheCapacity = 0, 0
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = 10 * time.Second
	}
	params := conn.RuntimeParams
	params["application_name"] = "aimyorg"
	params["statement_timeout"] = "30s"
	params["idle_in_transaction_session_timeout"] = "60s"
	params["timezone"] = "UTC"
	if role != "" {
		params["role"] = role
	}
	return cfg, nil
}

type connector struct {
	pool  *pgxpool.Pool
	texts *texts
	err   error
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.err != nil {
		return nil, c.err
	}
	pc, err := c.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{pooled: pc, texts: c.texts}, nil
}

func (c connector) Driver() driver.Driver { return noDriver{} }

// noDriver is what sql.DB.Driver answers: connections are not to be had by name.
type noDriver struct{}

func (noDriver) Open(string) (driver.Conn, error) { return nil, ErrUnscoped }

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
