// Command bench measures the product beside baselines in the same run and prints a table of ratios. It is a benchmark, not
// a test: it never fails for being slow. `./task bench` builds the product and runs it; BENCHMARKS.md has the last table.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
)

// part is one group of rows.
type part struct {
	name string
	what string
	run  func(context.Context, *bench) error
}

// bench is what the parts share.
type bench struct {
	report
	binary string // the product
	dir    string // for what this run writes
	flags  settings
}

type settings struct {
	levels  string // how many answers at once, one after the other
	seconds int    // how long each level is measured

	people, departments int // of the organization whose directory and chart are asked for

	passages string // how large the organization that is searched, one size after the other
}

func parts() []part {
	return []part{
		{"stream", "answers streaming at once, beside a bare reverse proxy; memory", benchStream},
		{"pages", "pages at 50 requests a second", benchPages},
		{"signin", "signing in, and pages beside many who do", benchSignIn},
		{"permission", "what asking who may what adds to a page", benchPermission},
		{"chart", "the organization chart of many people", benchChart},
		{"people", "the directory of many people", benchPeople},
		{"scoped", "scoped statements, beside the same through unscoped Bun", benchScoped},
		{"search", "search and ingestion, beside plain tsvector", func(ctx context.Context, b *bench) error {
			return benchSearch(ctx, &b.report, b.flags.passages)
		}},
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == proxyCommand {
		serveProxy(os.Args[2:])
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	b := &bench{}
	var only string
	flag.StringVar(&b.binary, "binary", ".bin/aimyorg", "the product")
	flag.StringVar(&only, "only", "", "parts to run, by comma: "+names())
	flag.StringVar(&b.flags.levels, "levels", "1,50,200,1000", "stream: answers at once")
	flag.IntVar(&b.flags.seconds, "seconds", 20, "stream: how long each level is measured")
	flag.IntVar(&b.flags.departments, "departments", 300, "chart: its departments")
	flag.IntVar(&b.flags.people, "people", 20_000, "people, chart: how many there are")
	flag.StringVar(&b.flags.passages, "passages", "100000", "search: passages of the organization, by comma")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if b.dir, err = os.MkdirTemp("", "aimyorg-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	if err := os.Chmod(b.dir, 0o755); err != nil { // PostgreSQL runs as an account of its own
		return err
	}
	for _, p := range parts() {
		if only != "" && !slices.Contains(strings.Split(only, ","), p.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", p.name, p.what)
		if err := p.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	b.print(os.Stdout)
	return nil
}

func names() string {
	var out []string
	for _, p := range parts() {
		out = append(out, p.name)
	}
	return strings.Join(out, ", ")
}
