//go:build e2e

package e2e_test

import (
	"crypto/sha256"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	x "aimyorg/jobs/extract/extracttest"
)

// library is a file of each kind, each with a word that only it holds.
func library() map[string]file {
	line := func(word string) string { return "The " + word + " is described here and nowhere else." }
	return map[string]file{
		"walrus":   {"animals.pdf", x.PDF("Animals", []string{line("walrus")})},
		"trumpet":  {"music.docx", x.DOCX("Music", []string{line("trumpet")})},
		"glacier":  {"nature.pptx", x.PPTX("Nature", []x.Slide{{Title: "Ice", Lines: []string{line("glacier")}}})},
		"saffron":  {"spices.xlsx", x.XLSX([]x.Sheet{{Name: "Spices", Rows: [][]any{{"Name", "What"}, {"saffron", line("saffron")}}}})},
		"lantern":  {"light.html", x.HTML("Light", []string{line("lantern")})},
		"compass":  {"ways.md", []byte("# Ways\n\n" + line("compass") + "\n")},
		"meadow":   {"fields.txt", []byte(line("meadow") + "\n")},
		"turbine":  {"machines.csv", x.CSV([][]string{{"Machine", "What"}, {"turbine", line("turbine")}})},
		"envelope": {"letter.eml", x.EML(x.Mail{From: "a@example.com", To: "b@example.com", Subject: "A letter", Date: "Mon, 02 Nov 2026 10:00:00 +0000", Text: line("envelope")})},
	}
}

func onDisk(t *testing.T, files map[string]file) []string {
	t.Helper()
	dir := t.TempDir()
	var out []string
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, f.body, 0o600); err != nil {
			t.Fatal(err)
		}
		out = append(out, path)
	}
	return out
}

func TestKnowledgeFromUploadToDeletion(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false).expect("status of 422")
	b.open("/knowledge").sound("knowledge-empty")
	b.click("main a[href='/knowledge/collections/new']").at("/knowledge/collections/new").sound("collection-new")
	b.fill("main [name=name]", "Reference").click("main [name=ai_allowed]").click("#collection button[type=submit]")
	b.there("input[type=file]").sees("h1", "Reference").sound("collection-empty")
	collection := strings.TrimPrefix(b.js("location.pathname"), "/knowledge/collections/")

	all := library()
	all["lie"] = file{"report.pdf", []byte("This is no PDF at all, whatever its name says.")}
	b.js("window.untouched = true")
	b.do("choose files", chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), onDisk(t, all)))
	b.until("document.querySelectorAll('.upload.taken').length === 9 && document.querySelectorAll('.upload.failed').length === 1")
	if why := b.text(".upload.failed"); !contains(why, "report.pdf") || !contains(why, "not what its name says") {
		t.Errorf("the file that lies says %q", why)
	}
	b.until("document.querySelectorAll('#documents [data-state=ready]').length === 9")
	if b.js("window.untouched") != "true" {
		t.Error("the page was loaded again to show the states")
	}
	b.sound("collection-full")
	b.searchEach(library())
	g := b.guest()
	for word, f := range library() {
		if a := g.get("/knowledge/documents/" + g.titled(collection, f) + "/original"); sha256.Sum256([]byte(a.body)) != sha256.Sum256(f.body) {
			t.Errorf("the download of %s (%s) is not what was uploaded: %d, %d bytes for %d", f.name, word, a.status, len(a.body), len(f.body))
		}
	}
	b.deleteByDialog("/knowledge/documents/"+g.titled(collection, library()["meadow"]), collection)
}

// titled finds a document by its file's name in the collection's rows.
func (g *guest) titled(collection string, f file) string {
	g.t.Helper()
	for title, id := range g.documents(collection) {
		if contains(g.get("/knowledge/documents/"+id).body, f.name) {
			_ = title
			return id
		}
	}
	g.t.Fatalf("no document from %s", f.name)
	return ""
}

// searchEach searches each word and opens what is found, with the passage marked.
func (b *tab) searchEach(all map[string]file) {
	b.t.Helper()
	for _, word := range slices.Sorted(maps.Keys(all)) {
		b.open("/search").fill("#search-q", word).until("document.querySelectorAll('#results .result').length === 1")
		if marked := b.text("#results mark"); !strings.EqualFold(marked, word) {
			b.t.Errorf("searching %q marks %q", word, marked)
		}
		b.click("#results .row-link").there("#passage")
		if passage := b.js("[...document.querySelectorAll('.document mark')].map((x) => x.innerText).join(' ')"); !contains(passage, word) {
			b.t.Errorf("the passage for %q is %q", word, passage)
		}
		b.axe(all[word].name, "")
	}
	b.sound("document")
	b.open("/search?q=walrus").sound("search")
	b.open("/search?q=unheardof").there(".empty").sound("search-nothing")
}

func (b *tab) deleteByDialog(path, collection string) {
	b.t.Helper()
	b.open(path).click("[data-dialog=delete-document]").there("dialog[open]").press(kb.Escape)
	b.until("!document.querySelector('dialog[open]')")
	b.click("[data-dialog=delete-document]").there("dialog[open]").shoot("delete-dialog")
	b.click("dialog[open] .btn.danger").at("/knowledge/collections/" + collection)
	b.until("document.querySelectorAll('#documents tbody tr').length === 8")
	if a := b.guest().get(path); a.status != 404 {
		b.t.Errorf("the deleted document answers %d", a.status)
	}
}

func TestWritingAPageAndANewVersion(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false)
	g := b.guest()
	id := g.collection("Notes")
	b.open("/knowledge/collections/" + id + "/pages/new").sound("editor")
	b.fill("[name=title]", "Rules of the house").fill("[name=text]", "# Rules\n\nThe **kettle** belongs to everybody.").click("#page button[type=submit]")
	b.there("article.document-page").sees("article.document-page", "kettle").sees("article.document-page [role=heading]", "Rules").there("aside [data-state=ready]")
	b.click("main a[href$='/edit']").there("[name=text]").fill("[name=text]", "# Rules\n\nThe samovar belongs to everybody.").click("#page button[type=submit]")
	b.sees("article.document-page", "samovar").there("#versions").sound("versions")
	if n := b.count("#versions .row-link"); n != "2" {
		t.Errorf("%s versions, not 2", n)
	}
	b.open("/search?q=kettle").there(".empty")
	b.open("/search?q=samovar").there("#results .result")

	g.upload(id, travel)
	g.read(id)
	b.open("/knowledge/documents/" + g.titled(id, travel)).click("details.disclosure > summary")
	b.do("choose a file", chromedp.SetUploadFiles(chromedp.CSS("#version input[type=file]"), onDisk(t, map[string]file{"": {"travel.txt", []byte("Hammocks only.")}})))
	b.click("#version button[type=submit]").sees("article.document-page", "Hammocks")
}
