package localpg_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"aimyorg/store/localpg"
)

// A developer who is root and cloned into /root: PostgreSQL's user cannot get there, and the database works all the same.
func TestDirectoryThatPostgresCannotReach(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "root", "pg")
	must(t, os.MkdirAll(filepath.Dir(dir), 0o700))
	cfg := localpg.Config{Dir: dir, Durable: true}
	s := start(t, cfg)
	t.Cleanup(func() {
		if !strings.HasPrefix(s.Data(), dir) {
			_ = os.RemoveAll(filepath.Dir(s.Data()))
		}
	})
	if moved := !strings.HasPrefix(s.Data(), dir); moved != (os.Getuid() == 0) {
		t.Errorf("root: %v, data in %s", os.Getuid() == 0, s.Data())
	}
	query(t, s.DSN(localpg.Superuser, "postgres"), "create table kept as select 'here' as word")
	attached := startHelper(t, "", dir, true, nil)
	if attached.owner || attached.data != s.Data() {
		t.Errorf("a second process finds %s instead of %s", attached.data, s.Data())
	}
	must(t, s.Stop(t.Context()))
	again := start(t, cfg)
	if got := query(t, again.DSN(localpg.Superuser, "postgres"), "select word from kept"); got != "here" {
		t.Errorf("got %q", got)
	}
}

// As an ordinary user everything stays in the directory and nobody is dropped to.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "localpg")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	home := filepath.Join(dir, "home")
	must(t, os.Mkdir(home, 0o700))
	var as *syscall.Credential
	if os.Getuid() == 0 { // otherwise all the tests run as one
		as = &syscall.Credential{Uid: 65534, Gid: 65534}
		must(t, os.Chown(home, 65534, 65534))
	}
	h := startHelper(t, copyOfSelf(t, dir), filepath.Join(home, "pg"), true, as)
	if !h.owner || !strings.HasPrefix(h.data, home) {
		t.Errorf("owner %v, data in %s", h.owner, h.data)
	}
	if got := query(t, h.dsn, "select 'up'"); got != "up" {
		t.Errorf("got %q", got)
	}
	must(t, h.in.Close())
	must(t, h.cmd.Wait())
}

func copyOfSelf(t *testing.T, dir string) string {
	t.Helper()
	from, err := os.Open(os.Args[0])
	must(t, err)
	defer from.Close()
	path := filepath.Join(dir, "self")
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(to, from)
	must(t, err)
	must(t, to.Close())
	return path
}

// Not durable means nothing stays, whichever way the process ends and wherever the cluster had to lie.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, helper){
		"stop":  func(t *testing.T, h helper) { must(t, h.in.Close()); must(t, h.cmd.Wait()) },
		"kill":  func(t *testing.T, h helper) { h.kill(t) },
		"panic": func(_ *testing.T, h helper) { _, _ = io.WriteString(h.in, "panic\n"); _ = h.cmd.Wait() },
	} {
		for where, dir := range map[string]string{"reachable": clusterDir(t), "unreachable": filepath.Join(t.TempDir(), "pg")} {
			t.Run(name+"_"+where, func(t *testing.T) {
				h := startHelper(t, "", dir, false, nil)
				query(t, h.dsn, "select 'up'")
				pid := postmaster(t, h.data)
				end(t, h)
				eventually(t, "directories gone", func() bool { return gone(dir) && gone(h.data) && gone(filepath.Dir(h.data)) })
				eventually(t, "server gone", func() bool { return syscall.Kill(pid, 0) != nil || isZombie(pid) })
			})
		}
	}
}

func isZombie(pid int) bool {
	b, err := os.ReadFile(filepath.Join("/proc", itoa(pid), "stat"))
	return err == nil && strings.Contains(string(b), ") Z ")
}
