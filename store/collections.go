package store

import (
	"errors"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type collectionRow struct {
	bun.BaseModel `bun:"table:collections,alias:k"`
	owned
	ID          domain.ID `bun:",pk"`
	Name        []byte
	Description []byte
	AIAllowed   bool `bun:"ai_allowed"`
	CreatedBy   domain.ID
	CreatedAt   time.Time
}

// Collections lists what the actor may read, by the time they were made.
func (t *Tenant) Collections() ([]domain.Collection, error) {
	var rows []collectionRow
	if err := t.of(&rows).Apply(t.readable).Order("id").Limit(500).Scan(t.ctx); err != nil {
		return nil, err
	}
	return t.collections(rows)
}

// Collection is one that the actor may read.
func (t *Tenant) Collection(id domain.ID) (domain.Collection, error) {
	var rows []collectionRow
	if err := t.of(&rows).Where("k.id = ?", id).Apply(t.readable).Scan(t.ctx); err != nil {
		return domain.Collection{}, err
	}
	if len(rows) == 0 {
		return domain.Collection{}, domain.ErrNotFound
	}
	out, err := t.collections(rows)
	if err != nil {
		return domain.Collection{}, err
	}
	return out[0], nil
}

// mayRead is ErrNotFound for a collection that the actor may not read. Unlike Collection it counts no documents.
func (t *Tenant) mayRead(id domain.ID) error {
	n, err := t.count(t.of((*collectionRow)(nil)).Where("k.id = ?", id).Apply(t.readable))
	if err == nil && n == 0 {
		err = domain.ErrNotFound
	}
	return err
}

func (t *Tenant) collections(rows []collectionRow) ([]domain.Collection, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]domain.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	lines, err := t.collectionLines(ids)
	if err != nil {
		return nil, err
	}
	var counts []struct {
		CollectionID domain.ID
		N            int
	}
	err = t.of((*documentRow)(nil)).Column("collection_id").ColumnExpr("count(*) AS n").
		Join("JOIN collections k ON k.tenant_id = d.tenant_id AND k.id = d.collection_id").Apply(t.readableWithin).
		Where("d.collection_id IN (?)", bun.List(ids)).Group("collection_id").Scan(t.ctx, &counts)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Collection, len(rows))
	for i, r := range rows {
		p := t.in("collections", r.ID)
		out[i] = domain.Collection{ID: r.ID, Name: p.shown("name", r.Name), Description: p.shown("description", r.Description),
			AIAllowed: r.AIAllowed, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, Access: lines[r.ID]}
		for _, c := range counts {
			if c.CollectionID == r.ID {
				out[i].Documents = c.N
			}
		}
	}
	return out, nil
}

// CreateCollection makes a collection with its access.
func (t *Tenant) CreateCollection(f domain.CollectionForm) (domain.ID, error) {
	if err := t.mayWrite(); err != nil {
		return "", err
	}
	if err := t.move(); err != nil { // before the roles that lines name are held: whoever deletes one comes in this order, too
		return "", err
	}
	f, err := t.cleanCollection(f, t.actor.Member())
	if err != nil {
		return "", err
	}
	id := newID()
	p := t.in("collections", id)
	r := collectionRow{owned: owned{t.id()}, ID: id, Name: p.text("name", f.Name), Description: p.text("description", f.Description),
		AIAllowed: f.AIAllowed, CreatedBy: t.actor.Member(), CreatedAt: t.now}
	if p.err != nil {
		return "", p.err
	}
	if err := t.insert(&r); err != nil {
		return "", err
	}
	if err := t.saveLines(id, f.Lines().Access()); err != nil {
		return "", err
	}
	return id, t.audit("collection.created", "collection", id, "")
}

