package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/trial/ground"
)

// product searches a set as a person of an organization would: the documents are uploaded, indexed and sealed on the
// product's own path (only taking text out of files is left out, for they are text), and found by its search.
type product struct {
	ground     *ground.Ground
	owner      domain.Actor
	collection domain.ID
	names      sync.Map // the product's id of a document → the set's
	out        io.Writer
}

const (
	uploads   = 4  // documents at once
	tidyAfter = 64 // documents; the product tidies in the background
)

// add uploads and indexes all documents, and says how it goes.
func (p *product) add(ctx context.Context, documents []document) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan document)
	var done atomic.Int64
	var all sync.WaitGroup
	for range uploads {
		all.Go(func() {
			for d := range next {
				if err := p.addOne(ctx, d); err != nil {
					cancel(fmt.Errorf("document %q: %w", d.ID, err))
					return
				}
				done.Add(1)
			}
		})
	}
	err := p.feed(ctx, documents, next, &done)
	close(next)
	all.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return p.tidy(ctx)
}

func (p *product) feed(ctx context.Context, documents []document, next chan<- document, done *atomic.Int64) error {
	began, said := time.Now(), time.Now()
	for i, d := range documents {
		select {
		case next <- d:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if i%tidyAfter == tidyAfter-1 {
			if err := p.tidy(ctx); err != nil {
				return err
			}
		}
		if time.Since(said) > 5*time.Second {
			said = time.Now()
			fmt.Fprintf(p.out, "indexed %d of %d documents in %.0f s\n", done.Load(), len(documents), time.Since(began).Seconds())
		}
	}
	return nil
}

func (p *product) tidy(ctx context.Context) error {
	job := store.TidySearch{Tenant: p.owner.Tenant()}
	return p.ground.DB.Tenant(ctx, store.ActorOf(job), func(t *store.Tenant) error { return t.Tidy(false) })
}

func (p *product) addOne(ctx context.Context, d document) error {
	title, text := shelved(d)
	f, err := p.ground.DB.ReceiveFile(ctx, p.owner, strings.NewReader(text))
	if err != nil {
		return err
	}
	err = p.ground.DB.Tenant(ctx, p.owner, func(t *store.Tenant) error {
		id, err := t.AddDocument(p.collection, title, store.NewVersion{File: f, MediaType: "text/plain"})
		p.names.Store(id, d.ID)
		return err
	})
	if err != nil {
		return err
	}
	blocks := []domain.Block{{Kind: "paragraph", End: len(text), Text: text}}
	return p.ground.DB.SaveText(ctx, store.ReadDocument{Tenant: p.owner.Tenant(), Version: f.Version}, store.Text{Text: text, Blocks: blocks})
}

// shelved is a document as somebody would upload it. A title that is too long for a title, or has no text below it,
// stands in the text too, so that nothing is cut.
func shelved(d document) (title, text string) {
	title, text = domain.Line(d.Title), strings.ToValidUTF8(strings.ReplaceAll(d.Text, "\x00", " "), " ")
	if utf8.RuneCountInString(title) > domain.MaxTitle || strings.TrimSpace(text) == "" {
		text = title + "\n\n" + text
	}
	return title, text
}

// run asks every query.
func (p *product) run(ctx context.Context, queries []query) ([]found, error) {
	var all []found
	for _, q := range queries {
		hits, err := p.search(ctx, q.Text)
		if err != nil {
			return nil, fmt.Errorf("query %q: %w", q.ID, err)
		}
		all = append(all, found{q.ID, withoutSelf(q.ID, hits)})
	}
	return all, nil
}

func (p *product) search(ctx context.Context, text string) ([]hit, error) {
	var hits []hit
	err := p.ground.DB.Presuming(ctx, p.owner, func(t *store.Tenant) error {
		hits = []hit{} // a look that presumed wrongly is made again
		all, err := t.Search(text, 0, depth)
		for _, f := range all {
			name, _ := p.names.Load(f.Document)
			hits = append(hits, hit{name.(string), f.Score})
		}
		return err
	})
	return hits, err
}
