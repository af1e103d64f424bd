package knowledge

import (
	"strconv"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/views/ui"
)

func collectionPath(id domain.ID) string { return "/knowledge/collections/" + string(id) }

func documentPath(id domain.ID) string { return "/knowledge/documents/" + string(id) }

// versionPath shows one version; filePath is its original as it was uploaded.
func versionPath(id domain.ID, version int) string {
	return documentPath(id) + "?version=" + strconv.Itoa(version)
}

func filePath(id domain.ID, version int) string {
	return documentPath(id) + "/original?version=" + strconv.Itoa(version)
}

// rowQuery keeps the collection's name in a row that is asked for again.
func rowQuery(collection bool) string {
	if collection {
		return "?collection=yes"
	}
	return ""
}

func number(n int) string { return strconv.Itoa(n) }

// by names a person; who has left the organization has no name.
func by(name string) string {
	if name == "" {
		return "Deleted user"
	}
	return name
}

func tone(s domain.DocumentState) ui.Tone {
	switch s {
	case domain.DocumentReady:
		return ui.Good
	case domain.DocumentUnreadable:
		return ui.Bad
	}
	return ui.Wait
}

var documentColumns = []ui.Column{
	{Label: "Document"}, {Label: "State"}, {Label: "Type", HideSmall: true}, {Label: "Size", Number: true, HideSmall: true},
	{Label: "Version", Number: true, HideSmall: true}, {Label: "From"},
}

// accepted is what the file dialog offers; the server looks at the bytes.
const accepted = ".pdf,.docx,.pptx,.xlsx,.html,.htm,.md,.markdown,.txt,.text,.csv,.eml"

const uploadHint = "PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV and mail files, up to 100 MB each and 50 at once."

var downloadAttrs = templ.Attributes{"download": true}

func rows(p CollectionPage) func(domain.Document) Row {
	return func(d domain.Document) Row { return Row{Document: d, Now: p.Now} }
}
