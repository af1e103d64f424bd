package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// readPPTX reads a presentation: its slides in order, each followed by what its speaker notes say.
func readPPTX(data []byte, l Limits) (*Document, error) {
	a, err := openArchive(data, l)
	if err != nil {
		return nil, err
	}
	main, err := a.mainPart("presentationml.")
	if err != nil {
		return nil, err
	}
	slides, err := slideOrder(a, main)
	if err != nil {
		return nil, err
	}
	s := newSink(l)
	if err := a.properties(s); err != nil {
		return nil, err
	}
	s.doc.Pages = len(slides)
	for i, slide := range slides {
		if err := readSlide(a, s, slide, "Slide "+strconv.Itoa(i+1)); err != nil {
			return nil, err
		}
	}
	return s.finish()
}

// slideOrder lists the slides' parts as the presentation shows them.
func slideOrder(a *archive, main string) ([]string, error) {
	part, err := a.read(main)
	if err != nil {
		return nil, err
	}
	rels, err := a.relations(main)
	if err != nil {
		return nil, err
	}
	targets := map[string]string{}
	for _, r := range rels {
		if r.kind == "slide" && a.has(r.target) {
			targets[r.id] = r.target
		}
	}
	var slides []string
	err = each(part, func(e xml.StartElement) {
		if e.Name.Local != "sldId" {
			return
		}
		id := attrNS(e, "relationships", "id")
		if slide, ok := targets[id]; ok {
			slides = append(slides, slide)
			delete(targets, id)
		}
	})
	return slides, err
}

func readSlide(a *archive, s *sink, slide, place string) error {
	s.at(place)
	if err := readDrawing(a, s, slide, false); err != nil {
		return err
	}
	rels, err := a.relations(slide)
	if err != nil {
		return err
	}
	for _, r := range rels {
		if r.kind == "diagramData" && a.has(r.target) {
			if err := readDrawing(a, s, r.target, false); err != nil {
				return err
			}
		}
	}
	notes := targetOf(rels, "notesSlide")
	if !a.has(notes) {
		return s.err
	}
	s.at(place + " notes")
	return readDrawing(a, s, notes, true)
}

func readDrawing(a *archive, s *sink, name string, notes bool) error {
	part, err := a.read(name)
	if err != nil {
		return err
	}
	r := &slideReader{sink: s, decoder: newDecoder(part), notes: notes}
	for s.err == nil {
		t, err := r.next()
		if t == nil || err != nil {
			return err
		}
		if err := r.token(t); err != nil {
			return err
		}
	}
	return s.err
}

// slideReader reads a part of drawn shapes: text frames and tables.
type slideReader struct {
	*sink
	*decoder
	notes  bool
	holder string     // the kind of placeholder the shape at hand fills
	rows   [][]string // of the cells of the table at hand, nested ones flattened
	inCell int
}

func (r *slideReader) token(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		return r.open(e)
	case xml.EndElement:
		r.closed(e.Name.Local)
	}
	return nil
}

func (r *slideReader) open(e xml.StartElement) error {
	switch e.Name.Local {
	case "sp":
		r.holder = ""
	case "ph":
		r.holder = attr(e, "type")
	case "tr":
		r.rows = append(r.rows, nil)
	case "tc":
		r.inCell++
		r.cell("")
	case "p":
		return r.paragraph()
	case "Fallback", "extLst":
		return r.skip()
	}
	return nil
}

func (r *slideReader) closed(name string) {
	switch name {
	case "sp":
		r.holder = ""
	case "tc":
		r.inCell--
	case "tr":
		if last := len(r.rows) - 1; last >= 0 {
			r.add(Row, 0, joinCells(r.rows[last]))
			r.rows = r.rows[:last]
		}
	}
}

// cell begins a cell, or adds a paragraph to the one at hand.
func (r *slideReader) cell(text string) {
	last := len(r.rows) - 1
	switch {
	case last < 0:
	case text == "":
		r.rows[last] = append(r.rows[last], "")
	case len(r.rows[last]) > 0:
		r.rows[last][len(r.rows[last])-1] += " " + text
	}
}

func (r *slideReader) paragraph() error {
	text, level, err := r.words()
	if err != nil {
		return err
	}
	switch {
	case r.inCell > 0 && len(r.rows) > 0:
		r.cell(text)
	case r.holder == "sldNum" || r.holder == "dt" || r.notes && (r.holder == "hdr" || r.holder == "ftr"):
	case r.holder == "title" || r.holder == "ctrTitle":
		r.add(Heading, 2, text)
	case level > 0:
		r.add(Item, level-1, text)
	default:
		r.add(Paragraph, 0, text)
	}
	return nil
}

// words reads a paragraph up to its end. A level of 1 or more marks an indented or bulleted line.
func (r *slideReader) words() (text string, level int, err error) {
	var b strings.Builder
	for open := 1; open > 0; {
		t, err := r.next()
		if err != nil {
			return "", 0, err
		}
		switch e := t.(type) {
		case nil:
			return "", 0, ErrDamaged
		case xml.EndElement:
			open--
		case xml.StartElement:
			open++
			switch e.Name.Local {
			case "pPr":
				n, _ := strconv.Atoi(attr(e, "lvl"))
				level = max(level, min(n, 8))
			case "buChar", "buAutoNum":
				level = max(level, 1)
			case "br":
				b.WriteByte('\n')
			case "tab":
				b.WriteByte('\t')
			case "t":
				word, err := r.text()
				if err != nil {
					return "", 0, err
				}
				open--
				b.WriteString(word)
			}
		}
	}
	return b.String(), level, nil
}
