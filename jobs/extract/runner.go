package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Options set up a Runner. The zero value of a field means its default.
type Options struct {
	CacheDir string        // for the PDF engine's compiled code; empty: compiled anew for each PDF, which takes seconds
	Timeout  time.Duration // for one file, from the moment its child starts; default 60 s
	Memory   int64         // bytes one child may hold; default 1 GiB
	Parallel int           // children at a time; default 2
	Limits   Limits        // of one document
	Command  []string      // what starts the child; default: this executable with "extract"
}

// Runner reads files in child processes. It is safe for concurrent use.
type Runner struct {
	opts  Options
	slots chan struct{}

	mu     sync.Mutex // guards what follows, and is held while finding it out
	jail   *jail
	report string

	warming sync.Mutex // guards warm, and is held while warming: only PDFs wait for it
	warm    bool
}

// NewRunner makes a Runner. It fails only when the executable's path can't be found.
func NewRunner(o Options) (*Runner, error) {
	if len(o.Command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("extract: %w", err)
		}
		o.Command = []string{self, "extract"}
	}
	if o.Timeout <= 0 {
		o.Timeout = 60 * time.Second
	}
	o.Memory = orElse(o.Memory, 1<<30)
	o.Parallel = orElse(o.Parallel, 2)
	o.Limits = o.Limits.withDefaults()
	return &Runner{opts: o, slots: make(chan struct{}, o.Parallel)}, nil
}

// Run takes the text out of a file: its name, its size in bytes (-1 when unknown), its bytes. It waits for a free slot,
// then at most the timeout.
//
// Errors: those of the closed set say why this file can't be read. Any other says nothing about the file: the context's
// own, the body's, or that no child could be started. There is never half a document. A body that blocks is left
// behind when the time is up; its owner closes it.
func (r *Runner) Run(ctx context.Context, name string, size int64, body io.Reader) (*Document, error) {
	t, err := typeOf(name)
	switch {
	case err != nil:
		return nil, err
	case size > r.opts.Limits.MaxBytes:
		return nil, ErrTooLarge
	case size == 0:
		return nil, ErrEmpty
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if t.Format == PDF {
		_ = r.Warm(ctx) // without a warm cache reading is slower, not wrong
	}
	jail, err := r.settle(ctx)
	if err != nil {
		return nil, err
	}
	var doc *Document
	err = r.start(ctx, jail, r.order(name), newFeed(body, size, r.opts.Limits.MaxBytes), func(out io.Reader) (err error) {
		doc, err = readDocument(out, r.opts.Limits)
		return err
	})
	if err != nil {
		return nil, err
	}
	return doc, nil
}

func (r *Runner) order(name string) order {
	return order{
		Name: name, Limits: r.opts.Limits, Memory: r.opts.Memory, Cache: r.opts.CacheDir,
		CPU: uint64(r.opts.Timeout/time.Second) + 1,
	}
}

// Warm compiles the PDF engine into the cache directory, in a child of its own, so that the first PDF doesn't wait for
// it. Run does so too when it must. It does nothing without a cache directory or when it has been done.
func (r *Runner) Warm(ctx context.Context) error {
	if r.opts.CacheDir == "" {
		return nil
	}
	jail, err := r.settle(ctx)
	if err != nil {
		return err
	}
	r.warming.Lock()
	defer r.warming.Unlock()
	if r.warm {
		return nil
	}
	if err := os.MkdirAll(r.opts.CacheDir, 0o700); err != nil {
		return fmt.Errorf("extract: cache: %w", err)
	}
	o := r.order("")
	o.Warm, o.CPU = true, 0
	err = r.start(ctx, jail, o, newFeed(nil, 0, 0), func(out io.Reader) error {
		return readFrame(out, &answer{})
	})
	r.warm = err == nil
	return err
}

// Isolation tells how the children are walled in on this machine, for the operator: what was asked for, and whether a
// child, once inside, could still see a network. It starts one child, once, to find out.
func (r *Runner) Isolation(ctx context.Context) (string, error) {
	if _, err := r.settle(ctx); err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.report, nil
}

// settle finds the strongest jail that works here, by putting a child into each that tells what it sees.
func (r *Runner) settle(ctx context.Context) (jail, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.jail != nil {
		return *r.jail, nil
	}
	var last error
	for _, j := range jails {
		o := r.order("")
		o.Probe = true
		var a answer
		last = r.start(ctx, j, o, newFeed(nil, 0, 0), func(out io.Reader) error { return readFrame(out, &a) })
		if last == nil {
			r.jail, r.report = &j, describe(j, a.Network)
			return j, nil
		}
		if ctx.Err() != nil {
			return jail{}, ctx.Err()
		}
	}
	return jail{}, errors.Join(errors.New("extract: no child can be started"), last)
}

func describe(j jail, network bool) string {
	if network {
		return j.name + "; the network can be reached"
	}
	return j.name + "; no network"
}
