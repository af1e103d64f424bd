package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"io/fs"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"aimyorg/domain"
	"aimyorg/store/seal"
)

// ErrUnreadable is a sealed value that does not open: moved, damaged, or its key is gone. It is shown as "unreadable",
// never as text (P28).
var ErrUnreadable = errors.New("unreadable")

// known turns drivers' errors into the product's, in this one place. The driver's own text may hold values, so it is
// kept for a class only.
func known(err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case isConnect(err): // before "not found": of a stopped server, the socket is what does not exist
		return fault{domain.ErrUnavailable, "database unreachable"}
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, pgx.ErrNoRows), errors.Is(err, fs.ErrNotExist), errors.Is(err, seal.ErrNoKeys):
		return domain.ErrNotFound
	case errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, seal.ErrSealed), errors.Is(err, seal.ErrShredded):
		return ErrUnreadable
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault{domain.ErrUnavailable, "disk full"}
	case errors.As(err, &pg):
		return knownPG(pg)
	case pgconn.SafeToRetry(err), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, driver.ErrBadConn):
		return fault{domain.ErrUnavailable, "database unreachable"}
	}
	return err
}

func knownPG(pg *pgconn.PgError) error {
	switch pg.Code[:2] {
	case "23": // a key, a check or a reference: somebody else was faster, or a form named what is not there
		return fault{domain.ErrConflict, "constraint " + pg.ConstraintName}
	case "40":
		return fault{domain.ErrConflict, "serialization"}
	case "53", "57", "58", "08":
		return fault{domain.ErrUnavailable, "database " + pg.Code}
	}
	if pg.Code[:2] == "42" { // a statement of ours that is wrong: its message names tables and roles, never values
		return fault{errors.New("database"), pg.Code + " " + pg.Message}
	}
	return fault{errors.New("database"), pg.Code + " " + pg.TableName + " " + pg.ColumnName}
}

func isConnect(err error) bool {
	var c *pgconn.ConnectError
	return errors.As(err, &c) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE)
}

// fault is one of domain's errors with its class for the log; it never holds what somebody wrote.
type fault struct {
	error
	class string
}

func (f fault) Error() string { return f.error.Error() + ": " + f.class }
func (f fault) Unwrap() error { return f.error }
