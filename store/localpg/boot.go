package localpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// startTries is how often a start is tried after a crash: backends of the dead server may take a moment to notice.
const startTries = 20

// settings go on the command line, where ALTER SYSTEM can't change them. Those of the log keep statements, parameters
// and values (which stand in an error's text and detail) out of it: log_min_messages=log drops errors of level ERROR,
// and keeps what concerns the server itself.
var settings = []string{
	"listen_addresses=", "unix_socket_permissions=0700", "cluster_name=aimyorg",
	"log_destination=stderr", "logging_collector=off", "log_min_messages=log", "log_min_error_statement=panic",
	"log_error_verbosity=terse", "log_statement=none", "log_duration=off", "log_min_duration_statement=-1",
	"log_min_duration_sample=-1", "log_transaction_sample_rate=0", "log_parameter_max_length=0",
	"log_parameter_max_length_on_error=0", "log_lock_waits=off", "log_temp_files=-1",
	"log_autovacuum_min_duration=-1", "debug_print_parse=off",
	"track_activities=off", "update_process_title=off", // what each statement does is written down for nobody, at 7 % of all of an answer's cost
	"autovacuum_naptime=5s", // plans that were made when a table was empty are kept until it is analyzed: they read all of it
	"shared_buffers=64MB", "max_connections=100", "max_logical_replication_workers=0", "jit=off", "max_wal_size=512MB", "timezone=UTC", "log_timezone=UTC",
}

// carelessSettings are for clusters that nobody will miss.
var carelessSettings = []string{
	"fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
	"max_connections=300", // of many products at once
}

// boot is one bringing up of a cluster.
type boot struct {
	bin     string
	at      place
	who     *account
	durable bool
}

func (b boot) up(ctx context.Context) (*child, error) {
	if err := b.initdb(ctx); err != nil {
		return nil, err
	}
	stale, err := clearLeftover(ctx, b.at)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		c, err := b.start(ctx)
		if err == nil || !stale || try == startTries || ctx.Err() != nil {
			return c, err
		}
		pause(ctx, 100*time.Millisecond)
	}
}

// initdb makes the cluster in a directory beside its place and renames it, so that there is a whole one or none.
func (b boot) initdb(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(b.at.data, "PG_VERSION")); err == nil {
		return nil
	}
	fresh := b.at.data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := ownDir(fresh, b.who); err != nil {
		return err
	}
	args := []string{"-D", fresh, "-U", Superuser, "-E", "UTF8", "--locale=C", "--auth-local=trust", "--auth-host=reject", "--no-instructions"}
	if b.durable {
		args = append(args, "--data-checksums")
	} else {
		args = append(args, "--no-sync")
	}
	var out strings.Builder
	cmd := b.command(fresh, "initdb", args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	c, err := launch(cmd)
	if err != nil {
		return err
	}
	if err := c.wait(ctx); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out.String())
	}
	return renameDurably(fresh, b.at.data)
}

// start launches the server and waits until it answers.
func (b boot) start(ctx context.Context) (*child, error) {
	log, err := os.OpenFile(b.at.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	args := []string{"-D", b.at.data, "-k", b.at.sock}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	if !b.durable {
		for _, s := range carelessSettings {
			args = append(args, "-c", s)
		}
	}
	cmd := b.command(b.at.data, "postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	c, err := launch(cmd)
	if err != nil {
		return nil, err
	}
	if err := b.ready(ctx, c); err != nil {
		c.kill()
		return nil, fmt.Errorf("%w\n%s", err, lastLines(b.at.log(), 6))
	}
	return c, nil
}

func (b boot) ready(ctx context.Context, c *child) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		err := probe(ctx, b.at.sock)
		if err == nil {
			return nil
		}
		select {
		case <-c.done:
			return fmt.Errorf("PostgreSQL ended while starting: %w", c.err)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w: %w", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// command is one of PostgreSQL's programs, as its user, in a process group of its own (the terminal's Ctrl-C must reach
// us first), with an environment that holds none of our secrets.
func (b boot) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(b.bin, program), args...) //nolint:noctx // it outlives whoever starts it; see child.stop
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: b.who.credential(), Setpgid: true}
	return cmd
}

func renameDurably(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func lastLines(file string, n int) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
