package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/llm"
	"aimyorg/seed"
	"aimyorg/store"
)

// mostTenants is how many letters there are to tell them apart.
const mostTenants = 26

// mostPeople is how many an organization of --tenants may have: making an account costs a tenth of a second.
const mostPeople = 100

// seed fills the database: with the story, or with --tenants for tests from outside. It works while the server runs too.
func (p *program) seed(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	tenants := flags.Int("tenants", 0, "organizations of identical shape, printed as JSON, instead of the story")
	people := flags.Int("people", len(domain.Roles), "with --tenants: in each organization")
	number := flags.Uint64("seed", 1, "which words are planted")
	if err := p.parse(flags, args, 0); err != nil {
		return err
	}
	if *tenants < 0 || *tenants > mostTenants {
		return misuse{fmt.Errorf("--tenants must be between 1 and %d", mostTenants)}
	}
	if *people < len(domain.Roles) || *people > mostPeople {
		return misuse{fmt.Errorf("--people must be between %d and %d", len(domain.Roles), mostPeople)}
	}
	if p.config.Production {
		return errors.New("seeding is for development")
	}
	p.quoting = true
	return p.with(ctx, func(r *rooms) error {
		w, err := p.startWork(ctx, r)
		if err != nil {
			return err
		}
		defer w.stop()
		story := p.story(r, w.runs)
		if *tenants > 0 {
			made, err := story.Tenants(ctx, *tenants, *people, *number)
			if err != nil {
				return err
			}
			return p.print(map[string]any{"tenants": made})
		}
		logins, err := story.Tell(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Three organizations are there. Sign in at %s/sign-in with the password “%s”:\n\n", p.config.BaseURL, seed.Password)
		for _, l := range logins {
			fmt.Fprintf(p.out, "  %-28s %-8s %s, %s\n", l.Email, l.Role.Name(), l.Name, l.Organization)
		}
		return nil
	})
}

// story gives the seed the product's own machinery: jobs that read documents, and the Copilot, which quotes.
func (p *program) story(r *rooms, runs *llm.Runs) seed.Story {
	return seed.Story{DB: r.db, Hash: func(email, password string) string { return handlers.HashPassword(r.db, email, password) },
		Read: func(ctx context.Context) error { return waitUntilRead(ctx, r.db) },
		Ask: func(ctx context.Context, a domain.Actor, text string) error {
			return askAndWait(ctx, r.db, runs, a, text)
		}}
}

func waitUntilRead(ctx context.Context, db *store.DB) error {
	for {
		n, err := db.Unread(ctx)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func askAndWait(ctx context.Context, db *store.DB, runs *llm.Runs, a domain.Actor, text string) error {
	var question, answer domain.Message
	err := db.Tenant(ctx, a, func(t *store.Tenant) (err error) {
		question, answer, err = t.Ask("", text)
		return err
	})
	if errors.Is(err, domain.ErrNotFound) {
		return nil // a role that may not ask
	}
	if err != nil {
		return err
	}
	if err := runs.Start(a, question, answer); err != nil {
		return err
	}
	v, ok := runs.Follow(a, answer.ID, 0)
	for ok {
		piece, err := v.Next(ctx)
		if err != nil {
			return err
		}
		ok = !piece.Over
	}
	return nil
}
