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

// SubjectKind is to whom a line of access applies. Departments and agents come later through the same table.
type SubjectKind string

// The kinds of subject.
const (
	ToEveryone SubjectKind = "everyone"
	ToRole     SubjectKind = "role"
	ToMember   SubjectKind = "member"
)

// Access lets one subject read a collection. Subject is a role's name or a member's id, "" for everyone.
type Access struct {
	Kind    SubjectKind
	Subject string
}

// Readable says whether an actor may read a collection with this access: by any line, as its creator, or as owner or
// admin (who could give themselves access at any moment, visibly).
func (c Collection) Readable(a Actor) bool {
	if !a.May(ReadKnowledge) {
		return false
	}
	if a.May(ShareKnowledge) || c.CreatedBy == a.Member() {
		return true
	}
	for _, x := range c.Access {
		if x.Kind == ToEveryone || x.Kind == ToRole && x.Subject == a.RoleSubject() ||
			x.Kind == ToMember && x.Subject == string(a.Member()) {
			return true
		}
	}
	return false
}

// CollectionForm is what a person types to make or change a collection.
type CollectionForm struct {
	Name, Description string
	AIAllowed         bool
	Everyone          bool
	Roles, Members    []string
}

// MaxDescription is the longest description, in runes.
const MaxDescription = 500

// Problems says what is wrong with a form. Members are checked against the organization by store.
func (f CollectionForm) Problems() Problems {
	var p Problems
	p.Add(f.Name == "", "name", "required", "Give the collection a name.")
	p.Add(utf8.RuneCountInString(f.Name) > MaxName, "name", "too_long", "Use at most 120 characters.")
	p.Add(utf8.RuneCountInString(f.Description) > MaxDescription, "description", "too_long", "Use at most 500 characters.")
	for _, r := range f.Roles {
		p.Add(!Role(r).known(), "roles", "unknown", "Choose roles from the list.")
	}
	return p
}

// Access is what the form grants.
func (f CollectionForm) Access() []Access {
	var out []Access
	if f.Everyone {
		out = append(out, Access{ToEveryone, ""})
	}
	for _, r := range f.Roles {
		out = append(out, Access{ToRole, r})
	}
	for _, m := range f.Members {
		out = append(out, Access{ToMember, m})
	}
	return out
}

func (r Role) known() bool { _, ok := permissions[r]; return ok }

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
