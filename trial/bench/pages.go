package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"aimyorg/trial"
)

const (
	pagesPerSecond = 50
	listed         = 50  // documents of the list
	exchanged      = 100 // questions of the conversation, with their answers
)

// benchPages asks for the pages that people look at most, at a steady rate, whatever the answers take.
func benchPages(ctx context.Context, b *bench) error {
	p, err := trial.Start(ctx, b.binary, filepath.Join(b.dir, "pages"), nil)
	if err != nil {
		return err
	}
	defer p.Stop()
	v := trial.NewVisitor(p.Base, &http.Transport{MaxIdleConnsPerHost: 256})
	if err := v.SignUp(ctx, "pages@example.com", "Pages"); err != nil {
		return err
	}
	for _, page := range []struct {
		name, path string
		who        *trial.Visitor
	}{{"signing in", "/sign-in", trial.NewVisitor(p.Base, nil)}, {"a new organization's home", "/home", v}} {
		if err := b.wire(ctx, page.name, page.path, page.who); err != nil {
			return err
		}
	}
	list, thread, err := furnish(ctx, v)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.Log.Tail(2000))
	}
	for _, page := range []struct{ name, path string }{{"home", "/home"}, {"a list of 50", list}, {"a conversation of 200 messages", thread}} {
		took, err := steadily(ctx, *v, page.path, time.Duration(b.flags.seconds)*time.Second)
		if err != nil {
			return err
		}
		b.add(page.name+fmt.Sprintf(" at %d/s, p50", pagesPerSecond), milliseconds(quantile(took, 0.5)), "", "", "–")
		b.add(page.name+fmt.Sprintf(" at %d/s, p99", pagesPerSecond), milliseconds(quantile(took, 0.99)), "", "", "≤ 30 ms")
	}
	return nil
}

// furnish fills an organization: a collection with documents, and a long conversation that quotes.
func furnish(ctx context.Context, v *trial.Visitor) (list, thread string, err error) {
	id, err := v.Collect(ctx, "Handbook")
	if err != nil {
		return "", "", err
	}
	files := make([]trial.File, listed)
	for i := range files {
		text := fmt.Sprintf("# Policy %d\n\nA hotel in town %d may cost %d euros.\n", i, i, 100+i)
		files[i] = trial.File{Name: fmt.Sprintf("policy-%d.md", i), Body: []byte(text)}
	}
	if err := v.Upload(ctx, id, files...); err != nil {
		return "", "", err
	}
	if err := v.Read(ctx, id); err != nil {
		return "", "", err
	}
	conversation := ""
	for i := range exchanged {
		q, err := v.Question(ctx, conversation, fmt.Sprintf("What may a hotel cost in town %d?", i%listed))
		if err != nil {
			return "", "", err
		}
		if err := v.Follow(ctx, q.Stream, func(trial.Event) {}); err != nil {
			return "", "", err
		}
		conversation = q.Conversation
	}
	return "/knowledge/collections/" + id, "/copilot/conversations/" + conversation, nil
}

// steadily begins a request at each tick, so that a slow answer makes those after it wait and shows.
func steadily(ctx context.Context, v trial.Visitor, path string, long time.Duration) ([]time.Duration, error) {
	tick := time.NewTicker(time.Second / pagesPerSecond)
	defer tick.Stop()
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var all sync.WaitGroup
	for range int(long.Seconds() * pagesPerSecond) {
		<-tick.C
		all.Go(func() {
			own, begun := v, time.Now()
			a, err := own.Get(ctx, path)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(begun))
			if err == nil && a.Status != http.StatusOK {
				err = fmt.Errorf("%s: status %d", path, a.Status)
			}
			if err != nil {
				failed = err
			}
		})
	}
	all.Wait()
	return took, failed
}

var (
	linked = regexp.MustCompile(`(?:src|href)="(/[^"#]*\.(?:css|js|woff2|svg))`)
	other  = regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`)
)

// wire adds up what a browser with an empty cache loads for a page: the page itself and everything of ours that it links.
func (b *bench) wire(ctx context.Context, name, path string, v *trial.Visitor) error {
	accept := []string{"Accept-Encoding", "gzip, deflate, br"}
	page, err := v.Get(ctx, path, append(accept, "Sec-Fetch-Site", "none")...)
	if err != nil {
		return err
	}
	plain, err := v.Get(ctx, path, "Accept-Encoding", "identity")
	if err != nil {
		return err
	}
	total, seen := len(page.Body), map[string]bool{}
	for _, m := range linked.FindAllStringSubmatch(plain.Body, -1) {
		if seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		a, err := v.Get(ctx, m[1], append(accept, "Sec-Fetch-Site", "same-origin")...)
		if err != nil {
			return err
		}
		total += len(a.Body)
	}
	foreign := 0
	for _, m := range other.FindAllString(plain.Body, -1) {
		if !strings.Contains(m, v.Base) {
			foreign++
		}
	}
	b.add("over the wire: "+name, fmt.Sprintf("%.1f KB, %d files", float64(total)/1024, len(seen)+1), "", "", "≤ 60 KB")
	b.add("links to other hosts on it", strconv.Itoa(foreign), "", "", "0")
	return nil
}
