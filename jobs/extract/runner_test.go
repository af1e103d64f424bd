package extract_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"aimyorg/jobs/extract"
	x "aimyorg/jobs/extract/extracttest"
)

func runner(t *testing.T, o extract.Options, child ...string) *extract.Runner {
	t.Helper()
	if len(child) > 0 {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		o.Command = append([]string{self}, child...)
	}
	r, err := extract.NewRunner(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func run(t *testing.T, r *extract.Runner, name string, data []byte) (*extract.Document, error) {
	t.Helper()
	return r.Run(t.Context(), name, int64(len(data)), bytes.NewReader(data))
}

func TestChildReadsEveryFormat(t *testing.T) {
	t.Parallel()
	r := runner(t, extract.Options{CacheDir: cacheDir})
	files := office()
	files["a.pdf"] = x.PDF("t", []string{"words"})
	files["a.html"] = x.HTML("t", []string{"words"})
	files["a.txt"], files["a.md"], files["a.csv"] = []byte("words"), []byte("# words"), []byte("words")
	files["a.eml"] = x.EML(x.Mail{From: "a@example.org", Text: "words"})
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := run(t, r, name, data)
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := doc.Text(); !strings.Contains(text, "words") {
				t.Errorf("%q", text)
			}
		})
	}
}

func TestChildSaysWhyNot(t *testing.T) {
	t.Parallel()
	r := runner(t, extract.Options{CacheDir: cacheDir})
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"a.pdf", []byte("MZ\x00"), extract.ErrMismatch}, {"a.pdf", x.EncryptedPDF(), extract.ErrEncrypted},
		{"a.pdf", x.ScannedPDF(), extract.ErrNoText}, {"a.docx", x.BombZip(office()["a.docx"], 20<<20), extract.ErrBomb},
		{"a.exe", []byte("MZ"), extract.ErrUnsupported}, {"a.txt", nil, extract.ErrEmpty},
	} {
		if doc, err := run(t, r, c.name, c.data); !errors.Is(err, c.want) || doc != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestDeclaredSizeIsHeldAgainstTheBytes(t *testing.T) {
	t.Parallel()
	r := runner(t, extract.Options{Limits: extract.Limits{MaxBytes: 1 << 20}})
	for _, c := range []struct {
		size int64
		n    int
		want error
	}{
		{2 << 30, 5, extract.ErrTooLarge}, {10, 5, extract.ErrDamaged}, {5, 10, extract.ErrDamaged}, {5, 2 << 20, extract.ErrDamaged},
		{-1, 2 << 20, extract.ErrTooLarge}, {-1, 5, nil}, {5, 5, nil}, {-1, 0, extract.ErrEmpty},
	} {
		doc, err := r.Run(t.Context(), "a.txt", c.size, strings.NewReader(strings.Repeat("a", c.n)))
		if !errors.Is(err, c.want) || (doc == nil) != (c.want != nil) {
			t.Errorf("declared %d, sent %d: %v", c.size, c.n, err)
		}
	}
}

func TestDeadChildGivesNothing(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"half", "late", "hang", "hog", "flood", "unknown"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			o := extract.Options{Timeout: 5 * time.Second, Memory: 256 << 20}
			switch how {
			case "hang":
				o.Timeout = time.Second
			case "hog":
				o.Timeout = 2 * time.Minute // the watchdog is to end it, not the clock
			}
			began := time.Now()
			doc, err := run(t, runner(t, o, "child-"+how), "a.txt", []byte("x"))
			if doc != nil || !errors.Is(err, extract.ErrLimit) && (how != "flood" || !errors.Is(err, extract.ErrTooLarge)) {
				t.Errorf("%v %v", doc, err)
			}
			if how == "hog" && time.Since(began) > o.Timeout {
				t.Error("the watchdog slept")
			}
		})
	}
}

// A real child, killed from outside while it reads.
func TestKilledChildGivesNothing(t *testing.T) {
	t.Parallel()
	r := runner(t, extract.Options{}, "extract-marked")
	body := &pausing{ready: make(chan struct{}), resume: make(chan struct{})}
	got := make(chan error, 1)
	if _, err := r.Isolation(t.Context()); err != nil { // so that the next child is the one that reads
		t.Fatal(err)
	}
	go func() {
		_, err := r.Run(t.Context(), "a.txt", -1, body)
		got <- err
	}()
	<-body.ready
	pid := 0
	within(t, func() bool { pid = childOf(os.Getpid(), "extract-marked"); return pid != 0 })
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, extract.ErrLimit) {
		t.Error(err)
	}
	close(body.resume)
}

// pausing gives some bytes, says so, and waits before it ends.
type pausing struct {
	ready, resume chan struct{}
	given         bool
}

func (p *pausing) Read(b []byte) (int, error) {
	if !p.given {
		p.given = true
		return copy(b, "some words"), nil
	}
	close(p.ready)
	<-p.resume
	return 0, io.EOF
}

func TestStalledBodyEndsAtTheTimeout(t *testing.T) {
	t.Parallel()
	r := runner(t, extract.Options{Timeout: time.Second})
	in, out := io.Pipe()
	defer out.Close()
	doc, err := r.Run(t.Context(), "a.txt", 100, in)
	if !errors.Is(err, extract.ErrLimit) || doc != nil {
		t.Errorf("%v", err)
	}
}

