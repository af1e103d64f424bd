package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// paragraph is a text as a reader hands it over.
func paragraph(text string) store.Text {
	return store.Text{Text: text, Blocks: []domain.Block{{Kind: "paragraph", End: len(text), Text: text, Place: "Page 1"}}, Pages: 1}
}

// receive uploads a text and gives what becomes a version.
func receive(t testing.TB, o storetest.Organization, text string) store.NewVersion {
	t.Helper()
	f, err := o.DB.ReceiveFile(t.Context(), o.Owner, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return store.NewVersion{File: f, FileName: "a.txt", MediaType: "text/plain"}
}

// addVersion makes a text the newest version of a document, not yet read.
func addVersion(t testing.TB, o storetest.Organization, d domain.ID, text string) store.ReadDocument {
	t.Helper()
	v := receive(t, o, text)
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) error { return x.AddVersion(d, v) })
	return store.ReadDocument{Tenant: o.Owner.Tenant(), Version: v.Version}
}

func save(t testing.TB, o storetest.Organization, job store.ReadDocument, text string) {
	t.Helper()
	if err := o.DB.SaveText(t.Context(), job, paragraph(text)); err != nil {
		t.Fatal(err)
	}
}

// rows counts an organization's rows of the search, behind all walls.
func rows(t testing.TB, o storetest.Organization) (segments, blocks, passages int) {
	t.Helper()
	err := storetest.Superuser(t).QueryRow(t.Context(), `select (select count(*) from search_segments where tenant_id = $1),
		(select count(*) from search_pages where tenant_id = $1), (select count(*) from passages where tenant_id = $1)`,
		string(o.Owner.Tenant())).Scan(&segments, &blocks, &passages)
	if err != nil {
		t.Fatal(err)
	}
	return segments, blocks, passages
}

// A job that runs twice, or beside its stalled twin, saves once.
func TestSavingATextTwice(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "D", "The pangolin is shy.")
		s1, b1, p1 := rows(t, o)
		job := store.ReadDocument{Tenant: o.Owner.Tenant(), Version: d.Version.ID}
		save(t, o, job, "The pangolin is bold.")
		if s, b, p := rows(t, o); s != s1 || b != b1 || p != p1 {
			t.Errorf("%d %d %d, want %d %d %d", s, b, p, s1, b1, p1)
		}
		same(t, "finds", found(t, db, o.Owner, "shy"), []string{"D"})
		same(t, "finds", found(t, db, o.Owner, "bold"), nil)

		twin := addVersion(t, o, d.ID, "x")
		done := make(chan error, 4)
		for range cap(done) {
			go func() { done <- db.SaveText(t.Context(), twin, paragraph("The pangolin sleeps.")) }()
		}
		for range cap(done) {
			if err := <-done; err != nil && !errors.Is(err, domain.ErrConflict) {
				t.Error(err)
			}
		}
		if s, _, p := rows(t, o); s != s1+1 || p != p1+1 {
			t.Errorf("%d segments, %d passages", s, p)
		}
	})
}

// The old text is searched until the new one is ready, and never both.
func TestANewVersionReplacesTheOldOne(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "D", "The pangolin is shy.")
		second := addVersion(t, o, d.ID, "x")
		same(t, "while waiting", found(t, db, o.Owner, "shy"), []string{"D"})
		third := addVersion(t, o, d.ID, "x")
		save(t, o, third, "The pangolin is bold.")
		same(t, "the old", found(t, db, o.Owner, "shy"), nil)
		same(t, "the new", found(t, db, o.Owner, "bold"), []string{"D"})
		save(t, o, second, "The pangolin is late.") // a job that was slower than the one behind it
		same(t, "the late", found(t, db, o.Owner, "late"), nil)
		same(t, "the new", found(t, db, o.Owner, "bold"), []string{"D"})
		fourth := addVersion(t, o, d.ID, "x")
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Unreadable(fourth.Version, "damaged") })
		same(t, "beside an unreadable one", found(t, db, o.Owner, "bold"), []string{"D"})
	})
}

