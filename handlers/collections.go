package handlers

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/knowledge"
	"aimyorg/views/layout"
)

// newCollection offers a collection that everybody may read and AI may not: letting AI see it is a choice of its own.
func (q *request) newCollection() error {
	return q.collectionForm(fiber.StatusOK, knowledge.CollectionFormPage{Form: domain.CollectionForm{Everyone: true}}, q.actor().Member())
}

// collectionForm shows the form, with how many could read the collection as it says.
func (q *request) collectionForm(status int, p knowledge.CollectionFormPage, maker domain.ID) error {
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Choices, err = choices(t); err != nil {
			return err
		}
		p.Counted = len(p.Problems) == 0
		p.Readers, err = t.Readers(domain.Collection{CreatedBy: maker, Access: p.Form.Lines().Access()}.Thing())
		return err
	})
	if err != nil {
		return err
	}
	title := "New collection"
	if p.ID != "" {
		title = "Settings of a collection"
	}
	return q.pageWith(status, layout.PageProps{Title: title}, knowledge.CollectionForm(p))
}

func (q *request) typedCollection() domain.CollectionForm {
	f := q.typedAccess()
	return domain.CollectionForm{Name: q.typed("name"), Description: q.exactly("description"), AIAllowed: q.ticked("ai_allowed"),
		Everyone: f.Allow.Everyone, Departments: f.Allow.Departments, Roles: f.Allow.Roles, Members: f.Allow.Members, Deny: f.Deny}
}

func (q *request) createCollection() error {
	p := knowledge.CollectionFormPage{Form: q.typedCollection()}
	if q.ticked("check") {
		return q.collectionForm(fiber.StatusOK, p, q.actor().Member())
	}
	var id domain.ID
	err := q.do(func(t *store.Tenant) (err error) {
		id, err = t.CreateCollection(p.Form)
		return err
	})
	if errors.As(err, &p.Problems) {
		return q.collectionForm(fiber.StatusUnprocessableEntity, p, q.actor().Member())
	}
	if err != nil {
		return err
	}
	return q.redirect(collectionPath(id))
}

func (q *request) showCollection() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	return q.collectionPage(fiber.StatusOK, id, nil)
}

// collectionPage shows a collection; problems are those of an upload into it.
func (q *request) collectionPage(status int, id domain.ID, problems domain.Problems) error {
	p := knowledge.CollectionPage{MayWrite: q.mayWriteKnowledge(), Problems: problems, Now: q.now}
	before := q.queryID("before")
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Collection, err = t.Collection(id); err != nil {
			return err
		}
		if p.Names, err = readersNames(t, p.Collection); err != nil {
			return err
		}
		p.Documents, err = t.Documents(id, store.Page{Before: before, Limit: documentsAPage + 1})
		return err
	})
	if err != nil {
		return err
	}
	if len(p.Documents) > documentsAPage {
		p.Documents = p.Documents[:documentsAPage]
		p.Older = withQuery(collectionPath(id), "before", string(p.Documents[documentsAPage-1].ID))
	}
	if before != "" {
		p.Newer = collectionPath(id)
	}
	p.MayEdit = q.mayChange(p.Collection.CreatedBy)
	return q.pageWith(status, layout.PageProps{Title: p.Collection.Name}, knowledge.Collection(p))
}

// changeable is a collection that the person may change; another one is not found.
func (q *request) changeable() (domain.Collection, error) {
	id, err := q.param("id")
	if err != nil {
		return domain.Collection{}, err
	}
	var c domain.Collection
	err = q.read(func(t *store.Tenant) (err error) {
		c, err = t.Collection(id)
		return err
	})
	if err == nil && !q.mayChange(c.CreatedBy) {
		err = domain.ErrNotFound
	}
	return c, err
}

func (q *request) editCollection() error {
	c, err := q.changeable()
	if err != nil {
		return err
	}
	return q.collectionForm(fiber.StatusOK, knowledge.CollectionFormPage{ID: c.ID, Form: formOf(c)}, c.CreatedBy)
}

func formOf(c domain.Collection) domain.CollectionForm {
	f := domain.AccessFormOf(c.Access)
	return domain.CollectionForm{Name: c.Name, Description: c.Description, AIAllowed: c.AIAllowed, Everyone: f.Allow.Everyone,
		Departments: f.Allow.Departments, Roles: f.Allow.Roles, Members: f.Allow.Members, Deny: f.Deny}
}

func (q *request) changeCollection() error {
	c, err := q.changeable()
	if err != nil {
		return err
	}
	p := knowledge.CollectionFormPage{ID: c.ID, Form: q.typedCollection()}
	if q.ticked("check") {
		return q.collectionForm(fiber.StatusOK, p, c.CreatedBy)
	}
	err = q.do(func(t *store.Tenant) error { return t.ChangeCollection(c.ID, p.Form) })
	if errors.As(err, &p.Problems) {
		return q.collectionForm(fiber.StatusUnprocessableEntity, p, c.CreatedBy)
	}
	if err != nil {
		return err
	}
	return q.redirect(collectionPath(c.ID))
}

func (q *request) askDeleteCollection() error {
	c, err := q.changeable()
	if err != nil {
		return err
	}
	return q.page("Delete a collection", knowledge.DeleteCollection(knowledge.DeleteCollectionPage{Collection: c, Documents: c.Documents}))
}

func (q *request) deleteCollection() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	if err := q.do(func(t *store.Tenant) error { return t.DeleteCollection(id) }); err != nil {
		return err
	}
	return q.redirect("/knowledge")
}
