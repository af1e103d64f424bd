package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"aimyorg/store/search"
)

// pool is real text from this machine (manuals, documentation, what Go modules say of themselves), cut into paragraphs.
// Documents are put together from it by a seeded draw, so that any size can be made, the same each time.
type pool struct{ paragraphs []string }

const (
	poolBytes    = 96 << 20
	fileBytes    = 256 << 10
	longestChunk = 4 << 10
)

// markup is what would make words that nobody writes.
var markup = regexp.MustCompile(`<[^>]{1,200}>|\\f[A-Z]|\\[&\-|^]|(?m:^\.[A-Za-z]{1,3} ?)|(?m:^[ \t]*//)`)

func readPool(ctx context.Context) (*pool, error) {
	modules, err := exec.CommandContext(ctx, "go", "env", "GOMODCACHE").Output()
	if err != nil {
		return nil, fmt.Errorf("where Go modules lie: %w", err)
	}
	p := &pool{}
	size := 0
	for _, dir := range []string{"/usr/share/doc", "/usr/share/man", "/usr/share/perl", strings.TrimSpace(string(modules))} {
		most := size + poolBytes/4
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || ctx.Err() != nil || size > most {
				return errors.Join(ctx.Err(), skip(size > most))
			}
			if d.Type().IsRegular() && wanted(path) {
				size += p.take(readText(path))
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.SkipAll) && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if len(p.paragraphs) < 1000 {
		return nil, fmt.Errorf("only %d paragraphs of text on this machine", len(p.paragraphs))
	}
	return p, nil
}

func skip(all bool) error {
	if all {
		return fs.SkipAll
	}
	return nil
}

func wanted(path string) bool {
	switch filepath.Ext(path) {
	case ".gz", ".txt", ".md", ".html", ".pod", ".go":
		return !strings.Contains(path, "changelog") && !strings.HasSuffix(path, "_test.go")
	}
	return false
}

func readText(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // was only read
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return ""
		}
	}
	b, _ := io.ReadAll(io.LimitReader(r, fileBytes)) // what is damaged gives what it has
	if !utf8.Valid(b) {
		return ""
	}
	return markup.ReplaceAllString(string(b), " ")
}

func (p *pool) take(text string) (size int) {
	for _, x := range strings.Split(text, "\n\n") {
		x = strings.TrimSpace(x)
		if words := strings.Count(x, " "); words >= 12 && len(x) < longestChunk && strings.IndexByte(x, 0) < 0 {
			p.paragraphs = append(p.paragraphs, strings.Clone(x))
			size += len(x)
		}
	}
	return size
}

// document is a text of about so many passages. The same number gives the same text.
func (p *pool) document(number, passages int) string {
	r := rand.New(rand.NewPCG(uint64(number), 17))
	var b strings.Builder
	for words := 0; words < passages*(search.PassageWords-search.PassageOverlap); {
		x := p.paragraphs[r.IntN(len(p.paragraphs))]
		words += strings.Count(x, " ") + 1
		b.WriteString(x)
		b.WriteString("\n\n")
	}
	return b.String()
}

// queries are two to five words that stand in one paragraph, without the commonest.
func (p *pool) queries(n int) []string {
	r := rand.New(rand.NewPCG(5, 5))
	var all []string
	for len(all) < n {
		words := strings.FieldsFunc(p.paragraphs[r.IntN(len(p.paragraphs))], func(c rune) bool { return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') })
		words = slices.DeleteFunc(words, func(w string) bool { return len(w) < 4 || len(w) > 14 })
		r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		if k := 2 + r.IntN(4); len(words) >= k {
			all = append(all, strings.Join(words[:k], " "))
		}
	}
	return all
}
