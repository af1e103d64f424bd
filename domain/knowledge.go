package domain

import (
	"time"
	"unicode/utf8"
)

// Collection is a shelf of documents; access belongs to it.
type Collection struct {
	ID                ID
	Name, Description string
	AIAllowed         bool // documents may be quoted to a provider (P43)
	Access            []Access
	Documents         int
	CreatedBy         ID
	CreatedAt         time.Time
}

// CollectionForm is what a person types to make or change a collection.
type CollectionForm struct {
	Name, Description string
	AIAllowed         bool
	Everyone          bool
	Roles, Members    []string
	Departments       []string
	Deny              Subjects
}

// Lines is what the form says of who may read.
func (f CollectionForm) Lines() AccessForm {
	return AccessForm{Allow: Subjects{f.Everyone, f.Departments, f.Roles, f.Members}, Deny: f.Deny}
}

// MaxDescription is the longest description, in runes.
const MaxDescription = 500

// Problems says what is wrong with a form, but for its lines of access.
func (f CollectionForm) Problems() Problems {
	var p Problems
	p.Add(f.Name == "", "name", "required", "Give the collection a name.")
	p.Add(utf8.RuneCountInString(f.Name) > MaxName, "name", "too_long", "Use at most 120 characters.")
	p.Add(utf8.RuneCountInString(f.Description) > MaxDescription, "description", "too_long", "Use at most 500 characters.")
	return p
}

// DocumentState is how far a version's text is.
type DocumentState string

// A version waits, is read in the background, and then is ready to be searched or unreadable for a reason.
const (
	DocumentWaiting    DocumentState = "waiting"
	DocumentReading    DocumentState = "reading"
	DocumentReady      DocumentState = "ready"
	DocumentUnreadable DocumentState = "unreadable"
)

// Over says that nothing more will happen to the version by itself.
func (s DocumentState) Over() bool { return s == DocumentReady || s == DocumentUnreadable }

// Document is a thing one can read: its title, where it stands, its newest version.
type Document struct {
	ID, Collection ID
	CollectionName string
	Title          string
	Version        Version
	CreatedBy      ID
	CreatedByName  string
	CreatedAt      time.Time
	Access         []Access // its own lines, where they were asked for
}

// Version is one state of a document. Answers cite the version they used.
type Version struct {
	ID            ID
	Number        int
	FileName      string
	MediaType     string
	Bytes         int64
	State         DocumentState
	Reason        string // a code of jobs/extract when unreadable
	Pages         int
	Passages      int
	CreatedBy     ID
	CreatedByName string
	CreatedAt     time.Time
	Written       bool // a page written here in Markdown, not an upload
}

// Block is a piece of a version's text as it is shown: Kind is paragraph, heading, row, item or code.
type Block struct {
	Kind, Place string
	Level       int
	Start, End  int // byte range in the text
	Text        string
}

// Passage is about 200 words of one version: what retrieval returns and citations point at.
type Passage struct {
	ID, Document, Version ID
	Ordinal               int
	Title, Place, Text    string
	VersionNumber         int
	Start, End            int // byte range in the version's text
}

// Found is one search result: a document and its best passage.
type Found struct {
	Passage
	CollectionName string
	Score          float64
	Marks          [][2]int // byte ranges in Text that match the query
	UpdatedAt      time.Time
}

// PageForm is a page written in Markdown.
type PageForm struct{ Collection, Title, Text string }

// Limits of documents.
const (
	MaxTitle      = 200
	MaxPageBytes  = 1 << 20
	MaxFileBytes  = 100 << 20
	MaxFilesAtOne = 50
)

// Problems says what is wrong with a written page.
func (f PageForm) Problems() Problems {
	var p Problems
	p.Add(f.Title == "", "title", "required", "Give the page a title.")
	p.Add(utf8.RuneCountInString(f.Title) > MaxTitle, "title", "too_long", "Use at most 200 characters.")
	p.Add(f.Text == "", "text", "required", "Write something first.")
	p.Add(len(f.Text) > MaxPageBytes, "text", "too_long", "A page holds at most 1 MB of text. Split it or upload a file.")
	return p
}
