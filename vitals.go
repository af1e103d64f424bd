package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"aimyorg/llm"
)

// vitals answers `kill -USR1` with one line in the log: what the process holds, after a collection, so that two lines can
// be compared. There is no address to ask for it (HOSTILE A121).
func vitals(ctx context.Context, runs *llm.Runs, log *slog.Logger) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		defer signal.Stop(asked)
		for {
			select {
			case <-ctx.Done():
				return
			case <-asked:
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			log.Info("vitals", "goroutines", runtime.NumGoroutine(), "heap", m.HeapAlloc, "answers", runs.Running())
		}
	}()
}
