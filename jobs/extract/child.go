package extract

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"
)

// Exit codes of the child.
const (
	exitDone  = 0
	exitOrder = 2 // what came in is no order
	exitDead  = 3 // memory exceeded, or the parent is gone
)

// Main is the child process: main calls it, before anything else, when the first argument is "extract", and exits with
// what it returns. It limits itself, reads the order and the file, and answers in frames. It is not meant to be run by hand.
func Main(ctx context.Context, stdin io.Reader, stdout io.Writer, args []string) int {
	if len(args) != 0 {
		return exitOrder
	}
	var o order
	if err := readFrame(stdin, &o); err != nil {
		return exitOrder
	}
	o.Limits = o.Limits.withDefaults()
	if err := confine(o); err != nil {
		return exitDead
	}
	go watchSelf(o.Memory, os.Getppid())
	out := bufio.NewWriterSize(stdout, 64<<10)
	if err := obey(ctx, o, stdin, out); err != nil || out.Flush() != nil {
		return exitDead
	}
	return exitDone
}

func obey(ctx context.Context, o order, stdin io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	switch {
	case o.Probe:
		return writeFrame(out, answer{Last: true, Network: networkInSight()})
	case o.Warm:
		pool, err := pdfEngine(ctx, o.Cache)
		if err != nil {
			return err
		}
		defer pool.Close()
		return writeFrame(out, answer{Last: true})
	}
	var file bytes.Buffer
	if _, err := io.Copy(&file, io.LimitReader(stdin, o.Limits.MaxBytes+1)); err != nil {
		return err
	}
	doc, err := Read(ctx, o.Name, file.Bytes(), o.Limits, o.Cache)
	if code, ok := CodeOf(err); ok {
		return writeFrame(out, answer{Code: code})
	}
	if err != nil {
		return err
	}
	return writeDocument(out, doc)
}

// networkInSight tells whether any interface has an address besides the loopback's.
func networkInSight() bool {
	all, err := net.Interfaces()
	if err != nil {
		return true
	}
	for _, i := range all {
		if addrs, err := i.Addrs(); i.Flags&net.FlagLoopback == 0 && (err != nil || len(addrs) > 0) {
			return true
		}
	}
	return false
}

// watchSelf ends the process when it holds more memory than allowed or its parent is gone. On Linux the parent and the
// kernel see to both as well; elsewhere this is what does.
func watchSelf(memory int64, parent int) {
	for range time.Tick(50 * time.Millisecond) {
		if os.Getppid() != parent || memory > 0 && ownMemory() > memory {
			os.Exit(exitDead)
		}
	}
}

// softMemory makes the garbage collector work hard before the limit is reached, instead of after.
func softMemory(memory int64) {
	if memory > 0 {
		debug.SetMemoryLimit(memory * 3 / 4)
	}
}
