package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"aimyorg/store/localpg"
)

// private is the private PostgreSQL, started again when it dies under us: connections that were open fail, the next ones
// find it, and what was committed is there.
type private struct {
	config localpg.Config
	log    *slog.Logger

	mu      sync.Mutex
	server  *localpg.Server
	stopped bool
}

// startLimit is how long a database may take to come up, crash recovery included.
const startLimit = time.Minute

func startPrivate(ctx context.Context, dir string, log *slog.Logger) (*private, error) {
	p := &private{config: localpg.Config{Dir: dir, Durable: true, Log: log}, log: log}
	limited, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	server, err := localpg.Start(limited, p.config)
	if err != nil {
		return nil, err
	}
	p.server = server
	if server.Owner() {
		go p.watch(server)
	}
	return p, nil
}

// watch waits for the server's end and starts another, unless it was stopped on purpose.
func (p *private) watch(server *localpg.Server) {
	for {
		<-server.Done()
		p.mu.Lock()
		if p.stopped {
			p.mu.Unlock()
			return
		}
		p.log.Error("the private database ended by itself; starting it again")
		_ = server.Stop(context.Background()) // lets go of its folder; the process is gone
		limited, cancel := context.WithTimeout(context.Background(), startLimit)
		again, err := localpg.Start(limited, p.config)
		cancel()
		if err != nil {
			p.mu.Unlock()
			p.log.Error("the private database does not start", "err", err)
			return
		}
		p.server, server = again, again
		p.mu.Unlock()
	}
}

// dsn is the same for every server on the folder.
func (p *private) dsn(role string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server.DSN(role, "postgres")
}

func (p *private) stop(ctx context.Context) error {
	p.mu.Lock()
	p.stopped = true
	server := p.server
	p.mu.Unlock()
	return server.Stop(ctx)
}
