package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/search"
	"aimyorg/trial/ground"
)

// archive is one organization's documents, and beside them the same passages in a plain table with tsvector and GIN.
type archive struct {
	ground     *ground.Ground
	plain      *pgxpool.Pool
	pool       *pool
	owner      domain.Actor
	collection domain.ID

	documents, passages   int
	productTime, baseTime time.Duration
}

const (
	perDocument = 20  // passages
	batch       = 100 // documents that are added at once
	writers     = 2   // at once, on either side
)

const plainSchema = `create table plain (id bigint generated always as identity primary key, body text not null, words tsvector not null);
	create index plain_words on plain using gin (words)`

func openArchive(ctx context.Context, p *pool) (a *archive, err error) {
	a = &archive{pool: p}
	if a.ground, err = ground.Open(ctx, time.Now); err != nil {
		return a, err
	}
	if a.owner, a.collection, err = a.ground.Found(ctx, "archive"); err != nil {
		return a, err
	}
	if a.plain, err = pgxpool.New(ctx, a.ground.Server.DSN("postgres", "postgres")); err != nil {
		return a, err
	}
	_, err = a.plain.Exec(ctx, plainSchema)
	return a, err
}

func (a *archive) close(ctx context.Context) error {
	if a.plain != nil {
		a.plain.Close()
	}
	if a.ground == nil {
		return nil
	}
	return a.ground.Close(ctx)
}

// grow adds documents until there are so many passages, to both sides in turn, and times each.
func (a *archive) grow(ctx context.Context, passages int) (err error) {
	said := time.Now()
	defer func() { err = errors.Join(err, a.tidyLast(ctx)) }()
	for a.passages < passages {
		texts := make([]string, min(batch, (passages-a.passages)/perDocument+1))
		cut, added := make([][]string, len(texts)), 0
		for i := range texts {
			texts[i] = a.pool.document(a.documents+i, perDocument)
			for _, c := range search.Cut(texts[i]) {
				cut[i] = append(cut[i], texts[i][c.Start:c.End])
			}
			added += len(cut[i])
		}
		jobs, err := a.upload(ctx, texts)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := a.saveAll(ctx, jobs, texts); err != nil {
			return err
		}
		a.productTime += time.Since(began)
		began = time.Now()
		if err := inParallel(len(cut), func(i int) error { return a.insertPlain(ctx, cut[i]) }); err != nil {
			return err
		}
		a.baseTime += time.Since(began)
		a.documents += len(texts)
		a.passages += added
		if time.Since(said) > 10*time.Second {
			said = time.Now()
			fmt.Fprintf(os.Stderr, "  %d of %d passages: product %.0f s, tsvector %.0f s\n", a.passages, passages, a.productTime.Seconds(), a.baseTime.Seconds())
		}
	}
	return nil
}

// saveAll saves texts and meanwhile tidies up after those before, as the product's workers do.
func (a *archive) saveAll(ctx context.Context, jobs []store.ReadDocument, texts []string) error {
	return inParallel(1+len(texts), func(i int) error {
		if i == 0 {
			return a.tidy(ctx)
		}
		return a.save(ctx, jobs[i-1], texts[i-1])
	})
}

// tidyLast tidies up after the last texts.
func (a *archive) tidyLast(ctx context.Context) error {
	began := time.Now()
	defer func() { a.productTime += time.Since(began) }()
	return a.tidy(ctx)
}

// upload makes the documents, whose texts are then to be saved: what extraction does is not measured here.
func (a *archive) upload(ctx context.Context, texts []string) ([]store.ReadDocument, error) {
	jobs := make([]store.ReadDocument, len(texts))
	return jobs, inParallel(len(texts), func(i int) error {
		f, err := a.ground.DB.ReceiveFile(ctx, a.owner, strings.NewReader("trial"))
		if err != nil {
			return err
		}
		jobs[i] = store.ReadDocument{Tenant: a.owner.Tenant(), Version: f.Version}
		v := store.NewVersion{File: f, FileName: "trial.txt", MediaType: "text/plain"}
		return a.ground.DB.Tenant(ctx, a.owner, func(t *store.Tenant) error {
			_, err := t.AddDocument(a.collection, fmt.Sprintf("Trial %d", a.documents+i), v)
			return err
		})
	})
}

func (a *archive) save(ctx context.Context, job store.ReadDocument, text string) error {
	blocks := []domain.Block{{Kind: "paragraph", End: len(text), Text: text, Place: "Page 1"}}
	return a.ground.DB.SaveText(ctx, job, store.Text{Text: text, Blocks: blocks, Pages: 1})
}

func (a *archive) tidy(ctx context.Context) error {
	job := store.TidySearch{Tenant: a.owner.Tenant()}
	return a.ground.DB.Tenant(ctx, store.ActorOf(job), func(t *store.Tenant) error { return t.Tidy(false) })
}

// insertPlain inserts a document's passages, in one transaction and one round trip.
func (a *archive) insertPlain(ctx context.Context, passages []string) error {
	var b pgx.Batch
	for _, p := range passages {
		b.Queue("insert into plain (body, words) values ($1, to_tsvector('english', $1))", p)
	}
	return a.plain.SendBatch(ctx, &b).Close()
}

// inParallel does n things with as many hands as there are writers.
func inParallel(n int, do func(int) error) error {
	next := make(chan int)
	fails := make([]error, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range next {
				if fails[w] == nil {
					fails[w] = do(i)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	return errors.Join(fails...)
}
