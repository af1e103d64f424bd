package extract_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"aimyorg/jobs/extract"
	x "aimyorg/jobs/extract/extracttest"
)

func refused(t *testing.T, name string, data []byte, want error) {
	t.Helper()
	doc, err := extract.Read(t.Context(), name, data, extract.Limits{}, cacheDir)
	if !errors.Is(err, want) || doc != nil {
		t.Errorf("%s: %v, want %v", name, err, want)
	}
}

func office() map[string][]byte {
	return map[string][]byte{
		"a.docx": x.DOCX("t", []string{"words"}),
		"a.pptx": x.PPTX("t", []x.Slide{{Title: "words"}}),
		"a.xlsx": x.XLSX([]x.Sheet{{Name: "S", Rows: [][]any{{"words"}}}}),
	}
}

func TestA56_BombsAreRefused(t *testing.T) {
	t.Parallel()
	for name, base := range office() {
		refused(t, name, x.BombZip(base, 101<<20), extract.ErrBomb) // over the whole limit
		refused(t, name, x.BombZip(base, 5<<20), extract.ErrBomb)   // under it, but 1 to 1000
		refused(t, name, x.CrowdedZip(base, 2001), extract.ErrBomb)
	}
	lie := x.LyingZip(office()["a.xlsx"], 5<<20)
	refused(t, "a.xlsx", lie, extract.ErrBomb)
	nested := x.Zip(x.Part{Name: "lib 0.zip", Body: string(x.Zip(x.Part{Name: "book.zip", Body: "PK"}))})
	refused(t, "a.docx", nested, extract.ErrMismatch) // what is inside is never opened
}

