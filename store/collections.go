package store

import (
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

type accessRow struct {
	bun.BaseModel `bun:"table:collection_access,alias:x"`
	owned
	CollectionID domain.ID          `bun:",pk"`
	Kind         domain.SubjectKind `bun:",pk"`
	Subject      string             `bun:",pk"`
}

// readable is the one access question of knowledge, asked in the database by every list, page, search and answer: may
// the actor read collection k? domain.Collection.Readable says the same of one that is loaded; a test holds them together.
const readable = `(? OR k.created_by = ? OR EXISTS (SELECT FROM collection_access x
	WHERE x.tenant_id = k.tenant_id AND x.collection_id = k.id AND (x.kind = 'everyone'
		OR x.kind = 'role' AND x.subject = ? OR x.kind = 'member' AND x.subject = ?)))`

// readableArgs are the arguments of readable.
func (t *Tenant) readableArgs() []any {
	a := t.actor
	return []any{a.May(domain.ShareKnowledge), a.Member(), a.RoleSubject(), string(a.Member())}
}

// Collections lists what the actor may read, by the time they were made.
func (t *Tenant) Collections() ([]domain.Collection, error) {
	var rows []collectionRow
	if err := t.of(&rows).Where(readable, t.readableArgs()...).Order("id").Limit(500).Scan(t.ctx); err != nil {
		return nil, err
	}
	return t.collections(rows)
}

// Collection is one that the actor may read.
func (t *Tenant) Collection(id domain.ID) (domain.Collection, error) {
	var rows []collectionRow
	err := t.of(&rows).Where("k.id = ?", id).Where(readable, t.readableArgs()...).Scan(t.ctx)
	if err != nil {
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
	n, err := t.count(t.of((*collectionRow)(nil)).Where("k.id = ?", id).Where(readable, t.readableArgs()...))
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
	var access []accessRow
	if err := t.of(&access).Where("collection_id IN (?)", bun.List(ids)).Order("kind", "subject").Scan(t.ctx); err != nil {
		return nil, err
	}
	var counts []struct {
		CollectionID domain.ID
		N            int
	}
	err := t.of((*documentRow)(nil)).Column("collection_id").ColumnExpr("count(*) AS n").
		Where("collection_id IN (?)", bun.List(ids)).Group("collection_id").Scan(t.ctx, &counts)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Collection, len(rows))
	for i, r := range rows {
		p := t.in("collections", r.ID)
		out[i] = domain.Collection{ID: r.ID, Name: p.shown("name", r.Name), Description: p.shown("description", r.Description),
			AIAllowed: r.AIAllowed, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt}
		for _, x := range access {
			if x.CollectionID == r.ID {
				out[i].Access = append(out[i].Access, domain.Access{Kind: x.Kind, Subject: x.Subject})
			}
		}
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
	f, err := t.cleanCollection(f)
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
	if err := t.saveAccess(id, f); err != nil {
		return "", err
	}
	return id, t.audit("collection.created", "collection", id, "")
}

// ChangeCollection changes a collection and who may read it.
func (t *Tenant) ChangeCollection(id domain.ID, f domain.CollectionForm) error {
	if err := t.mayChangeCollection(id); err != nil {
		return err
	}
	f, err := t.cleanCollection(f)
	if err != nil {
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
	if err := t.saveAccess(id, f); err != nil {
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
	if err := t.mayChangeCollection(id); err != nil {
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

func (t *Tenant) saveAccess(id domain.ID, f domain.CollectionForm) error {
	var rows []accessRow
	for _, x := range f.Access() {
		rows = append(rows, accessRow{owned: owned{t.id()}, CollectionID: id, Kind: x.Kind, Subject: x.Subject})
	}
	if len(rows) > 0 {
		if err := t.insert(&rows); err != nil {
			return err
		}
	}
	return t.moveEpoch()
}

// cleanCollection checks a form, also that its people are of the organization (HOSTILE A34).
func (t *Tenant) cleanCollection(f domain.CollectionForm) (domain.CollectionForm, error) {
	f.Name, f.Description = domain.Line(f.Name), domain.Prose(f.Description)
	f.Roles, f.Members = unique(f.Roles), unique(f.Members)
	problems := f.Problems()
	ids := make([]domain.ID, 0, len(f.Members))
	for _, m := range f.Members {
		id, err := domain.ParseID(m)
		problems.Add(err != nil, "members", "unknown", "Choose people from the list.")
		if err == nil {
			ids = append(ids, id)
		}
	}
	known, err := t.names(ids...)
	if err != nil {
		return f, err
	}
	problems.Add(len(known) < len(ids), "members", "unknown", "Choose people from the list.")
	return f, problems.Err()
}

func unique(in []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range in {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func (t *Tenant) mayWrite() error {
	if err := t.may(domain.WriteKnowledge); err != nil {
		return err
	}
	return t.writable()
}

// mayChangeCollection allows its creator and those who share knowledge; it locks the row.
func (t *Tenant) mayChangeCollection(id domain.ID) error {
	if err := t.mayWrite(); err != nil {
		return err
	}
	var r collectionRow
	if err := t.of(&r).Where("id = ?", id).For("UPDATE").Scan(t.ctx); err != nil {
		return err
	}
	if r.CreatedBy != t.actor.Member() && !t.actor.May(domain.ShareKnowledge) {
		return domain.ErrNotFound
	}
	return nil
}

// moveEpoch tells every cache of "who may read what" that it is old.
func (t *Tenant) moveEpoch() error {
	_, err := t.bun.NewUpdate().Model((*searchStateRow)(nil)).Set("epoch = epoch + 1").Where("tenant_id = ?", t.id()).Exec(t.ctx)
	return err
}
