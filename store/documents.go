package store

import (
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type documentRow struct {
	bun.BaseModel `bun:"table:documents,alias:d"`
	owned
	ID           domain.ID `bun:",pk"`
	CollectionID domain.ID
	Title        []byte
	CurrentID    domain.ID
	CreatedBy    domain.ID
	CreatedAt    time.Time
}

type versionRow struct {
	bun.BaseModel `bun:"table:document_versions,alias:v"`
	owned
	ID         domain.ID `bun:",pk"`
	DocumentID domain.ID
	Number     int
	Num        int64
	FileName   []byte
	MediaType  string
	Bytes      int64
	Digest     []byte
	Written    bool
	State      domain.DocumentState
	Reason     string
	Pages      int
	Passages   int
	CreatedBy  domain.ID
	CreatedAt  time.Time
}

// NewVersion is a file that was received, as it becomes a version.
type NewVersion struct {
	File
	FileName, MediaType string
	Written             bool // a page written here
}

// AddDocument makes a document of a received file and queues the reading of its text.
func (t *Tenant) AddDocument(collection domain.ID, title string, v NewVersion) (domain.ID, error) {
	if err := t.mayWrite(); err != nil {
		return "", err
	}
	if err := t.mayRead(collection); err != nil {
		return "", err
	}
	id := newID()
	p := t.in("documents", id)
	d := documentRow{owned: owned{t.id()}, ID: id, CollectionID: collection, Title: p.text("title", cleanTitle(title, v.FileName)),
		CurrentID: v.Version, CreatedBy: t.actor.Member(), CreatedAt: t.now}
	if p.err != nil {
		return "", p.err
	}
	if err := t.insert(&d); err != nil {
		return "", err
	}
	if err := t.addVersion(id, 1, v); err != nil {
		return "", err
	}
	return id, t.audit("document.added", "document", id, "")
}

// AddVersion makes a received file the newest version of a document. The text of the one before stays searchable until
// the new one's is ready.
func (t *Tenant) AddVersion(document domain.ID, v NewVersion) error {
	d, err := t.lockDocument(document)
	if err != nil {
		return err
	}
	var last int
	if err := t.of((*versionRow)(nil)).ColumnExpr("max(number)").Where("document_id = ?", d.ID).Scan(t.ctx, &last); err != nil {
		return err
	}
	if err := t.addVersion(d.ID, last+1, v); err != nil {
		return err
	}
	return t.audit("document.version_added", "document", d.ID, "")
}

func (t *Tenant) addVersion(document domain.ID, number int, v NewVersion) error {
	num, err := t.nextNumber()
	if err != nil {
		return err
	}
	p := t.in("document_versions", v.Version)
	r := versionRow{owned: owned{t.id()}, ID: v.Version, DocumentID: document, Number: number, Num: num,
		FileName: p.text("file_name", v.FileName), MediaType: v.MediaType, Bytes: v.Bytes, Digest: v.digest, Written: v.Written,
		State: domain.DocumentWaiting, CreatedBy: t.actor.Member(), CreatedAt: t.now}
	if p.err != nil {
		return p.err
	}
	if err := t.insert(&r); err != nil {
		return err
	}
	return t.enqueue(ReadDocument{Tenant: t.id(), Version: v.Version})
}

// nextNumber takes the organization's next number, for a version or a merged search segment.
func (t *Tenant) nextNumber() (int64, error) {
	var after int64
	err := t.bun.NewUpdate().Model((*searchStateRow)(nil)).Set("next_number = next_number + 1").
		Where("tenant_id = ?", t.id()).Returning("next_number").Scan(t.ctx, &after)
	return after - 1, err
}

func cleanTitle(title, fileName string) string {
	title = domain.Line(title)
	if title == "" {
		title = domain.Line(fileName)
	}
	if title == "" {
		title = "Untitled"
	}
	if r := []rune(title); len(r) > domain.MaxTitle {
		title = string(r[:domain.MaxTitle])
	}
	return title
}

// lockDocument loads a document that the actor may change and holds its row.
func (t *Tenant) lockDocument(id domain.ID) (documentRow, error) {
	if err := t.mayWrite(); err != nil {
		return documentRow{}, err
	}
	var d documentRow
	err := t.of(&d).Join("JOIN collections k ON k.tenant_id = d.tenant_id AND k.id = d.collection_id").
		Where("d.id = ?", id).Apply(t.readableWithin).For("UPDATE OF d").Scan(t.ctx)
	return d, err
}

// DeleteDocument deletes a document with its versions, texts and passages; the originals go with the next sweep. Only
// who added it, or who shares knowledge, may.
func (t *Tenant) DeleteDocument(id domain.ID) error {
	d, err := t.lockDocument(id)
	if err != nil {
		return err
	}
	if d.CreatedBy != t.actor.Member() && !t.actor.May(domain.ShareKnowledge) {
		return domain.ErrNotFound
	}
	if err := one(t.remove((*documentRow)(nil), "id = ?", id)); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	if err := t.enqueue(TidySearch{Tenant: t.id(), Purge: true}); err != nil {
		return err
	}
	return t.audit("document.deleted", "document", id, "")
}

// RenameDocument gives a document another title. Its passages are found under it once a version is read again.
func (t *Tenant) RenameDocument(id domain.ID, title string) error {
	d, err := t.lockDocument(id)
	if err != nil {
		return err
	}
	title = cleanTitle(title, "")
	if t.in("documents", id).shown("title", d.Title) == title {
		return nil
	}
	p := t.in("documents", id)
	r := documentRow{Title: p.text("title", title)}
	if p.err != nil {
		return p.err
	}
	if err := one(t.update(&r, []string{"title"}, "id = ?", id)); err != nil {
		return err
	}
	return t.audit("document.renamed", "document", id, "")
}

// Citing counts the answers that cite a document which the actor may read, whoever asked.
func (t *Tenant) Citing(document domain.ID) (int, error) {
	if _, err := t.Document(document); err != nil {
		return 0, err
	}
	var n int
	err := t.of((*citationRow)(nil)).ColumnExpr("count(DISTINCT message_id)").Where("document_id = ?", document).Scan(t.ctx, &n)
	return n, err
}

// documentView is a document with its newest version and what surrounds it.
type documentView struct {
	documentRow    `bun:",extend"`
	CollectionName []byte
	V              versionRow `bun:"embed:v__"`
}

// documents starts a select of what the actor may read, with newest versions.
func (t *Tenant) documents(rows any) *bun.SelectQuery {
	q := t.of(rows).ColumnExpr("d.*").ColumnExpr("k.name AS collection_name")
	for _, c := range []string{"id", "document_id", "number", "num", "file_name", "media_type", "bytes", "written", "state", "reason",
		"pages", "passages", "created_by", "created_at"} {
		q = q.ColumnExpr("v.? AS ?", bun.Ident(c), bun.Ident("v__"+c))
	}
	return q.Join("JOIN collections k ON k.tenant_id = d.tenant_id AND k.id = d.collection_id").
		Join(`JOIN LATERAL (SELECT * FROM document_versions v WHERE v.tenant_id = d.tenant_id AND v.document_id = d.id
			ORDER BY v.number DESC LIMIT 1) v ON true`).
		Apply(t.readableWithin)
}

func (t *Tenant) views(rows []documentView) ([]domain.Document, error) {
	var people []domain.ID
	for _, r := range rows {
		people = append(people, r.CreatedBy, r.V.CreatedBy)
	}
	names, err := t.NamesOf(people...)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Document, len(rows))
	for i, r := range rows {
		out[i] = domain.Document{ID: r.ID, Collection: r.CollectionID, Title: t.in("documents", r.ID).shown("title", r.Title),
			CollectionName: t.in("collections", r.CollectionID).shown("name", r.CollectionName), Version: t.version(r.V, names),
			CreatedBy: r.CreatedBy, CreatedByName: names[r.CreatedBy], CreatedAt: r.CreatedAt}
	}
	return out, nil
}

