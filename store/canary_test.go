package store_test

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// Words are planted in everything that the store takes; then the whole cluster, its log, the keys, the files and a dump
// are searched for them.
func TestP31_canaries_are_nowhere_in_the_clear(t *testing.T) {
	t.Parallel()
	db, at := storetest.DB(t), storetest.At(t)
	w := build(t, db) // plants its own words
	p := func(what string) string { return w.word(what) }
	email := p("mail") + "@" + p("host") + ".example"
	f, err := db.SignUp(t.Context(), domain.SignUp{Name: p("person"), Email: email, Organization: p("firm"),
		Password: "five small green umbrellas", Terms: true, Business: true, Consents: domain.PolicyRecipients}, storetest.Hash, 1, p("browser"), p("address"))
	must(t, err)
	_, err = db.AddMember(t.Context(), f.Actor, domain.Member{Name: p("second"), Email: p("second") + "@x.example", Title: p("job"),
		Role: domain.Staff, PolicyVersion: 1}, storetest.Hash)
	must(t, err)
	_, _ = db.Attempt(t.Context(), "account", email, 5)
	_, _ = db.Accounts(t.Context(), email)
	_, _ = db.Session(t.Context(), string(f.Actor.Tenant())+"."+p("token"))
	w.plantVersions(t)
	w.plantFaults(t)
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error { return x.Tidy(true) })
	super := storetest.Superuser(t)
	_, err = super.Exec(t.Context(), "checkpoint")
	must(t, err)
	if len(w.Words) < 35 {
		t.Fatalf("only %d words were planted", len(w.Words))
	}
	storetest.Scan(t, w.Words, at.Server.Data(), at.Server.LogFile(), filepath.Join(at.Dir, "keys"), filepath.Join(at.Dir, "files"),
		storetest.Dump(t, at.Server))
	found, _, err := storetest.Hits([]string{string(w.Doc.Version.ID)[:13]}, storetest.Dump(t, at.Server))
	if err != nil || len(found) == 0 {
		t.Errorf("the scan does not find what must be in a dump: %v", err)
	}
}

// plantVersions puts words into further versions and into search.
func (w *world) plantVersions(t *testing.T) {
	f, err := w.DB.ReceiveFile(t.Context(), w.Owner, strings.NewReader(strings.Repeat(w.word("original")+" ", 30000)))
	must(t, err)
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error {
		err := x.AddVersion(w.Doc.ID, store.NewVersion{File: f, FileName: w.word("filename") + ".pdf", MediaType: "application/pdf"})
		if err != nil {
			return err
		}
		return x.RenameDocument(w.Doc.ID, w.word("retitled"))
	})
	text := "A page about " + w.word("page") + "."
	must(t, w.DB.SaveText(t.Context(), store.ReadDocument{Tenant: w.Owner.Tenant(), Version: f.Version}, store.Text{Text: text, Pages: 1,
		Blocks: []domain.Block{{Kind: "heading", Text: text, End: len(text), Place: w.word("sheet")}}}))
	must(t, w.DB.Snapshot(t.Context(), w.staff(), func(x *store.Tenant) error {
		_, err := x.Search(w.word("search")+" page", 0, 10)
		if err != nil {
			return err
		}
		_, err = x.Conversations(w.word("find"), 0, 10)
		return err
	}))
}

// plantFaults makes statements fail with words in them: a database's log likes to repeat those.
func (w *world) plantFaults(t *testing.T) {
	key := "sk-" + w.word("provider")
	_ = in(t, w.DB, w.Owner, func(x *store.Tenant) error {
		return x.SaveProvider(store.ProviderForm{Provider: domain.OpenRouter, Key: key, Models: []string{"mistralai/mistral-large"}, Default: "mistralai/mistral-large"})
	})
	if err := in(t, w.DB, w.staff(), func(x *store.Tenant) error { _, _, err := x.Ask(domain.ID("no id"), w.word("broken")); return err }); err == nil {
		t.Error("a conversation without an id went on")
	} else if strings.Contains(err.Error(), "no id") {
		t.Errorf("an error says what was given: %v", err)
	}
	_, err := w.DB.AddMember(t.Context(), w.Owner, domain.Member{Name: w.word("twice"), Email: w.Email, Role: domain.Staff}, storetest.Hash)
	wants(t, err, domain.ErrConflict)
	_, err = w.DB.AddMember(t.Context(), w.Owner, domain.Member{Name: w.word("unhashed"), Email: w.word("unhashed") + "@x.example", Role: domain.Staff}, "plain")
	wants(t, err, domain.ErrConflict)
}

// The scan finds a word however it was written down.
func TestP31_the_scan_finds(t *testing.T) {
	t.Parallel()
	const word = "qvzkxwpjtrbm"
	for name, text := range map[string]string{"plain": word, "hex": hex.EncodeToString([]byte(word)),
		"base64": base64.StdEncoding.EncodeToString([]byte(word)), "base64+1": base64.StdEncoding.EncodeToString([]byte("x" + word + "yz")),
		"base64+2": base64.StdEncoding.EncodeToString([]byte("xy" + word + "z")), "utf16": "q\x00v\x00z\x00k\x00x\x00w\x00p\x00j\x00t\x00r\x00b\x00m\x00"} {
		dir := t.TempDir()
		must(t, os.MkdirAll(filepath.Join(dir, "deep"), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, "deep", "file"), []byte("before "+text+" after"), 0o600))
		if hits, _, err := storetest.Hits([]string{word}, dir); err != nil || len(hits) == 0 {
			t.Errorf("%s was not found: %v", name, err)
		}
	}
	hits, read, err := storetest.Hits([]string{word}, t.TempDir())
	if len(hits) != 0 || read != 0 || err != nil {
		t.Errorf("an empty place: %v, %d, %v", hits, read, err)
	}
	if _, _, err := storetest.Hits([]string{"short"}, t.TempDir()); err == nil {
		t.Error("a short word was looked for")
	}
	if _, _, err := storetest.Hits([]string{word}, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a place that is not there was scanned")
	}
}
