package store

import (
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
	"aimyorg/store/search"
)

// Retrieval over sealed posting blocks (DESIGN §3): the query's terms are keyed, their few blocks fetched and opened, and
// ranked in memory; who may read what is applied inside, before the best are chosen.

func hexOf(term string) string { return hex.EncodeToString([]byte(term)) }

// versionSet is a set of version numbers.
type versionSet []uint64

func newVersionSet(nums []int64) versionSet {
	var s versionSet
	for _, n := range nums {
		for int(n>>6) >= len(s) {
			s = append(s, make([]uint64, int(n>>6)+1-len(s))...)
		}
		s[n>>6] |= 1 << (n & 63)
	}
	return s
}

func (s versionSet) has(n uint32) bool { return int(n>>6) < len(s) && s[n>>6]&(1<<(n&63)) != 0 }

// searchCache keeps what every query of an organization needs: its segments' directories, and which versions an actor
// may read. Both hold for one epoch of the organization, which moves with every change. No words are in it.
type searchCache struct {
	mu      sync.Mutex
	tenants map[domain.ID]*cachedSearch
	bytes   int
	rank    search.Ranker
}

type cachedSearch struct {
	epoch     int64
	segments  []openSegment
	languages search.Languages
	bytes     int
	allowed   map[allowedKey]versionSet
}

type allowedKey struct {
	member domain.ID
	role   domain.Role
	ai     bool
}

const (
	maxCacheBytes   = 64 << 20 // of directories, over all organizations
	maxAllowedCache = 256      // actors an organization
)

func newSearchCache() *searchCache { return &searchCache{tenants: map[domain.ID]*cachedSearch{}} }

func (c *searchCache) find(tenant domain.ID, epoch int64) *cachedSearch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.tenants[tenant]; e != nil && e.epoch == epoch {
		return e
	}
	return nil
}

// old gives the entry of an earlier epoch, whose directories may still serve: segments never change.
func (c *searchCache) old(tenant domain.ID) *cachedSearch {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tenants[tenant]
}

func (c *searchCache) keep(tenant domain.ID, e *cachedSearch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.tenants[tenant]; o != nil {
		c.bytes -= o.bytes
	}
	c.tenants[tenant] = e
	c.bytes += e.bytes
	for id, o := range c.tenants {
		if c.bytes <= maxCacheBytes {
			return
		}
		if id != tenant {
			c.bytes -= o.bytes
			delete(c.tenants, id)
		}
	}
}

func (c *searchCache) allowed(e *cachedSearch, k allowedKey) (versionSet, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := e.allowed[k]
	return s, ok
}

func (c *searchCache) allow(e *cachedSearch, k allowedKey, s versionSet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(e.allowed) >= maxAllowedCache {
		clear(e.allowed)
	}
	e.allowed[k] = s
}

func (t *Tenant) searchable() (*cachedSearch, error) {
	var st searchStateRow
	if err := t.of(&st).Column("epoch").Scan(t.ctx); err != nil {
		return nil, err
	}
	if e := t.db.search.find(t.id(), st.Epoch); e != nil {
		return e, nil
	}
	e := &cachedSearch{epoch: st.Epoch, allowed: map[allowedKey]versionSet{}}
	if err := t.openSegments(e, t.db.search.old(t.id())); err != nil {
		return nil, err
	}
	for _, s := range e.segments {
		e.languages |= s.directory.Languages()
		e.bytes += s.directory.Size()
	}
	t.db.search.keep(t.id(), e)
	return e, nil
}

