package extract

import (
	"bytes"

	"github.com/xuri/excelize/v2"
)

// readXLSX reads a workbook: each sheet's rows with values as they are shown, formulas by the results saved with them,
// then the sheet's comments.
func readXLSX(data []byte, l Limits) (*Document, error) {
	a, err := openArchive(data, l)
	if err != nil {
		return nil, err
	}
	if _, err := a.mainPart("spreadsheetml."); err != nil {
		return nil, err
	}
	s := newSink(l)
	if err := a.properties(s); err != nil {
		return nil, err
	}
	a.left = l.Unpacked
	if err := a.verify(); err != nil { // excelize unpacks without counting
		return nil, err
	}
	book, err := openBook(data, l)
	if err != nil {
		return nil, ErrDamaged
	}
	defer book.Close()
	if err := readBook(book, s); err != nil {
		return nil, err
	}
	return s.finish()
}

func openBook(data []byte, l Limits) (*excelize.File, error) {
	return excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: l.Unpacked,
		// As large as the whole: beyond this size excelize would write sheets, in the clear, to temporary files.
		UnzipXMLSizeLimit: l.Unpacked,
		ShortDatePattern:  "yyyy-mm-dd",
	})
}

func readBook(book *excelize.File, s *sink) error {
	cells := maxCells
	sheets := book.GetSheetList()
	s.doc.Pages = len(sheets)
	for _, sheet := range sheets {
		s.at("Sheet " + sheet)
		if err := readSheet(book, s, sheet, &cells); err != nil {
			return err
		}
		comments, err := book.GetComments(sheet)
		for i := 0; err == nil && i < len(comments); i++ {
			s.add(Paragraph, 0, comments[i].Cell+": "+comments[i].Text)
		}
	}
	return s.err
}

func readSheet(book *excelize.File, s *sink, sheet string, cells *int) error {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil // a chart on a sheet of its own has no cells
	}
	defer rows.Close()
	var g grid
	for rows.Next() && s.err == nil {
		row, err := rows.Columns()
		if err != nil {
			return ErrDamaged
		}
		if *cells -= len(row); *cells < 0 {
			return ErrTooLarge
		}
		s.add(Row, 0, g.line(row))
	}
	if rows.Error() != nil {
		return ErrDamaged
	}
	return s.err
}
