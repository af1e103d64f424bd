package knowledge

import (
	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/views/access"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

var acceptAttrs = templ.Attributes{"accept": accepted}

func collectionFormPath(id domain.ID) string {
	if id == "" {
		return "/knowledge/collections"
	}
	return collectionPath(id)
}

func cancelPath(id domain.ID) string {
	if id == "" {
		return "/knowledge"
	}
	return collectionPath(id)
}

func saveLabel(id domain.ID) string {
	if id == "" {
		return "Create collection"
	}
	return "Save settings"
}

func fields(p CollectionFormPage) access.FieldsProps {
	return access.FieldsProps{Form: p.Form.Lines(), Choices: p.Choices, Problems: p.Problems, Readers: p.Readers, Counted: p.Counted}
}

func collectionOptions(all []domain.Collection) []ui.Option {
	out := make([]ui.Option, len(all))
	for i, c := range all {
		out[i] = ui.Option{Value: string(c.ID), Label: c.Name}
	}
	return out
}

func editorTitle(p EditorPage) string {
	if p.Document == "" {
		return "Write a page"
	}
	return "Edit the page"
}

func editorSave(p EditorPage) string {
	if p.Document == "" {
		return "Save page"
	}
	return "Save as a new version"
}

func editorPath(p EditorPage) string {
	if p.Document != "" {
		return documentPath(p.Document) + "/edit"
	}
	return collectionPath(domain.ID(p.Form.Collection)) + "/pages"
}

func editorBack(p EditorPage) string {
	switch {
	case p.Document != "":
		return documentPath(p.Document)
	case p.Form.Collection != "":
		return collectionPath(domain.ID(p.Form.Collection))
	}
	return "/knowledge"
}

func editorCrumbs(p EditorPage) []ui.Crumb {
	crumbs := []ui.Crumb{{Label: "Knowledge", Href: "/knowledge"}}
	for _, c := range p.Collections {
		if string(c.ID) == p.Form.Collection {
			crumbs = append(crumbs, ui.Crumb{Label: c.Name, Href: collectionPath(c.ID)})
		}
	}
	return crumbs
}

// documentGoes says in plain words what deleting a document takes away.
func documentGoes(title string, versions, cited int) string {
	s := "“" + title + "” goes with " + words.Count(max(versions, 1), "version", "versions") +
		", its text and its place in the search. This can't be undone."
	if cited > 0 {
		s += " " + words.Capital(words.Count(cited, "answer", "answers")) + " that cite it will say that it was deleted."
	}
	return s
}

func collectionGoes(p DeleteCollectionPage) string {
	return "“" + p.Collection.Name + "” goes with " + words.Count(p.Documents, "document", "documents") +
		", all their versions and their place in the search. This can't be undone."
}

func deleteCollectionLabel(documents int) string {
	if documents == 0 {
		return "Delete collection"
	}
	return "Delete collection and " + words.Count(documents, "document", "documents")
}
