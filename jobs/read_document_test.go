package jobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/jobs/extract"
	x "aimyorg/jobs/extract/extracttest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// The tests of this package share one database and so one queue, which any worker works: they run one after the other.

func exec(t testing.TB, c *pgx.Conn, query string, args ...any) {
	t.Helper()
	_, err := c.Exec(t.Context(), query, args...)
	must(t, err)
}

func number(t testing.TB, c *pgx.Conn, query string, args ...any) int {
	t.Helper()
	var n int
	must(t, c.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

const jobsOf = "from river.river_job where args->>'version' = $1"

func TestReadDocument(t *testing.T) {
	db := storetest.DB(t)
	o := storetest.New(t, db)
	shelf := o.Collection(t, domain.CollectionForm{})
	docx := x.DOCX("Rules", []string{"Lunch is at noon, says the walnut rule."})
	cases := []struct {
		name   string
		body   []byte
		state  domain.DocumentState
		reason extract.Code
		word   string
	}{
		{"trains.pdf", x.PDF("Trains", []string{"Take the train, says the chestnut rule."}), domain.DocumentReady, "", "chestnut"},
		{"rules.docx", docx, domain.DocumentReady, "", "walnut"},
		{"notes.md", []byte("# Notes\n\nThe hazelnut rule is older."), domain.DocumentReady, "", "hazelnut"},
		{"secret.pdf", x.EncryptedPDF(), domain.DocumentUnreadable, extract.CodeEncrypted, ""},
		{"scan.pdf", x.ScannedPDF(), domain.DocumentUnreadable, extract.CodeNoText, ""},
		{"half.docx", docx[:len(docx)/2], domain.DocumentUnreadable, extract.CodeDamaged, ""},
		{"lies.pdf", []byte("plain text, says its inside"), domain.DocumentUnreadable, extract.CodeMismatch, ""},
		{"empty.txt", nil, domain.DocumentUnreadable, extract.CodeEmpty, ""},
		{"song.mp3", []byte("ID3"), domain.DocumentUnreadable, extract.CodeUnsupported, ""},
	}
	ids := make([]domain.ID, len(cases))
	for i, c := range cases {
		ids[i], _ = upload(t, o, shelf, c.name, c.body)
	}
	start(t, db, reader(t))
	for i, c := range cases {
		v := settled(t, o, ids[i])
		if v.State != c.state || v.Reason != string(c.reason) {
			t.Errorf("%s: %s %q, want %s %q", c.name, v.State, v.Reason, c.state, c.reason)
		}
		if c.word != "" && found(t, o, c.word) != 1 {
			t.Errorf("%s: %q is not found", c.name, c.word)
		}
		body, err := db.Original(t.Context(), o.Owner, v)
		if err != nil {
			t.Errorf("%s: the original is gone: %v", c.name, err)
			continue
		}
		_ = body.Close()
	}
}

func TestReadDocument_deleted_while_it_waits(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	document, version := upload(t, o, o.Collection(t, domain.CollectionForm{}), "a.txt", []byte("soon gone"))
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteDocument(document) })
	start(t, db, reader(t))
	await(t, "the job to end quietly", 10*time.Second, func() bool {
		return number(t, super, "select count(*) "+jobsOf+" and state = 'completed' and errors is null", version) == 1
	})
}

// A job that was rescued runs beside its stalled twin: one result.
func TestReadDocument_twice(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	shelf := o.Collection(t, domain.CollectionForm{})
	good, goodVersion := upload(t, o, shelf, "a.txt", []byte("The pistachio rule."))
	bad, badVersion := upload(t, o, shelf, "b.pdf", []byte("no PDF"))
	for range 3 {
		exec(t, super, `insert into river.river_job (kind, args, max_attempts, state, queue, priority)
			select kind, args, max_attempts, 'available', queue, priority from river.river_job where args->>'version' = any($1) and id in
			(select min(id) from river.river_job group by args)`, []domain.ID{goodVersion, badVersion})
	}
	start(t, db, reader(t))
	settled(t, o, good)
	settled(t, o, bad)
	await(t, "all twins to end", 20*time.Second, func() bool {
		return number(t, super, "select count(*) "+jobsOf+" and state = 'completed'", goodVersion) == 4 &&
			number(t, super, "select count(*) "+jobsOf+" and state = 'completed'", badVersion) == 4
	})
	if n := number(t, super, "select sum(passages) from search_segments where tenant_id = $1", o.Owner.Tenant()); n != 1 {
		t.Errorf("%d passages are searched, want 1", n)
	}
	if n := number(t, super, "select count(*) from audit_entries where tenant_id = $1 and verb = 'document.unreadable'", o.Owner.Tenant()); n != 1 {
		t.Errorf("%d entries say that it is unreadable, want 1", n)
	}
	if n := found(t, o, "pistachio"); n != 1 {
		t.Errorf("found %d times", n)
	}
}

