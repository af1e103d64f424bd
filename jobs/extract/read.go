package extract

import "context"

// Read takes the text out of a whole file in this process. It is what the child does, and what fuzz tests call; the
// server calls Runner.Run. cacheDir holds the PDF engine's compiled code; empty means none is kept.
//
// Errors are those of the closed set, or of the PDF engine when it can't start.
func Read(ctx context.Context, name string, data []byte, l Limits, cacheDir string) (doc *Document, err error) {
	defer func() { // the readers' libraries meet whatever people upload
		if recover() != nil {
			doc, err = nil, ErrDamaged
		}
	}()
	return dispatch(ctx, name, data, l.withDefaults(), cacheDir)
}

func dispatch(ctx context.Context, name string, data []byte, l Limits, cacheDir string) (*Document, error) {
	if int64(len(data)) > l.MaxBytes {
		return nil, ErrTooLarge
	}
	t, err := Sniff(name, data)
	if err != nil {
		return nil, err
	}
	if t.Format == PDF {
		return readPDF(ctx, data, l, cacheDir)
	}
	doc, err := readers[t.Format](data, l)
	return doc, asReason(err)
}

var readers = map[Format]func([]byte, Limits) (*Document, error){
	DOCX: readDOCX, PPTX: readPPTX, XLSX: readXLSX, HTML: readHTML, Markdown: readMarkdown, Text: readText, CSV: readCSV, EML: readEML,
}