// Each declared limit alone: the part that is too much is never read, and no other limit is near.
func TestA56_DeclaredLimitsHoldAlone(t *testing.T) {
	t.Parallel()
	data := x.BombZip(office()["a.docx"], 2<<20)
	for _, l := range []extract.Limits{{Unpacked: 1 << 20, Ratio: 1 << 30}, {Ratio: 10}, {Entries: 6, Ratio: 1 << 30}} {
		if doc, err := extract.Read(t.Context(), "a.docx", data, l, ""); !errors.Is(err, extract.ErrBomb) || doc != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
	if _, err := extract.Read(t.Context(), "a.docx", data, extract.Limits{Ratio: 1 << 30}, ""); err != nil {
		t.Error(err)
	}
}

// The counted limit alone: the part that is read declares a hundred bytes and holds five million.
func TestA56_CountedLimitHoldsAlone(t *testing.T) {
	t.Parallel()
	parts := []x.Part{
		{Name: "[Content_Types].xml", Body: `<Types><Override PartName="/word/lie.xml" ContentType="application/wordprocessingml.document"/></Types>`},
		{Name: "_rels/.rels", Body: `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="word/lie.xml"/></Relationships>`},
	}
	refused(t, "a.docx", x.LyingZip(x.Zip(parts...), 5<<20), extract.ErrBomb)
}

func TestA58_EntitiesAreNeitherFetchedNorExpanded(t *testing.T) {
	t.Parallel()
	secret := t.TempDir() + "/secret"
	if err := os.WriteFile(secret, []byte("TOPSECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	laughs := `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>`
	xxe := `<!DOCTYPE l [<!ENTITY c SYSTEM "file://` + secret + `">]>`
	const root = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&c;</w:t></w:r></w:p></w:body></w:document>`
	for _, dtd := range []string{laughs, xxe, ""} { // without the declaration: the entity alone is refused by the parser
		refused(t, "a.docx", x.Replace(office()["a.docx"], x.Part{Name: "word/document.xml", Body: dtd + root}), extract.ErrDamaged)
	}
	sheet := `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="str"><v>&c;</v></c></row></sheetData></worksheet>`
	for _, dtd := range []string{laughs, xxe} {
		refused(t, "a.xlsx", x.Replace(office()["a.xlsx"], x.Part{Name: "xl/worksheets/sheet1.xml", Body: dtd + sheet}), extract.ErrDamaged)
		refused(t, "a.pptx", x.Replace(office()["a.pptx"], x.Part{Name: "ppt/slides/slide1.xml", Body: dtd + "<a>&c;</a>"}), extract.ErrDamaged)
	}
	for _, name := range []string{"a.html", "a.md", "a.txt"} {
		text, _ := read(t, name, []byte("<p>x "+xxe+" &c;</p>")).Text()
		if strings.Contains(text, "TOPSECRET") {
			t.Errorf("%s fetched a file", name)
		}
	}
}

func TestA58_DeepNestingIsRefused(t *testing.T) {
	t.Parallel()
	refused(t, "a.docx", x.DOCXBody("", strings.Repeat("<w:tbl><w:tr><w:tc>", 5000)), extract.ErrDamaged)
	deep := strings.Repeat("<w:tbl><w:tr><w:tc>", 200) + "<w:p><w:r><w:t>x</w:t></w:r></w:p>" + strings.Repeat("</w:tc></w:tr></w:tbl>", 200)
	refused(t, "a.docx", x.DOCXBody("", deep), extract.ErrDamaged)
	refused(t, "a.html", []byte(strings.Repeat("<div>", 100_000)+"x"), extract.ErrDamaged)
}

func TestA62_NameAndBytesMustAgree(t *testing.T) {
	t.Parallel()
	o, pdf := office(), x.PDF("t", []string{"words"})
	exe := []byte("MZ\x90\x00\x03\x00\x00\x00")
	page := []byte("<!doctype html><html><body>hello</body></html>")
	cases := []struct {
		name string
		data []byte
		want error
	}{
		{"a.pdf", exe, extract.ErrMismatch}, {"a.pdf", page, extract.ErrMismatch}, {"a.pdf", append(page, "%PDF-1.4"...), extract.ErrMismatch},
		{"a.pdf", append(exe, pdf...), extract.ErrMismatch}, {"a.pdf", o["a.docx"], extract.ErrMismatch},
		{"a.docx", pdf, extract.ErrMismatch}, {"a.docx", o["a.xlsx"], extract.ErrMismatch}, {"a.xlsx", o["a.pptx"], extract.ErrMismatch},
		{"a.pptx", o["a.docx"], extract.ErrMismatch}, {"a.docx", x.Zip(x.Part{Name: "x", Body: "y"}), extract.ErrMismatch},
		{"a.txt", exe, extract.ErrMismatch}, {"a.txt", pdf, extract.ErrMismatch}, {"a.md", o["a.docx"], extract.ErrMismatch},
		{"a.csv", page, extract.ErrMismatch}, {"a.csv", []byte("a\x00b,c"), extract.ErrMismatch}, {"a.html", []byte("no tags"), extract.ErrMismatch},
		{"a.html", []byte("<svg onload=x>"), extract.ErrMismatch}, {"a.eml", []byte("just words"), extract.ErrMismatch},
		{"a.txt", []byte("\x89PNG\r\n\x1a\n"), extract.ErrMismatch}, {"a.txt", []byte("\x01\x02\x03\x04abc"), extract.ErrMismatch},
		{"a.exe", exe, extract.ErrUnsupported}, {"a.doc", x.EncryptedOffice(), extract.ErrUnsupported}, {"pdf", pdf, extract.ErrUnsupported},
		{"a.docx", x.EncryptedOffice(), extract.ErrEncrypted}, {"a.xlsx", x.EncryptedZip(o["a.xlsx"]), extract.ErrEncrypted},
		{"a.pdf", x.EncryptedPDF(), extract.ErrEncrypted}, {"a.txt", nil, extract.ErrEmpty}, {"a.pdf", nil, extract.ErrEmpty},
		{"a.pdf", x.ScannedPDF(), extract.ErrNoText}, {"a.txt", []byte(" \n\t---\n"), extract.ErrNoText},
		{"a.docx", x.DOCX("", nil), extract.ErrNoText}, {"a.pdf", []byte("%PDF-1.4\nnothing"), extract.ErrDamaged},
		{"a.docx", o["a.docx"][:len(o["a.docx"])/2], extract.ErrDamaged}, {"a.xlsx", []byte("PK\x03\x04xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), extract.ErrDamaged},
	}
	for _, c := range cases {
		refused(t, c.name, c.data, c.want)
	}
	for _, name := range []string{"A.PDF", "b.pdf ", "../../c.pdf", "d\u202e.pdf"} {
		if ty, err := extract.Sniff(name, pdf[:40]); err != nil || ty.MediaType != "application/pdf" {
			t.Errorf("%q: %v %v", name, ty, err)
		}
	}
}

func TestA63_PathsOutOfTheArchiveAreRefused(t *testing.T) {
	t.Parallel()
	for file, base := range office() {
		for _, name := range []string{"../evil.xml", "/etc/passwd", "a/../../b", `..\evil`, `C:\evil`, "word/../../x"} {
			refused(t, file, x.WithPart(base, x.Part{Name: name, Body: "x"}), extract.ErrDamaged)
		}
		refused(t, file, x.WithPart(base, x.Part{Name: "[Content_Types].xml", Body: "x"}), extract.ErrDamaged)
		refused(t, file, x.WithLink(base, "word/link.xml", "/etc/passwd"), extract.ErrDamaged)
	}
}

func TestTextBeyondTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	limits := extract.Limits{MaxText: 1000, MaxBytes: 5000}
	for _, n := range []int{300, 4000, 6000} {
		doc, err := extract.Read(t.Context(), "a.txt", []byte(strings.Repeat("ab ", n/3)), limits, "")
		if (n > 1000) != errors.Is(err, extract.ErrTooLarge) || (n > 1000) != (doc == nil) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// No reader spills what it reads to a temporary file, not even a sheet larger than excelize's own limit.
func TestNoTemporaryFiles(t *testing.T) {
	dir, long := t.TempDir(), time.Unix(1_000_000_000, 0)
	t.Setenv("TMPDIR", dir)
	if err := os.Chtimes(dir, long, long); err != nil { // a file made there, though removed, changes it
		t.Fatal(err)
	}
	var rows [][]any
	for i := range 50_000 {
		row := make([]any, 16)
		for c := range row {
			row[c] = i + c
		}
		rows = append(rows, row)
	}
	doc := read(t, "big.xlsx", x.XLSX([]x.Sheet{{Name: "S", Rows: rows}}))
	if len(doc.Blocks) != len(rows) {
		t.Errorf("%d rows", len(doc.Blocks))
	}
	if info, err := os.Stat(dir); err != nil || !info.ModTime().Equal(long) {
		t.Errorf("a temporary file was made: %v", err)
	}
}
