package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/trial"
)

// reading is what the product holds at a moment.
type reading struct {
	Goroutines int
	Heap       int64 // bytes that are in use after a collection
	app        int64 // resident bytes of the server alone
	postgres   int64 // of PostgreSQL
	threads    int
	files      int // open descriptors, sockets among them
	sockets    int
	processes  int // of the server, without PostgreSQL's
	backends   int // connections that PostgreSQL serves
	temporary  int // files in TMPDIR, and PostgreSQL's own
	originals  int // files that hold originals
	versions   int // rows that name one
	jobs       int // that are not over
}

const columns = "%-8s %7v %5v %5v %7v %7v %6v %6v %5v %5v %5v %5v %5v %5v %5v %5v %7v\n"

func (s *soak) heads() {
	fmt.Printf(columns, "", "acts", "cut", "odd", "app MB", "pg MB", "heap", "gorout", "thrds", "files", "socks", "procs", "conns", "temp", "files",
		"jobs", "answers")
}

// report prints a line of the table.
func (s *soak) report(ctx context.Context, when string) reading {
	r, err := s.read(ctx)
	s.mu.Lock()
	done, cuts, odd := s.done, s.cuts, 0
	for _, n := range s.faults {
		odd += n
	}
	s.mu.Unlock()
	fmt.Printf(columns, when, done, cuts, odd, r.app>>20, r.postgres>>20, r.Heap>>20, r.Goroutines, r.threads, r.files, r.sockets, r.processes,
		r.backends, r.temporary, r.originals, r.jobs, len(s.provider.Requests()))
	if err != nil {
		fmt.Println("  not everything could be read:", err)
	}
	return r
}

// calm waits until nothing is left to do, then so long as a minute, and reads.
func (s *soak) calm(ctx context.Context, when string) (reading, error) {
	over := func() bool { r, err := s.counts(ctx, reading{}); return err == nil && r.jobs == 0 }
	if !trial.Holds(5*time.Minute, over) {
		return reading{}, errors.New("there are jobs that never end")
	}
	s.hangUp()
	select {
	case <-ctx.Done():
		return reading{}, ctx.Err()
	case <-time.After(s.options.quiet):
	}
	if when == "before" {
		s.heads()
	}
	r := s.report(ctx, when)
	if r.Goroutines == 0 || r.backends == 0 {
		return r, errors.New("the quiet product could not be measured")
	}
	return r, nil
}

func (s *soak) read(ctx context.Context) (reading, error) {
	var r reading
	pid := s.product.Process().Pid
	master, err := s.product.Postmaster()
	if err != nil {
		return r, err
	}
	alone, err1 := trial.CostAlone(pid)
	first, err2 := trial.CostOf(master)
	all, err3 := trial.CostOf(pid)
	database, err4 := trial.CostOf(master) // PostgreSQL's workers come and go: twice, so that none is taken for ours
	r.app, r.threads, r.files, r.postgres = alone.Resident, alone.Threads, alone.Files, database.Resident
	r.processes = all.Alive - max(first.Alive, database.Alive)
	r.sockets = sockets(pid)
	r.temporary = countFiles(s.product.Temp(), "") + countFiles(s.product.Data(), "pgsql_tmp")
	r.originals = countFiles(filepath.Join(s.product.Data(), "files"), "")
	r, err5 := s.vitals(r)
	r, err6 := s.counts(ctx, r)
	return r, errors.Join(err1, err2, err3, err4, err5, err6)
}

// vitals asks the server for its own figures, which it writes to its log.
func (s *soak) vitals(r reading) (reading, error) {
	from := s.product.Log.Len()
	if err := s.product.Process().Signal(syscall.SIGUSR1); err != nil {
		return r, err
	}
	var line string
	said := func() bool {
		_, rest, ok := strings.Cut(s.product.Log.From(from), `"msg":"vitals",`)
		line, _, _ = strings.Cut(rest, "\n")
		return ok && strings.HasSuffix(line, "}")
	}
	if !trial.Holds(10*time.Second, said) {
		return r, errors.New("the server does not say how it is")
	}
	return r, json.Unmarshal([]byte("{"+line), &r)
}

// counts asks PostgreSQL, as its superuser.
func (s *soak) counts(ctx context.Context, r reading) (reading, error) {
	db, err := s.database(ctx)
	if err != nil {
		return r, err
	}
	defer func() { _ = db.Close(ctx) }()
	return r, db.QueryRow(ctx, `select
		(select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()),
		(select count(*) from river.river_job where state in ('available', 'pending', 'retryable', 'running', 'scheduled')),
		(select count(*) from document_versions)`).Scan(&r.backends, &r.jobs, &r.versions)
}

func (s *soak) database(ctx context.Context) (*pgx.Conn, error) {
	dsn, err := s.product.Superuser()
	if err != nil {
		return nil, err
	}
	return pgx.Connect(ctx, dsn)
}

func sockets(pid int) int {
	n := 0
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// countFiles counts files below a folder, of those in folders of a name when one is given.
func countFiles(dir, in string) int {
	n := 0
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && (in == "" || filepath.Base(filepath.Dir(path)) == in) {
			n++
		}
		return nil // what a running product removes meanwhile is not there
	})
	return n
}
