package extract

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// readCSV reads a table of separated values, whichever separator it uses.
func readCSV(data []byte, l Limits) (*Document, error) {
	text, ok := decodeText(data)
	if !ok {
		return nil, ErrDamaged
	}
	comma, text := separator(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = comma, -1, true, true
	s := newSink(l)
	var g grid
	for n, cells := 1, maxCells; s.err == nil; n++ {
		row, err := r.Read()
		if err == io.EOF {
			return s.finish()
		}
		if err != nil {
			return nil, ErrDamaged
		}
		if cells -= len(row); cells < 0 {
			return nil, ErrTooLarge
		}
		s.at("Row " + strconv.Itoa(n))
		s.add(Row, 0, g.line(row))
	}
	return nil, s.err
}

// separator finds what parts the values: what Excel's "sep=" line says, else the mark that is in most of the first lines.
func separator(text string) (rune, string) {
	first, rest, _ := strings.Cut(text, "\n")
	if sep, ok := strings.CutPrefix(strings.TrimRight(first, "\r"), "sep="); ok && len(sep) == 1 && strings.Contains(",;\t|", sep) {
		return rune(sep[0]), rest
	}
	lines := strings.SplitN(text[:min(len(text), 64<<10)], "\n", 21)
	best, most := ',', 0
	for _, c := range ",;\t|" {
		n := 0
		for _, line := range lines[:min(len(lines), 20)] {
			n += min(strings.Count(line, string(c)), 50)
		}
		if n > most {
			best, most = c, n
		}
	}
	return best, text
}
