package store

import (
	"container/list"
	"slices"
	"sync"

	"aimyorg/domain"
)

// maxPageBytes bounds the opened pages that are kept, over all organizations: the whole index of some 200,000 passages, or of
// more the terms that are asked for.
const maxPageBytes = 32 << 20

// pageCache keeps the pages of segments that were opened last. A page never changes and its segment's number is never given
// again, so it holds as long as its segment is there, which a search learns from the database. There are keyed terms in it and
// no words.
type pageCache struct {
	mu    sync.Mutex
	at    map[pageAt]*list.Element
	order *list.List // of keptPage, what was asked for last in front
	bytes int
	most  int
}

// pageAt names a page.
type pageAt struct {
	tenant  domain.ID
	segment int64
	page    int
}

type keptPage struct {
	at   pageAt
	data []byte
}

func newPageCache(most int) *pageCache {
	return &pageCache{at: map[pageAt]*list.Element{}, order: list.New(), most: most}
}

// find gives a page, which nobody may change.
func (c *pageCache) find(at pageAt) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.at[at]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(keptPage).data, true
}

// keep keeps a page, and lets go of those that nobody has asked for the longest.
func (c *pageCache) keep(at pageAt, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.at[at]; ok || len(data) > c.most/4 {
		return
	}
	c.at[at] = c.order.PushFront(keptPage{at, data})
	for c.bytes += len(data); c.bytes > c.most; {
		c.drop(c.order.Back())
	}
}

// forget lets go of the pages of segments that are no more: what was deleted does not stay in memory (P67).
func (c *pageCache) forget(tenant domain.ID, segments []int64) {
	if len(segments) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.order.Front(); e != nil; {
		next := e.Next()
		if at := e.Value.(keptPage).at; at.tenant == tenant && slices.Contains(segments, at.segment) {
			c.drop(e)
		}
		e = next
	}
}

func (c *pageCache) drop(e *list.Element) {
	p := c.order.Remove(e).(keptPage)
	delete(c.at, p.at)
	c.bytes -= len(p.data)
}
