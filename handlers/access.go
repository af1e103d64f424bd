package handlers

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/access"
	"aimyorg/views/layout"
	"aimyorg/views/words"
)

// accessFields are the fields of a form about who may read a thing; check asks how many that would be, without saving.
var accessFields = []string{"everyone", "departments", "roles", "members", "deny_everyone", "deny_departments", "deny_roles", "deny_members", "check"}

func (q *request) typedAccess() domain.AccessForm {
	return domain.AccessForm{
		Allow: domain.Subjects{Everyone: q.ticked("everyone"), Departments: q.form["departments"], Roles: q.form["roles"], Members: q.form["members"]},
		Deny: domain.Subjects{Everyone: q.ticked("deny_everyone"), Departments: q.form["deny_departments"], Roles: q.form["deny_roles"],
			Members: q.form["deny_members"]}}
}

// choices are those whom lines can name.
func choices(t *store.Tenant) (c access.Choices, err error) {
	if c.Departments, err = t.Departments(); err != nil {
		return c, err
	}
	if c.Roles, err = t.Roles(); err != nil {
		return c, err
	}
	c.Members, err = t.Choice(maxChoice, false)
	return c, err
}

func (q *request) editAccess() error { return q.accessPage(fiber.StatusOK, nil, nil) }

// accessPage shows who may read a document: as it is, or as somebody typed it.
func (q *request) accessPage(status int, typed *domain.AccessForm, problems domain.Problems) error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	p := access.DocumentPage{Problems: problems, Fields: access.FieldsProps{Document: true, Problems: problems}}
	err = q.read(func(t *store.Tenant) (err error) {
		var c domain.Collection
		if p.Document, c, err = t.DocumentAccess(id); err != nil {
			return err
		}
		p.Fields.Form = domain.AccessFormOf(p.Document.Access)
		if typed != nil {
			p.Fields.Form, p.Document.Access = *typed, typed.Access()
		}
		names, err := t.SubjectNames(c.Access)
		if err != nil {
			return err
		}
		p.Readers = words.Readers(c.Access, names)
		if p.Fields.Choices, err = choices(t); err != nil {
			return err
		}
		p.Fields.Counted = len(problems) == 0
		p.Fields.Readers, err = t.Readers(p.Document.Thing(c))
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Who may read a document"}, access.Document(p))
}

func (q *request) changeAccess() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	f := q.typedAccess()
	if q.ticked("check") {
		return q.accessPage(fiber.StatusOK, &f, nil)
	}
	var problems domain.Problems
	if err = q.do(func(t *store.Tenant) error { return t.ChangeDocumentAccess(id, f) }); errors.As(err, &problems) {
		return q.accessPage(fiber.StatusUnprocessableEntity, &f, problems)
	}
	if err != nil {
		return err
	}
	return q.redirect(documentPath(id))
}

// explained are the permissions that pages ask for, as they are shown.
var explained = append(append([]domain.Permission{domain.SignedIn}, domain.Permissions...), domain.ExplainAccess, domain.OwnOrganization)

// explainAccess says what a person may see, and by which rule: the same that decides when they ask for it.
func (q *request) explainAccess() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	p := access.PersonPage{Query: q.query("q")}
	before := q.queryID("before")
	err = q.do(func(t *store.Tenant) (err error) {
		var who domain.Who
		if p.Person, who, err = t.Explain(id); err != nil {
			return err
		}
		for _, x := range explained {
			p.Pages = append(p.Pages, access.PageRule{Ruling: domain.May(who, domain.Use, x.Thing()), Pages: q.asking(x)})
		}
		return q.explainKnowledge(t, &p, who, before)
	})
	if err != nil {
		return err
	}
	if before != "" {
		p.First = withQuery(q.c.Path(), "q", p.Query)
	}
	return q.page("What a person may see", access.Person(p))
}

// asking are the routes that ask for a permission.
func (q *request) asking(x domain.Permission) (out []string) {
	for _, r := range q.routes() {
		if r.needs == x && r.method == fiber.MethodGet {
			out = append(out, r.path)
		} else if r.needs == x {
			out = append(out, r.path+" (change)")
		}
	}
	return out
}

func (q *request) explainKnowledge(t *store.Tenant, p *access.PersonPage, who domain.Who, before domain.ID) error {
	shelves := []store.Explained{}
	var err error
	if before == "" {
		if shelves, err = t.ExplainCollections(who.Member(), p.Query); err != nil {
			return err
		}
	}
	papers, more, err := t.ExplainDocuments(who.Member(), p.Query, before)
	if err != nil {
		return err
	}
	var lines []domain.Access
	for _, d := range who.Departments {
		lines = append(lines, domain.Access{Kind: domain.ToDepartment, Subject: string(d)})
	}
	p.Collections, lines = things(shelves, lines)
	p.Documents, lines = things(papers, lines)
	if p.Names, err = t.SubjectNames(lines); err != nil {
		return err
	}
	for _, d := range who.Departments {
		p.Departments = append(p.Departments, p.Names[d])
	}
	if more != "" {
		p.More = withQuery(q.c.Path(), "q", p.Query, "before", string(more))
	}
	return nil
}

// things are explanations as they are shown, with the lines that they name.
func things(all []store.Explained, lines []domain.Access) ([]access.ThingRule, []domain.Access) {
	var out []access.ThingRule
	for _, x := range all {
		out = append(out, access.ThingRule{Collection: x.Collection, Document: x.Document, Reading: x.Reading, Changing: x.Changing})
		lines = append(lines, x.Reading.Line, x.Changing.Line)
	}
	return out, lines
}
