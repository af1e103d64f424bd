package store_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// The pages of what was saved or merged are kept as soon as it is committed, and not before; those of what was merged are forgotten,
// searched or not (P67). Another organization has none of them.
func TestP67_WrittenPagesAreKeptAsLongAsTheirSegments(t *testing.T) {
	t.Parallel()
	db, err := storetest.At(t).Open(t.Context(), "")
	must(t, err)
	t.Cleanup(db.Close)
	o, other := storetest.New(t, db), storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	for i := range 4 {
		o.Document(t, c, fmt.Sprint(i), fmt.Sprintf("The pangolin is shy, and number %d of its kind.", i))
	}
	saved := db.KeptPages(o.Owner.Tenant())
	if len(saved) != 4 {
		t.Errorf("pages of %v are kept of four documents", saved)
	}
	failed := errors.New("failed")
	err = db.Tenant(t.Context(), o.Owner, func(x *store.Tenant) error { return errors.Join(x.Tidy(false), failed) })
	if after := db.KeptPages(o.Owner.Tenant()); !errors.Is(err, failed) || !maps.Equal(after, saved) {
		t.Errorf("after a merge that did not come to be (%v) pages of %v are kept, before of %v", err, after, saved)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Tidy(false) })
	merged := db.KeptPages(o.Owner.Tenant())
	for segment := range merged {
		if len(merged) != 1 || saved[segment] {
			t.Errorf("after the merge pages of %v are kept, before of %v", merged, saved)
		}
	}
	if kept := db.KeptPages(other.Owner.Tenant()); len(kept) > 0 {
		t.Errorf("pages of %v are kept of another organization", kept)
	}
	same(t, "found with what is kept", found(t, db, o.Owner, "pangolin 2"), found(t, storetest.DB(t), o.Owner, "pangolin 2"))
}

// A process whose pages another one merged away forgets them when it looks next, though it never searched them (P67).
func TestP67_PagesThatOthersMergedAwayAreForgotten(t *testing.T) {
	t.Parallel()
	here, err := storetest.At(t).Open(t.Context(), "")
	must(t, err)
	t.Cleanup(here.Close)
	o := storetest.New(t, here)
	c := o.Collection(t, domain.CollectionForm{})
	for i := range 4 {
		o.Document(t, c, fmt.Sprint(i), "The pangolin is shy.")
	}
	before := here.KeptPages(o.Owner.Tenant())
	storetest.Do(t, storetest.DB(t), o.Owner, func(x *store.Tenant) error { return x.Tidy(false) })
	if got := found(t, here, o.Owner, "pangolin"); len(got) != 4 {
		t.Errorf("found %v", got)
	}
	for segment := range here.KeptPages(o.Owner.Tenant()) {
		if before[segment] {
			t.Errorf("pages of segment %d, which was merged away, are kept", segment)
		}
	}
}