func (t *Tenant) version(r versionRow, names map[domain.ID]string) domain.Version {
	return domain.Version{ID: r.ID, Number: r.Number, FileName: t.in("document_versions", r.ID).shown("file_name", r.FileName),
		MediaType: r.MediaType, Bytes: r.Bytes, State: r.State, Reason: r.Reason, Pages: r.Pages, Passages: r.Passages,
		CreatedBy: r.CreatedBy, CreatedByName: names[r.CreatedBy], CreatedAt: r.CreatedAt, Written: r.Written}
}

// Page is a piece of a list: what is older than Before, at most Limit.
type Page struct {
	Before domain.ID
	Limit  int
}

func (p Page) limit() int64 { return int64(min(max(p.Limit, 1), 200)) }

// Documents lists a collection's documents, newest first; an empty collection means all that the actor may read.
func (t *Tenant) Documents(collection domain.ID, page Page) ([]domain.Document, error) {
	var rows []documentView
	q := t.documents(&rows).OrderExpr("d.id DESC").Limit(page.limit())
	if collection != "" {
		q = q.Where("d.collection_id = ?", collection)
	}
	if page.Before != "" {
		q = q.Where("d.id < ?", page.Before)
	}
	if err := q.Scan(t.ctx); err != nil {
		return nil, err
	}
	return t.views(rows)
}

