package jobs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestTidySearch(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	shelf := o.Collection(t, domain.CollectionForm{})
	const documents = 40
	ids := make([]domain.ID, documents)
	for i := range documents {
		ids[i], _ = upload(t, o, shelf, fmt.Sprintf("%d.txt", i), fmt.Appendf(nil, "The orchard has tree number%d.", i))
	}
	start(t, db, reader(t))
	for _, id := range ids {
		settled(t, o, id)
	}
	idle := func() bool {
		return number(t, super, "select count(*) from river.river_job where args->>'tenant' = $1 and state <> 'completed'", o.Owner.Tenant()) == 0
	}
	await(t, "the queue to be empty", 20*time.Second, idle)
	if n := number(t, super, "select count(*) from search_segments where tenant_id = $1", o.Owner.Tenant()); n > documents/4 {
		t.Errorf("%d segments for %d documents", n, documents)
	}
	searched := func() int {
		return number(t, super, "select coalesce(sum(passages), 0) from search_segments where tenant_id = $1", o.Owner.Tenant())
	}
	if n := searched(); n != documents {
		t.Errorf("%d passages are searched, want %d", n, documents)
	}
	for _, id := range ids[1:] {
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.DeleteDocument(id) })
	}
	await(t, "the queue to be empty again", 20*time.Second, idle)
	if n := searched(); n != 1 {
		t.Errorf("%d passages are kept of one document: what was deleted is not purged", n)
	}
	if found(t, o, "number0") != 1 || found(t, o, "number7") != 0 {
		t.Error("search does not agree with what is there")
	}
}

// Two processes on one database: every job is done once, none is lost.
func TestJobs_of_two_processes(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	shelf := o.Collection(t, domain.CollectionForm{})
	start(t, db, reader(t))
	start(t, db, reader(t))
	ids, versions := make([]domain.ID, 16), make([]domain.ID, 16)
	for i := range ids {
		ids[i], versions[i] = upload(t, o, shelf, fmt.Sprintf("%d.txt", i), fmt.Appendf(nil, "The pond has fish number%d.", i))
	}
	for _, id := range ids {
		if v := settled(t, o, id); v.State != domain.DocumentReady {
			t.Errorf("%s %s", v.State, v.Reason)
		}
	}
	const once = "select count(*) from river.river_job where args->>'version' = any($1) and attempt = 1 and state = 'completed' and errors is null"
	await(t, "every job to be done once", 20*time.Second, func() bool { return number(t, super, once, versions) == len(versions) })
	if n := number(t, super, "select sum(passages) from search_segments where tenant_id = $1", o.Owner.Tenant()); n != len(ids) {
		t.Errorf("%d passages are searched, want %d", n, len(ids))
	}
}

// lostAnswer leaves what a killed server leaves: an answer that is said to be running, and its request as begun.
func lostAnswer(t testing.TB, db *store.DB, o storetest.Organization) (answer, receipt domain.ID) {
	t.Helper()
	var m domain.Message
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) (err error) {
		_, m, err = x.Ask("", "What will become of this?")
		return err
	})
	r := domain.Receipt{ID: db.NewID(), Message: m.ID, Conversation: m.Conversation, Purpose: domain.PurposeCopilot, Provider: domain.OpenAI,
		Host: "api.openai.com", Model: "gpt-4.1", Classes: []domain.DataClass{domain.ClassMessage}, Flags: []string{"store:false"},
		Consents: []domain.ID{db.NewID()}, BodyMAC: "00", BytesOut: 7, PolicyVersion: 1, StartedAt: db.Now()}
	storetest.OpenAI(t, db, o.Owner, "gpt-4.1")
	storetest.Record(t, db, o.Owner, r)
	return m.ID, r.ID
}

