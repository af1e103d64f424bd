package store

import (
	"strings"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// Explain is a person as rulings see them, for who may ask what they see, and why. That it was asked is in the audit log, and
// for the person to see.
func (t *Tenant) Explain(id domain.ID) (domain.Member, domain.Who, error) {
	m, who, err := t.explained(id)
	if err != nil {
		return m, who, err
	}
	if err := t.look(id, domain.LookAccess, ""); err != nil {
		return m, who, err
	}
	return m, who, t.audit("access.explained", "member", id, "")
}

func (t *Tenant) explained(id domain.ID) (domain.Member, domain.Who, error) {
	if err := t.may(domain.ExplainAccess); err != nil {
		return domain.Member{}, domain.Who{}, err
	}
	var r memberRow
	if err := t.find(&r, "id = ?", id); err != nil {
		return domain.Member{}, domain.Who{}, err
	}
	m := t.member(r)
	a, role, err := t.actorFor(r)
	if err != nil {
		return m, domain.Who{}, err
	}
	if role.ID != "" {
		m.RoleName = t.in("roles", role.ID).shown("name", role.Name)
	}
	departments, err := t.departmentsOf(id)
	return m, domain.Who{Actor: a, Departments: departments}, err
}

// Explained is what a person may do with a collection, or with a document in it.
type Explained struct {
	Collection domain.Collection
	Document   domain.Document // zero for a collection
	Reading    domain.Ruling
	Changing   domain.Ruling
}

// ExplainCollections says what a person may do with the collections whose names hold a text, of those that the actor may read
// themselves: asking about others opens nothing.
func (t *Tenant) ExplainCollections(id domain.ID, text string) ([]Explained, error) {
	_, who, err := t.explained(id)
	if err != nil {
		return nil, err
	}
	all, err := t.Collections()
	var out []Explained
	for _, c := range all {
		if holds(c.Name, text) {
			out = append(out, Explained{Collection: c, Reading: domain.May(who, domain.Read, c.Thing()),
				Changing: domain.May(who, domain.Change, c.Thing())})
		}
	}
	return out, err
}

// How many documents are explained at once, and how many are looked through for their titles.
const (
	explainedAPage = 25
	explainedLooks = 2000
)

// ExplainDocuments is ExplainCollections for documents, newest first, those older than before. more is where to go on, or "".
func (t *Tenant) ExplainDocuments(id domain.ID, text string, before domain.ID) (out []Explained, more domain.ID, err error) {
	_, who, err := t.explained(id)
	if err != nil {
		return nil, "", err
	}
	docs, more, err := t.titled(text, before)
	if err != nil {
		return nil, "", err
	}
	ids, in := make([]domain.ID, len(docs)), make([]domain.ID, len(docs))
	for i, d := range docs {
		ids[i], in[i] = d.ID, d.Collection
	}
	own, err := t.documentLines(ids)
	if err != nil {
		return nil, "", err
	}
	collections, err := t.shelvesOf(present(in))
	for _, d := range docs {
		c := collections[d.Collection]
		d.Access = own[d.ID]
		out = append(out, Explained{Collection: c, Document: d, Reading: domain.May(who, domain.Read, d.Thing(c)),
			Changing: domain.May(who, domain.Change, d.Thing(c))})
	}
	return out, more, err
}

// shelvesOf are collections that the actor may read, by id.
func (t *Tenant) shelvesOf(ids []domain.ID) (map[domain.ID]domain.Collection, error) {
	out := map[domain.ID]domain.Collection{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []collectionRow
	if err := t.of(&rows).Where("k.id IN (?)", bun.List(ids)).Apply(t.readable).Scan(t.ctx); err != nil {
		return nil, err
	}
	all, err := t.collections(rows)
	for _, c := range all {
		out[c.ID] = c
	}
	return out, err
}

// titled are documents that the actor may read whose titles hold a text. Titles are sealed: they are looked through.
func (t *Tenant) titled(text string, before domain.ID) (out []domain.Document, more domain.ID, err error) {
	for looked := 0; looked < explainedLooks; {
		docs, err := t.Documents("", Page{Before: before, Limit: 200})
		if err != nil {
			return nil, "", err
		}
		for _, d := range docs {
			if len(out) == explainedAPage {
				return out, before, nil
			}
			if before = d.ID; holds(d.Title, text) {
				out = append(out, d)
			}
		}
		if looked += len(docs); len(docs) < 200 {
			return out, "", nil
		}
	}
	return out, before, nil
}

func holds(name, text string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(text))
}