func (t *Tenant) openSegments(e, old *cachedSearch) error {
	have := map[int64]*search.Directory{}
	if old != nil {
		for _, s := range old.segments {
			have[s.number] = s.directory
		}
	}
	var numbers []int64
	if err := t.of((*segmentRow)(nil)).Column("segment").Order("segment").Scan(t.ctx, &numbers); err != nil {
		return err
	}
	var missing []int64
	for _, n := range numbers {
		if have[n] == nil {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		var rows []segmentRow
		if err := t.of(&rows).Where("segment IN (?)", bun.List(missing)).Scan(t.ctx); err != nil {
			return err
		}
		for _, r := range rows {
			d, err := t.directory(r)
			if err != nil {
				return err
			}
			have[r.Segment] = d
		}
	}
	for _, n := range numbers {
		e.segments = append(e.segments, openSegment{n, have[n]})
	}
	return nil
}

// readableVersions are the current versions that the actor may read, and with ai that may be quoted to a provider.
func (t *Tenant) readableVersions(e *cachedSearch, ai bool) (versionSet, error) {
	key := allowedKey{t.actor.Member(), t.actor.Role(), ai}
	if s, ok := t.db.search.allowed(e, key); ok {
		return s, nil
	}
	var nums []int64
	q := t.of((*versionRow)(nil)).Column("v.num").Join("JOIN documents d ON d.tenant_id = v.tenant_id AND d.current_id = v.id").
		Join("JOIN collections k ON k.tenant_id = d.tenant_id AND k.id = d.collection_id").
		Where("v.state = 'ready'").Where(readable, t.readableArgs()...)
	if ai {
		q = q.Where("k.ai_allowed")
	}
	if err := q.Scan(t.ctx, &nums); err != nil {
		return nil, err
	}
	s := newVersionSet(nums)
	t.db.search.allow(e, key, s)
	return s, nil
}

// hits ranks the organization's passages for a query; best passage per document, at most k.
func (t *Tenant) hits(e *cachedSearch, q search.Query, allowed versionSet, k int) ([]search.Hit, error) {
	if len(q.Terms) == 0 || len(e.segments) == 0 {
		return nil, nil
	}
	segments, err := t.blocks(e, q)
	if err != nil {
		return nil, err
	}
	return t.db.search.rank.Rank(segments, allowed.has, k)
}

func (t *Tenant) blocks(e *cachedSearch, q search.Query) ([]search.Segment, error) {
	place := map[string]int{}
	keys := make([][]byte, len(q.Terms))
	for i, term := range q.Terms {
		k := t.box.Term(string(term))
		keys[i] = k[:]
		place[string(k[:])] = i
	}
	var rows []blockRow
	if err := t.of(&rows).Where("term IN (?)", bun.List(keys)).Scan(t.ctx); err != nil {
		return nil, err
	}
	at := map[int64]int{}
	out := make([]search.Segment, len(e.segments))
	for i, s := range e.segments {
		at[s.number] = i
		out[i] = search.Segment{Directory: s.directory, Blocks: make([][]byte, len(q.Terms))}
	}
	for _, r := range rows {
		p := t.blockPlace(r.Segment, string(r.Term))
		block := p.raw("data", r.Data)
		if p.err != nil {
			return nil, p.err
		}
		if i, ok := at[r.Segment]; ok {
			out[i].Blocks[place[string(r.Term)]] = block
		}
	}
	return out, nil
}

// maxFound is how far a search goes.
const maxFound = 100

// Search finds the best passage of each document that the actor may read, best first. It must run in a Snapshot.
func (t *Tenant) Search(query string, offset, limit int) ([]domain.Found, error) {
	if err := t.may(domain.ReadKnowledge); err != nil {
		return nil, err
	}
	e, err := t.searchable()
	if err != nil {
		return nil, err
	}
	allowed, err := t.readableVersions(e, false)
	if err != nil {
		return nil, err
	}
	q := search.ParseQuery(query, e.languages)
	hits, err := t.hits(e, q, allowed, maxFound)
	if err != nil {
		return nil, err
	}
	found, err := t.load(hits)
	if err != nil {
		return nil, err
	}
	return show(found, q, offset, limit), nil
}

// show keeps what holds the query's phrases, cuts the wanted page out of it and marks the words.
func show(found []domain.Found, q search.Query, offset, limit int) []domain.Found {
	var out []domain.Found
	for _, f := range found {
		if !q.MatchesPhrases(f.Title + "\n" + f.Text) {
			continue
		}
		if offset--; offset >= 0 {
			continue
		}
		if len(out) == limit {
			break
		}
		from, to := q.Snippet(f.Text, 280)
		f.Text = f.Text[from:to]
		f.Start, f.End = f.Start+from, f.Start+to
		for _, m := range q.Highlight(f.Text) {
			f.Marks = append(f.Marks, [2]int{m.Start, m.End})
		}
		out = append(out, f)
	}
	return out
}

// Retrieve finds the passages that an answer may use, best first: readable by the actor and, forAI, allowed for AI
// (P43, P54). withheld counts better ones that were left out because AI may not see them.
func (t *Tenant) Retrieve(question string, limit int, forAI bool) (passages []domain.Passage, withheld int, err error) {
	return t.retrieve(question, "", limit, forAI)
}

// retrieve is Retrieve with the document that the question is asked beside: its best passage comes first.
func (t *Tenant) retrieve(question string, about domain.ID, limit int, forAI bool) (passages []domain.Passage, withheld int, err error) {
	if err := t.may(domain.AskCopilot); err != nil {
		return nil, 0, err
	}
	e, err := t.searchable()
	if err != nil {
		return nil, 0, err
	}
	mayRead, err := t.readableVersions(e, false)
	if err != nil {
		return nil, 0, err
	}
	mayUse, err := t.readableVersions(e, forAI)
	if err != nil {
		return nil, 0, err
	}
	q := search.ParseQuery(question, e.languages)
	all, err := t.hits(e, q, mayRead, limit)
	if err != nil {
		return nil, 0, err
	}
	for _, h := range all {
		if !mayUse.has(h.Version) {
			withheld++
		}
	}
	used, err := t.hits(e, q, mayUse, limit)
	if err != nil {
		return nil, 0, err
	}
	lead, err := t.lead(e, q, about, mayUse)
	if err != nil {
		return nil, 0, err
	}
	found, err := t.load(first(lead, used, limit))
	for _, f := range found {
		passages = append(passages, f.Passage)
	}
	return passages, withheld, err
}

// leadPassages is how much of the document asked beside is looked at when nothing in it fits the words of the question,
// as with “summarise this”.
const leadPassages = 3

// lead is what the document asked beside holds of an answer: its best passage, or its beginning.
func (t *Tenant) lead(e *cachedSearch, q search.Query, about domain.ID, mayUse versionSet) ([]search.Hit, error) {
	if about == "" {
		return nil, nil
	}
	var nums []int64
	err := t.of((*versionRow)(nil)).Column("v.num").Join("JOIN documents d ON d.tenant_id = v.tenant_id AND d.current_id = v.id").
		Where("d.id = ?", about).Scan(t.ctx, &nums)
	if err != nil || len(nums) == 0 || !mayUse.has(uint32(nums[0])) {
		return nil, err
	}
	hits, err := t.hits(e, q, newVersionSet(nums), 1)
	if err != nil || len(hits) > 0 {
		return hits, err
	}
	for i := range uint32(leadPassages) {
		hits = append(hits, search.Hit{Version: uint32(nums[0]), Ordinal: i})
	}
	return hits, nil
}

// first puts lead before the rest, each passage once, at most limit.
func first(lead, rest []search.Hit, limit int) []search.Hit {
	for _, h := range rest {
		if !slices.ContainsFunc(lead, func(l search.Hit) bool { return l.Version == h.Version && l.Ordinal == h.Ordinal }) {
			lead = append(lead, h)
		}
	}
	return lead[:min(len(lead), limit)]
}

type foundRow struct {
	passageRow `bun:",extend"`
	Num        int64
	Number     int
	CreatedAt  time.Time
	DocumentID domain.ID
	Title      []byte
	Collection domain.ID
	Name       []byte
}

// load loads what was hit, in the order of the hits.
func (t *Tenant) load(hits []search.Hit) ([]domain.Found, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	type key struct {
		num     int64
		ordinal int
	}
	at := map[key]int{}
	pairs := make([][]int64, len(hits))
	for i, h := range hits {
		at[key{int64(h.Version), int(h.Ordinal)}] = i
		pairs[i] = []int64{int64(h.Version), int64(h.Ordinal)}
	}
	var rows []foundRow
	err := t.of(&rows).ColumnExpr("pa.*, v.num, v.number, v.created_at, v.document_id, d.title, d.collection_id AS collection, k.name").
		Join("JOIN document_versions v ON v.tenant_id = pa.tenant_id AND v.id = pa.version_id").
		Join("JOIN documents d ON d.tenant_id = v.tenant_id AND d.id = v.document_id").
		Join("JOIN collections k ON k.tenant_id = d.tenant_id AND k.id = d.collection_id").
		Where("(v.num, pa.ordinal) IN ?", bun.Tuple(pairs)).Scan(t.ctx)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Found, len(hits))
	for _, r := range rows {
		i := at[key{r.Num, r.Ordinal}]
		f, err := t.foundOf(r)
		if err != nil {
			return nil, err
		}
		f.Score = float64(hits[i].Score)
		out[i] = f
	}
	return dropEmpty(out), nil
}

