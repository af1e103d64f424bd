package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// bothWays runs a test connected as the product is, and as a role that row-level security does not hold.
func bothWays(t *testing.T, test func(*testing.T, *store.DB)) {
	t.Helper()
	t.Parallel()
	t.Run("under row-level security", func(t *testing.T) { t.Parallel(); test(t, storetest.DB(t)) })
	t.Run("bypassing it", func(t *testing.T) { t.Parallel(); test(t, storetest.Bypassing(t)) })
}

// found are the titles that a search finds, best first.
func found(t testing.TB, db *store.DB, a domain.Actor, query string) []string {
	t.Helper()
	var titles []string
	err := db.Presuming(t.Context(), a, func(x *store.Tenant) error {
		titles = nil
		all, err := x.Search(query, 0, 50)
		for _, f := range all {
			titles = append(titles, f.Title)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return titles
}

// retrieved are the titles of the passages that an answer may use, and how many better ones AI may not see.
func retrieved(t testing.TB, db *store.DB, a domain.Actor, question string, forAI bool) (titles []string, withheld int) {
	t.Helper()
	err := db.Presuming(t.Context(), a, func(x *store.Tenant) error {
		titles = nil
		passages, n, err := x.Retrieve(question, 8, forAI)
		for _, p := range passages {
			titles = append(titles, p.Title)
		}
		withheld = n
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return titles, withheld
}

// What a search finds is what domain says one may read, for every kind of access and every role.
func TestP54_SearchFindsWhatMayBeRead(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		forms := []domain.CollectionForm{{Name: "nobody"}, {Name: "everyone", Everyone: true}, {Name: "all", Everyone: true, Roles: []string{"auditor"}}}
		for role, who := range o.People {
			forms = append(forms, domain.CollectionForm{Name: "role " + string(role), Roles: []string{string(role)}},
				domain.CollectionForm{Name: "member " + string(role), Members: []string{string(who.Member())}},
				domain.CollectionForm{Name: "either " + string(role), Roles: []string{"manager"}, Members: []string{string(who.Member())}, AIAllowed: true})
		}
		var ids []domain.ID
		for _, f := range forms {
			id := o.Collection(t, f)
			o.Document(t, id, f.Name, "The pangolin is a shy animal of the night.")
			ids = append(ids, id)
		}
		own := ownCollection(t, db, o.People[domain.Staff])
		ids = append(ids, own)
		o.Document(t, own, "own", "The pangolin is a shy animal of the night.")
		collections := map[domain.ID]domain.Collection{}
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
			all, err := x.Collections()
			for _, c := range all {
				collections[c.ID] = c
			}
			return err
		})
		for role, who := range o.People {
			var want, wantAI []string
			for _, id := range ids {
				if c := collections[id]; domain.May(domain.Who{Actor: who}, domain.Read, c.Thing()).Allowed {
					want = append(want, c.Name)
					if c.AIAllowed {
						wantAI = append(wantAI, c.Name)
					}
				}
			}
			same(t, string(role)+" finds", found(t, db, who, "pangolin"), want)
			same(t, string(role)+" lists", listed(t, db, who), want)
			if !who.May(domain.AskCopilot) {
				continue
			}
			got, _ := retrieved(t, db, who, "pangolin", true)
			for _, title := range got {
				if !slices.Contains(wantAI, title) {
					t.Errorf("%s: AI gets %s", role, title)
				}
			}
		}
	})
}

func ownCollection(t testing.TB, db *store.DB, a domain.Actor) (id domain.ID) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) {
		id, err = x.CreateCollection(domain.CollectionForm{Name: "own"})
		return err
	})
	return id
}

func listed(t testing.TB, db *store.DB, a domain.Actor) (titles []string) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) error {
		all, err := x.Documents("", store.Page{Limit: 200})
		for _, d := range all {
			titles = append(titles, d.Title)
		}
		return err
	})
	return titles
}

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s %q, want %q", what, got, want)
	}
}

// A change of access holds for the next search, whatever is cached.
func TestP54_AChangeOfAccessHoldsAtOnce(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		staff := o.People[domain.Staff]
		id := o.Collection(t, domain.CollectionForm{Name: "C", Everyone: true})
		o.Document(t, id, "D", "The pangolin is a shy animal.")
		for _, everyone := range []bool{true, false, true} {
			storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
				return x.ChangeCollection(id, domain.CollectionForm{Name: "C", Everyone: everyone})
			})
			if n := len(found(t, db, staff, "pangolin")); (n == 1) != everyone {
				t.Errorf("everyone %v: %d found", everyone, n)
			}
			if got, _ := retrieved(t, db, staff, "pangolin", false); (len(got) == 1) != everyone {
				t.Errorf("everyone %v: retrieved %q", everyone, got)
			}
		}
	})
}

// A search answers for what its own transaction sees, while others see what was changed since; and neither leaves what it may
// read to the other.
func TestP54_ASearchIsOfItsOwnSnapshot(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		staff := o.People[domain.Staff]
		id := o.Collection(t, domain.CollectionForm{Name: "C", Everyone: true})
		o.Document(t, id, "D", "The pangolin is a shy animal.")
		err := db.Snapshot(t.Context(), staff, func(x *store.Tenant) error {
			for turn, meanwhile := range []func(){
				func() {},
				func() { // the index that was seen last is now a newer one, in which nobody asked what staff may read
					storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
						return x.ChangeCollection(id, domain.CollectionForm{Name: "C"})
					})
					found(t, db, o.Owner, "pangolin")
				},
				func() { // and now they did
					if got := found(t, db, staff, "pangolin"); len(got) > 0 {
						t.Errorf("after an older snapshot was searched %q is found", got)
					}
				},
			} {
				meanwhile()
				all, err := x.Search("pangolin", 0, 5)
				if err != nil || len(all) != 1 {
					t.Errorf("turn %d: %d found, %v", turn, len(all), err)
				}
			}
			return nil
		})
		if got := found(t, db, staff, "pangolin"); err != nil || len(got) > 0 {
			t.Errorf("afterwards %q is found, %v", got, err)
		}
	})
}

