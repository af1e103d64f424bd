package store

import (
	"aimyorg/store/search"
)

// storedPages reads the blocks of a segment in the order of their keys, some pages at a time.
type storedPages struct {
	t       *Tenant
	segment int64
	rows    []pageRow // that were read
	last    bool      // and there are no more
	kept    [][]byte  // or all of them, opened; they come first
	from    int       // the page that comes after them
	page    search.PageReader
}

const (
	smallSegment = 8 // pages: the segment of a document has fewer, if it is no book
	readTogether = 512
)

// storedPages begins to read segments. Pages that are kept are not read again. Those of small ones, of which a merge often has a hundred, are read together.
func (t *Tenant) storedPages(segments []openSegment) ([]*storedPages, error) {
	all, small, pages := make([]*storedPages, len(segments)), map[int64]*storedPages{}, 0
	var numbers []int64
	for i, s := range segments {
		all[i] = &storedPages{t: t, segment: s.number, kept: t.db.search.pages.all(t.id(), s.number, s.pages.Len())}
		if all[i].last = all[i].kept != nil; all[i].last {
			continue
		}
		if n := s.pages.Len(); n <= smallSegment && pages+n <= readTogether {
			pages += n
			small[s.number] = all[i]
			numbers = append(numbers, s.number)
		}
	}
	if len(numbers) == 0 {
		return all, nil
	}
	var rows []pageRow
	err := t.hot(&rows, `select * from search_pages where tenant_id = $1 and segment = any((select $2::bigint[])::bigint[]) order by segment, page`, numbers)
	for _, r := range rows {
		small[r.Segment].rows = append(small[r.Segment].rows, r)
	}
	for _, s := range small {
		s.last = true
	}
	return all, err
}

// next is the next block; false after the last.
func (s *storedPages) next() (search.KeyedBlock, bool, error) {
	for {
		b, ok, err := s.page.Next()
		if ok || err != nil {
			return b, ok, err
		}
		if len(s.kept) > 0 {
			s.page, s.kept = search.ReadPage(s.kept[0]), s.kept[1:]
			continue
		}
		if len(s.rows) == 0 && !s.last {
			if err := s.more(); err != nil {
				return b, false, err
			}
		}
		if len(s.rows) == 0 {
			return b, false, nil
		}
		r := s.rows[0]
		s.rows = s.rows[1:]
		p := s.t.pagePlace(s.segment, r.Page)
		page := p.raw("data", r.Data)
		if p.err != nil {
			return b, false, p.err
		}
		s.page = search.ReadPage(page)
	}
}

func (s *storedPages) more() error {
	s.rows = nil
	err := s.t.hot(&s.rows, `select * from search_pages where tenant_id = $1 and segment = $2 and page >= (select $3::int)
		order by page limit (select $4::int)`, s.segment, s.from, pagesAtOnce)
	if s.last = len(s.rows) < pagesAtOnce; !s.last {
		s.from = s.rows[len(s.rows)-1].Page + 1
	}
	return err
}
