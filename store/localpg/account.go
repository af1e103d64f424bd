package localpg

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// ErrNoAccount says that the process is root and there is nobody to run PostgreSQL as.
var ErrNoAccount = errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody to run it as")

// account is the user that PostgreSQL runs as when that is not the user of this process.
type account struct{ uid, gid int }

// dropTo is nil when PostgreSQL can run as this process's own user.
func dropTo() (*account, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid > 0 {
			return &account{uid, gid}, nil
		}
	}
	return nil, ErrNoAccount
}

// credential is what the kernel is asked to run a child as; no group memberships are carried over.
func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // ids fit
}

// give makes the account the owner of a directory.
func (a *account) give(dir string) error {
	if a == nil {
		return nil
	}
	return os.Chown(dir, a.uid, a.gid)
}

// reaches says whether the account may enter dir and everything above it, judged by the mode bits.
func (a *account) reaches(dir string) bool {
	if a == nil {
		return true
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	for {
		if !a.enters(dir) {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}

func (a *account) enters(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	bit := os.FileMode(0o001)
	switch {
	case int(st.Uid) == a.uid:
		bit = 0o100
	case int(st.Gid) == a.gid:
		bit = 0o010
	}
	return info.Mode().Perm()&bit != 0
}
