package handlers_test

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/jobs/extract/extracttest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// Each format, from the upload to the passage on its page.
func TestEveryFormatIsReadAndFound(t *testing.T) {
	t.Parallel()
	working(t)
	s := newShelf(t)
	const words = "The spare keys of the %s are kept behind the green door."
	say := func(word string) string { return fmt.Sprintf(words, word) }
	for word, f := range map[string]file{
		"aardvark":   {"a.pdf", string(extracttest.PDF("T", []string{say("aardvark")}))},
		"basilisk":   {"b.docx", string(extracttest.DOCX("T", []string{"# Heading", say("basilisk")}))},
		"chinchilla": {"c.pptx", string(extracttest.PPTX("T", []extracttest.Slide{{Title: "Keys", Lines: []string{say("chinchilla")}}}))},
		"dromedary":  {"d.xlsx", string(extracttest.XLSX([]extracttest.Sheet{{Name: "Keys", Rows: [][]any{{"Where"}, {say("dromedary")}}}}))},
		"echidna":    {"e.html", string(extracttest.HTML("T", []string{say("echidna")}))},
		"flamingo":   {"f.md", "# Keys\n\n" + say("flamingo")},
		"gnu":        {"g.txt", say("gnu")},
		"hippogriff": {"h.csv", string(extracttest.CSV([][]string{{"What", "Where"}, {"Keys", say("hippogriff")}}))},
		"ibex":       {"i.eml", "From: a@example.com\r\nTo: b@example.com\r\nSubject: Keys\r\n\r\n" + say("ibex") + "\r\n"},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			a := s.upload(s.path, []file{f}, "HX-Request", "true").must(t, 200, f.name)
			id := uuid.FindString(a.body)
			row := "/knowledge/documents/" + id + "/row"
			eventually(t, func() bool { return !strings.Contains(s.get(row).body, "hx-trigger") })
			s.get(row).must(t, 200, `data-state="ready"`)
			found := s.get("/search?q="+word).must(t, 200, "<mark>"+word+"</mark>", `data-count="1"`)
			i := strings.Index(found.body, `href="/knowledge/documents/`+id+`?`)
			if i < 0 {
				t.Fatal("no link to the passage")
			}
			link := html.UnescapeString(found.body[i+len(`href="`):])
			link = link[:strings.IndexAny(link, `"#`)]
			page := s.get(link).must(t, 200, `<mark id="passage"`, word)
			if j := strings.Index(page.body, `id="passage"`); !strings.Contains(page.body[j:], word) {
				t.Error("the mark is not at the passage")
			}
			s.get("/knowledge/documents/"+id+"/original").must(t, 200, f.body)
		})
	}
}

