package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// start runs one child: it sends the order and the file, hands the output to read, and sees to it that the child is gone
// before it returns. An error of read counts only when the child and the feed did well.
func (r *Runner) start(ctx context.Context, j jail, o order, in *feed, read func(io.Reader) error) error {
	// The kernel's "kill when the parent dies" means the parent's thread: this one must live until the child is gone.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	limited, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	cmd := exec.CommandContext(limited, r.opts.Command[0], r.opts.Command[1:]...)
	cmd.Env = []string{} // no credentials, no keys, nothing; nil would mean ours
	cmd.Dir = "/"
	cmd.SysProcAttr = j.attributes()
	cmd.Cancel = func() error { return kill(cmd.Process) }
	cmd.WaitDelay = time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	if err := cmd.Start(); err != nil { // its standard error goes nowhere: it may hold what the file says
		return fmt.Errorf("extract: %w", err)
	}
	fed := make(chan error, 1)
	go func() { fed <- in.send(stdin, o) }()
	stop := r.watch(cmd.Process)
	readErr := read(io.LimitReader(stdout, outputLimit(o.Limits)))
	if readErr != nil {
		_ = kill(cmd.Process) // it may be writing still
	}
	exit := cmd.Wait()
	stop()
	return r.verdict(ctx, limited, in, fed, readErr, exit)
}

// outputLimit is far above what a document of the allowed size takes in JSON, and bounds what a child gone mad can send.
func outputLimit(l Limits) int64 { return 6*l.MaxText + 200*maxBlocks }

// verdict decides what happened, the most telling cause first.
func (r *Runner) verdict(ctx, limited context.Context, in *feed, fed <-chan error, readErr, exit error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if limited.Err() != nil {
		return ErrLimit
	}
	if readErr != nil && !in.done() { // it refused, or died, before it had everything
		return reasonOrLimit(readErr)
	}
	select {
	case err := <-fed:
		if err != nil {
			return err
		}
	case <-limited.Done():
		return ErrLimit
	}
	if readErr == nil {
		readErr = exit
	}
	return reasonOrLimit(readErr)
}

// reasonOrLimit keeps what the child said of the file; a child that said nothing has died of its limits.
func reasonOrLimit(err error) error {
	if _, ok := CodeOf(err); ok || err == nil {
		return err
	}
	return ErrLimit
}

// kill ends a child and its group. Once the child has been waited for, its number may be another's: then it does nothing.
func kill(p *os.Process) error {
	if err := p.Kill(); err != nil {
		return err
	}
	return killGroup(p.Pid)
}

// watch kills a child that holds too much memory. The result ends the watching.
func (r *Runner) watch(p *os.Process) (stop func()) {
	quit := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				if residentMemory(p.Pid) > r.opts.Memory {
					_ = kill(p)
				}
			}
		}
	}()
	return func() { close(quit); <-done }
}

// feed is the file on its way into the child, counted.
type feed struct {
	body io.Reader
	size int64 // as declared; -1: unknown
	most int64
	end  chan struct{}
}

func newFeed(body io.Reader, size, most int64) *feed {
	return &feed{body: body, size: size, most: most, end: make(chan struct{})}
}

func (f *feed) done() bool {
	select {
	case <-f.end:
		return true
	default:
		return false
	}
}

// send writes the order and the body. Its error is the body's own, or says that the body isn't what was declared; a
// child that stops listening is no error here: its exit tells.
func (f *feed) send(to io.WriteCloser, o order) error {
	defer to.Close()
	defer close(f.end) // before the child sees the end, so that its answer can't overtake an error of the body
	if err := writeFrame(to, o); err != nil || f.body == nil {
		return nil
	}
	source, most := &source{r: f.body}, f.most
	if f.size >= 0 {
		most = min(most, f.size)
	}
	n, err := io.Copy(to, io.LimitReader(source, most+1))
	switch {
	case source.err != nil:
		return fmt.Errorf("extract: body: %w", source.err)
	case err == nil && f.size >= 0 && n != f.size:
		return ErrDamaged
	case n > most:
		return ErrTooLarge
	}
	return nil
}

// source remembers why reading failed, which io.Copy would mix up with failures of writing.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