func TestBodyErrorIsNotTheFilesFault(t *testing.T) {
	t.Parallel()
	cause := errors.New("the seal is broken")
	body := io.MultiReader(strings.NewReader("words before"), failing{cause})
	doc, err := runner(t, extract.Options{}).Run(t.Context(), "a.txt", -1, body)
	if _, coded := extract.CodeOf(err); !errors.Is(err, cause) || coded || doc != nil {
		t.Errorf("%v %v", doc, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestCancelledRunSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	defer out.Close()
	got := make(chan error, 1)
	r := runner(t, extract.Options{Parallel: 1})
	go func() {
		_, err := r.Run(ctx, "a.txt", -1, in)
		got <- err
	}()
	if _, err := out.Write([]byte("begun")); err != nil {
		t.Fatal(err)
	}
	brief, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if _, err := r.Run(brief, "b.txt", 1, strings.NewReader("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second child beside the only slot: %v", err)
	}
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestMemoryLimitOfARealChild(t *testing.T) {
	t.Parallel()
	r := runner(t, extract.Options{CacheDir: cacheDir, Memory: 40 << 20})
	doc, err := run(t, r, "a.html", []byte("<p>"+strings.Repeat("<b>x</b>", 2_000_000)))
	if !errors.Is(err, extract.ErrLimit) || doc != nil {
		t.Errorf("%v", err)
	}
}

// A server that has been large must still be able to start children: the kernel hands its peak on to them.
func TestLargeParentIsNotHeldAgainstTheChild(t *testing.T) {
	t.Parallel()
	large := make([]byte, 600<<20)
	for i := 0; i < len(large); i += 4096 {
		large[i] = 1
	}
	doc, err := run(t, runner(t, extract.Options{Memory: 500 << 20}), "a.html", []byte(strings.Repeat("<b>x</b>", 300_000)))
	if err != nil || doc == nil || large[0] != 1 {
		t.Error(err)
	}
}

// What a child says is cleaned as if it were a file.
func TestA79_ChildIsNotBelieved(t *testing.T) {
	t.Parallel()
	doc, err := run(t, runner(t, extract.Options{}, "child-evil"), "a.txt", []byte("x"))
	if err != nil || doc.Blocks[0].Text != "abc" || doc.Hidden == 0 {
		t.Errorf("%v %v", doc, err)
	}
}

// The child has nothing to steal, and nowhere to take it.
func TestChildHasNoEnvironmentNoFilesNoNetwork(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://secret")
	r := runner(t, extract.Options{}, "child-reveal")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	doc, err := run(t, r, "salaries.txt", []byte(listener.Addr().String())) // the child tries to dial what is in the file
	if err != nil {
		t.Fatal(err)
	}
	text := doc.Blocks[0].Text
	if !strings.HasPrefix(text, "environ []; ") || !strings.Contains(text, "file not written") || strings.Contains(text, "salaries") {
		t.Error(text)
	}
	report, err := runner(t, extract.Options{}).Isolation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(report)
	if strings.Contains(report, "namespace") && (!strings.HasSuffix(report, "; no network") || !strings.Contains(text, "not dialed")) {
		t.Error(report, text)
	}
}

// A killed server leaves no child behind.
func TestKilledParentLeavesNoChild(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ready := t.TempDir() + "/ready"
	cmd := exec.Command(self, "parent", ready)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, func() bool { _, err := os.Stat(ready); return err == nil }) // its probe is over
	pid := 0
	within(t, func() bool { pid = childOf(cmd.Process.Pid, "child-hang"); return pid != 0 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	within(t, func() bool { return !alive(pid) })
}

func within(t *testing.T, what func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); !what(); {
		select {
		case <-deadline:
			t.Fatal("did not happen in time")
		case <-tick.C:
		}
	}
}

// stat gives a process's state and parent; an empty state when it is gone.
func stat(pid int) (state string, parent int) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", 0
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	parent, _ = strconv.Atoi(fields[1])
	return fields[0], parent
}

func alive(pid int) bool { state, _ := stat(pid); return state != "" && state != "Z" }

// childOf finds a living child by its parent and a word of its arguments.
func childOf(parent int, word string) int {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if _, p := stat(pid); p == parent && strings.Contains(string(line)+"\x00", word) && alive(pid) {
			return pid
		}
	}
	return 0
}

func TestOtherFormatsDontWaitForThePDFEngine(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := runner(t, extract.Options{CacheDir: filepath.Join(t.TempDir(), "cold"), Timeout: 5 * time.Minute, Memory: 8 << 30})
	if _, err := r.Isolation(ctx); err != nil {
		t.Fatal(err)
	}
	warmed := make(chan error, 1)
	go func() { warmed <- r.Warm(ctx) }()
	for range 3 {
		if _, err := run(t, r, "a.txt", []byte("words")); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-warmed:
		t.Fatal("the engine was warm before a text could be read", err)
	default:
		cancel() // the rest of the warming is of no interest
		<-warmed
	}
}
