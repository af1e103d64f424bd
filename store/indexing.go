package store

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"sort"

	"github.com/uptrace/bun"

	"aimyorg/domain"
	"aimyorg/store/search"
)

type passageRow struct {
	bun.BaseModel `bun:"table:passages,alias:pa"`
	owned
	VersionID domain.ID `bun:",pk"`
	Ordinal   int       `bun:",pk"`
	FirstByte int
	LastByte  int
	Place     []byte
	Body      []byte
}

type segmentRow struct {
	bun.BaseModel `bun:"table:search_segments,alias:sg"`
	owned
	Segment   int64 `bun:",pk"`
	Passages  int
	Directory []byte
	Pages     []byte
}

type pageRow struct {
	bun.BaseModel `bun:"table:search_pages,alias:sp"`
	owned
	Segment int64 `bun:",pk"`
	Page    int   `bun:",pk"`
	Data    []byte
}

// rowsAtOnce and pagesAtOnce bound one INSERT, and so the memory that Bun needs to write it.
const (
	rowsAtOnce  = 400
	pagesAtOnce = 64
)

// Text is what was read out of a version's original.
type Text struct {
	Text   string
	Blocks []domain.Block // in order, covering Text
	Pages  int
}

// placeAt names the page, slide or sheet that a byte is on.
func (x Text) placeAt(at int) string {
	i := sort.Search(len(x.Blocks), func(i int) bool { return x.Blocks[i].End > at })
	if i == len(x.Blocks) {
		return ""
	}
	return x.Blocks[i].Place
}

// BeginReading says that a version's text is being read, and gives what the reader needs. A version whose reading is
// over, or that was deleted, is ErrNotFound: the job has nothing to do.
func (t *Tenant) BeginReading(version domain.ID) (domain.Version, error) {
	v, err := t.unread(version)
	if err != nil {
		return domain.Version{}, err
	}
	if _, err := t.update(&versionRow{State: domain.DocumentReading}, []string{"state"}, "id = ?", version); err != nil {
		return domain.Version{}, err
	}
	return t.version(v, nil), nil
}

func (t *Tenant) unread(version domain.ID) (versionRow, error) {
	var rows []versionRow
	err := t.hot(&rows, `select * from document_versions where tenant_id = $1 and id = $2 and state in ('waiting', 'reading') for update`,
		string(version))
	if err != nil || len(rows) == 0 {
		return versionRow{}, cmp.Or(err, domain.ErrNotFound)
	}
	return rows[0], nil
}

// Unreadable ends a version's reading with a reason, a code of jobs/extract. The original stays.
func (t *Tenant) Unreadable(version domain.ID, reason string) error {
	r := versionRow{State: domain.DocumentUnreadable, Reason: reason}
	n, err := t.update(&r, []string{"state", "reason"}, "id = ? AND state IN ('waiting', 'reading')", version)
	if err != nil || n == 0 {
		return err
	}
	if err := t.tellUnreadable(version); err != nil {
		return err
	}
	return t.audit("document.unreadable", "document_version", version, reason)
}

// tellUnreadable tells who added a document that its text could not be read.
func (t *Tenant) tellUnreadable(version domain.ID) error {
	var v versionRow
	if err := t.find(&v, "id = ?", version); err != nil {
		return err
	}
	title, err := t.titleOf(v.DocumentID)
	if err != nil {
		return err
	}
	return t.notify(v.CreatedBy, domain.Notice{Kind: domain.NoticeUnreadable, About: "document", Object: v.DocumentID,
		Words: domain.NoticeWords{What: title}})
}