// What can't be read says why and stays downloadable.
func TestUnreadableDocuments(t *testing.T) {
	t.Parallel()
	working(t)
	s := newShelf(t)
	for _, c := range []struct{ name, body, code, says string }{
		{"locked.pdf", string(extracttest.EncryptedPDF()), "encrypted", "protected with a password"},
		{"scan.pdf", string(extracttest.ScannedPDF()), "no_text", "holds no text"},
		{"broken.docx", string(extracttest.DOCX("T", []string{"x"})[:400]), "damaged", "damaged or was not saved completely"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := s.upload(s.path, []file{{c.name, c.body}}, "HX-Request", "true")
			path := "/knowledge/documents/" + uuid.FindString(a.must(t, 200).body)
			eventually(t, func() bool { return !strings.Contains(s.get(path+"/row").body, "hx-trigger") })
			s.get(path+"/row").must(t, 200, `data-code="`+c.code+`"`)
			s.get(path).must(t, 200, c.says, "Download the file")
			s.get(path+"/original").must(t, 200, c.body)
		})
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	d := s.o.Document(t, s.collection, "Travel", "The first wording mentions wolverines.")
	path := "/knowledge/documents/" + string(d.ID)
	s.get(path).must(t, 200, "wolverines", "!not the newest", "Upload a new version", "Delete document", "!Version 1")
	s.upload(path+"/versions", []file{{"bad.exe", "words"}}).must(t, 422, "Files of this type can", "wolverines")
	s.upload(path+"/versions", []file{{"bad.exe", "words"}}, "HX-Request", "true").must(t, 422, "error-summary", "!<html")
	s.upload(path+"/versions", []file{{"a.txt", "one"}, {"b.txt", "two"}}).must(t, 413, "at most 1 file at once")
	if n := len(s.stored(t)); n != 1 {
		t.Errorf("%d files stay", n)
	}
	a := s.upload(path+"/versions", []file{{"second.txt", "The second wording mentions ocelots."}}).must(t, 303)
	if got := a.header.Get("Location"); got != path+"?version=2" {
		t.Error(got)
	}
	var second domain.Version
	storetest.Do(t, s.db, s.o.Owner, func(x *store.Tenant) error {
		all, err := x.Versions(d.ID)
		second = all[0]
		return err
	})
	text := "The second wording mentions ocelots."
	err := s.db.SaveText(t.Context(), store.ReadDocument{Tenant: s.o.Owner.Tenant(), Version: second.ID},
		store.Text{Text: text, Blocks: []domain.Block{{Kind: "paragraph", End: len(text), Text: text}}, Pages: 1})
	if err != nil {
		t.Fatal(err)
	}
	s.get(path).must(t, 200, "ocelots", "!wolverines", "Version 1", "Version 2")
	s.get(path+"?version=1").must(t, 200, "wolverines", "This is version 1, not the newest.", `href="`+path+`?version=2"`)
	s.get(path+"?version="+string(d.Version.ID)+"&passage=0").
		must(t, 200, `<mark id="passage" tabindex="-1">The first wording mentions wolverines.</mark>`)
	s.get(path+"?version=2&at=28-35").must(t, 200, `<mark id="passage" tabindex="-1">ocelots</mark>`)
	s.get(path+"/original?version=2").must(t, 200, "The second wording")
	s.get(path+"/original?version=1").must(t, 200, "The first wording")
	s.get(path+"/original").must(t, 200, "The second wording")
	s.get("/search?q=wolverines").must(t, 200, "Nothing found")

	staff := s.as(t, s.o.People[domain.Staff])
	staff.get(path).must(t, 200, "!Delete document")
	staff.get(path+"/delete").must(t, 404)
	s.get(path+"/delete").must(t, 200, "2\u00a0versions")
	s.post(path+"/delete", nil).must(t, 303)
	s.get(path).must(t, 404)
	s.get("/search?q=ocelots").must(t, 200, "Nothing found")
}

// A long text comes in parts, and a passage opens the part that holds it.
func TestLongDocumentsAreShownInParts(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	d := s.o.Document(t, s.collection, "Long", "placeholder")
	var text strings.Builder
	var blocks []domain.Block
	for i := range 2000 {
		line := fmt.Sprintf("Paragraph %d speaks of things numbered %d in the great list of things.", i, i)
		blocks = append(blocks, domain.Block{Kind: "paragraph", Start: text.Len(), End: text.Len() + len(line), Text: line})
		text.WriteString(line + "\n\n")
	}
	s.upload("/knowledge/documents/"+string(d.ID)+"/versions", []file{{"long.txt", text.String()}}).must(t, 303)
	var v domain.Version
	storetest.Do(t, s.db, s.o.Owner, func(x *store.Tenant) error {
		d, err := x.Document(d.ID)
		v = d.Version
		return err
	})
	err := s.db.SaveText(t.Context(), store.ReadDocument{Tenant: s.o.Owner.Tenant(), Version: v.ID}, store.Text{Text: text.String(), Blocks: blocks})
	if err != nil {
		t.Fatal(err)
	}
	path := "/knowledge/documents/" + string(d.ID)
	s.get(path).must(t, 200, "Paragraph 0 ", "!Paragraph 1999 ", "!what comes before", "part=1")
	s.get(path+"?version=2&part=1").must(t, 200, "!Paragraph 0 ", "what comes before", "part=0", "part=2")
	s.get(path+"?part=99").must(t, 200, "Paragraph 1999 ", "!what comes after")
	at := strings.Index(text.String(), "Paragraph 1500 ")
	s.get(fmt.Sprintf("%s?at=%d-%d", path, at, at+14)).must(t, 200, `<mark id="passage" tabindex="-1">Paragraph 1500</mark>`, "!Paragraph 0 ")
}

