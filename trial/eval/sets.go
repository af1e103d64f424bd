package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// document is a line of corpus.jsonl.
type document struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// query is a line of queries.jsonl.
type query struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

// set is a test collection as BEIR lays it out: what is searched, what is asked, and what should be found.
type set struct {
	name      string
	documents []document
	queries   []query                   // those that have judgements, in the file's order
	relevant  map[string]map[string]int // query → document → grade, above zero
}

// longestLine bounds a line of JSON.
const longestLine = 64 << 20

func readSet(dir string) (*set, error) {
	s := &set{name: filepath.Base(filepath.Clean(dir))}
	var err error
	if s.relevant, err = readJudgements(dir); err != nil {
		return nil, err
	}
	if s.documents, err = readLines[document](filepath.Join(dir, "corpus.jsonl")); err != nil {
		return nil, err
	}
	all, err := readLines[query](filepath.Join(dir, "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	for _, q := range all {
		if len(s.relevant[q.ID]) > 0 {
			s.queries = append(s.queries, q)
		}
	}
	return s, s.check()
}

// check refuses what would make the numbers wrong without a word.
func (s *set) check() error {
	if len(s.documents) == 0 || len(s.queries) == 0 {
		return fmt.Errorf("%s: %d documents and %d judged queries", s.name, len(s.documents), len(s.queries))
	}
	seen := map[string]bool{}
	for _, d := range s.documents {
		if d.ID == "" || seen[d.ID] {
			return fmt.Errorf("%s: document id %q is empty or there twice", s.name, d.ID)
		}
		seen[d.ID] = true
	}
	asked := map[string]bool{}
	for _, q := range s.queries {
		if asked[q.ID] {
			return fmt.Errorf("%s: query id %q is there twice", s.name, q.ID)
		}
		asked[q.ID] = true
	}
	return nil
}

func readLines[T any](path string) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // was only read
	var all []T
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 1<<20), longestLine)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var one T
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		all = append(all, one)
	}
	return all, lines.Err()
}

// judgementFiles are where a set's judgements may lie.
var judgementFiles = []string{"qrels.tsv", "qrels/test.tsv"}

func readJudgements(dir string) (map[string]map[string]int, error) {
	for _, name := range judgementFiles {
		f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // was only read
		all, err := parseJudgements(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return all, nil
	}
	return nil, fmt.Errorf("%s has none of %s", dir, strings.Join(judgementFiles, ", "))
}

// parseJudgements reads lines of query, document and grade, with or without a header.
func parseJudgements(r io.Reader) (map[string]map[string]int, error) {
	all := map[string]map[string]int{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		f := strings.Split(strings.TrimRight(lines.Text(), "\r"), "\t")
		if len(f) == 1 && f[0] == "" {
			continue
		}
		if len(f) != 3 {
			return nil, fmt.Errorf("line %d has %d columns, not 3", n, len(f))
		}
		grade, err := strconv.Atoi(f[2])
		if err != nil {
			if n == 1 {
				continue // the header
			}
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if grade <= 0 {
			continue
		}
		if all[f[0]] == nil {
			all[f[0]] = map[string]int{}
		}
		all[f[0]][f[1]] = grade
	}
	return all, lines.Err()
}
