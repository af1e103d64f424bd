package localpg_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/store/localpg"
)

func TestStopAndStartKeepsData(t *testing.T) {
	t.Parallel()
	cfg := localpg.Config{Dir: clusterDir(t), Durable: true}
	s := start(t, cfg)
	dsn := s.DSN(localpg.Superuser, "postgres")
	query(t, dsn, "create table kept as select 'here' as word")
	must(t, s.Stop(t.Context()))
	select {
	case <-s.Done():
	default:
		t.Error("Stop returned before the server had ended")
	}
	if !refuses(dsn) {
		t.Error("answers after Stop")
	}
	again := start(t, cfg)
	if got := query(t, again.DSN(localpg.Superuser, "postgres"), "select word from kept"); got != "here" {
		t.Errorf("got %q", got)
	}
	if got := query(t, dsn, "select name from pg_settings where (name,setting) in (('fsync','on'),('full_page_writes','on'),('data_checksums','on'))"+
		" order by 1"); got != "data_checksums,fsync,full_page_writes" {
		t.Errorf("durable is only %s", got)
	}
}

func TestP31_LogHoldsNoValues(t *testing.T) {
	t.Parallel()
	s := start(t, localpg.Config{Dir: clusterDir(t)})
	c, err := pgx.Connect(t.Context(), s.DSN(localpg.Superuser, "postgres"))
	must(t, err)
	defer c.Close(t.Context())
	for _, sql := range []string{
		"create table t (w text primary key)", "insert into t values ('CANARYQQ')", "insert into t values ('CANARYQQ')",
		"select 'CANARYQQ'::int", "select 'CANARYQQ' from nowhere", "do $$ begin raise exception 'CANARYQQ'; end $$",
		"do $$ begin raise warning 'CANARYQQ'; end $$",
	} {
		_, _ = c.Exec(t.Context(), sql) // most fail, as they should
	}
	_, err = c.Exec(t.Context(), "insert into t values ($1)", "CANARYQQ")
	if err == nil {
		t.Fatal("a second CANARYQQ was let in: the test tests nothing")
	}
	b, err := os.ReadFile(s.LogFile())
	must(t, err)
	if !strings.Contains(string(b), "ready to accept connections") {
		t.Error("this is not the server's log")
	}
	if strings.Contains(string(b), "CANARYQQ") {
		t.Errorf("the log holds a value:\n%s", b)
	}
}

func TestOnlyTheSocketIsOpen(t *testing.T) {
	t.Parallel()
	s := start(t, localpg.Config{Dir: clusterDir(t)})
	dsn := s.DSN(localpg.Superuser, "postgres")
	if got := query(t, dsn, "select setting from pg_settings where name = 'listen_addresses'"); got != "" {
		t.Errorf("listens on %q", got)
	}
	sock := query(t, dsn, "select setting from pg_settings where name = 'unix_socket_directories'")
	for _, dir := range []string{sock, s.Data()} {
		info, err := os.Stat(dir)
		must(t, err)
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v", dir, info.Mode())
		}
	}
}

func TestKilledOwnerLosesNothing(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	h := startHelper(t, "", dir, true, nil)
	query(t, h.dsn, "create table kept as select 'here' as word")
	h.kill(t)
	s := start(t, localpg.Config{Dir: dir, Durable: true}) // at once, while the old server is still going down
	if !s.Owner() {
		t.Error("attached to a server without an owner")
	}
	if got := query(t, s.DSN(localpg.Superuser, "postgres"), "select word from kept"); got != "here" {
		t.Errorf("got %q", got)
	}
	select {
	case <-s.Done():
		t.Error("the new server ended")
	default:
	}
}

func TestServerEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Log("not Linux: the next owner ends the server instead, which TestKilledOwnerLosesNothing shows")
		return
	}
	h := startHelper(t, "", clusterDir(t), true, nil)
	query(t, h.dsn, "select 'up'")
	h.kill(t)
	eventually(t, "the server ends", func() bool { return refuses(h.dsn) && gone(filepath.Join(h.data, "postmaster.pid")) })
}

func TestKilledServerRecovers(t *testing.T) {
	t.Parallel()
	cfg := localpg.Config{Dir: clusterDir(t), Durable: true}
	s := start(t, cfg)
	query(t, s.DSN(localpg.Superuser, "postgres"), "create table kept as select 'here' as word")
	must(t, syscall.Kill(postmaster(t, s.Data()), syscall.SIGKILL))
	<-s.Done()
	must(t, s.Stop(t.Context()))
	again := start(t, cfg)
	if got := query(t, again.DSN(localpg.Superuser, "postgres"), "select word from kept"); got != "here" {
		t.Errorf("got %q", got)
	}
}

// A pid file may name a process that is a zombie, or somebody else's: neither keeps the cluster down, and neither is signalled.
func TestStalePidFile(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{"zombie": "exit 0", "somebody_else": "read -r _"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := localpg.Config{Dir: clusterDir(t), Durable: true}
			s := start(t, cfg)
			data := s.Data()
			sock := query(t, s.DSN(localpg.Superuser, "postgres"), "select setting from pg_settings where name = 'unix_socket_directories'")
			must(t, s.Stop(t.Context()))

			other := exec.Command("/bin/sh", "-c", state)
			other.SysProcAttr = &syscall.SysProcAttr{Credential: ownerOf(t, data)} // PostgreSQL ignores processes of other users
			in, err := other.StdinPipe()
			must(t, err)
			must(t, other.Start()) // and not waited for: with exit 0 it stays as a zombie
			pid := other.Process.Pid
			file := fmt.Sprintf("%d\n%s\n0\n5432\n%s\n\n0 0\nready   \n", pid, data, sock)
			must(t, os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(file), 0o644))
			must(t, os.WriteFile(filepath.Join(sock, ".s.PGSQL.5432.lock"), []byte(file), 0o644))

			again := start(t, cfg)
			if got := query(t, again.DSN(localpg.Superuser, "postgres"), "select 'up'"); got != "up" {
				t.Errorf("got %q", got)
			}
			must(t, in.Close())
			err = other.Wait()
			if ws, ok := other.ProcessState.Sys().(syscall.WaitStatus); !ok || ws.Signaled() {
				t.Errorf("the other process was signalled: %v", err)
			}
		})
	}
}

