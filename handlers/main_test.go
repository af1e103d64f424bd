package handlers_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"aimyorg/jobs"
	"aimyorg/jobs/extract"
	"aimyorg/store/storetest"
)

// TestMain is also the child that reads files: a Runner starts this binary again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "extract" {
		os.Exit(extract.Main(context.Background(), os.Stdin, os.Stdout, os.Args[2:]))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "aimyorg-handlers-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	background.cache = dir
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if background.jobs != nil {
		_ = background.jobs.Stop(ctx)
	}
	return code
}

// background is the work behind the site: one for all tests of the process, as all share one queue.
var background struct {
	once  sync.Once
	cache string // of the PDF engine's compiled code
	jobs  *jobs.Jobs
	err   error
}

// working starts the background work.
func working(t testing.TB) {
	t.Helper()
	background.once.Do(func() {
		db := storetest.DB(t)
		// Once: under the race detector compiling the PDF engine takes a minute and gigabytes.
		first, err := extract.NewRunner(extract.Options{CacheDir: background.cache, Timeout: 5 * time.Minute, Memory: 8 << 30})
		if err == nil {
			err = first.Warm(context.Background())
		}
		if err != nil {
			background.err = err
			return
		}
		reader, err := extract.NewRunner(extract.Options{CacheDir: background.cache})
		if err != nil {
			background.err = err
			return
		}
		background.jobs, background.err = jobs.Start(context.Background(), jobs.Config{DB: db, Reader: reader, Log: slog.New(slog.DiscardHandler)})
	})
	if background.err != nil {
		t.Fatal(background.err)
	}
}

// eventually waits until something holds.
func eventually(t testing.TB, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(60 * time.Second); !holds(); {
		select {
		case <-deadline:
			t.Fatal("it did not come to hold")
		case <-tick.C:
		}
	}
}