// Of two versions that are saved at the same moment the newer one is searched, whichever comes last.
func TestTwoVersionsSavedAtOnce(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "D", "The pangolin is shy.")
	second, third := addVersion(t, o, d.ID, "x"), addVersion(t, o, d.ID, "x")
	newer, err := storetest.Superuser(t).Begin(t.Context()) // saves the third, and has not committed
	must(t, err)
	for _, q := range []string{"update document_versions set state = 'ready' where id = $1", "update documents set current_id = $1 where id = '" + string(d.ID) + "'"} {
		_, err = newer.Exec(t.Context(), q, string(third.Version))
		must(t, err)
	}
	done := make(chan error)
	go func() { done <- db.SaveText(t.Context(), second, paragraph("The pangolin is late.")) }()
	waitedFor(t, newer)
	must(t, newer.Commit(t.Context()))
	must(t, <-done)
	var current domain.ID
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select current_id::text from documents where id = $1", string(d.ID)).Scan(&current))
	if current != third.Version {
		t.Errorf("version %s is searched, want the newest, %s", current, third.Version)
	}
}

// What is deleted is not found from that moment on; its blocks are gone after the next tidying.
func TestADeletedDocumentIsGone(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o, other := storetest.New(t, db), storetest.New(t, db)
		c := o.Collection(t, domain.CollectionForm{})
		gone := o.Document(t, c, "gone", "The pangolin of the unrepeatable kind.")
		o.Document(t, c, "stays", "The pangolin of another kind.")
		other.Document(t, other.Collection(t, domain.CollectionForm{}), "theirs", "The pangolin of the unrepeatable kind.")
		same(t, "before", found(t, db, o.Owner, "pangolin"), []string{"gone", "stays"})
		err := db.Tenant(t.Context(), other.Owner, func(x *store.Tenant) error { return x.DeleteDocument(gone.ID) })
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("another organization deletes: %v", err)
		}
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteDocument(gone.ID) })
		same(t, "after", found(t, db, o.Owner, "pangolin"), []string{"stays"})
		same(t, "after", found(t, db, o.Owner, "unrepeatable"), nil)
		_, before, passages := rows(t, o)
		if passages != 1 {
			t.Errorf("%d passages", passages)
		}
		for range 2 {
			storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Tidy(true) })
		}
		segments, blocks, _ := rows(t, o)
		if segments != 1 || blocks >= before {
			t.Errorf("%d segments, %d blocks of %d stay", segments, blocks, before)
		}
		same(t, "after tidying", found(t, db, o.Owner, "pangolin"), []string{"stays"})
		same(t, "theirs", found(t, db, other.Owner, "unrepeatable"), []string{"theirs"})
	})
}

// Merging changes how many segments there are and nothing that is found.
func TestMergingKeepsTheResults(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o := storetest.New(t, db)
		c := o.Collection(t, domain.CollectionForm{})
		animals := []string{"pangolin", "aardvark", "ocelot", "wolverine"}
		for i := range 24 {
			text := strings.Repeat(animals[i%4]+" ", i%5+1) + "and " + animals[(i+1)%4] + fmt.Sprintf(" number %d.", i)
			o.Document(t, c, fmt.Sprint(i), text)
		}
		before := map[string][]string{}
		for _, a := range animals {
			before[a] = found(t, db, o.Owner, a)
		}
		s1, _, _ := rows(t, o)
		for range 5 {
			storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Tidy(false) })
		}
		s2, _, _ := rows(t, o)
		if s1 != 24 || s2 >= s1/2 {
			t.Errorf("%d segments became %d", s1, s2)
		}
		for _, a := range animals {
			if got := found(t, db, o.Owner, a); !slices.Equal(got, before[a]) {
				t.Errorf("%s: %q, before %q", a, got, before[a])
			}
		}
	})
}

// Segments of more pages than are read at once, beside ones of a few, lose none of their words.
func TestMergingSegmentsOfManyPages(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	c := o.Collection(t, domain.CollectionForm{})
	const words = 45_000
	var book strings.Builder
	for i := range words {
		fmt.Fprintf(&book, "w%dx ", i)
	}
	for i := range 4 {
		o.Document(t, c, fmt.Sprint("book ", i), book.String())
		o.Document(t, c, fmt.Sprint("note ", i), "A note on w7x and a pangolin.")
	}
	if _, pages, _ := rows(t, o); pages < 4*(64+1) {
		t.Fatalf("only %d pages", pages)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Tidy(false) })
	if segments, _, _ := rows(t, o); segments != 2 {
		t.Errorf("%d segments", segments)
	}
	for word, want := range map[string]int{"pangolin": 4, "w7x": 8} {
		if got := found(t, db, o.Owner, word); len(got) != want {
			t.Errorf("%s: %q", word, got)
		}
	}
	for i := 0; i < words; i += 211 {
		if got := found(t, db, o.Owner, fmt.Sprintf("w%dx", i)); len(got) < 4 {
			t.Errorf("w%dx: %q", i, got)
		}
	}
}

