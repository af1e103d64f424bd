package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// readDOCX reads a Word document: headers, body, footers, notes, comments. Deleted and hidden text is left out: a reader
// of the document does not see it either.
func readDOCX(data []byte, l Limits) (*Document, error) {
	a, err := openArchive(data, l)
	if err != nil {
		return nil, err
	}
	main, err := a.mainPart("wordprocessingml.")
	if err != nil {
		return nil, err
	}
	rels, err := a.relations(main)
	if err != nil {
		return nil, err
	}
	s := newSink(l)
	if err := a.properties(s); err != nil {
		return nil, err
	}
	w := &wordReader{sink: s, styles: map[string]wordStyle{}}
	if err := w.readStyles(a, targetOf(rels, "styles")); err != nil {
		return nil, err
	}
	if err := w.readParts(a, main, rels); err != nil {
		return nil, err
	}
	return s.finish()
}

var wordParts = []struct{ kind, place string }{
	{"header", "Header"}, {"", ""}, {"footer", "Footer"}, {"footnotes", "Footnotes"}, {"endnotes", "Endnotes"}, {"comments", "Comments"},
}

func (w *wordReader) readParts(a *archive, main string, rels []relation) error {
	seen := map[string]bool{}
	for _, p := range wordParts {
		if p.kind == "" {
			rels := []relation{{target: main}}
			if err := w.readKind(a, rels, p.kind, p.place, seen); err != nil {
				return err
			}
			continue
		}
		if err := w.readKind(a, rels, p.kind, p.place, seen); err != nil {
			return err
		}
	}
	return nil
}

func (w *wordReader) readKind(a *archive, rels []relation, kind, place string, seen map[string]bool) error {
	for _, r := range rels {
		if r.kind != kind || seen[r.target] || !a.has(r.target) {
			continue
		}
		seen[r.target] = true
		part, err := a.read(r.target)
		if err != nil {
			return err
		}
		w.at(place)
		w.section = place == ""
		w.decoder = newDecoder(part)
		if err := w.blocks(""); err != nil {
			return err
		}
	}
	return w.err
}

type wordReader struct {
	*sink
	*decoder
	styles map[string]wordStyle
}

// blocks reads paragraphs and tables up to the end of the element named end, or of the part. What else it meets is
// passed through, so that text in content controls, insertions and the like is found wherever it stands.
func (w *wordReader) blocks(end string) error {
	for w.err == nil {
		t, err := w.next()
		if t == nil || err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			err = w.block(e)
		case xml.EndElement:
			if e.Name.Local == end {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
	return w.err
}

func (w *wordReader) block(e xml.StartElement) error {
	switch e.Name.Local {
	case "p":
		p, err := w.paragraph()
		if err != nil {
			return err
		}
		w.emit(p)
	case "tbl":
		return w.table()
	case "del", "moveFrom", "Fallback", "sectPr", "tblPr", "sdtPr":
		return w.skip()
	}
	return nil
}

// wordParagraph is a paragraph's text and what its style makes of it.
type wordParagraph struct {
	text  strings.Builder
	style wordStyle
	boxes []*wordParagraph // text boxes anchored in it
}

func (w *wordReader) emit(p *wordParagraph) {
	switch text := p.text.String(); {
	case p.style.title:
		w.title(text)
		w.add(Heading, 1, text)
	case p.style.heading > 0:
		w.add(Heading, p.style.heading, text)
	case p.style.list:
		w.add(Item, p.style.level, text)
	default:
		w.add(Paragraph, 0, text)
	}
	for _, box := range p.boxes {
		w.emit(box)
	}
}

func (w *wordReader) paragraph() (*wordParagraph, error) {
	p := &wordParagraph{}
	for {
		t, err := w.next()
		if err != nil {
			return nil, err
		}
		switch e := t.(type) {
		case nil:
			return nil, ErrDamaged
		case xml.EndElement:
			if e.Name.Local == "p" {
				return p, nil
			}
		case xml.StartElement:
			if err := w.inline(p, e); err != nil {
				return nil, err
			}
		}
	}
}

func (w *wordReader) inline(p *wordParagraph, e xml.StartElement) error {
	switch e.Name.Local {
	case "pPr":
		return w.paragraphStyle(p)
	case "r":
		return w.run(p)
	case "p": // in a text box outside of a run
		return w.box(p)
	case "del", "moveFrom", "Fallback", "sdtPr", "instrText":
		return w.skip()
	case "t": // in formulas
		return w.chars(p)
	}
	return nil
}

// run reads one run. Its properties come first, so hidden text is known before its letters.
func (w *wordReader) run(p *wordParagraph) error {
	for open := 1; open > 0; {
		t, err := w.next()
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case nil:
			return ErrDamaged
		case xml.EndElement:
			open--
		case xml.StartElement:
			closed, err := w.runChild(p, e)
			if err != nil {
				return err
			}
			if closed == runHidden {
				return w.skip()
			}
			if closed == stillOpen {
				open++
			}
		}
	}
	return nil
}

type runState int

const (
	stillOpen runState = iota // the element was not consumed
	consumed
	runHidden // the whole rest of the run is not to be shown
)

func (w *wordReader) runChild(p *wordParagraph, e xml.StartElement) (runState, error) {
	switch e.Name.Local {
	case "rPr":
		hidden, err := w.hidden()
		if hidden {
			return runHidden, err
		}
		return consumed, err
	case "t":
		return consumed, w.chars(p)
	case "p":
		return consumed, w.box(p)
	case "tab", "ptab":
		p.text.WriteByte('\t')
	case "br", "cr":
		p.text.WriteByte('\n')
	case "noBreakHyphen":
		p.text.WriteByte('-')
	case "instrText", "delText", "Fallback", "del":
		return consumed, w.skip()
	}
	return stillOpen, nil
}

func (w *wordReader) box(p *wordParagraph) error {
	box, err := w.paragraph()
	if err == nil {
		p.boxes = append(p.boxes, box)
	}
	return err
}

// chars reads the text of the element that was just opened.
func (w *wordReader) chars(p *wordParagraph) error {
	text, err := w.text()
	p.text.WriteString(text)
	return err
}

// hidden reads run properties and tells whether they hide the text.
func (w *wordReader) hidden() (bool, error) {
	hidden := false
	err := w.children(func(e xml.StartElement) {
		if n := e.Name.Local; n == "vanish" || n == "webHidden" || n == "specVanish" {
			hidden = hidden || on(e)
		}
	})
	return hidden, err
}

func on(e xml.StartElement) bool {
	v := attr(e, "val")
	return v != "0" && v != "false" && v != "off"
}

func (w *wordReader) paragraphStyle(p *wordParagraph) error {
	return w.children(func(e xml.StartElement) {
		switch e.Name.Local {
		case "pStyle":
			p.style = w.styles[attr(e, "val")]
		case "outlineLvl", "numId", "ilvl":
			p.style.apply(e)
		}
	})
}

// table reads a table's rows; a table in a cell becomes part of the cell's text.
func (w *wordReader) table() error {
	for w.err == nil {
		t, err := w.next()
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case nil:
			return ErrDamaged
		case xml.EndElement:
			if e.Name.Local == "tbl" {
				return nil
			}
		case xml.StartElement:
			if err := w.tableChild(e); err != nil {
				return err
			}
		}
	}
	return w.err
}

