package extract

import (
	"path"
	"strings"
)

// Format is how a file is built.
type Format string

// The formats that can be read.
const (
	PDF      Format = "pdf"
	DOCX     Format = "docx"
	PPTX     Format = "pptx"
	XLSX     Format = "xlsx"
	HTML     Format = "html"
	Markdown Format = "markdown"
	Text     Format = "text"
	CSV      Format = "csv"
	EML      Format = "eml"
)

// Type is a kind of file that is taken: what its name ends with, and the media type it is stored and served as.
type Type struct {
	Format    Format
	Extension string // in lower case, with its dot
	MediaType string
}

const ooxml = "application/vnd.openxmlformats-officedocument."

var types = []Type{
	{PDF, ".pdf", "application/pdf"},
	{DOCX, ".docx", ooxml + "wordprocessingml.document"},
	{PPTX, ".pptx", ooxml + "presentationml.presentation"},
	{XLSX, ".xlsx", ooxml + "spreadsheetml.sheet"},
	{HTML, ".html", "text/html"},
	{HTML, ".htm", "text/html"},
	{Markdown, ".md", "text/markdown"},
	{Markdown, ".markdown", "text/markdown"},
	{Text, ".txt", "text/plain"},
	{Text, ".text", "text/plain"},
	{CSV, ".csv", "text/csv"},
	{EML, ".eml", "message/rfc822"},
}

// Types lists what is taken, for the upload form and for the check of what was uploaded.
func Types() []Type { return append([]Type(nil), types...) }

func typeOf(name string) (Type, error) {
	ext := strings.ToLower(path.Ext(strings.TrimRight(name, " .")))
	for _, t := range types {
		if t.Extension == ext {
			return t, nil
		}
	}
	return Type{}, ErrUnsupported
}
