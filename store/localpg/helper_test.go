package localpg_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/store/localpg"
)

// The helper is this test binary again: it starts a server, says where, and then does as it is told.
const (
	helperDir     = "LOCALPG_TEST_DIR"
	helperDurable = "LOCALPG_TEST_DURABLE"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		help(dir, os.Getenv(helperDurable) != "")
		return
	}
	os.Exit(m.Run())
}

func help(dir string, durable bool) {
	ctx := context.Background()
	s, err := localpg.Start(ctx, localpg.Config{Dir: dir, Durable: durable})
	if err != nil {
		fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " | "))
		os.Exit(1)
	}
	fmt.Printf("%s\t%v\t%s\n", s.DSN(localpg.Superuser, "postgres"), s.Owner(), s.Data())
	line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if line == "panic\n" {
		panic("as told")
	}
	if err := s.Stop(ctx); err != nil {
		os.Exit(2)
	}
}

type helper struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	dsn, data string
	owner     bool
}

// startHelper runs the binary at path (this one when empty), as the given user when one is given.
func startHelper(t *testing.T, path, dir string, durable bool, as *syscall.Credential) helper {
	t.Helper()
	if path == "" {
		path = os.Args[0]
	}
	cmd := exec.Command(path)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), helperDir+"="+dir)
	if durable {
		cmd.Env = append(cmd.Env, helperDurable+"=1")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	parts := strings.Split(strings.TrimSpace(line), "\t")
	if len(parts) != 3 {
		t.Fatalf("helper said %q", line)
	}
	return helper{cmd: cmd, in: in, dsn: parts[0], owner: parts[1] == "true", data: parts[2]}
}

func (h helper) kill(t *testing.T) {
	t.Helper()
	must(t, h.cmd.Process.Kill())
	_ = h.cmd.Wait()
}

func start(t *testing.T, cfg localpg.Config) *localpg.Server {
	t.Helper()
	began := time.Now()
	s, err := localpg.Start(t.Context(), cfg)
	must(t, err)
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	t.Logf("ready after %v", time.Since(began).Round(time.Millisecond))
	return s
}

// clusterDir is a directory that PostgreSQL's user can reach, unlike those of t.TempDir for root.
func clusterDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localpg")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "pg")
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	must(t, err)
	defer c.Close(context.Background())
	rows, err := c.Query(t.Context(), sql)
	must(t, err)
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return strings.Join(got, ",")
}

// eventually looks until ok is true, for ten seconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-end:
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

func refuses(dsn string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return true
	}
	_ = c.Close(ctx)
	return false
}

func gone(path string) bool {
	_, err := os.Lstat(path)
	return os.IsNotExist(err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func itoa(n int) string { return fmt.Sprint(n) }
