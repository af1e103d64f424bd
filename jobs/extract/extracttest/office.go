package extracttest

import (
	"strings"
)

const wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

// DOCX writes a Word document. A paragraph that begins with "# " is a heading, "## " one of the second level, "- " an
// item of a list, and one with " | " in it a row of a table.
func DOCX(title string, paragraphs []string) []byte {
	var body strings.Builder
	table := false
	for _, p := range paragraphs {
		row := strings.Contains(p, " | ")
		if row != table {
			body.WriteString(map[bool]string{true: "<w:tbl><w:tblPr/>", false: "</w:tbl>"}[row])
			table = row
		}
		body.WriteString(wordBlock(p, row))
	}
	if table {
		body.WriteString("</w:tbl><w:p/>")
	}
	return DOCXBody(title, body.String())
}

func wordBlock(p string, row bool) string {
	if row {
		cells := ""
		for cell := range strings.SplitSeq(p, " | ") {
			cells += "<w:tc>" + wordParagraph("", cell) + "</w:tc>"
		}
		return "<w:tr>" + cells + "</w:tr>"
	}
	for _, style := range []struct{ mark, name string }{{"# ", "Heading1"}, {"## ", "Heading2"}, {"- ", "Item"}} {
		if text, ok := strings.CutPrefix(p, style.mark); ok {
			return wordParagraph(style.name, text)
		}
	}
	return wordParagraph("", p)
}

func wordParagraph(style, text string) string {
	if style != "" {
		style = `<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`
	}
	return "<w:p>" + style + `<w:r><w:t xml:space="preserve">` + esc(text) + "</w:t></w:r></w:p>"
}

// DOCXBody writes a Word document whose body is the given XML, in the prefix w.
func DOCXBody(title, body string) []byte {
	return Zip(
		contentTypes("word/document.xml", "wordprocessingml.document.main", "word/styles.xml", "wordprocessingml.styles"),
		rels("_rels/.rels", "rId1", "officeDocument", "word/document.xml"),
		rels("word/_rels/document.xml.rels", "rId1", "styles", "styles.xml"),
		core(title),
		Part{"word/styles.xml", xmlHead + "<w:styles " + wordSpace + ">" +
			`<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>` +
			`<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/></w:style>` +
			`<w:style w:type="paragraph" w:styleId="Item"><w:name w:val="List Bullet"/></w:style></w:styles>`},
		Part{"word/document.xml", xmlHead + "<w:document " + wordSpace + "><w:body>" + body + "</w:body></w:document>"},
	)
}

// Slide is one page of a presentation.
type Slide struct {
	Title string
	Lines []string
	Notes string
}

const drawSpaces = `xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ` +
	`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" ` +
	`xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`

// PPTX writes a presentation. Its slides are stored in reverse, so that only who follows the presentation's own order
// reads them right.
func PPTX(title string, slides []Slide) []byte {
	types := []string{"ppt/presentation.xml", "presentationml.presentation.main"}
	var parts []Part
	var links []string
	ids := ""
	for i, s := range slides {
		n := itoa(len(slides) - i)
		types = append(types, "ppt/slides/slide"+n+".xml", "presentationml.slide")
		links = append(links, "rId"+n, "slide", "slides/slide"+n+".xml")
		ids += `<p:sldId id="` + itoa(256+i) + `" r:id="rId` + n + `"/>`
		parts = append(parts, slideParts(n, s)...)
	}
	head := []Part{
		contentTypes(types...), core(title),
		rels("_rels/.rels", "rId1", "officeDocument", "ppt/presentation.xml"),
		rels("ppt/_rels/presentation.xml.rels", links...),
		{"ppt/presentation.xml", xmlHead + "<p:presentation " + drawSpaces + "><p:sldIdLst>" + ids + "</p:sldIdLst></p:presentation>"},
	}
	return Zip(append(head, parts...)...)
}

func slideParts(n string, s Slide) []Part {
	shapes := shape("title", s.Title)
	for _, line := range s.Lines {
		shapes += shape("body", line)
	}
	parts := []Part{{"ppt/slides/slide" + n + ".xml", drawing("p:sld", shapes)}}
	if s.Notes != "" {
		parts = append(parts,
			rels("ppt/slides/_rels/slide"+n+".xml.rels", "rId1", "notesSlide", "../notesSlides/notesSlide"+n+".xml"),
			Part{"ppt/notesSlides/notesSlide" + n + ".xml", drawing("p:notes", shape("body", s.Notes)+shape("sldNum", n))})
	}
	return parts
}

func drawing(root, shapes string) string {
	return xmlHead + "<" + root + " " + drawSpaces + "><p:cSld><p:spTree>" + shapes + "</p:spTree></p:cSld></" + root + ">"
}

func shape(holder, text string) string {
	return `<p:sp><p:nvSpPr><p:nvPr><p:ph type="` + holder + `"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>` +
		esc(text) + `</a:t></a:r></a:p></p:txBody></p:sp>`
}
