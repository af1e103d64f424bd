package store

import (
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// crew runs transactions on goroutines that are kept for the next ones. A transaction goes deep, and a goroutine that goes
// there for the first time copies its stack several times on its way: that was 2 to 3 % of what an answer costs, and each
// answer's own goroutine kept a stack that it needed twice.
type crew struct {
	errands chan *errand
	idle    atomic.Int32
	most    int32 // that wait for the next; more are begun whenever all are busy
	over    chan struct{}
	close   func() // lets the idle ones go; what runs is not disturbed
	log     *slog.Logger
}

func newCrew(most int32, log *slog.Logger) *crew {
	over := make(chan struct{})
	return &crew{errands: make(chan *errand), most: most, over: over, close: sync.OnceFunc(func() { close(over) }), log: log}
}

// run is do, elsewhere: it returns when do has, and panics or exits its goroutine as do does.
func (c *crew) run(do func() error) error {
	e := &errand{do: do, done: make(chan struct{})}
	select {
	case c.errands <- e:
	default:
		go c.work(e)
	}
	<-e.done
	switch {
	case e.panicked != nil:
		panic(e.panicked)
	case !e.returned: // as tests do that fail inside
		runtime.Goexit()
	}
	return e.err
}

func (c *crew) work(e *errand) {
	for {
		e.run(c.log)
		if c.idle.Add(1) > c.most {
			c.idle.Add(-1)
			return
		}
		select {
		case e = <-c.errands:
		case <-c.over:
			e = nil
		}
		if c.idle.Add(-1); e == nil {
			return
		}
	}
}

// errand is what one of a crew is sent for, and how it ended.
type errand struct {
	do       func() error
	err      error
	returned bool // else it panicked, or its goroutine has exited
	panicked any
	done     chan struct{}
}

func (e *errand) run(log *slog.Logger) {
	defer close(e.done)
	defer func() {
		if e.panicked = recover(); e.panicked != nil { // whoever waits does not see where it was
			log.Error("panic in a transaction", "stack", string(debug.Stack()))
		}
	}()
	e.err = e.do()
	e.returned = true
}
