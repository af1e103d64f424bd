package store

import (
	"context"
	"errors"
	"iter"
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
}

type blockRow struct {
	bun.BaseModel `bun:"table:search_blocks,alias:sb"`
	owned
	Term    []byte `bun:",pk"`
	Segment int64  `bun:",pk"`
	Data    []byte
}

// rowsAtOnce bounds one INSERT, and so the memory that Bun needs to write it.
const rowsAtOnce = 400

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
	var v versionRow
	err := t.of(&v).Where("id = ? AND state IN ('waiting', 'reading')", version).For("UPDATE").Scan(t.ctx)
	return v, err
}

// Unreadable ends a version's reading with a reason, a code of jobs/extract. The original stays.
func (t *Tenant) Unreadable(version domain.ID, reason string) error {
	r := versionRow{State: domain.DocumentUnreadable, Reason: reason}
	n, err := t.update(&r, []string{"state", "reason"}, "id = ? AND state IN ('waiting', 'reading')", version)
	if err != nil || n == 0 {
		return err
	}
	return t.audit("document.unreadable", "document_version", version, reason)
}

// SaveText keeps a version's text and makes it searchable, all at once: nothing half-read is ever searched. Cutting and
// stemming happen before the transaction. Done twice, the second does nothing.
func (db *DB) SaveText(ctx context.Context, job ReadDocument, text Text) error {
	var v versionRow
	var title string
	err := db.Read(ctx, ActorOf(job), func(t *Tenant) (err error) {
		if err = t.find(&v, "id = ?", job.Version); err != nil {
			return err
		}
		title, err = t.titleOf(v.DocumentID)
		return err
	})
	if err != nil {
		return err
	}
	passages, built, err := build(text.Text, title, uint32(v.Num))
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
		return t.index(v, text, passages, built)
	})
}

func (t *Tenant) titleOf(document domain.ID) (string, error) {
	var d documentRow
	if err := t.find(&d, "id = ?", document); err != nil {
		return "", err
	}
	return t.in("documents", document).shown("title", d.Title), nil
}

func build(text, title string, num uint32) ([]search.Passage, *search.Builder, error) {
	var b search.Builder
	language := search.Detect(text)
	analyser := search.NewAnalyser(language.Only())
	titleTerms := analyser.Terms(title)
	passages := search.Cut(text)
	for _, p := range passages {
		err := b.Add(search.Entry{Version: num, Ordinal: uint32(p.Ordinal), Language: language, Title: titleTerms,
			Body: analyser.Terms(text[p.Start:p.End])})
		if err != nil {
			return nil, nil, err
		}
	}
	return passages, &b, nil
}

func (t *Tenant) index(v versionRow, text Text, passages []search.Passage, built *search.Builder) error {
	if err := t.addParts(v.ID, text.Blocks); err != nil {
		return err
	}
	if err := t.addPassages(v.ID, text, passages); err != nil {
		return err
	}
	if err := t.addSegment(v.Num, built.Passages(), built.Directory(), keyed(t, built.Blocks())); err != nil {
		return err
	}
	r := versionRow{State: domain.DocumentReady, Pages: text.Pages, Passages: len(passages)}
	if err := one(t.update(&r, []string{"state", "pages", "passages"}, "id = ?", v.ID)); err != nil {
		return err
	}
	if err := t.makeCurrent(v); err != nil {
		return err
	}
	if err := t.enqueue(TidySearch{Tenant: t.id()}); err != nil {
		return err
	}
	return t.moveEpoch()
}

// makeCurrent makes a version the one that is searched, unless a newer one is already.
func (t *Tenant) makeCurrent(v versionRow) error {
	_, err := t.update(&documentRow{CurrentID: v.ID}, []string{"current_id"}, `id = ? AND NOT EXISTS (SELECT FROM document_versions n
		WHERE n.tenant_id = d.tenant_id AND n.document_id = d.id AND n.number > ? AND n.state = 'ready')`, v.DocumentID, v.Number)
	return err
}

