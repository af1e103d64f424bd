package store

import (
	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// What somebody may read is asked by nearly every page of knowledge, and changes seldom. Where an organization has not too many
// collections and documents with lines of their own, domain.May itself rules on them once for each person and epoch, and
// statements name what came of it; else they ask the database (see access.go). A test holds the two ways together.

// shelves are what rulings about knowledge are made of: every collection, and the documents that have lines of their own. They
// are shared: nobody changes them.
type shelves struct {
	many        bool // more than is worth keeping: ask the database
	collections []domain.Collection
	documents   []domain.Document
}

// Most of what is kept of one organization. Statements name ids, so more would cost more than asking.
const (
	mostShelves = 100
	mostLined   = 1000
	mostHidden  = 100
)

// sight is what somebody may read.
type sight struct {
	many        bool
	collections []domain.ID
	hidden      []domain.ID // documents in them that they may not read
}

// sightOf names whose sight it is: another role or department is another sight.
type sightOf struct {
	actor       domain.Actor
	departments string
}

func (t *Tenant) sight() (*sight, error) {
	who, err := t.mine()
	if err != nil {
		return nil, err
	}
	of := sightOf{who.Actor, joined(who.Departments)}
	return remember(t, func(f *facts) (*sight, bool) { s, ok := f.sights[of]; return s, ok },
		func() (*sight, error) { return t.rulings(who) },
		func(f *facts, s *sight) {
			if len(f.sights) >= maxFactsMembers {
				clear(f.sights)
			}
			f.sights[of] = s
		})
}

// rulings decides about everything that has lines.
func (t *Tenant) rulings(who domain.Who) (*sight, error) {
	s, err := t.shelves()
	if err != nil || s.many {
		return &sight{many: true}, err
	}
	out := &sight{}
	in := make(map[domain.ID]domain.Collection, len(s.collections))
	for _, c := range s.collections {
		if domain.May(who, domain.Read, c.Thing()).Allowed {
			out.collections = append(out.collections, c.ID)
			in[c.ID] = c
		}
	}
	for _, d := range s.documents {
		if c, ok := in[d.Collection]; ok && !domain.May(who, domain.Read, d.Thing(c)).Allowed {
			out.hidden = append(out.hidden, d.ID)
		}
	}
	out.many = len(out.hidden) > mostHidden
	return out, nil
}

func (t *Tenant) shelves() (*shelves, error) {
	return remember(t, func(f *facts) (*shelves, bool) { return f.shelves, f.shelves != nil }, t.readShelves,
		func(f *facts, s *shelves) { f.shelves = s })
}

func (t *Tenant) readShelves() (*shelves, error) {
	var rows []collectionRow
	if err := t.of(&rows).Column("tenant_id", "id", "created_by").Limit(int64(t.db.mostShelves) + 1).Scan(t.ctx); err != nil {
		return nil, err
	}
	var lines []struct {
		documentAccessRow `bun:",extend"`
		CollectionID      domain.ID
		CreatedBy         domain.ID
	}
	err := t.of(&lines).ColumnExpr("y.*, d.collection_id, d.created_by").
		Join("JOIN documents d ON d.tenant_id = y.tenant_id AND d.id = y.document_id").Limit(mostLined + 1).Scan(t.ctx)
	if err != nil || len(rows) > t.db.mostShelves || len(lines) > mostLined {
		return &shelves{many: true}, err
	}
	out := &shelves{}
	ids := make([]domain.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
		out.collections = append(out.collections, domain.Collection{ID: r.ID, CreatedBy: r.CreatedBy})
	}
	access, err := t.collectionLines(ids)
	for i := range out.collections {
		out.collections[i].Access = access[out.collections[i].ID]
	}
	at := map[domain.ID]int{}
	for _, l := range lines {
		i, ok := at[l.DocumentID]
		if !ok {
			i = len(out.documents)
			at[l.DocumentID] = i
			out.documents = append(out.documents, domain.Document{ID: l.DocumentID, Collection: l.CollectionID, CreatedBy: l.CreatedBy})
		}
		out.documents[i].Access = append(out.documents[i].Access, l.line())
	}
	return out, err
}

// readable narrows a select of collections k to those that the actor may read.
func (t *Tenant) readable(q *bun.SelectQuery) *bun.SelectQuery {
	s, err := t.sight()
	if err != nil {
		return q.Err(err)
	}
	if s.many {
		return t.asked(q, false)
	}
	return s.shelf(q)
}

// readableWithin narrows a select of documents d in collections k to those that the actor may read.
func (t *Tenant) readableWithin(q *bun.SelectQuery) *bun.SelectQuery {
	s, err := t.sight()
	if err != nil {
		return q.Err(err)
	}
	if s.many {
		return t.asked(q, true)
	}
	if q = s.shelf(q); len(s.hidden) > 0 {
		q = q.Where("d.id NOT IN (?)", bun.List(s.hidden))
	}
	return q
}

func (s *sight) shelf(q *bun.SelectQuery) *bun.SelectQuery {
	if len(s.collections) == 0 {
		return q.Where("false")
	}
	return q.Where("k.id IN (?)", bun.List(s.collections))
}
