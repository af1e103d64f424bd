package store

import (
	"aimyorg/store/search"
)

// lookup finds the blocks of a query's terms in all segments.
type lookup struct {
	t      *Tenant
	keys   []string // of the query's terms
	out    []search.Segment
	index  map[int64]int // a segment's place in out
	wanted map[pageAt][]int
}

// blocks are those of the query's terms, out of the pages that can hold them: kept ones, or else read and opened.
func (t *Tenant) blocks(e *cachedSearch, q search.Query) ([]search.Segment, error) {
	l := &lookup{t: t, keys: make([]string, len(q.Terms)), out: make([]search.Segment, len(e.segments)),
		index: make(map[int64]int, len(e.segments)), wanted: map[pageAt][]int{}}
	for j, term := range q.Terms {
		key := t.termKey(term)
		l.keys[j] = string(key[:])
	}
	for i, s := range e.segments {
		l.out[i] = search.Segment{Directory: s.directory, Blocks: make([]*search.Block, len(q.Terms))}
		l.index[s.number] = i
		for j, key := range l.keys {
			if page := s.pages.Page(key); page >= 0 {
				at := pageAt{t.id(), s.number, page}
				l.wanted[at] = append(l.wanted[at], j)
			}
		}
	}
	return l.out, l.take()
}

// take takes the blocks out of the wanted pages.
func (l *lookup) take() error {
	var segments []int64
	var pages []int32
	for at, terms := range l.wanted {
		kept, err := l.put(at, terms)
		if err != nil {
			return err
		}
		if !kept {
			segments, pages = append(segments, at.segment), append(pages, int32(at.page))
		}
	}
	if len(pages) == 0 {
		return nil
	}
	return l.read(segments, pages)
}

// put takes the blocks of terms out of a page, if that is kept.
func (l *lookup) put(at pageAt, terms []int) (kept bool, err error) {
	for _, j := range terms {
		block, kept, err := l.t.db.search.pages.find(at, l.keys[j])
		if err != nil || !kept {
			return false, err
		}
		l.out[l.index[at.segment]].Blocks[j] = block
	}
	return true, nil
}

// readPages looks each page up alone, by a plan that is kept, as loadHits does.
const readPages = `select p.segment, p.page, p.data from unnest((select $2::bigint[]), (select $3::int[])) w (segment, page)
	cross join lateral (select * from search_pages where tenant_id = $1 and segment = w.segment and page = w.page limit 1) p`

// read fetches, opens and keeps pages.
func (l *lookup) read(segments []int64, pages []int32) error {
	var rows []pageRow
	if err := l.t.hot(&rows, readPages, segments, pages); err != nil {
		return err
	}
	for _, r := range rows {
		p := l.t.pagePlace(r.Segment, r.Page)
		page := p.raw("data", r.Data)
		if p.err != nil {
			return p.err
		}
		at := pageAt{l.t.id(), r.Segment, r.Page}
		l.t.db.search.pages.keep(at, page)
		kept, err := l.put(at, l.wanted[at])
		if err == nil && !kept { // too large, or gone at once
			err = l.open(at, page)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open takes the blocks out of a page that is not kept.
func (l *lookup) open(at pageAt, page []byte) error {
	for _, j := range l.wanted[at] {
		block, err := openBlock(page, l.keys[j])
		if err != nil {
			return err
		}
		l.out[l.index[at.segment]].Blocks[j] = block
	}
	return nil
}
