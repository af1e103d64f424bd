package store

import (
	"container/list"
	"slices"
	"sync"

	"aimyorg/domain"
	"aimyorg/store/search"
)

// maxPageBytes bounds the opened pages that are kept, over all organizations: the whole index of some 200,000 passages, or of
// more the terms that are asked for.
const maxPageBytes = 32 << 20

// pageCache keeps the pages of segments that were opened last and, as far as there is room, those that were written last. A page
// never changes and its segment's number is never given again, so it holds as long as its segment is there, which a search learns
// from the database. There are keyed terms in it and no words.
type pageCache struct {
	mu    sync.Mutex
	at    map[pageAt]*list.Element
	order *list.List // of *keptPage, what was asked for last in front
	bytes int
	most  int
}

// pageAt names a page.
type pageAt struct {
	tenant  domain.ID
	segment int64
	page    int
}

// keptPage is a page with those of its blocks that were looked for; nil those that it doesn't hold.
type keptPage struct {
	at     pageAt
	data   []byte
	blocks map[string]*search.Block
	bytes  int
}

func newPageCache(most int) *pageCache {
	return &pageCache{at: map[pageAt]*list.Element{}, order: list.New(), most: most}
}

// find gives the block of a key in a page: nil when it has none, and false when the page is not kept.
func (c *pageCache) find(at pageAt, key string) (*search.Block, bool, error) {
	c.mu.Lock()
	e, ok := c.at[at]
	if !ok {
		c.mu.Unlock()
		return nil, false, nil
	}
	c.order.MoveToFront(e)
	p := e.Value.(*keptPage)
	block, opened := p.blocks[key]
	c.mu.Unlock()
	if opened {
		return block, true, nil
	}
	block, err := openBlock(p.data, key)
	if err != nil {
		return nil, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, twice := p.blocks[key]; !twice {
		p.blocks[key] = block
		c.grow(p, searchedBytes(block))
	}
	return block, true, nil
}

func openBlock(page []byte, key string) (*search.Block, error) {
	block, err := search.FindBlock(page, key)
	if err != nil || block == nil {
		return nil, err
	}
	return search.OpenBlock(block)
}

// searchedBytes is what it costs to remember a block: its place in the map, the key and itself.
func searchedBytes(b *search.Block) int {
	if b == nil {
		return 64
	}
	return 64 + b.Size()
}

// keep keeps a page, and lets go of those that nobody has asked for the longest.
func (c *pageCache) keep(at pageAt, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(at, data, c.order.PushFront)
}

func (c *pageCache) add(at pageAt, data []byte, push func(any) *list.Element) {
	if _, ok := c.at[at]; ok || cap(data) > c.most/4 {
		return
	}
	p := &keptPage{at: at, data: data, blocks: map[string]*search.Block{}}
	c.at[at] = push(p)
	c.grow(p, cap(data))
}

// rewritten is what a transaction made of an organization's pages: nobody else knows of it before it is committed.
type rewritten struct {
	made  []madePage
	bytes int
	gone  []int64 // segments
}

type madePage struct {
	at   pageAt
	data []byte
}

// rewrite keeps pages that were written, as far as there is room that nothing asked for takes: whoever searches next needn't read
// and open them again, nor who merges them. It forgets those of segments that are gone.
func (c *pageCache) rewrite(tenant domain.ID, r rewritten) {
	if len(r.gone) > 0 {
		c.forget(tenant, func(segment int64) bool { return slices.Contains(r.gone, segment) })
	}
	if len(r.made) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range r.made {
		c.add(p.at, p.data, c.order.PushBack)
	}
}

// all gives the pages of a segment that has so many, if every one of them is kept. Nobody may change them.
func (c *pageCache) all(tenant domain.ID, segment int64, pages int) [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([][]byte, pages)
	for n := range pages {
		e, ok := c.at[pageAt{tenant, segment, n}]
		if !ok {
			return nil
		}
		all[n] = e.Value.(*keptPage).data
	}
	return all
}

// grow counts what a page has come to hold. One that was let go of meanwhile does not count.
func (c *pageCache) grow(p *keptPage, by int) {
	if e := c.at[p.at]; e == nil || e.Value.(*keptPage) != p {
		return
	}
	p.bytes += by
	for c.bytes += by; c.bytes > c.most; {
		c.drop(c.order.Back())
	}
}

// forget lets go of an organization's pages whose segments are no more: what was deleted does not stay in memory (P67).
func (c *pageCache) forget(tenant domain.ID, gone func(segment int64) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.order.Front(); e != nil; {
		next := e.Next()
		if at := e.Value.(*keptPage).at; at.tenant == tenant && gone(at.segment) {
			c.drop(e)
		}
		e = next
	}
}

func (c *pageCache) drop(e *list.Element) {
	p := c.order.Remove(e).(*keptPage)
	delete(c.at, p.at)
	c.bytes -= p.bytes
}
