package store

import (
	"iter"

	"github.com/uptrace/bun"

	"aimyorg/domain"
	"aimyorg/store/search"
)

// recount is how many passages a merge must be of to look first for how many of all passages are dead: what a document's
// newer version replaced is found then, and what was deleted is purged on its own.
const recount = 1024

// wantTidy promises to tidy when the segment that was just added makes up a group to merge: not after every document. It must
// come after moveEpoch, which lets one document be saved after the other, so that each sees the segments of those before it
// and exactly one of them promises.
func (t *Tenant) wantTidy(added int64) error {
	var rows []segmentRow
	if err := t.hot(&rows, `select segment, passages from search_segments where tenant_id = $1`); err != nil {
		return err
	}
	infos, mine := segmentInfos(rows), search.SegmentInfo{}
	for i, r := range rows {
		if r.Segment == added {
			mine = infos[i]
		}
	}
	if !search.Due(infos, mine) {
		return nil
	}
	return t.enqueue(TidySearch{Tenant: t.id()})
}

func segmentInfos(rows []segmentRow) []search.SegmentInfo {
	infos := make([]search.SegmentInfo, len(rows))
	for i, r := range rows {
		infos[i] = search.SegmentInfo{Passages: r.Passages, Live: r.Passages}
	}
	return infos
}

// Tidy merges segments as search.Plan says, so that an organization has few however many documents it has; with purge it
// also rewrites whatever holds passages of what was deleted. Segments that another worker holds are left to it.
func (t *Tenant) Tidy(purge bool) error {
	var rows []segmentRow
	if err := t.of(&rows).Column("segment", "passages").Order("segment").For("UPDATE SKIP LOCKED").Scan(t.ctx); err != nil {
		return err
	}
	infos := segmentInfos(rows)
	plan := search.Plan(infos)
	if purge || largest(infos, plan) >= recount {
		var err error
		if plan, err = t.planOfLive(rows, purge); err != nil {
			return err
		}
	}
	for _, group := range plan {
		members := make([]int64, len(group))
		for i, g := range group {
			members[i] = rows[g].Segment
		}
		if err := t.merge(members); err != nil {
			return err
		}
	}
	if len(plan) == 0 {
		return nil
	}
	return t.moveEpoch()
}

// largest is how many passages the largest merge of a plan is of.
func largest(infos []search.SegmentInfo, plan [][]int) (most int) {
	for _, group := range plan {
		n := 0
		for _, i := range group {
			n += infos[i].Passages
		}
		most = max(most, n)
	}
	return most
}

// planOfLive is the plan by what is alive in each segment, which takes reading all directories.
func (t *Tenant) planOfLive(rows []segmentRow, purge bool) ([][]int, error) {
	alive, err := t.alive(nil)
	if err != nil {
		return nil, err
	}
	infos := make([]search.SegmentInfo, len(rows))
	for i, r := range rows {
		s, err := t.openSegments([]int64{r.Segment})
		if err != nil {
			return nil, err
		}
		d := s[0].directory
		infos[i] = search.SegmentInfo{Passages: d.Passages(), Live: d.Live(alive), Purge: purge}
	}
	return search.Plan(infos), nil
}

// openSegment is a segment's number with what is kept in memory of it.
type openSegment struct {
	number    int64
	directory *search.Directory
	pages     search.PageIndex
}

func (t *Tenant) openSegments(numbers []int64) ([]openSegment, error) {
	var rows []segmentRow
	if err := t.of(&rows).Where("segment IN (?)", bun.List(numbers)).Order("segment").Scan(t.ctx); err != nil {
		return nil, err
	}
	if len(rows) != len(numbers) {
		return nil, domain.ErrNotFound
	}
	out := make([]openSegment, len(rows))
	for i, r := range rows {
		p := t.segmentPlace(r.Segment)
		raw, pages := p.raw("directory", r.Directory), p.raw("pages", r.Pages)
		if p.err != nil {
			return nil, p.err
		}
		d, err := search.DecodeDirectory(raw)
		if err != nil {
			return nil, err
		}
		out[i] = openSegment{r.Segment, d, pages}
	}
	return out, nil
}

// someVersions is up to how many versions are asked after by number rather than all of them.
const someVersions = 1000

// alive says which of the versions are current and ready, whoever may read them.
func (t *Tenant) alive(versions []uint32) (func(uint32) bool, error) {
	var nums []int64
	q := t.of((*versionRow)(nil)).Column("num").Join("JOIN documents d ON d.tenant_id = v.tenant_id AND d.current_id = v.id").
		Where("v.state = 'ready'")
	if n := len(versions); n > 0 && n <= someVersions {
		q = q.Where("v.num IN (?)", bun.List(versions))
	}
	if err := q.Scan(t.ctx, &nums); err != nil {
		return nil, err
	}
	set := newVersionSet(nums)
	return set.has, nil
}

// merge makes one segment of several.
func (t *Tenant) merge(members []int64) error {
	segments, err := t.openSegments(members)
	if err != nil {
		return err
	}
	var versions []uint32
	sources := make([]search.Source, len(segments))
	for i, s := range segments {
		sources[i] = search.Source{Directory: s.directory, Blocks: t.storedBlocks(s.number)}
		versions = append(versions, s.directory.Versions()...)
	}
	alive, err := t.alive(versions)
	if err != nil {
		return err
	}
	merged, err := search.Merge(sources, alive)
	if err != nil {
		return err
	}
	if merged.Directory != nil {
		number, err := t.numberAtOnce()
		if err != nil {
			return err
		}
		if err := t.addSegment(number, merged.Passages, merged.Directory, merged.Blocks); err != nil {
			return err
		}
	}
	_, err = t.remove((*segmentRow)(nil), "segment IN (?)", bun.List(members))
	return err
}

// numberAtOnce takes the next number in a transaction of its own: a merge may take long, and until it ended nobody else would
// get one, to add a document. (The transaction must not hold the row of numbers itself, which moveEpoch does.)
func (t *Tenant) numberAtOnce() (number int64, err error) {
	err = t.db.Tenant(t.ctx, t.actor, func(x *Tenant) error {
		number, err = x.nextNumber()
		return err
	})
	return number, err
}

// storedBlocks yields a segment's blocks in the order of their keys, some pages at a time.
func (t *Tenant) storedBlocks(segment int64) iter.Seq2[search.KeyedBlock, error] {
	return func(yield func(search.KeyedBlock, error) bool) {
		for next := 0; ; {
			var rows []pageRow
			err := t.of(&rows).Where("segment = ? AND page >= ?", segment, next).Order("page").Limit(pagesAtOnce).Scan(t.ctx)
			if err != nil {
				yield(search.KeyedBlock{}, err)
				return
			}
			for _, r := range rows {
				p := t.pagePlace(segment, r.Page)
				page := p.raw("data", r.Data)
				if p.err != nil {
					yield(search.KeyedBlock{}, p.err)
					return
				}
				for b, err := range search.PageBlocks(page) {
					if !yield(b, err) {
						return
					}
				}
			}
			if len(rows) < pagesAtOnce {
				return
			}
			next = rows[len(rows)-1].Page + 1
		}
	}
}
