package extract_test

import (
	"testing"
	"unicode/utf8"

	"aimyorg/jobs/extract"
	x "aimyorg/jobs/extract/extracttest"
)

// fuzz holds a reader to its word: no panic, valid and bounded text, and a reason of the closed set when there is none.
func fuzz(f *testing.F, name string, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	limits := extract.Limits{MaxBytes: 1 << 20, MaxText: 1 << 20, Unpacked: 4 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := extract.ReadUnguarded(t.Context(), name, data, limits)
		if err != nil {
			if _, ok := extract.CodeOf(err); !ok || doc != nil {
				t.Fatalf("%v %v", doc, err)
			}
			return
		}
		text, spans := doc.Text()
		if !utf8.ValidString(text) || len(text) > 1<<20 || len(spans) != len(doc.Blocks) || len(spans) == 0 {
			t.Fatalf("%d bytes, %d blocks", len(text), len(spans))
		}
	})
}

func FuzzDOCX(f *testing.F) {
	fuzz(f, "a.docx", office()["a.docx"], x.DOCX("t", []string{"# h", "- i", "a | b", "c"}))
}

func FuzzPPTX(f *testing.F) { fuzz(f, "a.pptx", office()["a.pptx"]) }

func FuzzXLSX(f *testing.F) { fuzz(f, "a.xlsx", office()["a.xlsx"]) }

func FuzzEML(f *testing.F) {
	fuzz(f, "a.eml", x.EML(x.Mail{From: "a@example.org", Text: "t", HTML: "<p>h", Attachments: []string{"n"}}))
}

func FuzzHTML(f *testing.F) {
	fuzz(f, "a.html", x.HTML("t", []string{"p"}), []byte("<table><tr><td><table><tr><td>x</table><pre>\n y<li><ul>"))
}

func FuzzMarkdown(f *testing.F) {
	fuzz(f, "a.md", []byte("# h\n\n- a\n  1. b\n\n|a|b|\n|-|-|\n|c|d|\n\n<p>x</p>\n\n```\nc\n```\n"))
}

func FuzzCSV(f *testing.F) {
	fuzz(f, "a.csv", []byte("a,b\n1,\"x\ny\"\n"), []byte("sep=;\na;b\n"), []byte("\xff\xfea\x00,\x00b\x00"))
}

// FuzzDOCXBody reaches the Word reader behind the zip.
func FuzzDOCXBody(f *testing.F) {
	for _, s := range []string{"<w:p><w:r><w:t>x</w:t></w:r></w:p>", "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>", "<w:p><w:r><w:p>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		doc, err := extract.ReadUnguarded(t.Context(), "a.docx", x.DOCXBody("t", body), extract.Limits{})
		if _, ok := extract.CodeOf(err); err != nil && (!ok || doc != nil) {
			t.Fatal(err)
		}
	})
}

func FuzzSniff(f *testing.F) {
	f.Add("a.pdf", []byte("%PDF-1.4"))
	f.Add("a.docx", []byte("PK\x03\x04"))
	f.Add("a.eml", []byte("From: x"))
	f.Fuzz(func(t *testing.T, name string, head []byte) {
		ty, err := extract.Sniff(name, head)
		if _, ok := extract.CodeOf(err); ok == (err == nil) || (err != nil) != (ty == extract.Type{}) {
			t.Fatalf("%v %v", ty, err)
		}
	})
}
