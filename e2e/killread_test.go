//go:build e2e

package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// halted is a product whose work stands still at every step of taking and reading documents, one organization a step.
type halted struct {
	t       *testing.T
	p       *product
	db      *behind
	taken   map[string]member // by step: people whose upload was acknowledged
	refused map[string]member // by step: people whose upload was not
	child   int
	mend    func() // lets children read again
	release []func()
}

// Killed at each step of an upload and of reading: what was acknowledged is read, once, and what was not leaves nothing.
func TestKilledAtEachStepOfReading(t *testing.T) {
	t.Parallel()
	h := &halted{t: t, taken: map[string]member{}, refused: map[string]member{}}
	h.p, h.db = onCluster(t)
	twin := h.db.enrolled(t, h.p, false)
	twin.read(twin.shelved(tale("twin")))
	newcomer := somebody(t)
	nobodyReads(t, h.p) // from here on what is held must not take longer than a statement may
	h.uploads()
	h.reading()
	h.signingUp(newcomer)

	h.p.kill(t)
	poll(t, "the child is gone with its server", func() bool { return gone(h.child) })
	for _, release := range h.release {
		release()
	}
	h.age()
	h.mend()
	h.p.restart(t)
	for step, m := range h.taken {
		m.becomesRead(step)
	}
	h.db.comes("0", "select count(*)::text from river.river_job where state <> 'completed'")
	h.likeTwin(twin)
	h.leavesNothing()
	if a := founded(t, h.p, newcomer); a.status == http.StatusSeeOther {
		t.Error("half an organization was founded")
	}
	if a := nobody(t, h.p).signUp(newcomer, false); a.status != http.StatusSeeOther {
		t.Errorf("signing up again: %d\n%s", a.status, a.body)
	}
}

// reading brings documents to each step of being read, from the last to the first: four are worked at a time.
func (h *halted) reading() {
	h.t.Helper()
	take := func(step string) {
		m := h.db.enrolled(h.t, h.p, false)
		m.shelved(tale(step))
		h.taken[step] = m
	}
	start := h.db.hold("lock table document_parts in share mode")
	for _, step := range []string{"committing", "indexing", "first", "second"} {
		take(step)
	}
	h.db.waiting(4, "insert into%document_parts%")
	for _, step := range []string{"extracting", "beginning", "queueing"} {
		take(step)
	}
	h.halt("select from search_state where tenant_id = $1 for update", h.taken["committing"].tenant)
	h.halt("insert into passages select tenant_id, id, 0, 0, 0, '', '' from document_versions where tenant_id = $1", h.taken["indexing"].tenant)
	h.halt("select from document_versions where tenant_id = $1 for update", h.taken["beginning"].tenant)
	nobodyReads(h.t, h.p)
	h.mend = h.p.stick(h.t)
	start()
	h.child = h.p.hanging(h.t)
	h.db.waiting(1, "%document_versions%for update%")
	h.db.waiting(1, "insert into%passages%")
	h.db.waiting(2, "update%search_state%") // one of them is an upload's
	states := "select string_agg(v.state || ' ' || j.state, ', ') from document_versions v join river.river_job j on j.args->>'version' = v.id::text where v.tenant_id = $1"
	for step, want := range map[string]string{"committing": "reading running", "indexing": "reading running", "extracting": "reading running",
		"beginning": "waiting running", "queueing": "waiting available"} {
		h.db.comes(want, states, h.taken[step].tenant)
	}
}

func (h *halted) halt(query string, args ...any) {
	h.t.Helper()
	h.release = append(h.release, h.db.hold(query, args...))
}

// uploads begins two that will never be answered: one whose file has half come, and one that is about to be committed.
func (h *halted) uploads() {
	h.t.Helper()
	half, whole := h.db.enrolled(h.t, h.p, false), h.db.enrolled(h.t, h.p, false)
	h.refused["receiving"], h.refused["adding"] = half, whole
	before := len(h.p.files(h.t))
	body, sent := io.Pipe()
	breakOff := func() { _ = sent.CloseWithError(io.ErrUnexpectedEOF) }
	h.release = append(h.release, breakOff)
	w := multipart.NewWriter(sent)
	h.unanswered(half, half.collection("Shelf"), body, w.FormDataContentType())
	h.t.Cleanup(breakOff) // also when the test fails before: it would wait for the upload's end without one
	part, err := w.CreateFormFile("files", "half.txt")
	if err != nil {
		h.t.Fatal(err)
	}
	for range 20 {
		if _, err := part.Write(bytes.Repeat([]byte("a half of something "), 5000)); err != nil {
			h.t.Fatal(err)
		}
	}
	shelf := whole.collection("Shelf")
	h.halt("select from search_state where tenant_id = $1 for update", whole.tenant)
	form, kind := uploadForm(h.t, tale("adding"))
	h.unanswered(whole, shelf, form, kind)
	h.db.waiting(1, "update%search_state%")
	poll(h.t, "both files are being sealed", func() bool { return len(h.p.files(h.t)) == before+2 })
}