// An error of the database says nothing about the document: it is read again.
func TestReadDocument_database_error(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	document, version := upload(t, o, o.Collection(t, domain.CollectionForm{}), "a.txt", []byte("The almond rule."))
	exec(t, super, "revoke insert on passages from aimyorg_app")
	start(t, db, reader(t))
	await(t, "the first attempt to fail", 20*time.Second, func() bool {
		return number(t, super, "select coalesce(max(cardinality(errors)), 0) "+jobsOf, version) > 0
	})
	if v := stateOf(t, o, document); v.State != domain.DocumentReading {
		t.Errorf("%s %s", v.State, v.Reason)
	}
	if found(t, o, "almond") != 0 {
		t.Error("half of it is searched")
	}
	exec(t, super, "grant insert on passages to aimyorg_app")
	if v := settled(t, o, document); v.State != domain.DocumentReady || found(t, o, "almond") != 1 {
		t.Errorf("%s %s", v.State, v.Reason)
	}
}

// Nobody waits for ever: the last attempt says that it was given up.
func TestReadDocument_last_attempt(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	document, version := upload(t, o, o.Collection(t, domain.CollectionForm{}), "a.txt", []byte("The disk lost it."))
	must(t, os.Remove(filepath.Join(storetest.At(t).Dir, "files", string(o.Owner.Tenant()), string(version))))
	exec(t, super, "update river.river_job set max_attempts = 1 where args->>'version' = $1", version)
	start(t, db, reader(t))
	if v := settled(t, o, document); v.State != domain.DocumentUnreadable || v.Reason != string(extract.CodeLimit) {
		t.Errorf("%s %s: %s", v.State, v.Reason, rows(t, version))
	}
}

// A killed process leaves a document in reading and, until the queue's own rescue, a job that seems to run.
func TestReadDocument_after_a_killed_process(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	shelf := o.Collection(t, domain.CollectionForm{})
	begun, begunVersion := upload(t, o, shelf, "a.txt", []byte("The cashew rule."))
	taken, takenVersion := upload(t, o, shelf, "b.txt", []byte("The macadamia rule."))
	waiting, waitingVersion := upload(t, o, shelf, "c.txt", []byte("The pecan rule."))
	exec(t, super, "update document_versions set state = 'reading' where id = $1", begunVersion)
	exec(t, super, "update river.river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{dead}' where args->>'version' = any($1)",
		[]domain.ID{begunVersion, takenVersion})
	start(t, db, reader(t))
	for word, document := range map[string]domain.ID{"cashew": begun, "macadamia": taken, "pecan": waiting} {
		if v := settled(t, o, document); v.State != domain.DocumentReady || found(t, o, word) != 1 {
			t.Errorf("%s: %s %s", word, v.State, v.Reason)
		}
	}
	if n := number(t, super, "select count(*) "+jobsOf, waitingVersion); n != 1 {
		t.Errorf("%d jobs for a document whose own still waited", n)
	}
}

// Stopping cuts a child that reads, counts no attempt, and the document is read after the next start.
func TestStop_while_a_child_reads(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	document, version := upload(t, o, o.Collection(t, domain.CollectionForm{}), "a.txt", []byte("The peanut rule."))
	exec(t, super, "update river.river_job set max_attempts = 1 where args->>'version' = $1", version) // being cut must not use it up
	r, while := hanging(t)
	j := start(t, db, r)
	await(t, "the child to hang", 10*time.Second, func() bool { _, err := os.Stat(while + ".pid"); return err == nil })
	began := time.Now()
	stop(t, j, 8*time.Second)
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if n := number(t, super, "select count(*) "+jobsOf+" and state = 'available' and attempt = 0", version); n != 1 {
		t.Errorf("the job does not wait as if it had not begun: %s", rows(t, version))
	}
	if left := children(t, while); left != "" {
		t.Errorf("a child is left: %s", left)
	}
	must(t, os.Remove(while))
	start(t, db, r)
	if v := settled(t, o, document); v.State != domain.DocumentReady {
		t.Errorf("%s %s", v.State, v.Reason)
	}
}

// children are the processes that have a word among their arguments.
func children(t testing.TB, word string) string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(t, err)
	for _, p := range all {
		if line, err := os.ReadFile(p); err == nil && strings.Contains(string(line), word) {
			return strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return ""
}

func TestJobs_in_another_organization(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	a, b := storetest.New(t, db), storetest.New(t, db)
	document, version := upload(t, b, b.Collection(t, domain.CollectionForm{}), "b.txt", []byte("The other one's rule."))
	exec(t, super, "update river.river_job set args = jsonb_set(args, '{tenant}', to_jsonb($2::text)) where args->>'version' = $1", version, a.Owner.Tenant())
	start(t, db, reader(t))
	await(t, "the job to end", 10*time.Second, func() bool {
		return number(t, super, "select count(*) "+jobsOf+" and state = 'completed'", version) == 1
	})
	if v := stateOf(t, b, document); v.State != domain.DocumentWaiting {
		t.Errorf("a job of one organization touched another's document: %s, %s", v.State, rows(t, version))
	}
	must(t, db.Tenant(t.Context(), b.Owner, func(x *store.Tenant) error { return x.DeleteDocument(document) }))
}
