package store_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/localpg"
	"aimyorg/store/seal"
	"aimyorg/store/storetest"
)

// own is a place of this test's own, whose database may be stopped and whose files may be lost.
func own(t *testing.T) (storetest.Place, localpg.Config) {
	t.Helper()
	dir := t.TempDir()
	c := localpg.Config{Dir: filepath.Join(dir, "pg"), Durable: true}
	server, err := localpg.Start(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { _ = server.Stop(background) })
	must(t, store.Migrate(t.Context(), server.DSN(localpg.Superuser, "postgres"), storetest.Policy))
	keys, err := seal.Open(t.Context(), seal.Config{Dir: filepath.Join(dir, "keys"), Now: time.Now})
	must(t, err)
	return storetest.Place{Server: server, Dir: dir, Keys: keys}, c
}

// The database goes away under open work and comes back: until then everything is unavailable, nothing is "not found" and
// nobody is signed out; after it everything goes on, and what was not committed did not happen.
func TestP62_database_restarted(t *testing.T) {
	t.Parallel()
	place, conf := own(t)
	db, err := place.Open(t.Context(), "")
	must(t, err)
	defer db.Close()
	o := storetest.New(t, db)
	err = db.Tenant(t.Context(), o.Owner, func(x *store.Tenant) error {
		if _, err := x.CreateCollection(domain.CollectionForm{Name: "Half"}); err != nil {
			return err
		}
		must(t, place.Server.Stop(t.Context()))
		_, err := x.Collections()
		return err
	})
	wants(t, err, domain.ErrUnavailable)
	for name, do := range uses(t, db, o) {
		for range 2 {
			err := do()
			if !errors.Is(err, domain.ErrUnavailable) {
				t.Errorf("%s while the database is away: %v", name, err)
			}
			if err != nil && strings.Contains(err.Error(), place.Dir) {
				t.Errorf("%s tells where things lie: %v", name, err)
			}
		}
	}
	place.Server, err = localpg.Start(t.Context(), conf)
	must(t, err)
	for name, do := range uses(t, db, o) {
		deadline := time.Now().Add(10 * time.Second)
		for err = do(); err != nil && time.Now().Before(deadline); err = do() { // a connection that broke is noticed once
			wants(t, err, domain.ErrUnavailable)
		}
		if err != nil {
			t.Errorf("%s after the restart: %v", name, err)
		}
	}
	must(t, db.Read(t.Context(), o.Owner, func(x *store.Tenant) error {
		all, err := x.Collections()
		for _, c := range all {
			if c.Name == "Half" {
				t.Error("half of a transaction happened")
			}
		}
		return err
	}))
}

func uses(t *testing.T, db *store.DB, o storetest.Organization) map[string]func() error {
	ctx := t.Context()
	collections := func(x *store.Tenant) error { _, err := x.Collections(); return err }
	return map[string]func() error{
		"Read":     func() error { return db.Read(ctx, o.Owner, collections) },
		"Snapshot": func() error { return db.Snapshot(ctx, o.Owner, collections) },
		"Tenant": func() error {
			return db.Tenant(ctx, o.Owner, func(x *store.Tenant) error {
				_, err := x.CreateCollection(domain.CollectionForm{Name: "Whole"})
				return err
			})
		},
		"Session":  func() error { _, err := db.Session(ctx, o.Token); return err },
		"Accounts": func() error { _, err := db.Accounts(ctx, o.Email); return err },
		"Attempt":  func() error { _, err := db.Attempt(ctx, "account", o.Email, 1000); return err },
		"Lost":     func() error { _, err := db.Lost(ctx); return err },
		"Policies": func() error { _, err := db.PolicyInForce(ctx); return err },
		"Sweep":    func() error { _, err := db.EndSessions(ctx); return err },
	}
}

// fails is a reader that breaks after a while.
func fails(after int, err error) io.Reader {
	return io.MultiReader(bytes.NewReader(make([]byte, after)), iotest.ErrReader(err))
}

// zeros is a file of any size.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func files(t *testing.T, dir string, o storetest.Organization) (names []string) {
	t.Helper()
	found, err := os.ReadDir(filepath.Join(dir, "files", string(o.Owner.Tenant())))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}

