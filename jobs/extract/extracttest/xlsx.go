package extracttest

import (
	"bytes"

	"github.com/xuri/excelize/v2"
)

// Sheet is one sheet of a workbook. Cells are strings, numbers, booleans or times.
type Sheet struct {
	Name string
	Rows [][]any
}

// XLSX writes a workbook.
func XLSX(sheets []Sheet) []byte {
	book := excelize.NewFile()
	for i, s := range sheets {
		if i == 0 {
			must(book.SetSheetName("Sheet1", s.Name))
		} else {
			_, err := book.NewSheet(s.Name)
			must(err)
		}
		for n, row := range s.Rows {
			must(book.SetSheetRow(s.Name, "A"+itoa(n+1), &row))
		}
	}
	var b bytes.Buffer
	must(book.Write(&b))
	must(book.Close())
	return b.Bytes()
}
