package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How much garbage a process lets lie. Go's default is as much as is alive, which is little work for little memory and much
// memory for little work: with 1,000 answers at once it was a third of all that the process held.
const (
	litter      = 30 << 20 // bytes, as long as that is between the two percentages of what is alive
	mostLitter  = 100
	leastLitter = 25
	thriftEvery = 2 * time.Second
)

// thrift keeps the garbage collector's target at litter. An operator's GOGC goes before it.
func thrift(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	go func() {
		tick := time.NewTicker(thriftEvery)
		defer tick.Stop()
		now := mostLitter
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if p := litterFor(alive()); p != now {
				now = p
				debug.SetGCPercent(p)
			}
		}
	}()
}

// alive is what the collector found in use last: the heap, and the stacks, which it counts too.
func alive() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() + s[1].Value.Uint64()
}

// litterFor is the target in percent, in steps of five: setting it stops everything for a moment.
func litterFor(alive uint64) int {
	p := int(100 * litter / max(alive, 1))
	return max(leastLitter, min(mostLitter, p-p%5))
}