// SaveText keeps a version's text and makes it searchable, all at once: nothing half-read is ever searched. Cutting and
// stemming happen before the transaction. Done twice, the second does nothing.
func (db *DB) SaveText(ctx context.Context, job ReadDocument, text Text) error {
	var indexed search.Indexed
	err := db.Read(ctx, ActorOf(job), func(t *Tenant) error {
		num, title, err := t.readAs(job.Version)
		if err == nil {
			indexed, err = t.indexed(text.Text, title, uint32(num))
		}
		return err
	})
	if err != nil {
		return err
	}
	return db.Tenant(ctx, ActorOf(job), func(t *Tenant) error {
		v, err := t.unread(job.Version)
		if errors.Is(known(err), domain.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return t.index(v, text, indexed)
	})
}

// readAs is a version's number in the organization, and the title of its document.
func (t *Tenant) readAs(version domain.ID) (int64, string, error) {
	var rows []struct {
		Num        int64
		DocumentID domain.ID
		Title      []byte
	}
	err := t.hot(&rows, `select num, document_id, (select title from documents where tenant_id = $1 and id = v.document_id) as title
		from document_versions v where tenant_id = $1 and id = $2`, string(version))
	if err != nil || len(rows) == 0 {
		return 0, "", cmp.Or(err, domain.ErrNotFound)
	}
	return rows[0].Num, t.in("documents", rows[0].DocumentID).shown("title", rows[0].Title), nil
}

func (t *Tenant) titleOf(document domain.ID) (string, error) {
	var d documentRow
	if err := t.find(&d, "id = ?", document); err != nil {
		return "", err
	}
	return t.in("documents", document).shown("title", d.Title), nil
}

// indexed cuts and stems a text. It needs no transaction.
func (t *Tenant) indexed(text, title string, num uint32) (search.Indexed, error) {
	language := search.Detect(text)
	analyser := t.db.search.analysers.Take(language.Only())
	defer t.db.search.analysers.Give(analyser)
	return analyser.Index(search.Document{Version: num, Language: language, Title: title, Text: text}, search.Keys{Of: string(t.id()), Key: t.termKey})
}

func (t *Tenant) index(v versionRow, text Text, x search.Indexed) error {
	if err := t.addParts(v.ID, text.Blocks); err != nil {
		return err
	}
	if err := t.addPassages(v.ID, text, x.Passages); err != nil {
		return err
	}
	blocks := func(yield func(search.KeyedBlock, error) bool) {
		for _, b := range x.Blocks {
			if !yield(b, nil) {
				return
			}
		}
	}
	if err := t.addSegment(v.Num, len(x.Passages), x.Directory, blocks); err != nil {
		return err
	}
	if err := t.makeReady(v, text.Pages, len(x.Passages)); err != nil {
		return err
	}
	if err := t.moveEpoch(); err != nil { // after the document's row, as whoever adds a version takes them
		return err
	}
	return t.wantTidy(len(x.Passages))
}

// saveReady makes a version ready, and the one that is searched, unless a newer one is already. Which one is searched stands in
// the document's row, which is looked at again when it was waited for; of other rows one would see what was there before.
const saveReady = `WITH searched AS (UPDATE documents d SET current_id = $2::uuid WHERE tenant_id = $1::uuid AND id = $5::uuid
		AND (d.current_id IS NULL OR $6::int >= (SELECT number FROM document_versions n WHERE n.tenant_id = d.tenant_id AND n.id = d.current_id)))
	UPDATE document_versions SET state = 'ready', pages = $3::int, passages = $4::int WHERE tenant_id = $1::uuid AND id = $2::uuid`

func (t *Tenant) makeReady(v versionRow, pages, passages int) error {
	return one(t.write(saveReady, string(v.ID), pages, passages, string(v.DocumentID), v.Number))
}

// Rows that are many and large go to the database as arrays of bytes: written out in a statement, as Bun does, they are
// twice as long and cost as much to read as to keep.
const (
	insertPassages = `INSERT INTO passages (tenant_id, version_id, ordinal, first_byte, last_byte, place, body)
		SELECT $1::uuid, $2::uuid, * FROM unnest((SELECT $3::int[]), (SELECT $4::int[]), (SELECT $5::int[]), (SELECT $6::bytea[]), (SELECT $7::bytea[]))`
	insertPages = `INSERT INTO search_pages (tenant_id, segment, page, data)
		SELECT $1::uuid, $2::bigint, * FROM unnest((SELECT $3::int[]), (SELECT $4::bytea[]))`
	insertSegment = `INSERT INTO search_segments (tenant_id, segment, passages, directory, pages)
		VALUES ($1::uuid, $2::bigint, $3::int, $4::bytea, $5::bytea)`
)

// write runs one of the statements that each document takes, for this organization, and says how many rows it wrote. The
// connection keeps its plan, and so knows its types: bytes go as they are.
func (t *Tenant) write(text string, args ...any) (int64, error) {
	tx, ok := t.bun.(bun.Tx)
	if !ok {
		return 0, errors.New("write outside of a transaction")
	}
	return affected(tx.Tx.ExecContext(t.ctx, text, append([]any{string(t.id())}, args...)...))
}

func (t *Tenant) addPassages(version domain.ID, text Text, passages []search.Passage) error {
	p := t.in("passages", version)
	for batch := range slices.Chunk(passages, rowsAtOnce) {
		var ordinals, firsts, lasts []int32
		var places, bodies [][]byte
		for _, x := range batch {
			ordinals, firsts, lasts = append(ordinals, int32(x.Ordinal)), append(firsts, int32(x.Start)), append(lasts, int32(x.End))
			places = append(places, p.text(column("place", x.Ordinal), text.placeAt(x.Start)))
			bodies = append(bodies, p.bytes(column("body", x.Ordinal), []byte(text.Text[x.Start:x.End])))
		}
		if p.err != nil {
			return p.err
		}
		if _, err := t.write(insertPassages, string(version), ordinals, firsts, lasts, places, bodies); err != nil {
			return err
		}
	}
	return nil
}

// termKey is the keyed hash under which a term's postings are found.
func (t *Tenant) termKey(term search.Term) [search.KeySize]byte {
	key := t.box.Term(string(term))
	return [search.KeySize]byte(key[:])
}

func (t *Tenant) segmentPlace(segment int64) *place {
	return t.in("search_segments", domain.ID(column("segment", int(segment))))
}

// pagePlace binds a page to its segment and number.
func (t *Tenant) pagePlace(segment int64, page int) *place {
	return t.in("search_pages", domain.ID(column(column("segment", int(segment)), page)))
}

// addSegment writes a segment with its sealed pages.
func (t *Tenant) addSegment(segment int64, passages int, directory []byte, blocks iter.Seq2[search.KeyedBlock, error]) error {
	index, err := t.addPages(segment, search.Pages(blocks))
	if err != nil {
		return err
	}
	p := t.segmentPlace(segment)
	sealed, pages := p.bytes("directory", directory), p.bytes("pages", index)
	if p.err != nil {
		return p.err
	}
	_, err = t.write(insertSegment, segment, passages, sealed, pages)
	return err
}

// made remembers a page that was written until that is committed, up to half of what is kept of all.
func (t *Tenant) made(at pageAt, data []byte) {
	if r := &t.pages; r.bytes+cap(data) <= t.db.search.pages.most/2 {
		r.made, r.bytes = append(r.made, madePage{at, data}), r.bytes+cap(data)
	}
}

// addPages seals and writes pages, and says which page holds which keys.
func (t *Tenant) addPages(segment int64, pages iter.Seq2[search.Page, error]) (index search.PageIndex, err error) {
	var numbers []int32
	var sealed [][]byte
	flush := func() error {
		if len(numbers) == 0 {
			return nil
		}
		_, err := t.write(insertPages, segment, numbers, sealed)
		numbers, sealed = numbers[:0], sealed[:0]
		return err
	}
	next := int32(0)
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		p := t.pagePlace(segment, int(next))
		numbers, sealed = append(numbers, next), append(sealed, p.bytes("data", page.Data))
		t.made(pageAt{t.id(), segment, int(next)}, page.Data)
		if p.err != nil {
			return nil, p.err
		}
		index = index.Add(page)
		next++
		if len(numbers) == pagesAtOnce {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return index, flush()
}
