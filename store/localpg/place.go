package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	lockName     = "lock"
	locationName = "location"
	logName      = "postgres.log"
	// durableRoot holds the clusters of directories that PostgreSQL's user can't reach.
	durableRoot = "/var/lib/aimyorg"
	// longestSocketDir leaves room for /.s.PGSQL.5432 in the 104 bytes that macOS allows (Linux: 108).
	longestSocketDir = 103 - len("/.s.PGSQL.5432")
	// longestLog is when the log of earlier runs is put aside, in bytes. One old log is kept.
	longestLog = 10 << 20
)

// ErrUnsafeDir says that a directory we would trust is writable by others or belongs to someone else.
var ErrUnsafeDir = errors.New("belongs to someone else or is open to others")

// place is where the parts of one cluster lie.
type place struct {
	home string // what the caller named: lock, log, location
	base string // the parent of data; home itself unless PostgreSQL can't reach it
	data string // the cluster
	sock string // the directory of its socket
}

func (p place) log() string { return filepath.Join(p.home, logName) }

// makeHome creates the directory that the caller named. PostgreSQL's user must be able to pass through it, so as root it
// can be entered, though not listed, by others.
func makeHome(dir string, who *account) (string, error) {
	home, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	mode := os.FileMode(0o700)
	if who != nil {
		mode = 0o711
	}
	if err := os.MkdirAll(home, mode); err != nil {
		return "", err
	}
	return home, os.Chmod(home, mode)
}

// choosePlace decides where the cluster lies and makes its directories. Only the lock's holder calls it.
func choosePlace(home string, who *account, cfg Config) (place, error) {
	base, err := baseOf(home)
	if err != nil {
		return place{}, err
	}
	if base == home && !who.reaches(home) {
		if base, err = move(home, cfg.Durable); err != nil {
			return place{}, err
		}
		cfg.Log.Warn("PostgreSQL's user cannot reach the data directory, so the database lies elsewhere", "wanted", home, "lies", base)
	}
	at := place{home: home, base: base, data: filepath.Join(base, "data"), sock: socketDir(base)}
	if err := ownDir(at.sock, who); err != nil {
		return place{}, err
	}
	return at, rotate(at.log())
}

// baseOf is the recorded place of a moved cluster, or home.
func baseOf(home string) (string, error) {
	file := filepath.Join(home, locationName)
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return home, nil
	}
	if err != nil {
		return "", err
	}
	base := strings.TrimSpace(string(b))
	if _, err := os.Stat(base); err != nil {
		return "", fmt.Errorf("the cluster is gone from where %s says it is (remove that file to start empty): %w", file, err)
	}
	return base, nil
}

// move makes a directory where PostgreSQL's user can reach it and records it in home. A new random name each time:
// whoever removed home gets an empty database, as if it had been inside.
func move(home string, durable bool) (string, error) {
	root := durableRoot
	if !durable {
		root = shortTemp()
	} else if err := os.MkdirAll(root, 0o711); err != nil { //nolint:gosec // to be passed through, not read
		return "", err
	}
	base, err := os.MkdirTemp(root, "pg-"+hash(home)+"-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(base, 0o711); err != nil { //nolint:gosec // to be passed through, not read
		return "", err
	}
	tmp := filepath.Join(home, locationName+".new")
	if err := os.WriteFile(tmp, []byte(base+"\n"), 0o600); err != nil {
		return "", err
	}
	return base, os.Rename(tmp, filepath.Join(home, locationName))
}

// socketDir is beside the data unless the path is too long for a socket or holds what PostgreSQL or pgx read as a
// separator; then a short one in the temporary directory.
func socketDir(base string) string {
	dir := filepath.Join(base, "s")
	odd := strings.IndexFunc(dir, func(r rune) bool {
		return !strings.ContainsRune("/._-", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if len(dir) <= longestSocketDir && odd < 0 {
		return dir
	}
	return filepath.Join(shortTemp(), "aimyorg-"+hash(base))
}

// removeShortSocketDir leaves nothing in the temporary directory; it fails, as it should, when something else is in it.
func (p place) removeShortSocketDir() {
	if filepath.Dir(p.sock) != p.base {
		_ = os.Remove(p.sock)
	}
}

// shortTemp is the temporary directory, or /tmp when that is long, private to root or oddly named.
func shortTemp() string {
	dir := os.TempDir()
	info, err := os.Stat(dir)
	if err != nil || len(dir) > 60 || strings.ContainsAny(dir, " ,\"'") || (os.Getuid() == 0 && info.Mode().Perm()&1 == 0) {
		return "/tmp"
	}
	return dir
}

// ownDir makes a directory of mode 0700 for PostgreSQL's user, or refuses one that somebody else put there.
func ownDir(dir string, who *account) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return who.give(dir)
	}
	info, lerr := os.Lstat(dir)
	if lerr != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	uid := os.Getuid()
	if who != nil {
		uid = who.uid
	}
	if !ok || !info.IsDir() || int(st.Uid) != uid || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s %w", dir, ErrUnsafeDir)
	}
	return nil
}

func rotate(log string) error {
	info, err := os.Stat(log)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() < longestLog {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Rename(log, log+".old")
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
