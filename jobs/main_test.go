package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/jobs"
	"aimyorg/jobs/extract"
	"aimyorg/jobs/extract/extracttest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

var cacheDir string // of the PDF engine's compiled code

// TestMain is also the children that read files: the runner starts this binary again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "extract" {
		os.Exit(extract.Main(context.Background(), os.Stdin, os.Stdout, os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "hang" {
		os.Exit(hang(os.Args[2]))
	}
	dir, err := extracttest.Warmed(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cacheDir = dir
	os.Exit(m.Run())
}

// hang is the real child, except while the file named is there: then it says so and never ends reading.
func hang(while string) int {
	if _, err := os.Stat(while); err != nil {
		return extract.Main(context.Background(), os.Stdin, os.Stdout, nil)
	}
	if os.WriteFile(while+".pid", fmt.Append(nil, os.Getpid()), 0o600) != nil {
		return 1
	}
	never := make(chan os.Signal, 1)
	signal.Notify(never, os.Interrupt)
	<-never
	return 1
}

// hanging is a reader whose children hang while the file named is there.
func hanging(t testing.TB) (r *extract.Runner, while string) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	while = filepath.Join(t.TempDir(), "hang")
	r, err = extract.NewRunner(extract.Options{Command: []string{self, "hang", while}})
	must(t, err)
	_, err = r.Isolation(t.Context()) // finds its jail while the child is not hanging yet
	must(t, err)
	must(t, os.WriteFile(while, nil, 0o600))
	return r, while
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// await polls until is says yes.
func await(t testing.TB, what string, most time.Duration, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %v for: %s", most, what)
		case <-tick.C:
		}
	}
}

func reader(t testing.TB) *extract.Runner {
	t.Helper()
	r, err := extract.NewRunner(extract.Options{CacheDir: cacheDir})
	must(t, err)
	return r
}

// start runs the jobs of one process until the test ends.
func start(t testing.TB, db *store.DB, r *extract.Runner) *jobs.Jobs {
	t.Helper()
	j, err := jobs.Start(t.Context(), jobs.Config{DB: db, Reader: r, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	must(t, err)
	t.Cleanup(func() { stop(t, j, 10*time.Second) })
	return j
}

func stop(t testing.TB, j *jobs.Jobs, most time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	if err := j.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// upload adds a document as a person would; its text is not read yet.
func upload(t testing.TB, o storetest.Organization, collection domain.ID, name string, body []byte) (document, version domain.ID) {
	t.Helper()
	f, err := o.DB.ReceiveFile(t.Context(), o.Owner, bytes.NewReader(body))
	must(t, err)
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		document, err = x.AddDocument(collection, name, store.NewVersion{File: f, FileName: name, MediaType: "text/plain"})
		return err
	})
	return document, f.Version
}

// stateOf is a document's newest version.
func stateOf(t testing.TB, o storetest.Organization, document domain.ID) domain.Version {
	t.Helper()
	var d domain.Document
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		d, err = x.Document(document)
		return err
	})
	return d.Version
}

func settled(t testing.TB, o storetest.Organization, document domain.ID) domain.Version {
	t.Helper()
	var v domain.Version
	await(t, "the document to be read", 40*time.Second, func() bool {
		v = stateOf(t, o, document)
		return v.State == domain.DocumentReady || v.State == domain.DocumentUnreadable
	})
	return v
}

func found(t testing.TB, o storetest.Organization, words string) int {
	t.Helper()
	n := 0
	must(t, o.DB.Read(t.Context(), o.Owner, func(x *store.Tenant) error {
		all, err := x.Search(words, 0, 20)
		n = len(all)
		return err
	}))
	return n
}

// rows tells what the queue says of a version's jobs, for a failure's message.
func rows(t testing.TB, version domain.ID) string {
	t.Helper()
	var text string
	const query = `select coalesce(string_agg(concat_ws(' ', id, state, attempt, created_at, attempted_at, errors::text), '; '), 'none')
		from river.river_job where args->>'version' = $1`
	if err := storetest.Superuser(t).QueryRow(t.Context(), query, version).Scan(&text); err != nil {
		return err.Error()
	}
	return text
}

// lockedLog keeps what is logged, from whichever worker.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
