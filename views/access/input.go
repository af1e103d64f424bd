// Package access holds what is shown of who may read what: the fields of a collection's and a document's form, a document's
// page of them, and the page that explains what a person may see.
package access

import (
	"strconv"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

// Choices are those whom a line can name.
type Choices struct {
	Departments domain.Tree
	Roles       []domain.OwnRole
	Members     []domain.Member
}

// FieldsProps are the fields of a form about who may read a thing.
type FieldsProps struct {
	Form     domain.AccessForm
	Choices  Choices
	Problems domain.Problems
	Readers  int  // how many people may read it as the form says
	Counted  bool // Readers is known
	Document bool // lines of a document narrow those of its collection
}

// DocumentPage is /knowledge/documents/{id}/access.
type DocumentPage struct {
	Document domain.Document
	Fields   FieldsProps
	Readers  string // who may read its collection, in words
	Problems domain.Problems
}

// PersonPage is /people/{id}/access: what a person may see, and why.
type PersonPage struct {
	Person      domain.Member
	Departments []string // their own and those above it, by name
	Pages       []PageRule
	Query       string
	Collections []ThingRule
	Documents   []ThingRule
	More        string // address of older documents, or ""
	First       string // address of the newest, when these are not they
	Names       map[domain.ID]string
}

// PageRule is what a permission lets a person do, with the pages that ask for it.
type PageRule struct {
	Ruling domain.Ruling
	Pages  []string
}

// ThingRule is what a person may do with a collection or a document.
type ThingRule struct {
	Collection        domain.Collection
	Document          domain.Document
	Reading, Changing domain.Ruling
}

// manyOptions is from how many on options are a list and not boxes.
const manyOptions = 13

func listType(options []ui.Option) string {
	if len(options) >= manyOptions {
		return "multiselect"
	}
	return "checkboxes"
}

const pickSeveral = "Hold Ctrl or Command to choose several."

func listHint(options []ui.Option, hint string) string {
	if len(options) >= manyOptions {
		if hint == "" {
			return pickSeveral
		}
		return hint + " " + pickSeveral
	}
	return hint
}

func departmentOptions(t domain.Tree) []ui.Option {
	var out []ui.Option
	for _, id := range t.Descendants("") {
		label := ""
		for i, d := range t.Path(id) {
			if i > 0 {
				label += " / "
			}
			label += d.Name
		}
		out = append(out, ui.Option{Value: string(id), Label: label})
	}
	return out
}

// roleOptions are the roles that lines can name: owners always may read, and admins unless they are denied.
func roleOptions(own []domain.OwnRole, denied bool) []ui.Option {
	var out []ui.Option
	for _, r := range domain.Roles {
		if r != domain.Owner && (denied || r != domain.Admin) {
			out = append(out, ui.Option{Value: string(r), Label: r.Name() + "s"})
		}
	}
	for _, r := range own {
		out = append(out, ui.Option{Value: string(r.ID), Label: r.Name})
	}
	return out
}

// memberOptions are people. In a list, where there is no second line, two of the same name are told apart by their address.
func memberOptions(members []domain.Member, denied bool) []ui.Option {
	var out []ui.Option
	for _, m := range members {
		if m.Role == domain.Owner || m.Role == domain.Admin && !denied {
			continue // who always may
		}
		out = append(out, ui.Option{Value: string(m.ID), Label: m.Name, Hint: m.Email})
	}
	if len(out) >= manyOptions {
		for i, o := range out {
			out[i] = ui.Option{Value: o.Value, Label: o.Label + " · " + o.Hint}
		}
	}
	return out
}

func readersWords(n int, document bool) string {
	what := "this collection"
	if document {
		what = "this document"
	}
	if n == 1 {
		return "With these choices 1 person may read " + what + "."
	}
	return "With these choices " + words.Count(n, "person", "people") + " may read " + what + "."
}

func documentPath(id domain.ID) string { return "/knowledge/documents/" + string(id) }

func personPath(id domain.ID) string { return "/people/" + string(id) + "/access" }

func pagesWords(n int) string {
	if n == 1 {
		return "1 page or act"
	}
	return strconv.Itoa(n) + " pages and acts"
}