func TestWrittenPages(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	pages := "/knowledge/collections/" + string(s.collection) + "/pages"
	s.get(pages+"/new").must(t, 200, "Write a page", `name="text"`)
	s.post(pages, url.Values{"title": {""}, "text": {"typed words"}}).must(t, 422, "Give the page a title.", "typed words")
	s.post(pages, url.Values{"title": {"Typed title"}, "text": {" \r\n"}}).must(t, 422, "Write something first.", "Typed title")
	s.post(pages, url.Values{"title": {"Typed title"}, "text": {"%PDF-1.7 not"}}).must(t, 422, "not what its name says", "%PDF-1.7 not")
	s.post(pages, url.Values{"title": {"Big"}, "text": {strings.Repeat("x", domain.MaxPageBytes+1)}}).must(t, 422, "at most 1 MB")
	s.post(pages, url.Values{"title": {"Big"}, "text": {strings.Repeat("x", 2*domain.MaxPageBytes)}}).must(t, 413)
	if n := len(s.stored(t)); n != 0 {
		t.Errorf("%d files stay", n)
	}
	text := "# Rules\r\n\r\n- one <b>\r\n- two"
	path := s.post(pages, url.Values{"title": {"House/rules"}, "text": {text}}).must(t, 303).header.Get("Location")
	d := s.documents(t)[0]
	if !d.Version.Written || d.Version.FileName != "House-rules.md" || d.Version.MediaType != "text/markdown" ||
		path != "/knowledge/documents/"+string(d.ID) {
		t.Errorf("%+v", d)
	}
	s.get(path+"/edit").must(t, 200, "# Rules\n\n- one &lt;b&gt;\n- two", `value="House/rules"`)
	s.post(path+"/edit", url.Values{"title": {"House/rules"}, "text": {""}}).must(t, 422, "Write something first.")
	a := s.post(path+"/edit", url.Values{"title": {"Renamed"}, "text": {"Other words"}}).must(t, 303)
	if got := a.header.Get("Location"); got != path+"?version=2" {
		t.Error(got)
	}
	s.get(path+"/edit").must(t, 200, "Other words", "!# Rules", `value="Renamed"`)
	s.get(path+"/original?version=1").must(t, 200, "# Rules\n\n- one <b>\n- two")
	// An uploaded file is no page.
	plain := s.o.Document(t, s.collection, "File", "words")
	s.get("/knowledge/documents/"+string(plain.ID)+"/edit").must(t, 404)
	s.post("/knowledge/documents/"+string(plain.ID)+"/edit", url.Values{"title": {"x"}, "text": {"y"}}).must(t, 404)
}

func TestDeletingACollection(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	staff := s.as(t, s.o.People[domain.Staff])
	path := staff.post("/knowledge/collections", url.Values{"name": {"Shared"}, "everyone": {"on"}}).must(t, 303).header.Get("Location")
	id := domain.ID(path[strings.LastIndexByte(path, '/')+1:])
	s.o.Document(t, id, "Not the staff's", "The platypus is shared.")
	staff.post(path+"/delete", nil).must(t, 422, "documents that other people added")
	staff.get("/search?q=platypus").must(t, 200, "<mark>platypus</mark>")
	s.get(path+"/delete").must(t, 200, "Delete collection and 1 document")
	s.post(path+"/delete", nil).must(t, 303)
	staff.get(path).must(t, 404)
	staff.get("/search?q=platypus").must(t, 200, "Nothing found")
}