// A server that outlived its owner, as one does where the kernel does not end it, is ended and started anew.
func TestServerLeftRunningIsReplaced(t *testing.T) {
	t.Parallel()
	cfg := localpg.Config{Dir: clusterDir(t), Durable: true}
	s := start(t, cfg)
	sock := query(t, s.DSN(localpg.Superuser, "postgres"), "select setting from pg_settings where name = 'unix_socket_directories'")
	must(t, s.Stop(t.Context()))
	bin, err := localpg.Find()
	must(t, err)
	left := exec.Command(filepath.Join(bin, "postgres"), "-D", s.Data(), "-k", sock, "-c", "listen_addresses=")
	left.Dir = s.Data()
	left.SysProcAttr = &syscall.SysProcAttr{Credential: ownerOf(t, s.Data()), Setpgid: true}
	must(t, left.Start())
	ended := make(chan error, 1)
	go func() { ended <- left.Wait() }()
	t.Cleanup(func() { _ = left.Process.Kill() })
	eventually(t, "it answers", func() bool { return !refuses(s.DSN(localpg.Superuser, "postgres")) })
	again := start(t, cfg)
	if err := <-ended; err != nil {
		t.Errorf("it was not ended properly: %v", err)
	}
	if !again.Owner() || postmaster(t, again.Data()) == left.Process.Pid {
		t.Error("it was not replaced")
	}
}

func TestSecondProcessAttaches(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	owner := startHelper(t, "", dir, true, nil)
	s := start(t, localpg.Config{Dir: dir, Durable: true})
	if !owner.owner || s.Owner() {
		t.Fatalf("first owns: %v, second owns: %v", owner.owner, s.Owner())
	}
	must(t, s.Stop(t.Context()))
	if got := query(t, owner.dsn, "select 'up'"); got != "up" {
		t.Error("an attached process stopped the server")
	}
	must(t, owner.in.Close()) // the owner stops it
	must(t, owner.cmd.Wait())
	if !refuses(owner.dsn) {
		t.Error("answers after its owner stopped it")
	}
}

func TestFirstStartsAtOnceShareOneServer(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	servers := make(chan *localpg.Server, 4)
	for range cap(servers) {
		go func() {
			s, err := localpg.Start(t.Context(), localpg.Config{Dir: dir})
			if err != nil {
				t.Error(err)
			}
			servers <- s
		}()
	}
	owners := 0
	var owner *localpg.Server
	for range cap(servers) {
		s := <-servers
		if s != nil && s.Owner() {
			owners, owner = owners+1, s
		}
	}
	if owners != 1 {
		t.Fatalf("%d owners", owners)
	}
	must(t, owner.Stop(t.Context()))
}

func TestOtherMajorVersionIsNamed(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	s := start(t, localpg.Config{Dir: dir, Durable: true})
	must(t, s.Stop(t.Context()))
	must(t, os.WriteFile(filepath.Join(s.Data(), "PG_VERSION"), []byte("9\n"), 0o600))
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: dir, Durable: true})
	if !errors.Is(err, localpg.ErrOtherVersion) || !strings.Contains(err.Error(), "was made by 9, installed: ") {
		t.Errorf("got %v", err)
	}
}

func TestMissingProgramsSayHowToInstall(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: clusterDir(t), BinDir: t.TempDir()})
	if !errors.Is(err, localpg.ErrNotInstalled) || !strings.Contains(err.Error(), "apt-get install") ||
		!strings.Contains(err.Error(), "brew install") {
		t.Errorf("got %v", err)
	}
	bin, err := localpg.Find()
	must(t, err)
	if gone(filepath.Join(bin, "initdb")) {
		t.Errorf("no initdb in %s", bin)
	}
}

func TestLongAndOddPaths(t *testing.T) {
	t.Parallel()
	for name, tail := range map[string]string{"long": strings.Repeat("deep/", 30), "odd": "it's, a \"dir\""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, localpg.Config{Dir: filepath.Join(clusterDir(t), tail)})
			if got := query(t, s.DSN(localpg.Superuser, "postgres"), "select 'up'"); got != "up" {
				t.Errorf("got %q", got)
			}
			sock := query(t, s.DSN(localpg.Superuser, "postgres"), "select setting from pg_settings where name = 'unix_socket_directories'")
			must(t, s.Stop(t.Context()))
			if !gone(sock) {
				t.Errorf("%s was left", sock)
			}
		})
	}
}

func postmaster(t *testing.T, data string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	must(t, err)
	pid, err := strconv.Atoi(strings.SplitN(string(b), "\n", 2)[0])
	must(t, err)
	return pid
}

// ownerOf is the user of a cluster's files, when it is another than ours.
func ownerOf(t *testing.T, data string) *syscall.Credential {
	t.Helper()
	info, err := os.Stat(data)
	must(t, err)
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatal("no owner")
	}
	if int(st.Uid) == os.Getuid() {
		return nil
	}
	return &syscall.Credential{Uid: st.Uid, Gid: st.Gid}
}
