package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/scoped"
	"aimyorg/store/seal"
	"aimyorg/trial"
)

// benchPeople fills an organization with people and departments, and asks for the directory: its first page, a search, and the
// first of all, when nothing is in memory.
func benchPeople(ctx context.Context, b *bench) (err error) {
	p, err := trial.Start(ctx, b.binary, filepath.Join(b.dir, "people"), nil)
	if err != nil {
		return err
	}
	defer p.Stop()
	v := trial.NewVisitor(p.Base, &http.Transport{MaxIdleConnsPerHost: 256})
	if err := v.SignUp(ctx, "people@example.com", "People"); err != nil {
		return err
	}
	begun := time.Now()
	if err := crowdIn(ctx, p, b.flags.people); err != nil {
		return fmt.Errorf("%w\n%s", err, p.Log.Tail(2000))
	}
	b.add(fmt.Sprintf("%d people added", b.flags.people), time.Since(begun).Round(time.Second).String(), "", "", "–")
	first, err := timed(func() error { _, err := v.Get(ctx, "/people"); return err })
	if err != nil {
		return err
	}
	b.add("directory, read for the first time", milliseconds(first), "", "", "–")
	long := time.Duration(b.flags.seconds) * time.Second
	for _, page := range []struct{ name, path, most string }{
		{"directory, first page", "/people", "≤ 50 ms"}, {"directory, a search", "/people?q=" + url.QueryEscape("meyer north"), "≤ 50 ms"},
		{"directory, the last page", "/people?from=100000000", "≤ 50 ms"}, {"departments", "/departments", "≤ 50 ms"},
	} {
		took, err := steadily(ctx, *v, page.path, long)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s of %d people at %d/s", page.name, b.flags.people, pagesPerSecond)
		b.add(name+", p50", milliseconds(quantile(took, 0.5)), "", "", "–")
		b.add(name+", p99", milliseconds(quantile(took, 0.99)), "", "", page.most)
	}
	return nil
}

var (
	givenNames  = []string{"Ada", "Bela", "Chloé", "Dmitri", "Esra", "Femi", "Greta", "Hiro", "Ines", "Jürgen", "Kofi", "Lena", "Mats", "Nadia", "Olu", "Paz", "Quinn", "Rosa", "Søren", "Tariq"}
	familyNames = []string{"Adler", "Bauer", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Horvat", "Ivanov", "Janssen", "Kovač", "Larsen", "Meyer", "Novák", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Tanaka"}
	titles      = []string{"Engineer", "Buyer", "Clerk", "Planner", "Nurse", "Driver", "Analyst"}
)

// crowdIn puts people and departments into the organization that was just founded, through a store of its own beside the
// running product.
func crowdIn(ctx context.Context, p *trial.Product, people int) (err error) {
	socket, err := p.Socket()
	if err != nil {
		return err
	}
	keys, err := seal.Open(ctx, seal.Config{Dir: filepath.Join(p.Data(), "keys"), Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	db, err := store.Open(ctx, store.Config{Keys: keys, Files: filepath.Join(p.Data(), "files"), Now: time.Now,
		Pool: func(role string, most int32) (*pgxpool.Config, error) {
			return scoped.Config(fmt.Sprintf("host='%s' port=5432 user='%s' dbname='postgres' sslmode=disable application_name=trial", socket, role), "", most)
		}})
	if err != nil {
		return err
	}
	defer db.Close()
	accounts, err := db.Accounts(ctx, "people@example.com")
	if err != nil || len(accounts) != 1 {
		return errors.Join(err, fmt.Errorf("%d accounts", len(accounts)))
	}
	in, err := db.SignIn(ctx, accounts[0].Actor, domain.Arrival{Method: domain.ByPassword, Device: "A trial", Address: "192.0.2.1"})
	if err != nil {
		return err
	}
	who, err := db.Session(ctx, in.Token)
	if err != nil {
		return err
	}
	owner := who.Actor
	units, err := divide(ctx, db, owner)
	if err != nil {
		return err
	}
	all := make([]domain.Member, people)
	for i := range all {
		all[i] = domain.Member{Name: givenNames[i%len(givenNames)] + " " + familyNames[i/len(givenNames)%len(familyNames)], Title: titles[i%len(titles)],
			Email: fmt.Sprintf("person-%d@example.com", i), Department: units[i%len(units)], Role: domain.Staff, PolicyVersion: 1}
	}
	return db.AddMembers(ctx, owner, all, accounts[0].Hash)
}

// divide makes ten departments of twenty each.
func divide(ctx context.Context, db *store.DB, owner domain.Actor) (units []domain.ID, err error) {
	err = db.Tenant(ctx, owner, func(t *store.Tenant) error {
		for i := range 10 {
			top, err := t.CreateDepartment(fmt.Sprintf("Division %d", i), "")
			if err != nil {
				return err
			}
			for j := range 20 {
				id, err := t.CreateDepartment(fmt.Sprintf("%s %d", []string{"North", "South", "East", "West"}[j%4], j), top)
				if err != nil {
					return err
				}
				units = append(units, id)
			}
		}
		return nil
	})
	return units, err
}
