package extract_test

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"aimyorg/jobs/extract"
	x "aimyorg/jobs/extract/extracttest"
)

var fuzzLimits = extract.Limits{MaxBytes: 1 << 20, MaxText: 1 << 20, Unpacked: 4 << 20}

// readsSafely holds a reader to its word: no panic; a reason of the closed set, or a document that is what it should be.
func readsSafely(t *testing.T, name string, data []byte) {
	t.Helper()
	doc, err := extract.ReadUnguarded(t.Context(), name, data, fuzzLimits)
	if err != nil {
		if _, ok := extract.CodeOf(err); !ok || doc != nil {
			t.Fatalf("%v %v", doc, err)
		}
		return
	}
	sound(t, doc)
	var wire bytes.Buffer
	if err := extract.Answer(&wire, doc); err != nil {
		t.Fatal(err)
	}
	arrived, err := extract.ReadAnswer(&wire, fuzzLimits)
	if err != nil || !reflect.DeepEqual(arrived, doc) {
		t.Fatalf("%v\nread:    %+v\narrived: %+v", err, doc, arrived)
	}
}

// sound fails unless a document is valid, bounded text in which nothing is hidden (A79), and its spans are its blocks.
func sound(t *testing.T, doc *extract.Document) {
	t.Helper()
	text, spans := doc.Text()
	if !utf8.ValidString(text) || len(text) > 1<<20 || len(spans) != len(doc.Blocks) || len(spans) == 0 {
		t.Fatalf("%d bytes, %d blocks", len(text), len(spans))
	}
	for i, b := range doc.Blocks {
		if b.Text == "" || len(b.Text) > extract.MaxBlock || text[spans[i].Start:spans[i].End] != b.Text || b.Level < 0 {
			t.Fatalf("block %d: %+v", i, b)
		}
		if strings.ContainsFunc(b.Text+b.Place, hidden) || strings.Contains(b.Place+doc.Title, "\n") {
			t.Fatalf("block %d hides something: %q at %q", i, b.Text, b.Place)
		}
	}
	if strings.ContainsFunc(doc.Title+doc.Language, hidden) || utf8.RuneCountInString(doc.Title) > 301 || len(doc.Language) > 35 {
		t.Fatalf("title %q, language %q", doc.Title, doc.Language)
	}
}

// hidden is what makes text read otherwise than it looks.
func hidden(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x200B || r == 0x2028 || r == 0x2029 ||
		r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x206F || r >= 0xE0000 && r <= 0xE0FFF || r == 0xFEFF
}

func fuzz(f *testing.F, name string, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) { readsSafely(t, name, data) })
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
	fuzz(f, "a.md", []byte("# h\n\n- a\n  1. b\n\n|a|b|\n|-|-|\n|c|d|\n\n<p>x</p>\n\n```\nc\n```\n"), []byte("---\ntitle: \"t\"\n---\nx"))
}

func FuzzCSV(f *testing.F) {
	fuzz(f, "a.csv", []byte("a,b\n1,\"x\ny\"\n"), []byte("sep=;\na;b\n"), []byte("\xff\xfea\x00,\x00b\x00"))
}

func FuzzText(f *testing.F) {
	fuzz(f, "a.txt", []byte("a\r\n\r\nb\u202e\x1b[31mc"), []byte("\xfe\xff\x00a\x00b"), []byte("caf\xe9"), []byte("e\u0301\u200d\ufe0f\U000E0041"), []byte("e\u00ad\u0301\u200dx"))
}

// part reaches the reader of one part of an office document, behind the zip.
func part(f *testing.F, document, name, before, after string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	base := office()[document]
	f.Fuzz(func(t *testing.T, inside string) {
		readsSafely(t, document, x.Replace(base, x.Part{Name: name, Body: before + inside + after}))
	})
}

const (
	word  = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	sheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
	slide = `<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld><p:spTree>`
)

func FuzzDOCXBody(f *testing.F) {
	part(f, "a.docx", "word/document.xml", "<w:document "+word+"><w:body>", "</w:body></w:document>",
		"<w:p><w:r><w:t>x</w:t></w:r></w:p>", "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>", "<w:p><w:r><w:p>")
}

func FuzzDOCXStyles(f *testing.F) {
	part(f, "a.docx", "word/styles.xml", "<w:styles "+word+">", "</w:styles>",
		`<w:style w:type="paragraph" w:styleId="a"><w:name w:val="heading 1"/><w:basedOn w:val="b"/></w:style><w:style w:styleId="b"><w:basedOn w:val="a"/></w:style>`)
}

func FuzzPPTXSlide(f *testing.F) {
	part(f, "a.pptx", "ppt/slides/slide1.xml", slide, "</p:spTree></p:cSld></p:sld>",
		`<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>x</a:t></a:r></a:p></p:txBody></p:sp>`)
}

func FuzzXLSXSheet(f *testing.F) {
	part(f, "a.xlsx", "xl/worksheets/sheet1.xml", sheet, "</worksheet>",
		`<sheetData><row r="1"><c r="A1" t="str"><v>x</v></c><c r="XFD1" t="s"><v>0</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>`,
		`<sheetData><row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>`)
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

// FuzzAnswer: whatever a child that a file took over says, the parent gets a sound document or none.
func FuzzAnswer(f *testing.F) {
	doc := &extract.Document{Title: "t", Blocks: []extract.Block{{Kind: extract.Heading, Level: 1, Text: "h"}, {Kind: extract.Row, Place: "Row 7", Text: "a\u202eb"}}}
	var whole, half bytes.Buffer
	if extract.Answer(&whole, doc) != nil || extract.Half(&half, doc) != nil {
		f.Fatal("no seed")
	}
	f.Add(whole.Bytes())
	f.Add(half.Bytes())
	f.Add(append(half.Bytes(), whole.Bytes()...))
	f.Add(append(whole.Bytes(), 0))
	f.Add(frame(`{"Code":"bomb"}`))
	f.Add(frame(`{"Blocks":[{"k":"x"}],"Last":true}`))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		doc, err := extract.ReadAnswer(bytes.NewReader(stream), fuzzLimits)
		if (doc == nil) != (err != nil) {
			t.Fatalf("%v %v", doc, err)
		}
		if err == nil {
			sound(t, doc)
		}
	})
}

func frame(json string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(json))), json...)
}
