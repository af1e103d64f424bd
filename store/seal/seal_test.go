package seal_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/store/seal"
)

const (
	org   = "0192f0c1-0000-7000-8000-00000000000a"
	other = "0192f0c1-0000-7000-8000-00000000000b"
	ann   = "0192f0c1-1111-7000-8000-00000000000a"
	bob   = "0192f0c1-1111-7000-8000-00000000000b"
)

var here = seal.Place{Table: "documents", Column: "title", Row: "0192f0c1-2222-7000-8000-000000000001"}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t testing.TB, c seal.Config) *seal.Keyring {
	t.Helper()
	if c.Now == nil {
		c.Now = newClock().Now
	}
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	r, err := seal.Open(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func tenant(t testing.TB, r *seal.Keyring, name string) *seal.Box {
	t.Helper()
	must(t, r.CreateTenant(t.Context(), name))
	return box(t, r, name)
}

func box(t testing.TB, r *seal.Keyring, name string) *seal.Box {
	t.Helper()
	b, err := r.Tenant(t.Context(), name)
	must(t, err)
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error: got %v, want %v", got, want)
	}
}

func sealed(t testing.TB, b *seal.Box, p seal.Place, plain string) []byte {
	t.Helper()
	s, err := b.Seal(p, []byte(plain))
	must(t, err)
	return s
}

func opens(t testing.TB, b *seal.Box, p seal.Place, s []byte, want string) {
	t.Helper()
	got, err := b.Open(p, s)
	if err != nil || string(got) != want {
		t.Errorf("open: got %q, %v, want %q", got, err, want)
	}
}

func TestP31_ValueOpensWhereItWasSealed(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	for _, plain := range []string{"", "x", "the plan", strings.Repeat("long ", 5000)} {
		s := sealed(t, b, here, plain)
		opens(t, b, here, s, plain)
		if s[0] != 1 || len(s) != len(plain)+33 {
			t.Errorf("envelope of %d bytes: version %d, %d bytes", len(plain), s[0], len(s))
		}
		text, err := b.SealText(here, plain)
		must(t, err)
		if got, err := b.OpenText(here, text); err != nil || got != plain {
			t.Errorf("text: got %q, %v", got, err)
		}
	}
	if got, err := b.Open(here, nil); got != nil || err != nil {
		t.Errorf("nil opens to %q, %v", got, err)
	}
	if got, err := b.OpenText(here, nil); got != "" || err != nil {
		t.Errorf("nil opens to %q, %v", got, err)
	}
	_, err := b.Open(here, []byte{})
	wants(t, err, seal.ErrSealed)
}

func TestP31_SamePlaintextNeverSealsTheSame(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	if bytes.Equal(sealed(t, b, here, "twice"), sealed(t, b, here, "twice")) {
		t.Error("two seals of one value are equal")
	}
}

func TestP31_ValueMovedElsewhereDoesNotOpen(t *testing.T) {
	t.Parallel()
	r := open(t, seal.Config{})
	b, b2 := tenant(t, r, org), tenant(t, r, other)
	must(t, b.CreatePerson(t.Context(), ann))
	forAnn, err := b.SealFor(ann, here, []byte("hers"))
	must(t, err)
	for name, p := range map[string]seal.Place{
		"table":   {Table: "tasks", Column: here.Column, Row: here.Row},
		"column":  {Table: here.Table, Column: "body", Row: here.Row},
		"row":     {Table: here.Table, Column: here.Column, Row: here.Row + "0"},
		"shifted": {Table: here.Table, Column: here.Column, Row: "|" + here.Row},
	} {
		for _, s := range [][]byte{sealed(t, b, here, "mine"), forAnn} {
			_, err := b.Open(p, s)
			if !errors.Is(err, seal.ErrSealed) {
				t.Errorf("another %s: %v", name, err)
			}
		}
	}
	_, err = b2.Open(here, sealed(t, b, here, "mine"))
	wants(t, err, seal.ErrSealed)
	_, err = b2.Open(here, forAnn)
	wants(t, err, seal.ErrSealed)
	_, err = b.OpenText(here, sealed(t, b, here, "bytes are no text"))
	wants(t, err, seal.ErrSealed)
}

func TestP31_IncompletePlaceIsRefused(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	s := sealed(t, b, here, "mine")
	for _, p := range []seal.Place{{}, {Table: "t", Column: "c"}, {Table: "t", Row: "r"}, {Column: "c", Row: "r"},
		{Table: "a|b", Column: "c", Row: "r"}, {Table: "a", Column: "b|c", Row: "r"}} {
		_, err := b.Seal(p, nil)
		wants(t, err, seal.ErrPlace)
		_, err = b.Open(p, s)
		wants(t, err, seal.ErrPlace)
	}
}

func TestP31_EveryFlippedBitIsSeen(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	s := sealed(t, b, here, "the plan")
	for i := range len(s) * 8 {
		bad := bytes.Clone(s)
		bad[i/8] ^= 1 << (i % 8)
		_, err := b.Open(here, bad)
		wants(t, err, seal.ErrSealed)
	}
	for n := range s {
		_, err := b.Open(here, s[:n:n])
		wants(t, err, seal.ErrSealed)
	}
	_, err := b.Open(here, append(bytes.Clone(s), 0))
	wants(t, err, seal.ErrSealed)
}

func TestP31_ShortTextsHideTheirLength(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	for _, c := range []struct{ text, size int }{{0, 32}, {30, 32}, {31, 64}, {254, 256}, {255, 288}, {256, 258}, {257, 259}, {70000, 70002}} {
		plain := strings.Repeat("x", c.text)
		s, err := b.SealText(here, plain)
		must(t, err)
		if len(s) != c.size+33 {
			t.Errorf("%d bytes of text: %d sealed, want %d", c.text, len(s)-33, c.size)
		}
		if got, err := b.OpenText(here, s); err != nil || got != plain {
			t.Errorf("%d bytes of text: %d, %v", c.text, len(got), err)
		}
	}
}

func TestP31_TermsAndChecksumsAreKeyed(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), newClock()
	r := open(t, seal.Config{Dir: dir, Now: clock.Now})
	b, b2 := tenant(t, r, org), tenant(t, r, other)
	again := box(t, open(t, seal.Config{Dir: dir, Now: clock.Now}), org)
	switch {
	case b.Term("plan") != again.Term("plan") || !bytes.Equal(b.MAC("ledger", []byte("x")), again.MAC("ledger", []byte("x"))):
		t.Error("another process marks differently")
	case b.Term("plan") == b.Term("plans") || b.Term("plan") == b2.Term("plan"):
		t.Error("terms collide")
	case bytes.Equal(b.MAC("a", []byte("bc")), b.MAC("ab", []byte("c"))) || bytes.Equal(b.MAC("a", nil), b2.MAC("a", nil)):
		t.Error("checksums collide")
	}
	term := b.Term("plan")
	must(t, r.RotateTenant(t.Context(), org))
	if box(t, r, org).Term("plan") != term {
		t.Error("a new root changed the terms")
	}
	if len(b.MAC("a", nil)) != 32 || len(r.Lookup("a@example.org")) != 32 {
		t.Error("not 32 bytes")
	}
}