// Unfinished counts the documents, of those that the actor may read, whose newest version is not read yet and whose newest
// version can't be read.
func (t *Tenant) Unfinished() (waiting, unreadable int, err error) {
	var rows []struct {
		State domain.DocumentState
		N     int
	}
	err = t.of((*documentRow)(nil)).ColumnExpr("v.state").ColumnExpr("count(*) AS n").
		Join("JOIN collections k ON k.tenant_id = d.tenant_id AND k.id = d.collection_id").
		Join(`JOIN LATERAL (SELECT state FROM document_versions v WHERE v.tenant_id = d.tenant_id AND v.document_id = d.id
			ORDER BY v.number DESC LIMIT 1) v ON true`).
		Apply(t.readableWithin).Where("v.state <> ?", domain.DocumentReady).Group("v.state").Scan(t.ctx, &rows)
	for _, r := range rows {
		if r.State == domain.DocumentUnreadable {
			unreadable += r.N
		} else {
			waiting += r.N
		}
	}
	return waiting, unreadable, err
}

// readableDocuments are those of ids that the actor may read.
func (t *Tenant) readableDocuments(ids []domain.ID) ([]domain.Document, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []documentView
	if err := t.documents(&rows).Where("d.id IN (?)", bun.List(ids)).Scan(t.ctx); err != nil {
		return nil, err
	}
	return t.views(rows)
}

// Document is one that the actor may read.
func (t *Tenant) Document(id domain.ID) (domain.Document, error) {
	docs, err := t.readableDocuments([]domain.ID{id})
	if err == nil && len(docs) == 0 {
		err = domain.ErrNotFound
	}
	if err != nil {
		return domain.Document{}, err
	}
	return docs[0], nil
}

// Versions lists a document's versions, newest first.
func (t *Tenant) Versions(document domain.ID) ([]domain.Version, error) {
	if _, err := t.Document(document); err != nil {
		return nil, err
	}
	var rows []versionRow
	if err := t.of(&rows).Where("document_id = ?", document).Order("number DESC").Limit(200).Scan(t.ctx); err != nil {
		return nil, err
	}
	var people []domain.ID
	for _, r := range rows {
		people = append(people, r.CreatedBy)
	}
	names, err := t.NamesOf(people...)
	out := make([]domain.Version, len(rows))
	for i, r := range rows {
		out[i] = t.version(r, names)
	}
	return out, err
}
