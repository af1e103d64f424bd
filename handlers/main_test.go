package handlers_test

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"aimyorg/jobs"
	"aimyorg/jobs/extract"
	"aimyorg/jobs/extract/extracttest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// TestMain is also the child that reads files: a Runner starts this binary again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "extract" {
		os.Exit(extract.Main(context.Background(), os.Stdin, os.Stdout, os.Args[2:]))
	}
	code := m.Run()
	rest()
	os.Exit(code)
}

// background is the work behind the site: one for all tests of the process, as all share one queue.
var background struct {
	once sync.Once
	jobs *jobs.Jobs
	err  error
}

// working starts the background work.
func working(t testing.TB) {
	t.Helper()
	background.once.Do(func() { background.err = work(storetest.DB(t)) })
	if background.err != nil {
		t.Fatal(background.err)
	}
}

// rest ends the background work.
func rest() {
	if background.jobs != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = background.jobs.Stop(ctx)
	}
}

func work(db *store.DB) error {
	cache, err := extracttest.Warmed(context.Background())
	if err != nil {
		return err
	}
	reader, err := extract.NewRunner(extract.Options{CacheDir: cache})
	if err != nil {
		return err
	}
	background.jobs, err = jobs.Start(context.Background(), jobs.Config{DB: db, Reader: reader, Log: slog.New(slog.DiscardHandler)})
	return err
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
