// Command soak lets 200 scripted people in 20 organizations use the product for half an hour: they sign in, upload, ask,
// stop, search, withdraw their consent and sign out, while the server, and sometimes PostgreSQL, is killed every few
// minutes. At the end everything that was acknowledged must be there, nothing may have leaked, to anybody or into any
// file, and the ledger must hold what the provider received. `./task soak MINUTES=30`.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	binary                string
	load                  time.Duration
	people, organizations int
	think                 time.Duration
	quiet                 time.Duration
	killEvery             time.Duration
	database              int
	seed                  uint64
	keep                  bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:])
	if err == nil {
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("soak [flags] [MINUTES]", flag.ContinueOnError)
	f.StringVar(&o.binary, "binary", ".bin/aimyorg", "the program")
	f.IntVar(&o.people, "people", 200, "how many there are in all")
	f.IntVar(&o.organizations, "organizations", 20, "how many they are in")
	f.DurationVar(&o.think, "think", 12*time.Second, "about how long people think between two acts")
	f.DurationVar(&o.quiet, "quiet", time.Minute, "how long nobody does anything, before and after")
	f.DurationVar(&o.killEvery, "kill", 0, "how often something is killed (default 3m, or a third of the time when that is less)")
	f.IntVar(&o.database, "database", 3, "each which of the kills is PostgreSQL's; 0 is none")
	f.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()%1e6), "of what is random in the scripts") //nolint:gosec // positive
	f.BoolVar(&o.keep, "keep", false, "keep the folder, also when all is well")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	minutes := 30.0
	if f.NArg() > 0 {
		var err error
		if minutes, err = strconv.ParseFloat(f.Arg(0), 64); err != nil || minutes <= 0 || f.NArg() > 1 {
			return o, fmt.Errorf("%q is no number of minutes", f.Args())
		}
	}
	o.load = time.Duration(minutes * float64(time.Minute))
	if o.killEvery == 0 {
		o.killEvery = min(3*time.Minute, o.load/3)
	}
	if o.organizations < 1 || o.organizations > len(letters) || o.people < 5*o.organizations || o.people > len(letters)*o.organizations {
		return o, fmt.Errorf("at most %d organizations of 5 to %d people", len(letters), len(letters))
	}
	return o, nil
}
