package handlers

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/knowledge"
	"aimyorg/views/ui"
)

// uploadDocuments makes a document of each file.
func (q *request) uploadDocuments() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	err = q.read(func(t *store.Tenant) error {
		_, err := t.Collection(id)
		return err
	})
	if err != nil {
		return err
	}
	u, err := q.receive(domain.MaxFilesAtOne)
	if err != nil {
		return err
	}
	var added []domain.ID
	err = u.keep(func(t *store.Tenant, v store.NewVersion) error {
		document, err := t.AddDocument(id, "", v)
		added = append(added, document)
		return err
	})
	if err != nil {
		return err
	}
	return u.answer(id, added)
}

// answer says what became of each file: for our own script the new rows and the reasons, otherwise a page.
func (u *upload) answer(collection domain.ID, added []domain.ID) error {
	q, status := u.q, fiber.StatusOK
	if len(u.problems) > 0 {
		status = u.status
	}
	switch {
	case q.partial():
		rows, err := q.documentRows(added)
		if err != nil {
			return err
		}
		return q.fragments(status, append([]templ.Component{ui.ErrorSummary(u.problems)}, rows...)...)
	case status == fiber.StatusOK:
		return q.redirect(collectionPath(collection))
	}
	return q.collectionPage(status, collection, u.problems)
}

func (q *request) documentRows(ids []domain.ID) ([]templ.Component, error) {
	var rows []templ.Component
	err := q.read(func(t *store.Tenant) error {
		for _, id := range ids {
			d, err := t.Document(id)
			if err != nil {
				return err
			}
			rows = append(rows, knowledge.DocumentRow(knowledge.Row{Document: d, Now: q.now}))
		}
		return nil
	})
	return rows, err
}

// uploadVersion makes a file the newest version of a document.
func (q *request) uploadVersion() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	u, err := q.receive(1)
	if err != nil {
		return err
	}
	if len(u.problems) > 0 {
		u.drop()
		if q.partial() {
			return q.fragments(u.status, ui.ErrorSummary(u.problems))
		}
		return q.documentPage(u.status, d.ID, u.problems)
	}
	err = u.keep(func(t *store.Tenant, v store.NewVersion) error { return t.AddVersion(d.ID, v) })
	if err != nil {
		return err
	}
	return q.toNewest(d.ID)
}

// toNewest goes on to a document's newest version, where the reading of its text can be followed.
func (q *request) toNewest(id domain.ID) error {
	var d domain.Document
	err := q.read(func(t *store.Tenant) (err error) {
		d, err = t.Document(id)
		return err
	})
	if err != nil {
		return err
	}
	return q.redirect(versionPath(id, d.Version.Number))
}