func (t *Tenant) addPassages(version domain.ID, text Text, passages []search.Passage) error {
	p := t.in("passages", version)
	rows := make([]passageRow, 0, min(len(passages), rowsAtOnce))
	for _, x := range passages {
		rows = append(rows, passageRow{owned: owned{t.id()}, VersionID: version, Ordinal: x.Ordinal, FirstByte: x.Start, LastByte: x.End,
			Place: p.text(column("place", x.Ordinal), text.placeAt(x.Start)),
			Body:  p.bytes(column("body", x.Ordinal), []byte(text.Text[x.Start:x.End]))})
		if p.err != nil {
			return p.err
		}
		if len(rows) == rowsAtOnce {
			if err := t.insert(&rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return t.insert(&rows)
}

// keyed gives a builder's blocks their keyed terms, in no particular order.
func keyed(t *Tenant, blocks iter.Seq2[search.Term, []byte]) iter.Seq2[search.KeyedBlock, error] {
	return func(yield func(search.KeyedBlock, error) bool) {
		for term, block := range blocks {
			key := t.box.Term(string(term))
			if !yield(search.KeyedBlock{Key: string(key[:]), Block: block}, nil) {
				return
			}
		}
	}
}

func (t *Tenant) segmentPlace(segment int64) *place {
	return t.in("search_segments", domain.ID(column("segment", int(segment))))
}

// addSegment writes a segment with its sealed blocks. A block is bound to its segment and term.
func (t *Tenant) addSegment(segment int64, passages int, directory []byte, blocks iter.Seq2[search.KeyedBlock, error]) error {
	p := t.segmentPlace(segment)
	s := segmentRow{owned: owned{t.id()}, Segment: segment, Passages: passages, Directory: p.bytes("directory", directory)}
	if p.err != nil {
		return p.err
	}
	if err := t.insert(&s); err != nil {
		return err
	}
	rows := make([]blockRow, 0, rowsAtOnce)
	for b, err := range blocks {
		if err != nil {
			return err
		}
		data := t.blockPlace(segment, b.Key).bytes("data", b.Block)
		rows = append(rows, blockRow{owned: owned{t.id()}, Term: []byte(b.Key), Segment: segment, Data: data})
		if data == nil {
			return errors.New("block was not sealed")
		}
		if len(rows) == rowsAtOnce {
			if err := t.insert(&rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return t.insert(&rows)
}

func (t *Tenant) blockPlace(segment int64, term string) *place {
	return t.in("search_blocks", domain.ID(column(hexOf(term), int(segment))))
}

// Tidy merges segments as search.Plan says, so that an organization has few however many documents it has. Segments that
// another worker holds are left to it.
func (t *Tenant) Tidy(purge bool) error {
	segments, err := t.lockSegments()
	if err != nil {
		return err
	}
	alive, err := t.alive()
	if err != nil {
		return err
	}
	infos := make([]search.SegmentInfo, len(segments))
	for i, s := range segments {
		infos[i] = search.SegmentInfo{Passages: s.directory.Passages(), Live: s.directory.Live(alive), Purge: purge}
	}
	plan := search.Plan(infos)
	for _, group := range plan {
		if err := t.merge(segments, group, alive); err != nil {
			return err
		}
	}
	if len(plan) == 0 {
		return nil
	}
	return t.moveEpoch()
}

type openSegment struct {
	number    int64
	directory *search.Directory
}

func (t *Tenant) lockSegments() ([]openSegment, error) {
	var rows []segmentRow
	if err := t.of(&rows).Order("segment").For("UPDATE SKIP LOCKED").Scan(t.ctx); err != nil {
		return nil, err
	}
	out := make([]openSegment, len(rows))
	for i, r := range rows {
		d, err := t.directory(r)
		if err != nil {
			return nil, err
		}
		out[i] = openSegment{r.Segment, d}
	}
	return out, nil
}

func (t *Tenant) directory(r segmentRow) (*search.Directory, error) {
	p := t.segmentPlace(r.Segment)
	raw := p.raw("directory", r.Directory)
	if p.err != nil {
		return nil, p.err
	}
	return search.DecodeDirectory(raw)
}

// alive says which versions are current and ready, whoever may read them.
func (t *Tenant) alive() (func(uint32) bool, error) {
	var nums []int64
	err := t.of((*versionRow)(nil)).Column("num").Join("JOIN documents d ON d.tenant_id = v.tenant_id AND d.current_id = v.id").
		Where("v.state = 'ready'").Scan(t.ctx, &nums)
	if err != nil {
		return nil, err
	}
	set := newVersionSet(nums)
	return set.has, nil
}

func (t *Tenant) merge(segments []openSegment, group []int, alive func(uint32) bool) error {
	sources := make([]search.Source, len(group))
	for i, g := range group {
		sources[i] = search.Source{Directory: segments[g].directory, Blocks: t.storedBlocks(segments[g].number)}
	}
	merged, err := search.Merge(sources, alive)
	if err != nil {
		return err
	}
	if merged.Directory != nil {
		number, err := t.nextNumber()
		if err != nil {
			return err
		}
		if err := t.addSegment(number, merged.Passages, merged.Directory, merged.Blocks); err != nil {
			return err
		}
	}
	for _, g := range group {
		if err := one(t.remove((*segmentRow)(nil), "segment = ?", segments[g].number)); err != nil {
			return err
		}
	}
	return nil
}

// storedBlocks yields a segment's blocks in the order of their terms, a page at a time.
func (t *Tenant) storedBlocks(segment int64) iter.Seq2[search.KeyedBlock, error] {
	return func(yield func(search.KeyedBlock, error) bool) {
		after := []byte{}
		for {
			var rows []blockRow
			err := t.of(&rows).Where("segment = ? AND term > ?", segment, after).Order("term").Limit(rowsAtOnce).Scan(t.ctx)
			if err != nil {
				yield(search.KeyedBlock{}, err)
				return
			}
			for _, r := range rows {
				p := t.blockPlace(segment, string(r.Term))
				block := p.raw("data", r.Data)
				if !yield(search.KeyedBlock{Key: string(r.Term), Block: block}, p.err) {
					return
				}
			}
			if len(rows) < rowsAtOnce {
				return
			}
			after = rows[len(rows)-1].Term
		}
	}
}