func (w *wordReader) tableChild(e xml.StartElement) error {
	switch e.Name.Local {
	case "tr":
		cells, err := w.row()
		w.add(Row, 0, joinCells(cells))
		return err
	case "tblPr", "tblGrid", "Fallback", "del":
		return w.skip()
	}
	return nil
}

func (w *wordReader) row() ([]string, error) {
	var cells []string
	for {
		t, err := w.next()
		if err != nil {
			return nil, err
		}
		switch e := t.(type) {
		case nil:
			return nil, ErrDamaged
		case xml.EndElement:
			if e.Name.Local == "tr" {
				return cells, nil
			}
		case xml.StartElement:
			if e.Name.Local == "tc" {
				cell, err := w.cell()
				if err != nil {
					return nil, err
				}
				cells = append(cells, cell)
			}
		}
	}
}

// cell reads one cell's paragraphs as one text, those of tables inside it too.
func (w *wordReader) cell() (string, error) {
	var texts []string
	for open := 1; open > 0; {
		t, err := w.next()
		if err != nil {
			return "", err
		}
		switch e := t.(type) {
		case nil:
			return "", ErrDamaged
		case xml.EndElement:
			if e.Name.Local == "tc" {
				open--
			}
		case xml.StartElement:
			if e.Name.Local == "tc" {
				open++
			}
			if texts, err = w.cellChild(texts, e); err != nil {
				return "", err
			}
		}
	}
	return strings.Join(texts, " "), nil
}

func (w *wordReader) cellChild(texts []string, e xml.StartElement) ([]string, error) {
	switch e.Name.Local {
	case "p":
		p, err := w.paragraph()
		if err != nil {
			return nil, err
		}
		return p.all(texts), nil
	case "del", "Fallback", "tcPr", "sdtPr":
		return texts, w.skip()
	}
	return texts, nil
}

// all appends the paragraph's text and that of its boxes.
func (p *wordParagraph) all(texts []string) []string {
	if t := strings.TrimSpace(p.text.String()); t != "" {
		texts = append(texts, t)
	}
	for _, box := range p.boxes {
		texts = box.all(texts)
	}
	return texts
}

// wordStyle is what of a paragraph style matters to a reader.
type wordStyle struct {
	title   bool
	heading int // 1 to 6; 0: none
	list    bool
	level   int
}

// apply takes one property into account.
func (s *wordStyle) apply(e xml.StartElement) {
	v, err := strconv.Atoi(attr(e, "val"))
	if err != nil || v < 0 {
		return
	}
	switch e.Name.Local {
	case "outlineLvl":
		if v <= 8 { // 9 is body text
			s.heading = min(v+1, 6)
		}
	case "numId":
		s.list = v > 0
	case "ilvl":
		s.level = min(v, 8)
	}
}
