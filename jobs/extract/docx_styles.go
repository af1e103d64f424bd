package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// readStyles learns which styles are headings, titles and lists. Word keeps English names inside whatever its language.
func (w *wordReader) readStyles(a *archive, name string) error {
	if !a.has(name) {
		return nil
	}
	part, err := a.read(name)
	if err != nil {
		return err
	}
	parents, id := map[string]string{}, ""
	err = each(part, func(e xml.StartElement) {
		switch v := attr(e, "val"); e.Name.Local {
		case "style":
			id = attr(e, "styleId")
			w.styles[id] = wordStyle{}
		case "name":
			w.styles[id] = namedStyle(w.styles[id], strings.ToLower(v))
		case "basedOn":
			parents[id] = v
		case "outlineLvl", "numId", "ilvl":
			s := w.styles[id]
			s.apply(e)
			w.styles[id] = s
		}
	})
	if err != nil {
		return err
	}
	w.inherit(parents)
	return nil
}

func namedStyle(s wordStyle, name string) wordStyle {
	if name == "title" {
		s.title = true
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "heading ")); err == nil && strings.HasPrefix(name, "heading ") && n > 0 {
		s.heading = min(n, 6)
	}
	if strings.HasPrefix(name, "list bullet") || strings.HasPrefix(name, "list number") {
		s.list = true
	}
	return s
}

// inherit gives plain styles what the styles they are based on say. Chains are short; a circle ends all the same.
func (w *wordReader) inherit(parents map[string]string) {
	for id, s := range w.styles {
		parent := parents[id]
		for steps := 0; s == (wordStyle{}) && parent != "" && steps < 12; steps++ {
			s, parent = w.styles[parent], parents[parent]
			s.title = false // a subtitle based on the title is not the title
		}
		w.styles[id] = s
	}
}

// children calls f for every element below the one that was just opened.
func (d *decoder) children(f func(xml.StartElement)) error {
	for open := 1; open > 0; {
		t, err := d.next()
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case nil:
			return ErrDamaged
		case xml.StartElement:
			open++
			f(e)
		case xml.EndElement:
			open--
		}
	}
	return nil
}

// text reads the letters of the element that was just opened, whatever is nested in it.
func (d *decoder) text() (string, error) {
	var b strings.Builder
	for open := 1; open > 0; {
		t, err := d.next()
		if err != nil {
			return "", err
		}
		switch e := t.(type) {
		case nil:
			return "", ErrDamaged
		case xml.StartElement:
			open++
		case xml.EndElement:
			open--
		case xml.CharData:
			b.Write(e)
		}
	}
	return b.String(), nil
}
