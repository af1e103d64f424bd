package handlers

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/knowledge"
	"aimyorg/views/layout"
)

func (q *request) showDocument() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	return q.documentPage(fiber.StatusOK, id, nil)
}

// documentPage shows a version's text, one part at a time, opened where the address says; problems are those of an upload.
func (q *request) documentPage(status int, id domain.ID, problems domain.Problems) error {
	p := knowledge.DocumentPage{MayWrite: q.mayWriteKnowledge(), Problems: problems, Now: q.now}
	var part store.Part
	err := q.DB.Snapshot(q.ctx, q.actor(), func(t *store.Tenant) (err error) {
		if p.Document, p.Versions, p.Version, err = q.chosen(t, id); err != nil {
			return err
		}
		c, err := t.Collection(p.Document.Collection)
		if err != nil {
			return err
		}
		p.AIAllowed = c.AIAllowed
		if q.mayChange(p.Document.CreatedBy) {
			shared, _, err := t.DocumentAccess(id)
			if err != nil {
				return err
			}
			p.MayShare, p.Narrowed = true, len(shared.Access) > 0
		}
		part, err = q.openPart(t, &p)
		return err
	})
	if err != nil {
		return err
	}
	p.Blocks = part.Blocks
	p.Before, p.More = partLinks(p, part)
	p.MayDelete = q.mayChange(p.Document.CreatedBy)
	q.about = p.Document
	return q.pageWith(status, layout.PageProps{Title: p.Document.Title}, knowledge.Document(p))
}

// chosen is a document with its versions and the one that the address names by number or id: otherwise the newest that
// can be read, or while there is none the newest.
func (q *request) chosen(t *store.Tenant, id domain.ID) (d domain.Document, all []domain.Version, v domain.Version, err error) {
	if d, err = t.Document(id); err != nil {
		return d, nil, v, err
	}
	if all, err = t.Versions(id); err != nil {
		return d, nil, v, err
	}
	name := q.query("version")
	for _, x := range all {
		if name == string(x.ID) || name == strconv.Itoa(x.Number) || name == "" && x.State == domain.DocumentReady {
			return d, all, x, nil
		}
	}
	if name != "" {
		return d, nil, v, domain.ErrNotFound
	}
	return d, all, d.Version, nil
}

// openPart is the part of the text that the address points at, with what is to be marked in it.
func (q *request) openPart(t *store.Tenant, p *knowledge.DocumentPage) (store.Part, error) {
	if p.Version.State != domain.DocumentReady {
		return store.Part{}, nil
	}
	at := -1
	if ordinal := q.number("passage", -1); ordinal >= 0 {
		passage, err := t.Passage(p.Document.ID, p.Version.ID, ordinal)
		if err != nil {
			return store.Part{}, err
		}
		p.PassageStart, p.PassageEnd, at = passage.Start, passage.End, passage.Start
	} else if start, end, ok := span(q.query("at")); ok {
		p.PassageStart, p.PassageEnd, at = start, end, start
	}
	return t.Part(p.Document.ID, p.Version.ID, q.number("part", 0), at)
}

// span reads START-END, a range of bytes in the text.
func span(s string) (start, end int, ok bool) {
	from, to, _ := strings.Cut(s, "-")
	start, err := strconv.Atoi(from)
	if err != nil {
		return 0, 0, false
	}
	end, err = strconv.Atoi(to)
	return start, end, err == nil && 0 <= start && start < end && end < 1<<31-1
}

func partLinks(p knowledge.DocumentPage, part store.Part) (before, more string) {
	link := func(n int) string {
		return withQuery(documentPath(p.Document.ID), "version", strconv.Itoa(p.Version.Number), "part", strconv.Itoa(n))
	}
	if part.Number > 0 {
		before = link(part.Number - 1)
	}
	if part.Number+1 < part.Of {
		more = link(part.Number + 1)
	}
	return before, more
}

// document is the one in the path.
func (q *request) document() (domain.Document, error) {
	id, err := q.param("id")
	if err != nil {
		return domain.Document{}, err
	}
	var d domain.Document
	err = q.read(func(t *store.Tenant) (err error) {
		d, err = t.Document(id)
		return err
	})
	return d, err
}

// showDocumentRow is a document's row in a table, which asks for itself while its text is being read.
func (q *request) showDocumentRow() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	return q.fragments(fiber.StatusOK, knowledge.DocumentRow(knowledge.Row{Document: d, ShowCollection: q.query("collection") != "", Now: q.now}))
}

func (q *request) askDeleteDocument() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var p knowledge.DeleteDocumentPage
	err = q.read(func(t *store.Tenant) (err error) {
		if p.Document, err = t.Document(id); err != nil {
			return err
		}
		versions, err := t.Versions(id)
		if err != nil {
			return err
		}
		p.Versions = len(versions)
		p.Cited, err = t.Citing(id)
		return err
	})
	if err == nil && !q.mayChange(p.Document.CreatedBy) {
		err = domain.ErrNotFound
	}
	if err != nil {
		return err
	}
	return q.page("Delete a document", knowledge.DeleteDocument(p))
}

func (q *request) deleteDocument() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	if err := q.do(func(t *store.Tenant) error { return t.DeleteDocument(d.ID) }); err != nil {
		return err
	}
	return q.redirect(collectionPath(d.Collection))
}