func (h *halted) unanswered(m member, collection string, body io.Reader, kind string) {
	done := make(chan error, 1)
	go func() {
		_, err := m.try(http.MethodPost, "/knowledge/collections/"+collection+"/documents", body, "Content-Type", kind, "Sec-Fetch-Site", "same-origin")
		done <- err
	}()
	h.t.Cleanup(func() {
		if err := <-done; err == nil {
			h.t.Error("an upload was answered")
		}
	})
}

// signingUp begins a sign-up that will never be answered.
func (h *halted) signingUp(who person) {
	h.t.Helper()
	h.halt("lock table organizations in share mode")
	done := make(chan struct{})
	go func() {
		defer close(done)
		g := nobody(h.t, h.p)
		_, _ = g.try(http.MethodPost, "/sign-up", strings.NewReader(signUpForm(who, false).Encode()),
			"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	}()
	h.t.Cleanup(func() { <-done })
	h.db.waiting(1, "insert into%organizations%")
}

// age makes all files two hours old, so that the chore that sweeps what nobody names takes them at the next start.
func (h *halted) age() {
	h.t.Helper()
	old := time.Now().Add(-2 * time.Hour)
	for _, path := range h.p.files(h.t) {
		if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte("half of something")) {
			h.t.Errorf("%s can be read: %v", path, err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			h.t.Fatal(err)
		}
	}
}

// becomesRead waits until the step's document is ready, and holds it to what was uploaded.
func (m member) becomesRead(step string) {
	m.t.Helper()
	m.read(m.shelf())
	if all := m.documents(m.shelf()); len(all) != 1 {
		m.t.Errorf("%s: %v, one was taken", step, all)
	}
	f := tale(step)
	if a := m.get("/knowledge/documents/" + m.titled(m.shelf(), f) + "/original"); sha256.Sum256([]byte(a.body)) != sha256.Sum256(f.body) {
		m.t.Errorf("%s: the original is not what was uploaded", step)
	}
	if n := m.found(step); n != 1 {
		m.t.Errorf("%s: found %d times", step, n)
	}
}

// shelf is the person's only collection.
func (m member) shelf() string {
	m.t.Helper()
	found := shelfLink.FindStringSubmatch(m.get("/knowledge").body)
	if found == nil {
		m.t.Fatal("no collection")
	}
	return found[1]
}

// likeTwin holds each organization's rows to those of one that was never disturbed: nothing is there twice.
func (h *halted) likeTwin(twin member) {
	h.t.Helper()
	const all = `select concat_ws(' ', (select count(*) from document_versions where tenant_id = $1 and state = 'ready'),
		(select count(*) from document_parts where tenant_id = $1), (select count(*) from passages where tenant_id = $1),
		(select coalesce(sum(passages), 0) from search_segments where tenant_id = $1), (select count(*) from search_segments where tenant_id = $1),
		(select count(*) from audit_entries where tenant_id = $1 and verb like 'document.%'),
		(select count(*) from river.river_job where kind = 'read_document' and args->>'tenant' = $1::text))`
	want := h.db.one(all, twin.tenant)
	h.t.Log("versions, parts, passages, passages searched, segments, entries, readings:", want)
	for step, m := range h.taken {
		if got := h.db.one(all, m.tenant); got != want {
			h.t.Errorf("%s: %s, the twin has %s", step, got, want)
		}
	}
	for step, m := range h.refused {
		if got := h.db.one(all, m.tenant); got != "0 0 0 0 0 0 0" || len(m.documents(m.shelf())) != 0 {
			h.t.Errorf("%s: left %s", step, got)
		}
	}
}

// leavesNothing: originals are those of versions, no temporary file is left, and what was refused can be done again.
func (h *halted) leavesNothing() {
	h.t.Helper()
	var named []string
	rows, err := h.db.Query(h.t.Context(), "select tenant_id::text || '/' || id::text from document_versions order by 1")
	if err != nil {
		h.t.Fatal(err)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			h.t.Fatal(err)
		}
		named = append(named, filepath.Join(h.p.Dir, "data", "files", name))
	}
	poll(h.t, "what no version names is swept", func() bool {
		left := h.p.files(h.t)
		slices.Sort(left)
		return slices.Equal(left, named)
	})
	if left, err := os.ReadDir(h.p.Temp()); err != nil || len(left) > 0 {
		h.t.Errorf("temporary files: %v %v", left, err)
	}
	for step, m := range h.refused {
		m.upload(m.shelf(), tale(step))
		m.becomesRead(step)
	}
	if log := h.p.Log.String(); contains(log, "panic") || contains(log, "chore failed") {
		h.t.Errorf("the log says\n%s", tail(log, 3000))
	}
}
