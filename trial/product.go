package trial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Product is the binary, serving from a folder of its own on a free port.
type Product struct {
	Binary string   // the program
	Dir    string   // everything that it writes is below
	Addr   string   // where it listens
	Base   string   // its address for people, without a slash at the end
	Env    []string // settings beside those that Start makes
	Log    *Output  // what it writes, over all its starts

	cmd    *exec.Cmd
	exited chan struct{}
}

// readyWithin is how long a start may take.
const readyWithin = time.Minute

// Start starts the product in a folder and waits until it is ready. With the log of an earlier run it goes on there.
func Start(ctx context.Context, binary, dir string, log *Output, env ...string) (*Product, error) {
	addr, err := FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = &Output{}
	}
	p := &Product{Binary: binary, Dir: dir, Addr: addr, Base: "http://" + strings.Replace(addr, "127.0.0.1", "localhost", 1), Env: env, Log: log}
	return p, p.Begin(true)
}

// FreeAddress is one on the loopback interface that nobody listened on just now.
func FreeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Command prepares the binary with the product's settings and no others.
func (p *Product) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.Binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + p.Temp(), "DATA_DIR=" + p.Data(),
		"ADDR=" + p.Addr, "BASE_URL=" + p.Base}, p.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// Temp is the product's folder for temporary files, Data the one for what it keeps.
func (p *Product) Temp() string { return filepath.Join(p.Dir, "tmp") }

// Data is where the product keeps its database, files and keys.
func (p *Product) Data() string { return filepath.Join(p.Dir, "data") }

// Begin starts it (again) where it was; with wait it returns when the product is ready.
func (p *Product) Begin(wait bool) error {
	for _, dir := range []string{p.Dir, p.Temp(), p.Data(), filepath.Join(p.Data(), "pg")} {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755)); err != nil { // PostgreSQL runs as an account of its own
			return err
		}
	}
	p.cmd, p.exited = p.Command("serve"), make(chan struct{})
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	cmd, exited := p.cmd, p.exited
	go func() { _ = cmd.Wait(); close(exited) }()
	if !wait || Holds(readyWithin, p.Ready) {
		return nil
	}
	p.Stop()
	return fmt.Errorf("the product did not get ready\n%s", p.Log.Tail(4000))
}

// Ready asks it.
func (p *Product) Ready() bool {
	res, err := (&http.Client{Timeout: 2 * time.Second}).Get(p.Base + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Exited is closed when the running process has ended.
func (p *Product) Exited() <-chan struct{} { return p.exited }

// Process is the running server's.
func (p *Product) Process() *os.Process { return p.cmd.Process }

// Stop ends it as Ctrl-C does, and whatever it may have left behind.
func (p *Product) Stop() {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.exited:
		case <-time.After(30 * time.Second):
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
			<-p.exited
		}
	}
	if pid, err := p.Postmaster(); err == nil {
		_ = syscall.Kill(pid, syscall.SIGQUIT)
		Holds(10*time.Second, func() bool { return syscall.Kill(pid, 0) != nil })
	}
}

// Kill is kill -9: of the server alone, as the kernel would when memory runs out.
func (p *Product) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	<-p.exited
	return nil
}

// Postmaster is the process id of the private PostgreSQL, as its own pid file says.
func (p *Product) Postmaster() (pid int, err error) {
	err = fs.WalkDir(os.DirFS(p.Data()), "pg", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "postmaster.pid" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(p.Data(), path))
		if err == nil {
			pid, err = strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
		}
		return errors.Join(err, fs.SkipAll)
	})
	if pid == 0 && err == nil {
		err = errors.New("no PostgreSQL is running")
	}
	if errors.Is(err, fs.SkipAll) && pid != 0 {
		err = nil
	}
	return pid, err
}

// Holds waits until something is true, at most so long, and says whether it is.
func Holds(within time.Duration, what func() bool) bool {
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		if what() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

// Socket is the folder of the private PostgreSQL's socket, as the log of the last start says.
func (p *Product) Socket() (string, error) {
	all := socketLine.FindAllStringSubmatch(p.Log.String(), -1)
	if len(all) == 0 {
		return "", errors.New("the log does not say where PostgreSQL listens")
	}
	return all[len(all)-1][1], nil
}

var socketLine = regexp.MustCompile(`"private PostgreSQL is up".*"socket":"([^"]+)"`)

// Superuser is how to connect to the private PostgreSQL as somebody who sees everything.
func (p *Product) Superuser() (dsn string, err error) {
	socket, err := p.Socket()
	return fmt.Sprintf("host='%s' port=5432 user='postgres' dbname='postgres' sslmode=disable application_name=trial", socket), err
}
