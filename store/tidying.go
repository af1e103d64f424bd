package store

import (
	"aimyorg/domain"
	"aimyorg/store/search"
)

// recount is how many passages a merge must be of to look first for how many of all passages are dead: what a document's
// newer version replaced is found then, and what was deleted is purged on its own.
const recount = 1024

// besideSegment counts the segments of a size. (Hidden in subqueries, the sizes don't make the database plan anew: see loadHits.)
const besideSegment = `select count(*) as n from search_segments where tenant_id = $1 and passages >= (select $2::int) and passages < (select $3::int)`

// wantTidy promises to tidy when the segment that was just added, of so many passages, makes up a group to merge: not after every
// document. It must come after moveEpoch, which lets one document be saved after the other, so that each sees the segments of
// those before it and exactly one of them promises.
func (t *Tenant) wantTidy(passages int) error {
	least, beyond := search.Beside(passages)
	var rows []struct{ N int }
	if err := t.hot(&rows, besideSegment, least, beyond); err != nil {
		return err
	}
	if !search.Due(rows[0].N) {
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
	if len(plan) == 0 && !purge {
		return nil
	}
	opened, err := t.openSegments(numbersOf(rows))
	if err != nil {
		return err
	}
	if purge || largest(infos, plan) >= recount {
		if plan, err = t.planOfLive(opened, purge); err != nil {
			return err
		}
	}
	for _, group := range plan {
		members := make([]openSegment, len(group))
		for i, g := range group {
			members[i] = opened[g]
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

// planOfLive is the plan by what is alive in each segment.
func (t *Tenant) planOfLive(segments []openSegment, purge bool) ([][]int, error) {
	alive, err := t.alive(nil)
	if err != nil {
		return nil, err
	}
	infos := make([]search.SegmentInfo, len(segments))
	for i, s := range segments {
		infos[i] = search.SegmentInfo{Passages: s.directory.Passages(), Live: s.directory.Live(alive), Purge: purge}
	}
	return search.Plan(infos), nil
}

func numbersOf(rows []segmentRow) []int64 {
	numbers := make([]int64, len(rows))
	for i, r := range rows {
		numbers[i] = r.Segment
	}
	return numbers
}

// openSegment is a segment's number with what is kept in memory of it.
type openSegment struct {
	number    int64
	directory *search.Directory
	pages     search.PageIndex
}

const readSegments = `select * from search_segments where tenant_id = $1 and segment = any((select $2::bigint[])::bigint[])
	order by segment`

func (t *Tenant) openSegments(numbers []int64) ([]openSegment, error) {
	var rows []segmentRow
	if err := t.hot(&rows, readSegments, numbers); err != nil {
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
	if n := len(versions); n > 0 && n <= someVersions {
		rows, err := t.aliveOf(versions)
		if err != nil {
			return nil, err
		}
		nums = rows
	} else if err := t.of((*versionRow)(nil)).Column("num").
		Join("JOIN documents d ON d.tenant_id = v.tenant_id AND d.current_id = v.id").
		Where("v.state = 'ready'").Scan(t.ctx, &nums); err != nil {
		return nil, err
	}
	set := newVersionSet(nums)
	return set.has, nil
}

// readAlive looks each version up alone, by a plan that is kept, as loadHits does.
const readAlive = `select v.num from unnest((select $2::bigint[])) w (num)
	cross join lateral (select * from document_versions where tenant_id = $1 and num = w.num and state = 'ready' limit 1) v
	cross join lateral (select id from documents where tenant_id = $1 and id = v.document_id and current_id = v.id limit 1) d`

func (t *Tenant) aliveOf(versions []uint32) ([]int64, error) {
	asked := make([]int64, len(versions))
	for i, n := range versions {
		asked[i] = int64(n)
	}
	var rows []struct{ Num int64 }
	err := t.hot(&rows, readAlive, asked)
	nums := make([]int64, len(rows))
	for i, r := range rows {
		nums[i] = r.Num
	}
	return nums, err
}

// merge makes one segment of several.
func (t *Tenant) merge(segments []openSegment) error {
	pages, err := t.storedPages(segments)
	if err != nil {
		return err
	}
	var versions []uint32
	sources := make([]search.Source, len(segments))
	members := make([]int64, len(segments))
	for i, s := range segments {
		sources[i], members[i] = search.Source{Directory: s.directory, Next: pages[i].next}, s.number
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
	_, err = t.write(`delete from search_segments where tenant_id = $1::uuid and segment = any((select $2::bigint[])::bigint[])`, members)
	t.pages.gone = append(t.pages.gone, members...)
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