func (t *Tenant) foundOf(r foundRow) (domain.Found, error) {
	p := t.in("passages", r.VersionID)
	body := p.raw(column("body", r.Ordinal), r.Body)
	return domain.Found{Passage: domain.Passage{Document: r.DocumentID, Version: r.VersionID, Ordinal: r.Ordinal,
		Title: t.in("documents", r.DocumentID).shown("title", r.Title), Text: string(body), VersionNumber: r.Number,
		Place: p.shown(column("place", r.Ordinal), r.Place),
		Start: r.FirstByte, End: r.LastByte}, CollectionName: t.in("collections", r.Collection).shown("name", r.Name),
		UpdatedAt: r.CreatedAt}, p.err
}

// dropEmpty drops hits whose passage was deleted meanwhile.
func dropEmpty(found []domain.Found) []domain.Found {
	var out []domain.Found
	for _, f := range found {
		if f.Document != "" {
			out = append(out, f)
		}
	}
	return out
}

// Passage is one passage of a version that the actor may read.
func (t *Tenant) Passage(document, version domain.ID, ordinal int) (domain.Passage, error) {
	if err := t.readableVersion(document, version); err != nil {
		return domain.Passage{}, err
	}
	var r passageRow
	if err := t.find(&r, "version_id = ? AND ordinal = ?", version, ordinal); err != nil {
		return domain.Passage{}, err
	}
	return domain.Passage{Document: document, Version: version, Ordinal: ordinal, Start: r.FirstByte, End: r.LastByte}, nil
}