// A killed server's answers are marked interrupted, and their requests unknown, by whichever server runs next.
func TestP51_chores_find_what_was_lost(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	answer, receipt := lostAnswer(t, db, o)
	test := domain.Receipt{ID: db.NewID(), Purpose: domain.PurposeTest, Provider: domain.OpenAI, Host: "api.openai.com", Model: "gpt-4.1",
		Flags: []string{"store:false"}, BodyMAC: "00", BytesOut: 7, StartedAt: db.Now().Add(-time.Hour)}
	storetest.Record(t, db, o.Owner, test)
	_, err := super.Exec(t.Context(), "update messages set beat_at = beat_at - interval '1 minute' where tenant_id = $1", o.Owner.Tenant())
	must(t, err)
	start(t, db, reader(t))
	await(t, "the answer to be interrupted", 10*time.Second, func() bool {
		return number(t, super, "select count(*) from messages where id = $1 and state = 'interrupted' and reason = 'server_stopped'", answer) == 1
	})
	await(t, "the requests to be unknown", 10*time.Second, func() bool {
		return number(t, super, "select count(*) from receipts where id = any($1) and outcome = 'unknown' and ended_at is not null",
			[]domain.ID{receipt, test.ID}) == 2
	})
}

func TestChores(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	live, err := storetest.SignIn(t, db, o.Owner)
	must(t, err)
	exec(t, super, "update sessions set seen_at = $2 where tenant_id = $1 and id = (select min(id::text)::uuid from sessions where tenant_id = $1)",
		o.Owner.Tenant(), db.Now().Add(-31*time.Minute))
	exec(t, super, "insert into attempts values ($1, 9, $2)", []byte(strings.Repeat("d", 32)), db.Now().Add(-25*time.Hour))
	document, kept := upload(t, o, o.Collection(t, domain.CollectionForm{}), "kept.txt", []byte("kept"))
	dropped, err := db.ReceiveFile(t.Context(), o.Owner, strings.NewReader("no document ever named it"))
	must(t, err)
	path := func(version domain.ID) string {
		return filepath.Join(storetest.At(t).Dir, "files", string(o.Owner.Tenant()), string(version))
	}
	old := time.Now().Add(-2 * time.Hour)
	must(t, os.Chtimes(path(dropped.Version), old, old))
	must(t, os.Chtimes(path(kept), old, old))
	start(t, db, reader(t))
	settled(t, o, document)
	await(t, "the session to end", 5*time.Second, func() bool {
		return number(t, super, "select count(*) from sessions where tenant_id = $1", o.Owner.Tenant()) == 1
	})
	if _, err := db.Session(t.Context(), live); err != nil {
		t.Errorf("a session that is used was ended: %v", err)
	}
	await(t, "old attempts to be forgotten", 5*time.Second, func() bool {
		return number(t, super, "select count(*) from attempts where since < $1", db.Now().Add(-24*time.Hour)) == 0
	})
	await(t, "the file to be swept", 5*time.Second, func() bool { _, err := os.Stat(path(dropped.Version)); return os.IsNotExist(err) })
	if _, err := os.Stat(path(kept)); err != nil {
		t.Errorf("an original was swept: %v", err)
	}
}

// PROMISES §2.4: the audit log's unsealed tail is at most ten seconds long, with two sealers as with one.
func TestA120_audit_is_sealed_soon(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	start(t, db, reader(t))
	start(t, db, reader(t))
	o := storetest.New(t, db)
	for i := range 5 {
		o.Collection(t, domain.CollectionForm{Name: fmt.Sprint("Shelf ", i), Everyone: true})
	}
	await(t, "every entry to be sealed", 10*time.Second, func() bool {
		return number(t, super, `select count(*) from audit_entries e where tenant_id = $1 and not exists
			(select from audit_members m where m.tenant_id = e.tenant_id and m.entry_id = e.id)`, o.Owner.Tenant()) == 0
	})
	v, err := db.AuditOf(t.Context(), o.Owner.Tenant())
	if err != nil || v.Bad != "" || v.Entries == 0 {
		t.Errorf("%+v, %v", v, err)
	}
}
