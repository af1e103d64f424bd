package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"aimyorg/store"
)

const (
	manyQueries  = 200 // at each size
	fewTenants   = 10
	manyTenants  = 1000
	tenantsAfter = 100_000 // passages: the size at which other organizations are added
)

// benchSearch measures an organization of each of the sizes (numbers of passages, by comma), beside plain tsvector with GIN
// and no row-level security over the same passages, asked the same.
func benchSearch(ctx context.Context, r *report, sizes string) (err error) {
	p, err := readPool(ctx)
	if err != nil {
		return err
	}
	a, err := openArchive(ctx, p)
	defer func() { err = errors.Join(err, a.close(context.WithoutCancel(ctx))) }()
	if err != nil {
		return err
	}
	for _, s := range strings.Split(sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil {
			return err
		}
		if err := a.measure(ctx, r, n); err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) measure(ctx context.Context, r *report, size int) error {
	before, product, base := a.passages, a.productTime, a.baseTime
	if err := a.grow(ctx, size); err != nil {
		return err
	}
	if _, err := a.plain.Exec(ctx, "vacuum analyze"); err != nil {
		return err
	}
	added := float64(a.passages - before)
	ours, theirs := added/(a.productTime-product).Seconds(), added/(a.baseTime-base).Seconds()
	name := fmt.Sprintf("%d passages", size)
	r.add("ingestion up to "+name, fmt.Sprintf("%.0f/s", ours), fmt.Sprintf("%.0f/s", theirs), ratio(ours, theirs), "≥ 1×")
	if err := a.compare(ctx, r, name); err != nil {
		return err
	}
	if size == tenantsAfter {
		return a.crowd(ctx, r, name)
	}
	return nil
}

// compare asks one side all queries and then the other, and ours again, so that a machine that wobbles wobbles for both; then both
// in turn, query by query, which measures ours with the caches that a scan of tsvector's leaves.
func (a *archive) compare(ctx context.Context, r *report, name string) error {
	queries := a.pool.queries(manyQueries)
	product := func(q string) error { return a.ask(ctx, q) }
	conjunct := func(q string) error { return a.askPlain(ctx, "plainto_tsquery('english', $1)", q) }
	disjunct := func(q string) error {
		return a.askPlain(ctx, "replace(plainto_tsquery('english', $1)::text, '&', '|')::tsquery", q)
	}
	for _, side := range []func(string) error{product, conjunct} { // the first few warm both
		if _, err := askAll(queries[:20], side); err != nil {
			return err
		}
	}
	before, err := askAll(queries, product)
	if err != nil {
		return err
	}
	all, err := askAll(queries, conjunct)
	if err != nil {
		return err
	}
	after, err := askAll(queries, product)
	if err != nil {
		return err
	}
	any, err := askAll(queries[:manyQueries/10], disjunct) // an OR takes seconds
	if err != nil {
		return err
	}
	turns, err := askAll(queries, product, conjunct)
	if err != nil {
		return err
	}
	ours := append(before[0], after[0]...)
	for _, row := range []struct {
		what         string
		ours, theirs []time.Duration
		q            float64
		reach        string
	}{
		{"all words", ours, all[0], 0.5, "< 1×"}, {"all words", ours, all[0], 0.95, "< 1×, ≤ 50 ms at 1M"},
		{"any word", ours, any[0], 0.5, "< 1×"}, {"all words, query by query", turns[0], turns[1], 0.5, ""},
	} {
		x, y := quantile(row.ours, row.q), quantile(row.theirs, row.q)
		r.add(fmt.Sprintf("search, %s, p%.0f (tsvector: %s)", name, row.q*100, row.what), milliseconds(x), milliseconds(y), ratio(float64(x), float64(y)), row.reach)
	}
	return nil
}

// askAll asks each query of every side in turn, and says how long each side took for each.
func askAll(queries []string, sides ...func(string) error) ([][]time.Duration, error) {
	took := make([][]time.Duration, len(sides))
	for _, q := range queries {
		for i, side := range sides {
			d, err := timed(func() error { return side(q) })
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], d)
		}
	}
	return took, nil
}

func timed(do func() error) (time.Duration, error) {
	began := time.Now()
	err := do()
	return time.Since(began), err
}

func (a *archive) ask(ctx context.Context, query string) error {
	return a.ground.DB.Presuming(ctx, a.owner, func(t *store.Tenant) error {
		_, err := t.Search(query, 0, 10)
		return err
	})
}

// askPlain ranks what matches, in one trip; words says how a query is made of the text, once.
func (a *archive) askPlain(ctx context.Context, words, query string) error {
	rows, err := a.plain.Query(ctx, "with asked as materialized (select "+words+` as q)
		select id, body, ts_rank(words, q) from asked, plain where words @@ q order by 3 desc limit 10`, query)
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

// crowd adds other organizations, each with a document, and asks the first one before and after.
func (a *archive) crowd(ctx context.Context, r *report, name string) error {
	var medians []time.Duration
	made := 1
	for _, tenants := range []int{fewTenants, manyTenants} {
		for ; made < tenants; made++ {
			if err := a.another(ctx, made); err != nil {
				return err
			}
		}
		var took []time.Duration
		for range 2 {
			for _, q := range a.pool.queries(manyQueries) {
				d, err := timed(func() error { return a.ask(ctx, q) })
				if err != nil {
					return err
				}
				took = append(took, d)
			}
		}
		medians = append(medians, quantile(took[manyQueries:], 0.5))
	}
	r.add(fmt.Sprintf("search, %s, p50 among %d organizations", name, manyTenants), milliseconds(medians[1]),
		milliseconds(medians[0])+fmt.Sprintf(" among %d", fewTenants), ratio(float64(medians[1]), float64(medians[0])), "flat")
	return nil
}

func (a *archive) another(ctx context.Context, number int) error {
	owner, collection, err := a.ground.Found(ctx, fmt.Sprintf("another%d", number))
	if err != nil {
		return err
	}
	b := &archive{ground: a.ground, pool: a.pool, owner: owner, collection: collection, documents: number}
	text := a.pool.document(number, 2)
	jobs, err := b.upload(ctx, []string{text})
	if err != nil {
		return err
	}
	return b.save(ctx, jobs[0], text)
}