func TestP2_LookupAndSecretsStayTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, r2, stranger := open(t, seal.Config{Dir: dir}), open(t, seal.Config{Dir: dir}), open(t, seal.Config{})
	if !bytes.Equal(r.Lookup("a@example.org"), r2.Lookup("a@example.org")) || !bytes.Equal(r.Secret("cookie", 64), r2.Secret("cookie", 64)) {
		t.Error("two processes on one directory differ")
	}
	if bytes.Equal(r.Lookup("a@example.org"), stranger.Lookup("a@example.org")) || bytes.Equal(r.Secret("cookie", 32), r.Secret("csrf", 32)) {
		t.Error("secrets are shared")
	}
}

func TestP33_NewRootSealsAndOldOnesOpen(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), newClock()
	r, r2 := open(t, seal.Config{Dir: dir, Now: clock.Now}), open(t, seal.Config{Dir: dir, Now: clock.Now})
	b := tenant(t, r, org)
	b2 := box(t, r2, org)
	before := sealed(t, b, here, "before")
	clock.pass(time.Minute)
	must(t, r.RotateTenant(t.Context(), org))
	after := sealed(t, b, here, "after")
	opens(t, b2, here, after, "after") // first of all, so that nothing else has made it reload
	if bytes.Equal(before[1:5], after[1:5]) {
		t.Error("the old root still seals")
	}
	must(t, b.CreatePerson(t.Context(), ann))
	hers, err := b.SealFor(ann, here, []byte("hers"))
	must(t, err)
	opens(t, b2, here, hers, "hers")
	opens(t, b2, here, after, "after")
	opens(t, b2, here, before, "before")
	opens(t, b, here, before, "before")
}

func TestMalformedIdsAreRefused(t *testing.T) {
	t.Parallel()
	r := open(t, seal.Config{})
	b := tenant(t, r, org)
	for _, id := range []string{"", "..", "../x", "a/b", "A", "root", "index", "gone", "gone-x", "platform-00000000", ".gone", strings.Repeat("a", 65), "a b"} {
		wants(t, r.CreateTenant(t.Context(), id), seal.ErrPlace)
		wants(t, r.ShredTenant(t.Context(), id), seal.ErrPlace)
		wants(t, b.CreatePerson(t.Context(), id), seal.ErrPlace)
		wants(t, b.ShredPerson(t.Context(), id), seal.ErrPlace)
		_, err := b.SealFor(id, here, nil)
		wants(t, err, seal.ErrPlace)
	}
}

func TestUnknownOwnersHaveNoKeys(t *testing.T) {
	t.Parallel()
	r := open(t, seal.Config{})
	_, err := r.Tenant(t.Context(), org)
	wants(t, err, seal.ErrNoKeys)
	wants(t, r.ShredTenant(t.Context(), org), seal.ErrNoKeys)
	b := tenant(t, r, org)
	_, err = b.SealFor(ann, here, nil)
	wants(t, err, seal.ErrNoKeys)
	must(t, b.ShredPerson(t.Context(), ann))
	must(t, b.CreatePerson(t.Context(), ann))
	must(t, r.Close())
	_, err = b.Seal(here, nil)
	wants(t, err, seal.ErrNoKeys)
}

func TestCancelledCallerDoesNotWait(t *testing.T) {
	t.Parallel()
	const key = "cancelled"
	r := open(t, seal.Config{KMS: "hashivault://" + key})
	must(t, r.CreateTenant(t.Context(), org))
	until := make(chan struct{})
	theVault.stall(key, until)
	defer close(until)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := r.Tenant(ctx, org)
	wants(t, err, context.DeadlineExceeded)
}
