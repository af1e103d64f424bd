// Package knowledge holds the pages of the knowledge base: collections, documents, written pages, and what is asked
// before something is deleted.
package knowledge

import (
	"time"

	"aimyorg/domain"
	"aimyorg/views/access"
)

// IndexPage is /knowledge. Names gives people's names by id, for who may read.
type IndexPage struct {
	Collections []domain.Collection
	Names       map[domain.ID]string
	MayWrite    bool
	Now         time.Time
}

// CollectionPage is /knowledge/collections/{id}.
type CollectionPage struct {
	Collection   domain.Collection
	Names        map[domain.ID]string
	Documents    []domain.Document
	MayWrite     bool
	MayEdit      bool // rename, change access, delete
	Problems     domain.Problems
	Older, Newer string
	Now          time.Time
}

// Row is one document in a table; it asks for itself again while its text is being read.
type Row struct {
	Document       domain.Document
	ShowCollection bool
	Now            time.Time
}

// CollectionFormPage is /knowledge/collections/new and …/{id}/edit. ID is "" for a new one.
type CollectionFormPage struct {
	ID       domain.ID
	Form     domain.CollectionForm
	Choices  access.Choices // who can be named
	Readers  int            // how many people could read it
	Counted  bool           // Readers is known
	Problems domain.Problems
}

// DocumentPage is /knowledge/documents/{id}. Version is the one shown, Versions are all, newest first. Passage is the
// byte range to highlight in the version's text: Start < End, or none.
type DocumentPage struct {
	Document     domain.Document
	Version      domain.Version
	Versions     []domain.Version
	Blocks       []domain.Block
	PassageStart int
	PassageEnd   int
	More         string // address of the rest of a long text, or ""
	Before       string // address of what comes before
	AIAllowed    bool   // of its collection
	MayWrite     bool
	MayDelete    bool // only who added it, owners and admins
	MayShare     bool // may say who reads it
	Narrowed     bool // it has lines of access of its own; known to who may share it
	Problems     domain.Problems
	Now          time.Time
}

// EditorPage is /knowledge/collections/{id}/pages/new, and /knowledge/documents/{id}/edit with Document set.
type EditorPage struct {
	Document    domain.ID // "" for a new page
	Form        domain.PageForm
	Collections []domain.Collection // where it can be put; the choice is hidden when there is one
	Problems    domain.Problems
}

// DeleteDocumentPage asks before a document goes.
type DeleteDocumentPage struct {
	Document domain.Document
	Versions int
	Cited    int // answers that cite it
}

// DeleteCollectionPage asks before a collection goes, with everything in it.
type DeleteCollectionPage struct {
	Collection domain.Collection
	Documents  int
}