// A file that does not come in whole leaves nothing.
func TestP12_broken_uploads(t *testing.T) {
	t.Parallel()
	db, dir := storetest.DB(t), storetest.At(t).Dir
	o := storetest.New(t, db)
	own := errors.New("the browser went away")
	for name, c := range map[string]struct {
		src  io.Reader
		want error
	}{
		"at once": {fails(0, own), own}, "later": {fails(300<<10, own), own}, "cut": {fails(10, io.ErrUnexpectedEOF), io.ErrUnexpectedEOF},
		"disk full":  {fails(200<<10, &os.PathError{Op: "write", Path: dir, Err: syscall.ENOSPC}), domain.ErrUnavailable},
		"over quota": {fails(1, syscall.EDQUOT), domain.ErrUnavailable},
		"too large":  {io.LimitReader(zeros{}, domain.MaxFileBytes+1), domain.ErrTooLarge},
	} {
		_, err := db.ReceiveFile(t.Context(), o.Owner, c.src)
		wants(t, err, c.want)
		if errors.Is(c.want, domain.ErrUnavailable) && strings.Contains(err.Error(), dir) {
			t.Errorf("%s tells where things lie: %v", name, err)
		}
		if left := files(t, dir, o); len(left) > 0 {
			t.Fatalf("%s left %v", name, left)
		}
	}
	text := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	f, err := db.ReceiveFile(t.Context(), o.Owner, bytes.NewReader(text))
	if err != nil || f.Bytes != int64(len(text)) || len(f.Head) < 4096 || !bytes.HasPrefix(text, f.Head) {
		t.Fatalf("%d bytes, %v", f.Bytes, err)
	}
	if again := original(t, db, o, f); !bytes.Equal(again, text) {
		t.Error("what came out is not what went in")
	}
	db.DropFile(o.Owner, f)
	if left := files(t, dir, o); len(left) > 0 {
		t.Errorf("dropped, and left %v", left)
	}
}

func original(t *testing.T, db *store.DB, o storetest.Organization, f store.File) []byte {
	t.Helper()
	r, err := db.Original(t.Context(), o.Owner, domain.Version{ID: f.Version})
	must(t, err)
	defer r.Close()
	text, err := io.ReadAll(r)
	must(t, err)
	return text
}

// A disk that really is full: nothing half-kept, and the next file is taken when there is room.
func TestP12_full_disk(t *testing.T) {
	t.Parallel()
	at := storetest.At(t)
	at.Dir = storetest.SmallDisk(t, "256k")
	db, err := at.Open(t.Context(), "")
	must(t, err)
	defer db.Close()
	o := storetest.New(t, db)
	_, err = db.ReceiveFile(t.Context(), o.Owner, io.LimitReader(zeros{}, 1<<20))
	wants(t, err, domain.ErrUnavailable)
	if left := files(t, at.Dir, o); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	_, err = db.ReceiveFile(t.Context(), o.Owner, io.LimitReader(zeros{}, 1<<10))
	wants(t, err, nil) // there is room again
}

// P28, P31: an original that was changed, cut or moved to another organization does not open.
func TestP31_damaged_originals(t *testing.T) {
	t.Parallel()
	db, dir := storetest.DB(t), storetest.At(t).Dir
	for name, damage := range map[string]func([]byte) []byte{
		"turned": func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, "cut": func(b []byte) []byte { return b[:len(b)-70000] },
		"empty": func([]byte) []byte { return nil }, "longer": func(b []byte) []byte { return append(b, 0) },
	} {
		a, b := storetest.New(t, db), storetest.New(t, db)
		f, err := db.ReceiveFile(t.Context(), a.Owner, io.LimitReader(zeros{}, 200<<10))
		must(t, err)
		path := func(o storetest.Organization) string {
			return filepath.Join(dir, "files", string(o.Owner.Tenant()), string(f.Version))
		}
		text, err := os.ReadFile(path(a))
		must(t, err)
		must(t, os.MkdirAll(filepath.Dir(path(b)), 0o700))
		must(t, os.WriteFile(path(b), bytes.Clone(text), 0o600))
		must(t, os.WriteFile(path(a), damage(text), 0o600))
		for who, o := range map[string]storetest.Organization{name: a, "moved": b} {
			r, err := db.Original(t.Context(), o.Owner, domain.Version{ID: f.Version})
			if err == nil {
				_, err = io.ReadAll(r)
				must(t, r.Close())
			}
			if err == nil || errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%s: %v", who, err)
			}
		}
	}
}

// The sweep takes what no version names, an hour later, and nothing else.
func TestP12_sweep(t *testing.T) {
	t.Parallel()
	db, dir := storetest.DB(t), storetest.At(t).Dir
	w := build(t, db)
	old := time.Now().Add(-2 * time.Hour)
	path := func(v domain.ID) string { return filepath.Join(dir, "files", string(w.Owner.Tenant()), string(v)) }
	fresh, err := db.ReceiveFile(t.Context(), w.Owner, strings.NewReader("fresh"))
	must(t, err)
	must(t, os.WriteFile(path("stray"), nil, 0o600))
	for _, v := range []domain.ID{w.File.Version, w.Doc.Version.ID, "stray"} {
		must(t, os.Chtimes(path(v), old, old))
	}
	n, err := db.SweepFiles(t.Context(), w.Owner.Tenant())
	if n != 2 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	for v, want := range map[domain.ID]bool{w.File.Version: false, "stray": false, fresh.Version: true, w.Doc.Version.ID: true} {
		if _, err := os.Stat(path(v)); (err == nil) != want {
			t.Errorf("%s: %v", v, err)
		}
	}
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error { return x.DeleteDocument(w.Doc.ID) })
	if n, err := db.SweepFiles(t.Context(), w.Owner.Tenant()); n != 1 || err != nil {
		t.Errorf("after deleting its document swept %d, %v", n, err)
	}
	if n, err := db.SweepFiles(t.Context(), db.NewID()); n != 0 || err != nil {
		t.Errorf("an organization without files: %d, %v", n, err)
	}
}