// Of what one may read, AI sees only what is allowed for it, and it is counted what was held back.
func TestP43_AIGetsOnlyWhatIsAllowedForIt(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		open := o.Collection(t, domain.CollectionForm{Name: "Open", Everyone: true, AIAllowed: true})
		closed := o.Collection(t, domain.CollectionForm{Name: "Closed", Everyone: true})
		o.Document(t, open, "open", "A pangolin is mentioned here among many other animals of the forest and the plain.")
		o.Document(t, closed, "closed", "Pangolin pangolin pangolin.")
		staff := o.People[domain.Staff]
		got, withheld := retrieved(t, db, staff, "pangolin", true)
		same(t, "AI gets", got, []string{"open"})
		if withheld != 1 {
			t.Errorf("withheld %d", withheld)
		}
		got, withheld = retrieved(t, db, staff, "pangolin", false)
		same(t, "quoting gets", got, []string{"open", "closed"})
		if withheld != 0 {
			t.Errorf("withheld %d", withheld)
		}
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
			return x.ChangeCollection(open, domain.CollectionForm{Name: "Open", Everyone: true})
		})
		if got, withheld = retrieved(t, db, staff, "pangolin", true); len(got) != 0 || withheld != 2 {
			t.Errorf("after the switch: %q, withheld %d", got, withheld)
		}
	})
}

// Another organization finds nothing, with the same words in its own documents or without.
func TestP28_SearchInAnotherOrganization(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o, other := storetest.New(t, db), storetest.New(t, db)
		d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "theirs", "The pangolin is a shy animal.")
		if got := found(t, db, other.Owner, "pangolin"); len(got) != 0 {
			t.Errorf("found %q", got)
		}
		other.Document(t, other.Collection(t, domain.CollectionForm{}), "ours", "A pangolin of our own.")
		same(t, "finds", found(t, db, other.Owner, "pangolin"), []string{"ours"})
		got, withheld := retrieved(t, db, other.Owner, "pangolin", true)
		same(t, "AI gets", got, []string{"ours"})
		if withheld != 0 {
			t.Errorf("withheld %d", withheld)
		}
		err := db.Tenant(t.Context(), other.Owner, func(x *store.Tenant) error {
			_, err := x.Passage(d.ID, d.Version.ID, 0)
			return err
		})
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("passage: %v", err)
		}
		err = db.Tenant(t.Context(), other.Owner, func(x *store.Tenant) error {
			_, err := x.Part(d.ID, d.Version.ID, 0, -1)
			return err
		})
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("part: %v", err)
		}
	})
}

func TestSearchShowsTheBestPassageOfEachDocument(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	filler := strings.Repeat("Nothing of interest happens in this sentence about weather. ", 60)
	d := o.Document(t, c, "Long", filler+"\n\nThe pangolin eats ants at night.\n\n"+filler)
	o.Document(t, c, "Short", "Ants are eaten by many animals.")
	err := db.Snapshot(t.Context(), o.Owner, func(x *store.Tenant) error {
		all, err := x.Search("what does a pangolin eat?", 0, 10)
		if err != nil {
			return err
		}
		if len(all) == 0 || all[0].Document != d.ID || !strings.Contains(all[0].Text, "pangolin eats ants") {
			t.Fatalf("%+v", all)
		}
		f := all[0]
		for _, m := range f.Marks {
			if w := strings.ToLower(f.Text[m[0]:m[1]]); w != "pangolin" && w != "eats" {
				t.Errorf("marked %q", w)
			}
		}
		if len(f.Marks) != 2 {
			t.Errorf("%d marks", len(f.Marks))
		}
		if all, err = x.Search(`"pangolin eats ants"`, 0, 10); len(all) != 1 {
			t.Errorf("phrase: %d", len(all))
		}
		if err != nil {
			return err
		}
		if all, err = x.Search(`animals and "pangolin eats ants"`, 0, 10); len(all) != 2 || all[0].Document != d.ID {
			t.Errorf("phrase among words: %+v", all)
		}
		if err != nil {
			return err
		}
		all, err = x.Search(`"ants eat pangolin"`, 0, 10)
		if len(all) != 0 {
			t.Errorf("no phrase: %d", len(all))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSearchPagesDoNotOverlap(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	for i := range 7 {
		o.Document(t, c, fmt.Sprint(i), "The pangolin is a shy animal.")
	}
	seen := map[string]bool{}
	for offset := 0; offset < 9; offset += 3 {
		err := db.Snapshot(t.Context(), o.Owner, func(x *store.Tenant) error {
			all, err := x.Search("pangolin", offset, 3)
			for _, f := range all {
				if seen[f.Title] {
					t.Errorf("%s twice", f.Title)
				}
				seen[f.Title] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d of 7", len(seen))
	}
}

// Who may not read knowledge finds nothing, and a search needs an actor.
func TestSearchByNobody(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	err := db.Snapshot(context.WithoutCancel(t.Context()), domain.Actor{}, func(x *store.Tenant) error {
		_, err := x.Search("x", 0, 1)
		return err
	})
	if !errors.Is(err, domain.ErrSignedOut) {
		t.Error(err)
	}
	o := storetest.New(t, db)
	err = db.Snapshot(t.Context(), o.People[domain.Auditor], func(x *store.Tenant) error {
		_, _, err := x.Retrieve("x", 1, false)
		return err
	})
	if !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("an auditor asks: %v", err)
	}
}
