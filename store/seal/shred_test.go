package seal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/store/seal"
)

func TestP67_ShreddedPersonIsGoneAndTheOrganizationStays(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), newClock()
	r := open(t, seal.Config{Dir: dir, Now: clock.Now})
	b := tenant(t, r, org)
	elsewhere := box(t, open(t, seal.Config{Dir: dir, Now: clock.Now}), org)
	must(t, b.CreatePerson(t.Context(), ann))
	must(t, b.CreatePerson(t.Context(), bob))
	hers, err := b.SealFor(ann, here, []byte("hers"))
	must(t, err)
	his, err := b.SealFor(bob, here, []byte("his"))
	must(t, err)
	hersText, err := b.SealTextFor(ann, here, "hers")
	must(t, err)
	ours := sealed(t, b, here, "ours")
	opens(t, elsewhere, here, hers, "hers")

	must(t, b.ShredPerson(t.Context(), ann))
	must(t, b.ShredPerson(t.Context(), ann))
	clock.pass(5 * time.Second)
	fresh := box(t, open(t, seal.Config{Dir: dir, Now: clock.Now}), org)
	for name, b := range map[string]*seal.Box{"here": b, "elsewhere": elsewhere, "after a restart": fresh} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Open(here, hers)
			wants(t, err, seal.ErrShredded)
			_, err = b.OpenText(here, hersText)
			wants(t, err, seal.ErrShredded)
			_, err = b.SealFor(ann, here, nil)
			wants(t, err, seal.ErrShredded)
			wants(t, b.CreatePerson(t.Context(), ann), seal.ErrShredded)
			opens(t, b, here, his, "his")
			opens(t, b, here, ours, "ours")
		})
	}
}

// The process that shreds doesn't wait the five seconds.
func TestP67_ShreddedPersonIsGoneAtOnceHere(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	must(t, b.CreatePerson(t.Context(), ann))
	hers, err := b.SealFor(ann, here, []byte("hers"))
	must(t, err)
	must(t, b.ShredPerson(t.Context(), ann))
	_, err = b.Open(here, hers)
	wants(t, err, seal.ErrShredded)
	_, err = b.SealFor(ann, here, nil)
	wants(t, err, seal.ErrShredded)
}

func TestP68_ShreddedOrganizationIsGoneEverywhere(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), newClock()
	r := open(t, seal.Config{Dir: dir, Now: clock.Now})
	r2 := open(t, seal.Config{Dir: dir, Now: clock.Now})
	b, neighbour := tenant(t, r, org), tenant(t, r, other)
	elsewhere := box(t, r2, org)
	ours, theirs := sealed(t, b, here, "ours"), sealed(t, neighbour, here, "theirs")
	opens(t, elsewhere, here, ours, "ours")

	must(t, r.ShredTenant(t.Context(), org))
	must(t, r.ShredTenant(t.Context(), org))
	_, err := b.Open(here, ours)
	wants(t, err, seal.ErrShredded)
	clock.pass(5 * time.Second)
	_, err = elsewhere.Open(here, ours)
	wants(t, err, seal.ErrShredded)
	_, err = r2.Tenant(t.Context(), org)
	wants(t, err, seal.ErrShredded)
	wants(t, r2.CreateTenant(t.Context(), org), seal.ErrShredded)
	wants(t, elsewhere.CreatePerson(t.Context(), ann), seal.ErrShredded)
	opens(t, neighbour, here, theirs, "theirs")
	for name := range contents(t, dir) {
		if strings.Contains(name, org) {
			t.Errorf("left behind: %s", name)
		}
	}
}

// What was in a shredded key file is overwritten, not just unlinked: a second link to it shows that.
func TestP68_ShreddedKeyFileIsOverwritten(t *testing.T) {
	t.Parallel()
	dir, kept := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	b := tenant(t, open(t, seal.Config{Dir: dir}), org)
	must(t, b.CreatePerson(t.Context(), ann))
	files, err := filepath.Glob(filepath.Join(dir, org, ann+"-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("key files: %v, %v", files, err)
	}
	must(t, os.Link(files[0], kept))
	must(t, b.ShredPerson(t.Context(), ann))
	left, err := os.ReadFile(kept)
	must(t, err)
	if strings.Trim(string(left), "\x00") != "" {
		t.Error("the wrapped key is still on the disk")
	}
}

// A lost directory is not a shredding: nobody may conclude that data is gone on purpose.
func TestLostKeysAreNotShreddedKeys(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), newClock()
	b := tenant(t, open(t, seal.Config{Dir: dir, Now: clock.Now}), org)
	s := sealed(t, b, here, "ours")
	must(t, os.Rename(filepath.Join(dir, org), filepath.Join(dir, "away")))
	clock.pass(time.Minute)
	_, err := b.Open(here, s)
	wants(t, err, seal.ErrNoKeys)
	must(t, os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, org)))
	opens(t, b, here, s, "ours")
}

func TestTwoProcessesAgreeOnEveryKey(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		race(t, dir)
		roots, _ := filepath.Glob(filepath.Join(dir, org, "root-*"))
		anns, _ := filepath.Glob(filepath.Join(dir, org, ann+"-*"))
		platforms, _ := filepath.Glob(filepath.Join(dir, "platform-*"))
		litter, _ := filepath.Glob(filepath.Join(dir, ".[nt]*"))
		if len(roots) != 1 || len(anns) != 1 || len(platforms) != 1 || len(litter) != 0 {
			t.Fatalf("roots %v, people %v, platform %v, litter %v", roots, anns, platforms, litter)
		}
	}
}

// race lets several keyrings make everything in one empty directory at once, then each open what each sealed.
func race(t *testing.T, dir string) {
	t.Helper()
	const n = 6
	var boxes [n]*seal.Box
	var forAnn [n][]byte
	var errs [n]error
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			boxes[i], forAnn[i], errs[i] = firstUse(t, dir)
		})
	}
	start.Done()
	done.Wait()
	for _, err := range errs {
		must(t, err)
	}
	for _, b := range boxes {
		for _, s := range forAnn {
			opens(t, b, here, s, "hers")
		}
		if b.Term("plan") != boxes[0].Term("plan") {
			t.Error("two processes mark differently")
		}
	}
}

func firstUse(t *testing.T, dir string) (*seal.Box, []byte, error) {
	r, err := seal.Open(t.Context(), seal.Config{Dir: dir, Now: newClock().Now})
	if err != nil {
		return nil, nil, err
	}
	if err := r.CreateTenant(t.Context(), org); err != nil {
		return nil, nil, err
	}
	b, err := r.Tenant(t.Context(), org)
	if err != nil {
		return nil, nil, err
	}
	if err := b.CreatePerson(t.Context(), ann); err != nil {
		return nil, nil, err
	}
	s, err := b.SealFor(ann, here, []byte("hers"))
	return b, s, err
}

func TestManyPeopleOutgrowTheCache(t *testing.T) {
	t.Parallel()
	r := open(t, seal.Config{})
	b := tenant(t, r, org)
	const people = 1200
	names, values := make([]string, people), make([][]byte, people)
	for i := range people {
		names[i] = fmt.Sprintf("person-%d", i)
	}
	var work sync.WaitGroup
	for i := range people {
		if err := b.CreatePerson(t.Context(), names[i]); err != nil {
			t.Fatalf("%s: %v", names[i], err)
		}
		s, err := b.SealFor(names[i], here, []byte(names[i]))
		must(t, err)
		values[i] = s
	}
	for range 4 {
		work.Go(func() {
			for i, s := range values {
				opens(t, b, here, s, names[i])
			}
		})
	}
	work.Wait()
}
