package store_test

import (
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

const fewIdle = 3

func crew(t *testing.T) (*store.Crew, *strings.Builder) {
	t.Helper()
	var log strings.Builder
	c := store.NewCrew(fewIdle, slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(c.Close)
	return c, &log
}

func TestCrew_EndsAsWhatItRuns(t *testing.T) {
	t.Parallel()
	c, log := crew(t)
	wrong := errors.New("wrong")
	if err := errors.Join(c.Run(func() error { return nil }), c.Run(func() error { return wrong })); err == nil || !errors.Is(err, wrong) {
		t.Errorf("%v", err)
	}
	panicked := func() (p any) {
		defer func() { p = recover() }()
		return c.Run(func() error { panic("for a test") })
	}()
	if panicked != "for a test" || !strings.Contains(log.String(), "TestCrew_EndsAsWhatItRuns") || strings.Contains(log.String(), "for a test") {
		t.Errorf("panicked with %v, and said %s", panicked, log) // where it was, and not what (P31)
	}
	exited := make(chan bool)
	go func() {
		gone := true
		defer func() { exited <- gone }()
		_ = c.Run(func() error { runtime.Goexit(); return nil })
		gone = false
	}()
	if !<-exited {
		t.Error("who waits goes on after an exit")
	}
	if err := c.Run(func() error { return c.Run(func() error { return nil }) }); err != nil { // none waits for itself
		t.Error(err)
	}
}

func TestCrew_KeepsAFew(t *testing.T) {
	t.Parallel()
	c, _ := crew(t)
	var all, busy sync.WaitGroup
	busy.Add(50)
	for range 50 {
		all.Go(func() { _ = c.Run(func() error { busy.Done(); busy.Wait(); return nil }) }) // each needs one of its own
	}
	all.Wait()
	idle(t, c, fewIdle)
	c.Close()
	c.Close()
	idle(t, c, 0)
	if err := c.Run(func() error { return nil }); err != nil { // a late one still has its connections to fail on
		t.Error(err)
	}
}

func idle(t *testing.T, c *store.Crew, want int) {
	t.Helper()
	for end := time.After(30 * time.Second); c.Idle() != want; runtime.Gosched() {
		select {
		case <-end:
			t.Fatalf("%d wait, not %d", c.Idle(), want)
		default:
		}
	}
}

// A transaction that panics leaves nothing behind, and its connection goes on.
func TestPanickingTransactionIsUndone(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	for range 50 { // more than there are connections
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic is gone")
				}
			}()
			_ = db.Tenant(t.Context(), o.Owner, func(x *store.Tenant) error {
				_, err := x.CreateCollection(domain.CollectionForm{Name: "Half", Everyone: true})
				must(t, err)
				panic("for a test")
			})
		}()
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		all, err := x.Collections()
		if len(all) != 0 {
			t.Errorf("%d collections are there", len(all))
		}
		return err
	})
}
