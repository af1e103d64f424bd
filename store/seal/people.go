package seal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// CreatePerson makes a person's key, wrapped by the organization's root: no KMS call. It does nothing if there is one
// already, whoever made it. Errors: ErrPlace, ErrNoKeys, ErrShredded (a shredded person does not come back).
func (b *Box) CreatePerson(ctx context.Context, person string) error {
	return b.CreatePeople(ctx, person)
}

// CreatePeople is CreatePerson for many at once: the directory is read twice, however many there are.
func (b *Box) CreatePeople(_ context.Context, people ...string) (err error) {
	for _, person := range people {
		if err := checkID(person); err != nil {
			return err
		}
	}
	t, err := b.keys()
	if err != nil {
		return err
	}
	unlock, err := lock(t.dir)
	if err != nil {
		return b.ring.missing(b.tenant, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := t.list(); err != nil {
		return b.ring.missing(b.tenant, err)
	}
	made, have := map[uint32]bool{}, t.owners()
	for _, person := range people {
		if t.buried(person) {
			return ErrShredded
		}
		if have[person] {
			continue
		}
		have[person] = true
		if err := b.addPerson(t, person, made); err != nil {
			return err
		}
	}
	if len(made) == 0 {
		return nil
	}
	return t.list()
}

// addPerson writes a key under an id that nothing in this organization ever had, nor one that was just made. The directory is
// locked.
func (b *Box) addPerson(t *tenantKeys, person string, made map[uint32]bool) error {
	e := entry{person, newID()}
	for t.taken(e.id) || made[e.id] {
		e.id = newID()
	}
	made[e.id] = true
	raw := newKey()
	defer clear(raw)
	record, err := holdKey(t.root, t.name, e, b.ring.conf.Now().UnixNano(), raw)
	if err != nil {
		return err
	}
	if err := writeNew(t.dir, e.file(), record); err != nil {
		return b.ring.missing(b.tenant, err)
	}
	return nil
}

// ShredPerson destroys a person's keys: what was sealed for them opens nowhere again, here at once, in other processes
// within five seconds, while the organization's own values stay readable (P67). Repeating it finishes what was
// interrupted; a person who never had a key is no error.
func (b *Box) ShredPerson(_ context.Context, person string) (err error) {
	if err := checkID(person); err != nil {
		return err
	}
	t, err := b.keys()
	if err != nil {
		return err
	}
	unlock, err := lock(t.dir)
	if err != nil {
		return b.ring.missing(b.tenant, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := t.list(); err != nil {
		return b.ring.missing(b.tenant, err)
	}
	for _, id := range t.idsOf(person) {
		if err := t.shred(entry{person, id}); err != nil {
			return fmt.Errorf("seal: shred: %w", err)
		}
	}
	return t.list()
}

// shred leaves a tombstone first, so that a half-done shredding is never mistaken for a lost key.
func (t *tenantKeys) shred(e entry) error {
	grave := entry{t.graveOf(e.owner), e.id}
	if err := bury(t.dir, grave.file()); err != nil {
		return err
	}
	t.evict(e.id)
	return errors.Join(destroy(filepath.Join(t.dir, e.file())), syncDir(t.dir))
}

func (t *tenantKeys) graveOf(person string) string {
	return goneOwner + "-" + tombstone(t.name, person)
}
