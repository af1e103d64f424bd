// Package localpg runs a private PostgreSQL as a child process, so that a clone of the project needs nothing but the
// PostgreSQL programs to be installed.
//
// One directory is one cluster. A kernel lock makes the first process on a directory its owner; later ones attach.
// The owner's death ends PostgreSQL (on Linux at once, by the kernel; elsewhere the next owner ends what was left), and
// the next start recovers from the write-ahead log. The server listens on one unix socket only, in a directory of mode
// 0700, and is set up so that neither statements nor values reach its log (P31).
//
// PostgreSQL refuses to run as root. A root process therefore runs it as the user postgres, else nobody. Should that
// user be unable to reach Config.Dir (a clone under /root, whose mode is 0700), the cluster is placed under
// /var/lib/aimyorg (in the temporary directory when not durable) and the file Dir/location names the place. Removing
// Dir then starts afresh; what lies under /var/lib/aimyorg stays until someone removes it.
package localpg

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Superuser is the cluster's bootstrap role, the one that may be given to DSN before any other role exists.
const Superuser = "postgres"

// poll is how often files and sockets are looked at while waiting for PostgreSQL to come up or to go away.
const poll = 5 * time.Millisecond

// Config says where the cluster lives and how much it may lose.
type Config struct {
	// Dir is given over to the cluster and created when missing. Two processes that name the same Dir share one server.
	Dir string
	// BinDir holds the programs initdb and postgres; when empty the newest installed ones that fit are taken.
	BinDir string
	// Log hears about starts, stops and unusual placements; nil is silence.
	Log *slog.Logger
	// Durable is for people's data. When false, nothing is flushed to disk, and everything in Dir that is ours (and Dir,
	// when that leaves it empty) is removed when the process ends in whatever way.
	Durable bool
}

// Server is a running PostgreSQL that this process owns or is attached to.
type Server struct {
	at    place
	log   *slog.Logger
	child *child   // nil when attached
	lock  *os.File // nil when attached
	sweep *sweeper // nil when attached or durable
	once  sync.Once
	err   error
}

// Start returns once PostgreSQL answers: started by this process, or found running because another process owns Dir.
// It is bounded by ctx; the server outlives ctx. A new cluster takes about a second, an existing one a fifth of that.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	who, err := dropTo()
	if err != nil {
		return nil, err
	}
	home, err := makeHome(cfg.Dir, who)
	if err != nil {
		return nil, err
	}
	lock, err := lockOrAttach(ctx, home)
	if err != nil {
		return nil, err
	}
	if lock == nil {
		at, err := placeOfRunning(home)
		return &Server{at: at, log: cfg.Log}, err
	}
	s, err := own(ctx, cfg, home, who)
	if err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("private PostgreSQL in %s: %w", home, err)
	}
	s.lock = lock
	return s, nil
}

// own brings up the cluster of a directory whose lock this process holds.
func own(ctx context.Context, cfg Config, home string, who *account) (*Server, error) {
	at, err := choosePlace(home, who, cfg)
	if err != nil {
		return nil, err
	}
	bin, err := programsFor(cfg.BinDir, at.data)
	if err != nil {
		return nil, err
	}
	s := &Server{at: at, log: cfg.Log}
	if !cfg.Durable {
		if s.sweep, err = startSweeper(at); err != nil {
			return nil, err
		}
	}
	b := boot{bin: bin, at: at, who: who, durable: cfg.Durable}
	if s.child, err = b.up(ctx); err != nil {
		s.sweep.stop()
		return nil, err
	}
	cfg.Log.Info("private PostgreSQL is up", "programs", bin, "data", at.data, "socket", at.sock)
	return s, nil
}

// DSN is a connection string for a role and a database. The socket's directory is the only credential: whoever can enter
// it is trusted.
func (s *Server) DSN(role, database string) string { return dsn(s.at.sock, role, database) }

// Data is the directory with the cluster's files, for the scan that looks for people's words in them.
func (s *Server) Data() string { return s.at.data }

// LogFile is PostgreSQL's own log.
func (s *Server) LogFile() string { return s.at.log() }

// Owner says whether this process started the server; Stop does nothing otherwise.
func (s *Server) Owner() bool { return s.child != nil }

// Done is closed when a server of ours has ended, asked or not. It is nil, and so never ready, when attached.
func (s *Server) Done() <-chan struct{} {
	if s.child == nil {
		return nil
	}
	return s.child.done
}

// Stop ends a server that this process owns: open transactions are rolled back, then a checkpoint. When ctx ends first
// the server is stopped at once, loses nothing that was committed, and recovers at its next start. Stop may be called
// more than once.
func (s *Server) Stop(ctx context.Context) error {
	if s.child == nil {
		return nil
	}
	s.once.Do(func() {
		s.err = s.child.stop(ctx)
		s.at.removeShortSocketDir()
		s.sweep.stop()
		s.log.Info("private PostgreSQL is down", "data", s.at.data)
		_ = s.lock.Close()
	})
	return s.err
}

// lockOrAttach returns the directory's lock, or nil when another process holds it and its server answers.
func lockOrAttach(ctx context.Context, home string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(home, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			return f, nil
		}
		if at, err := placeOfRunning(home); err == nil && probe(ctx, at.sock) == nil {
			return nil, f.Close()
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("another process holds %s and its PostgreSQL does not answer: %w", home, ctx.Err())
		case <-tick.C:
		}
	}
}

func dsn(sock, role, database string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	return fmt.Sprintf("host='%s' port=5432 user='%s' dbname='%s' sslmode=disable", quote(sock), quote(role), quote(database))
}