// A job of one organization finds nothing to read in another.
func TestReadingInAnotherOrganization(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o, other := storetest.New(t, db), storetest.New(t, db)
		d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "D", "The pangolin is shy.")
		job := addVersion(t, o, d.ID, "x")
		stolen := store.ReadDocument{Tenant: other.Owner.Tenant(), Version: job.Version}
		if err := db.SaveText(t.Context(), stolen, paragraph("Stolen.")); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("save: %v", err)
		}
		err := db.Tenant(t.Context(), store.ActorOf(stolen), func(x *store.Tenant) error {
			_, err := x.BeginReading(job.Version)
			return err
		})
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("begin: %v", err)
		}
		storetest.Do(t, db, other.Owner, func(x *store.Tenant) error { return x.Unreadable(job.Version, "damaged") })
		for range 2 {
			storetest.Do(t, db, other.Owner, func(x *store.Tenant) error { return x.Tidy(true) })
		}
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
			v, err := x.Versions(d.ID)
			if v[0].State != domain.DocumentWaiting {
				t.Errorf("state %s", v[0].State)
			}
			return err
		})
		same(t, "finds", found(t, db, o.Owner, "shy"), []string{"D"})
	})
}

// Neither the words of a text nor their stems lie in the database (P31).
func TestP31_TheIndexHoldsNoWords(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	o.Document(t, o.Collection(t, domain.CollectionForm{}), "Zyzzyvatitle", "Qwertzcanary sleeps under the stairs.")
	conn := storetest.Superuser(t)
	for _, table := range []string{"documents", "document_versions", "document_parts", "passages", "search_segments", "search_pages", "collections"} {
		result, err := conn.Query(t.Context(), "select x::text from "+table+" x where tenant_id = $1", string(o.Owner.Tenant()))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; result.Next(); n++ {
			for _, raw := range result.RawValues() {
				lower := bytes.ToLower(raw)
				for _, word := range []string{"zyzzyva", "qwertzcanari", "qwertzcanary", "71776572747a63616e617279", "handbook"} {
					if bytes.Contains(lower, []byte(word)) {
						t.Errorf("%s holds %s", table, word)
					}
				}
			}
		}
		if err := result.Err(); err != nil || n == 0 {
			t.Errorf("%s: %d rows, %v", table, n, err)
		}
	}
}

// Renaming and counting citations are of one's own organization, like everything else.
func TestRenamingADocument(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o, other := storetest.New(t, db), storetest.New(t, db)
		d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "Before", "The pangolin is shy.")
		err := db.Tenant(t.Context(), other.Owner, func(x *store.Tenant) error { return x.RenameDocument(d.ID, "Stolen") })
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("rename: %v", err)
		}
		err = db.Tenant(t.Context(), other.Owner, func(x *store.Tenant) error {
			_, err := x.Citing(d.ID)
			return err
		})
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("citing: %v", err)
		}
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.RenameDocument(d.ID, " After\n ") })
		same(t, "is called", found(t, db, o.Owner, "pangolin"), []string{"After"})
	})
}

// A collection goes with its documents; nobody but who shares knowledge takes away what others added.
func TestDeletingACollectionWithDocuments(t *testing.T) {
	bothWays(t, func(t *testing.T, db *store.DB) {
		o, other := storetest.New(t, db), storetest.New(t, db)
		staff := o.People[domain.Staff]
		id := ownCollection(t, db, staff)
		o.Document(t, id, "the owner's", "The pangolin is shy.")
		remove := func(a domain.Actor) error {
			return db.Tenant(t.Context(), a, func(x *store.Tenant) error { return x.DeleteCollection(id) })
		}
		var problems domain.Problems
		if err := remove(staff); !errors.As(err, &problems) {
			t.Errorf("its creator: %v", err)
		}
		if err := remove(other.Owner); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("another organization: %v", err)
		}
		same(t, "still finds", found(t, db, staff, "pangolin"), []string{"the owner's"})
		if err := remove(o.Owner); err != nil {
			t.Error(err)
		}
		same(t, "finds", found(t, db, staff, "pangolin"), nil)
		if _, _, passages := rows(t, o); passages != 0 {
			t.Errorf("%d passages stay", passages)
		}
	})
}
