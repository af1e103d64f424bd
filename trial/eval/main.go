// Command eval scores the product's search on a test collection in the layout of BEIR, with plain BM25 beside it:
//
//	./task eval DIR [RUN]
//
// DIR holds corpus.jsonl (_id, title, text), queries.jsonl (_id, text) and qrels.tsv or qrels/test.tsv (query, document,
// grade). The run is written to RUN, else to DIR's name with .run.jsonl: a line a query, best hit first.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"aimyorg/trial/ground"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errors.New("usage: ./task eval DIR [RUN]")
	}
	s, err := readSet(args[0])
	if err != nil {
		return err
	}
	file := s.name + ".run.jsonl"
	if len(args) == 2 {
		file = args[1]
	}
	fmt.Fprintf(os.Stderr, "%s: %d documents, %d judged queries\n", s.name, len(s.documents), len(s.queries))
	plain := s.runPlain()
	ours, err := s.runProduct(ctx)
	if err != nil {
		return err
	}
	if err := write(file, ours); err != nil {
		return err
	}
	s.print(s.measure(ours), s.measure(plain))
	fmt.Fprintln(os.Stderr, "run file:", file)
	return nil
}

func (s *set) runPlain() []found {
	b := indexPlain(s.documents)
	var all []found
	for _, q := range s.queries {
		all = append(all, found{q.ID, withoutSelf(q.ID, b.search(q.Text, depth+1))})
	}
	return all
}

func (s *set) runProduct(ctx context.Context) (all []found, err error) {
	g, err := ground.Open(ctx, time.Now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.Close(context.WithoutCancel(ctx))) }()
	p := &product{ground: g, out: os.Stderr}
	if p.owner, p.collection, err = g.Found(ctx, "eval"); err != nil {
		return nil, err
	}
	began := time.Now()
	if err = p.add(ctx, s.documents); err != nil {
		return nil, err
	}
	indexed := time.Now()
	if all, err = p.run(ctx, s.queries); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "indexed in %.1f s; %.1f ms a query\n", indexed.Sub(began).Seconds(),
		time.Since(indexed).Seconds()*1000/float64(len(s.queries)))
	return all, nil
}

func (s *set) print(ours, plain scores) {
	fmt.Printf("%-24s %9s %9s %9s\n", s.name, "product", "BM25", "ratio")
	for _, row := range []struct {
		name        string
		ours, plain float64
	}{{"nDCG@10", ours.NDCG, plain.NDCG}, {"Recall@100", ours.Recall, plain.Recall}, {"answer in top 5", ours.Top5, plain.Top5}} {
		fmt.Printf("%-24s %9.4f %9.4f %9.3f\n", row.name, row.ours, row.plain, row.ours/row.plain)
	}
}

// write makes the run file: {"query": id, "hits": [{"id": …, "score": …}, …]} a line.
func write(path string, run []found) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for _, q := range run {
		if err := lines.Encode(q); err != nil {
			return err
		}
	}
	return w.Flush()
}
