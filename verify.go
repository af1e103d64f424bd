package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"text/tabwriter"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/llm/llmtest"
	"aimyorg/store"
)

// errFound ends a check that found something: what, is on standard output.
var errFound = errors.New("something is wrong: see above")

func (p *program) migrate(ctx context.Context) error {
	return p.with(ctx, func(*rooms) error { // opening migrates
		fmt.Fprintln(p.out, "The database has the newest schema.")
		return nil
	})
}

func (p *program) routes(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("routes", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "as JSON")
	if err := p.parse(flags, args, 0); err != nil {
		return err
	}
	if *asJSON {
		return p.print(handlers.Routes())
	}
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, r := range handlers.Routes() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.Method, r.Path, r.Permission)
	}
	return w.Flush()
}

func (p *program) auditVerify(ctx context.Context) error {
	return verifyEach(ctx, p, (*store.DB).AuditOf, func(v store.Verdict) string { return v.Bad })
}

func (p *program) ledgerVerify(ctx context.Context) error {
	return verifyEach(ctx, p, (*store.DB).LedgerOf, func(v store.LedgerSum) string { return v.Bad })
}

// verifyEach checks every organization and prints what was found, as JSON; anything bad is exit code 1.
func verifyEach[T any](ctx context.Context, p *program, check func(*store.DB, context.Context, domain.ID) (T, error), bad func(T) string) error {
	return p.with(ctx, func(r *rooms) error {
		ids, err := r.db.Organizations(ctx)
		if err != nil {
			return err
		}
		out, found := make([]T, 0, len(ids)), false
		for _, id := range ids {
			v, err := check(r.db, ctx, id)
			if err != nil {
				return err
			}
			out, found = append(out, v), found || bad(v) != ""
		}
		if err := p.print(out); err != nil {
			return err
		}
		if found {
			return errFound
		}
		return nil
	})
}

func (p *program) dbAudit(ctx context.Context) error {
	return p.with(ctx, func(r *rooms) error {
		findings, err := store.AuditSchema(ctx, r.dsn)
		if err != nil {
			return err
		}
		if err := p.print(findings); err != nil {
			return err
		}
		if len(findings) > 0 {
			return errFound
		}
		return nil
	})
}

// provider serves the tests' scripted provider, to see writing without a real one.
func (p *program) provider(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("provider", flag.ContinueOnError)
	if err := p.parse(flags, args, 1); err != nil {
		return err
	}
	if p.config.Production {
		return errors.New("the scripted provider is for development")
	}
	addr := cmp.Or(flags.Arg(0), "127.0.0.1:8090")
	base, err := llmtest.New().Listen(ctx, addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "OPENAI_BASE_URL=%s OPENAI_API_KEY=scripted ./task run\n", base)
	<-ctx.Done()
	return nil
}

func (p *program) print(v any) error {
	e := json.NewEncoder(p.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
