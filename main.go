// Command aimyorg serves AImyOrg and keeps it: `aimyorg --help` lists what it does and every setting.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"aimyorg/jobs/extract"
)

// policyText is the privacy policy in force; migrate records its digest (P1).
//
//go:embed policy.txt
var policyText string

func main() {
	if len(os.Args) > 1 && os.Args[1] == "extract" {
		os.Exit(extract.Main(context.Background(), os.Stdin, os.Stdout, os.Args[2:])) // the child process that reads files: nothing else is set up
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// program is one run of the binary: its settings and where it writes.
type program struct {
	env         func(string) string
	out, errOut io.Writer
	config      config
	quoting     bool // nothing is sent to a provider, as while seeding
}

// command is one thing that the binary does.
type command struct {
	name, what string
	do         func(*program, context.Context, []string) error
}

// commands lists everything that the binary does.
func commands() []command {
	return []command{
		{"serve", "serve the product (the default)", plainly("serve", (*program).serve)},
		{"migrate", "bring the database to the newest schema", plainly("migrate", (*program).migrate)},
		{"seed", "fill three organizations with a story, or --tenants=N --seed=S for tests", (*program).seed},
		{"routes", "list every route and who may use it; --json", (*program).routes},
		{"audit verify", "check every organization's audit log; names the first bad row", plainly("audit verify", (*program).auditVerify)},
		{"ledger verify", "check every organization's egress ledger and add it up", plainly("ledger verify", (*program).ledgerVerify)},
		{"db audit", "check the walls of the live database", plainly("db audit", (*program).dbAudit)},
		{"provider", "a scripted AI provider for development: provider [ADDR]", (*program).provider},
		{"extract", "read a file on standard input; the server starts it for itself", nil},
	}
}

// run does one command and gives the exit code: 0, 1 when it failed or found something, 2 when it was not understood.
func run(ctx context.Context, args []string, env func(string) string, out, errOut io.Writer) int {
	p := &program{env: env, out: out, errOut: errOut}
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
		p.help()
		return 0
	}
	c, rest, ok := find(args)
	if !ok {
		fmt.Fprintf(errOut, "aimyorg: there is no command %q; see aimyorg --help\n", strings.Join(args[:min(2, len(args))], " "))
		return 2
	}
	var err error
	if p.config, err = readConfig(env); err != nil {
		fmt.Fprintf(errOut, "aimyorg: the settings need mending:\n%v\n", err)
		return 2
	}
	err = c.do(p, ctx, rest)
	var misused misuse
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &misused):
		fmt.Fprintf(errOut, "aimyorg %s: %v; see aimyorg --help\n", c.name, err)
		return 2
	}
	fmt.Fprintf(errOut, "aimyorg: %v\n", err)
	return 1
}

// misuse says that a command was not understood.
type misuse struct{ error }

// parse reads a command's flags and at most so many words after them.
func (p *program) parse(flags *flag.FlagSet, args []string, words int) error {
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(p.out)
		flags.Usage()
		return err
	case err != nil:
		return misuse{err}
	case flags.NArg() > words:
		return misuse{fmt.Errorf("%q is one word too many", flags.Arg(words))}
	}
	return nil
}

// plainly does a command that takes no words.
func plainly(name string, do func(*program, context.Context) error) func(*program, context.Context, []string) error {
	return func(p *program, ctx context.Context, args []string) error {
		if err := p.parse(flag.NewFlagSet(name, flag.ContinueOnError), args, 0); err != nil {
			return err
		}
		return do(p, ctx)
	}
}

func find(args []string) (command, []string, bool) {
	all := commands()
	if len(args) == 0 {
		return all[0], nil, true
	}
	for _, c := range all {
		switch {
		case c.do == nil:
		case c.name == args[0]:
			return c, args[1:], true
		case len(args) > 1 && c.name == args[0]+" "+args[1]:
			return c, args[2:], true
		}
	}
	return command{}, nil, false
}

func (p *program) help() {
	fmt.Fprint(p.out, "AImyOrg: an organization's AI agents, beside its people.\n\naimyorg [COMMAND]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(p.out, "  %-14s %s\n", c.name, c.what)
	}
	fmt.Fprint(p.out, "\nSettings, by environment:\n\n")
	for _, s := range settings {
		fmt.Fprintf(p.out, "  %s\n      %s", s.name, s.what)
		if s.otherwise != "" {
			fmt.Fprintf(p.out, " (%s)", s.otherwise)
		}
		fmt.Fprintln(p.out)
	}
}
