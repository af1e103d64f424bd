package extract

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html/charset"
)

// decoder reads one XML part. Entities other than the five of XML are errors, nothing is ever fetched, and elements may
// nest only so deep.
type decoder struct {
	*xml.Decoder
	depth int
}

func newDecoder(part []byte) *decoder {
	if bytes.HasPrefix(part, []byte("\xff\xfe")) || bytes.HasPrefix(part, []byte("\xfe\xff")) {
		part = []byte(decode(part))
	}
	d := xml.NewDecoder(bytes.NewReader(part))
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-16") {
			return r, nil // transcoded above
		}
		return charset.NewReaderLabel(label, r)
	}
	return &decoder{Decoder: d}
}

// next gives the next token; nil at the end.
func (d *decoder) next() (xml.Token, error) {
	t, err := d.Token()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, ErrDamaged
	}
	switch t.(type) {
	case xml.StartElement:
		if d.depth++; d.depth > maxDepth {
			return nil, ErrDamaged
		}
	case xml.EndElement:
		d.depth--
	}
	return t, nil
}

// skip passes over the element that was just opened.
func (d *decoder) skip() error {
	for open := 1; open > 0; {
		t, err := d.next()
		if err != nil {
			return err
		}
		switch t.(type) {
		case xml.StartElement:
			open++
		case xml.EndElement:
			open--
		case nil:
			return ErrDamaged
		}
	}
	return nil
}

// each calls f for every element of a part.
func each(part []byte, f func(xml.StartElement)) error {
	d := newDecoder(part)
	for {
		t, err := d.next()
		if t == nil || err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			f(e)
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// attrNS is attr for names that occur both with and without a namespace, such as id and r:id.
func attrNS(e xml.StartElement, space, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && strings.HasSuffix(a.Name.Space, space) {
			return a.Value
		}
	}
	return ""
}

// relation is one link from a part to another inside the archive. Links to the outside are not kept: nothing is fetched.
type relation struct{ id, kind, target string }

// relations reads the links of a part; a part without any has none.
func (a *archive) relations(part string) ([]relation, error) {
	dir, file := path.Split(part)
	name := dir + "_rels/" + file + ".rels"
	if !a.has(name) {
		return nil, nil
	}
	data, err := a.read(name)
	if err != nil {
		return nil, err
	}
	var rels []relation
	err = each(data, func(e xml.StartElement) {
		if e.Name.Local != "Relationship" || attr(e, "TargetMode") == "External" {
			return
		}
		target := attr(e, "Target")
		if !strings.HasPrefix(target, "/") {
			target = dir + target
		}
		rels = append(rels, relation{attr(e, "Id"), path.Base(attr(e, "Type")), strings.TrimPrefix(path.Clean("/"+target), "/")})
	})
	return rels, err
}

func targetOf(rels []relation, kind string) string {
	for _, r := range rels {
		if r.kind == kind {
			return r.target
		}
	}
	return ""
}

// mainPart finds the document's main part and holds its content type against the format (A62): a workbook named .docx,
// or a zip of anything, is refused.
func (a *archive) mainPart(contentType string) (string, error) {
	if !a.has("[Content_Types].xml") {
		return "", ErrMismatch
	}
	rels, err := a.relations("")
	if err != nil {
		return "", err
	}
	main := targetOf(rels, "officeDocument")
	if !a.has(main) {
		return "", ErrMismatch
	}
	listed, err := a.read("[Content_Types].xml")
	if err != nil {
		return "", err
	}
	found := ""
	err = each(listed, func(e xml.StartElement) {
		if e.Name.Local == "Override" && strings.EqualFold(attr(e, "PartName"), "/"+main) {
			found = attr(e, "ContentType")
		}
	})
	if err == nil && !strings.Contains(found, contentType) {
		err = ErrMismatch
	}
	return main, err
}

// properties takes the title and language that Office keeps beside the document. They are extras: damage there is no
// reason to refuse the text, but a bomb is.
func (a *archive) properties(s *sink) error {
	const name = "docProps/core.xml"
	if !a.has(name) {
		return nil
	}
	data, err := a.read(name)
	if err != nil {
		return err
	}
	d, in := newDecoder(data), ""
	for {
		t, err := d.next()
		if t == nil || err != nil {
			return nil //nolint:nilerr // what can be read of an optional part is enough
		}
		switch e := t.(type) {
		case xml.StartElement:
			in = e.Name.Local
		case xml.EndElement:
			in = ""
		case xml.CharData:
			if in == "title" {
				s.title(string(e))
			}
			if in == "language" {
				s.language(strings.TrimSpace(string(e)))
			}
		}
	}
}
