package localpg

import (
	"context"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a process of ours; done is closed, and err set, when it has ended.
type child struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// launch starts a child that dies with us. On Linux the kernel signals it when the thread that made it ends, not the
// process, so one goroutine keeps to its thread for as long as the child lives.
func launch(cmd *exec.Cmd) (*child, error) {
	dieWithParent(cmd.SysProcAttr)
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.done)
		}
	}()
	return c, <-started
}

// wait returns how the child ended; when ctx ends first, the child is killed.
func (c *child) wait(ctx context.Context) error {
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		c.kill()
		return ctx.Err()
	}
}

// kill is for children that hold nothing worth keeping, or that will recover.
func (c *child) kill() {
	_ = c.cmd.Process.Signal(syscall.SIGQUIT) // PostgreSQL's "immediate": it ends its backends too
	select {
	case <-c.done:
	case <-time.After(5 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

// stop asks for a fast shutdown, and for an immediate one when ctx ends first.
func (c *child) stop(ctx context.Context) error {
	_ = c.cmd.Process.Signal(syscall.SIGINT) // fails only when it has ended
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		c.kill()
		return ctx.Err()
	}
}
