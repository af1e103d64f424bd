package main

import (
	"context"
	"log/slog"
	"time"

	"aimyorg/store/localpg"
)

// private is the private PostgreSQL, started again when it dies under us: connections that were open fail, the next ones
// find it, and what was committed is there. When another process of ours runs it, such as ./task seed, this one takes it
// over as soon as that one ends.
type private struct {
	config localpg.Config
	log    *slog.Logger
	first  *localpg.Server // for its address, which is the same for every server on the folder
	quit   context.CancelFunc
	last   chan *localpg.Server // gives the server that runs when the watch has ended; nil when none does
}

const (
	startLimit = time.Minute // how long a database may take to come up, crash recovery included
	lookAgain  = time.Second // between looks at a server that is another process's, and between tries to start one
)

func startPrivate(ctx context.Context, dir string, log *slog.Logger) (*private, error) {
	p := &private{config: localpg.Config{Dir: dir, Durable: true, Log: log}, log: log, last: make(chan *localpg.Server, 1)}
	server, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	p.first = server
	running, quit := context.WithCancel(context.WithoutCancel(ctx))
	p.quit = quit
	go func() { p.last <- p.watch(running, server) }()
	return p, nil
}

func (p *private) start(ctx context.Context) (*localpg.Server, error) {
	limited, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return localpg.Start(limited, p.config)
}

// watch keeps a server running until ctx ends, and gives the last one.
func (p *private) watch(ctx context.Context, server *localpg.Server) *localpg.Server {
	for {
		if server != nil && server.Owner() {
			select {
			case <-ctx.Done():
				return server
			case <-server.Done():
			}
			p.log.Error("the private database ended by itself; starting it again")
			_ = server.Stop(ctx) // lets go of its folder; the process is gone
		} else {
			select {
			case <-ctx.Done():
				return server
			case <-time.After(lookAgain):
			}
		}
		again, err := p.start(ctx) // attaches, when another process has it
		if err != nil && ctx.Err() == nil {
			p.log.Error("the private database does not start", "err", err)
		}
		server = again
	}
}

func (p *private) dsn(role string) string { return p.first.DSN(role, "postgres") }

// stop ends the server, when it is ours. It is called once.
func (p *private) stop(ctx context.Context) error {
	p.quit()
	if server := <-p.last; server != nil {
		return server.Stop(ctx)
	}
	return nil
}