// ChangeCollection changes a collection and who may read it.
func (t *Tenant) ChangeCollection(id domain.ID, f domain.CollectionForm) error {
	maker, err := t.mayChangeCollection(id)
	if err != nil {
		return err
	}
	if err = t.move(); err != nil {
		return err
	}
	if f, err = t.cleanCollection(f, maker); err != nil {
		return err
	}
	p := t.in("collections", id)
	r := collectionRow{Name: p.text("name", f.Name), Description: p.text("description", f.Description), AIAllowed: f.AIAllowed}
	if p.err != nil {
		return p.err
	}
	if err := one(t.update(&r, []string{"name", "description", "ai_allowed"}, "id = ?", id)); err != nil {
		return err
	}
	if _, err := t.remove((*accessRow)(nil), "collection_id = ?", id); err != nil {
		return err
	}
	if err := t.saveLines(id, f.Lines().Access()); err != nil {
		return err
	}
	return t.audit("collection.changed", "collection", id, "")
}

// AllowAI decides whether a collection's passages may be quoted to a provider (P43, P81).
func (t *Tenant) AllowAI(id domain.ID, allowed bool) error {
	if err := t.mayConfigureAI(); err != nil {
		return err
	}
	if err := one(t.update(&collectionRow{AIAllowed: allowed}, []string{"ai_allowed"}, "id = ?", id)); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	return t.audit("collection.ai_switched", "collection", id, onOff(allowed))
}

// DeleteCollection deletes a collection with its documents, as DeleteDocument does: who may not delete each of them may
// not delete it.
func (t *Tenant) DeleteCollection(id domain.ID) error {
	if _, err := t.mayChangeCollection(id); err != nil {
		return err
	}
	if err := t.mayEmpty(id); err != nil {
		return err
	}
	n, err := t.remove((*documentRow)(nil), "collection_id = ?", id)
	if err != nil {
		return err
	}
	if err := one(t.remove((*collectionRow)(nil), "id = ?", id)); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	if err := t.enqueue(TidySearch{Tenant: t.id(), Purge: true}); err != nil {
		return err
	}
	return t.audit("collection.deleted", "collection", id, strconv.FormatInt(n, 10)+" documents")
}

// mayEmpty holds that nobody takes away what others put into a collection, except who shares knowledge.
func (t *Tenant) mayEmpty(id domain.ID) error {
	if t.actor.May(domain.ShareKnowledge) {
		return nil
	}
	n, err := t.count(t.of((*documentRow)(nil)).Where("collection_id = ? AND created_by <> ?", id, t.actor.Member()))
	if err == nil && n > 0 {
		err = domain.Problems{{Field: "collection", Code: "not_empty",
			Text: "It holds documents that other people added. They, an owner or an admin must delete those first."}}
	}
	return err
}

// cleanCollection checks a form for a collection that somebody made, also that whoever is named is of the organization
// (HOSTILE A34).
func (t *Tenant) cleanCollection(f domain.CollectionForm, maker domain.ID) (domain.CollectionForm, error) {
	f.Name, f.Description = domain.Line(f.Name), domain.Prose(f.Description)
	var problems domain.Problems
	after := domain.Collection{CreatedBy: maker, Access: f.Lines().Access()}
	if err := t.accessProblems(f.Lines(), after.Thing()); err != nil && !errors.As(err, &problems) {
		return f, err
	}
	return f, append(f.Problems(), problems...).Err()
}

func (t *Tenant) mayWrite() error {
	if err := t.may(domain.WriteKnowledge); err != nil {
		return err
	}
	return t.writable()
}

// mayChangeCollection locks a collection that the actor may change, and says who made it.
func (t *Tenant) mayChangeCollection(id domain.ID) (maker domain.ID, err error) {
	if err := t.mayWrite(); err != nil {
		return "", err
	}
	var r collectionRow
	if err := t.of(&r).Where("id = ?", id).For("UPDATE").Scan(t.ctx); err != nil {
		return "", err
	}
	lines, err := t.collectionLines([]domain.ID{id})
	if err != nil {
		return "", err
	}
	return r.CreatedBy, t.mayKnow(domain.Change, domain.Collection{CreatedBy: r.CreatedBy, Access: lines[id]}.Thing())
}

// moveEpoch tells every cache of "who may read what" that it is old.
func (t *Tenant) moveEpoch() error {
	_, err := t.bun.NewUpdate().Model((*searchStateRow)(nil)).Set("epoch = epoch + 1").Where("tenant_id = ?", t.id()).Exec(t.ctx)
	return err
}
