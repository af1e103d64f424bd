package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// cannotConnectNow is the SQLSTATE of a server that is starting or stopping.
	cannotConnectNow = "57P03"
	// grace is how long a live process that does not listen may be a server that is still starting.
	grace = 500 * time.Millisecond
	// leave is how long a server that was left running gets to stop.
	leave = 30 * time.Second
)

// errStale says that the process of a pid file is no server any more.
var errStale = errors.New("stale postmaster.pid")

// pidfile is what a running server writes about itself.
type pidfile struct {
	pid  int
	sock string
}

func readPidfile(data string) (pidfile, error) {
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return pidfile{}, err
	}
	return parsePidfile(string(b))
}

// parsePidfile reads the pid and the socket's folder. The kernel would cut a longer number to 32 bits, and take a negative
// one for a group of processes, or for all there are.
func parsePidfile(text string) (pidfile, error) {
	lines := strings.Split(text, "\n")
	pid, err := strconv.ParseInt(lines[0], 10, 32)
	if err != nil || pid <= 1 || len(lines) < 5 {
		return pidfile{}, errStale
	}
	return pidfile{pid: int(pid), sock: lines[4]}, nil
}

// placeOfRunning is the place of a cluster that another process has brought up.
func placeOfRunning(home string) (place, error) {
	base, err := baseOf(home)
	if err != nil {
		return place{}, err
	}
	at := place{home: home, base: base, data: filepath.Join(base, "data")}
	pf, err := readPidfile(at.data)
	at.sock = pf.sock
	return at, err
}

// probe is nil when a server answers on the socket.
func probe(ctx context.Context, sock string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := pgconn.Connect(ctx, dsn(sock, Superuser, Superuser))
	if err != nil {
		return err
	}
	return c.Close(ctx)
}

// clearLeftover ends a server whose owner was killed, and removes the traces of one that died. It says whether there
// were such traces. The pid alone proves nothing, because it may be a zombie or somebody else's by now: only a process
// that also listens on the cluster's socket is taken for the server and sent a signal.
func clearLeftover(ctx context.Context, at place) (stale bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, leave)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for silent := time.Duration(0); ; silent += poll {
		pf, err := readPidfile(at.data)
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		switch listening := err == nil && listens(ctx, pf.sock); {
		case listening:
			silent = 0
			_ = syscall.Kill(pf.pid, syscall.SIGINT)
		case err == nil && alive(pf.pid) && silent < grace:
		default:
			return true, removeTraces(at, pf)
		}
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("a PostgreSQL left running (pid %d) does not stop: %w", pf.pid, ctx.Err())
		case <-tick.C:
		}
	}
}

func listens(ctx context.Context, sock string) bool {
	err := probe(ctx, sock)
	var refused *pgconn.PgError
	return err == nil || errors.As(err, &refused) && refused.Code == cannotConnectNow
}

func alive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) && !zombie(pid)
}

// removeTraces removes what would make PostgreSQL refuse to start. It has a second lock of its own (shared memory), so a
// backend that is still writing keeps it from starting all the same.
func removeTraces(at place, pf pidfile) error {
	for _, dir := range []string{pf.sock, at.sock} {
		if dir == "" {
			continue
		}
		_ = os.Remove(filepath.Join(dir, ".s.PGSQL.5432"))
		_ = os.Remove(filepath.Join(dir, ".s.PGSQL.5432.lock"))
	}
	err := os.Remove(filepath.Join(at.data, "postmaster.pid"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
