package store

import (
	"database/sql"
	"slices"
	"time"

	"aimyorg/domain"
	"aimyorg/store/search"
)

// Retrieval over sealed posting blocks (DESIGN §3): the query's terms are keyed, their few blocks fetched and opened, and
// ranked in memory; who may read what is applied inside, before the best are chosen.

// hits ranks the organization's passages for a query; best passage per document, at most k.
func (t *Tenant) hits(e *cachedSearch, q search.Query, allowed versionSet, k int) ([]search.Hit, error) {
	if len(q.Terms) == 0 || len(e.segments) == 0 {
		return nil, nil
	}
	segments, err := t.blocks(e, q)
	if err != nil {
		return nil, err
	}
	return t.db.search.rank.Rank(segments, q.Weights, allowed.has, k)
}

// maxFound is how far a search goes.
const maxFound = 100

// Search finds the best passage of each document that the actor may read, best first. It must run in a Snapshot, or Presuming.
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
	analyser := t.db.search.analysers.Take(search.Asked(e.languages))
	defer t.db.search.analysers.Give(analyser)
	q := analyser.Query(query)
	cut := func(f *domain.Found) { cutOut(f, q) }
	if len(q.Phrases) == 0 {
		hits, err := t.hits(e, q, allowed, min(offset+limit, maxFound))
		if err != nil {
			return nil, err
		}
		return t.load(hits[min(offset, len(hits)):], cut)
	}
	hits, err := t.hits(e, q, allowed, maxFound) // which ones are shown is known only once their texts are
	if err != nil {
		return nil, err
	}
	found, err := t.load(hits, nil)
	if err != nil {
		return nil, err
	}
	found = preferred(found, q)
	found = found[min(offset, len(found)):min(offset+limit, len(found))]
	for i := range found {
		cut(&found[i])
	}
	return found, nil
}

// preferred puts what holds the query's phrases first, and of a query of nothing else leaves the rest out.
func preferred(found []domain.Found, q search.Query) []domain.Found {
	var with, without []domain.Found
	for _, f := range found {
		if q.MatchesPhrases(f.Title + "\n" + f.Text) {
			with = append(with, f)
		} else if !q.Strict {
			without = append(without, f)
		}
	}
	return append(with, without...)
}

// cutOut leaves of a passage what is shown of it, and marks the words.
func cutOut(f *domain.Found, q search.Query) {
	from, to := q.Snippet(f.Text, 280)
	f.Text = f.Text[from:to]
	f.Start, f.End = f.Start+from, f.Start+to
	for _, m := range q.Highlight(f.Text) {
		f.Marks = append(f.Marks, [2]int{m.Start, m.End})
	}
}

// Retrieve finds the passages that an answer may use, best first: readable by the actor and, forAI, allowed for AI
// (P43, P54). withheld counts better ones that were left out because AI may not see them.
func (t *Tenant) Retrieve(question string, limit int, forAI bool) (passages []domain.Passage, withheld int, err error) {
	hits, withheld, err := t.pick(question, "", limit, forAI)
	if err != nil {
		return nil, 0, err
	}
	passages, err = t.passages(hits)
	return passages, withheld, err
}

// pick finds what Retrieve is to load, with the document that the question is asked beside: its best passage comes first.
func (t *Tenant) pick(question string, about domain.ID, limit int, forAI bool) (hits []search.Hit, withheld int, err error) {
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
	analyser := t.db.search.analysers.Take(search.Asked(e.languages))
	defer t.db.search.analysers.Give(analyser)
	q := analyser.Query(question)
	all, err := t.hits(e, q, mayRead, limit)
	if err != nil {
		return nil, 0, err
	}
	for _, h := range all {
		if !mayUse.has(h.Version) {
			withheld++
		}
	}
	used := all
	if !slices.Equal(mayUse, mayRead) {
		if used, err = t.hits(e, q, mayUse, limit); err != nil {
			return nil, 0, err
		}
	}
	lead, err := t.lead(e, q, about, mayUse)
	if err != nil {
		return nil, 0, err
	}
	return first(lead, used, limit), withheld, nil
}

func (t *Tenant) passages(hits []search.Hit) (out []domain.Passage, err error) {
	found, err := t.load(hits, nil)
	for _, f := range found {
		out = append(out, f.Passage)
	}
	return out, err
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

// foundRow has what loadHits reads, in its order.
type foundRow struct {
	num                           int64
	ordinal, first, last, number  int
	version, document, collection domain.ID
	place, body, title, name      []byte
	createdAt                     time.Time
	seen                          epochs
}

func (r *foundRow) scan(rows *sql.Rows) error {
	return rows.Scan(&r.num, &r.ordinal, &r.first, &r.last, &r.place, &r.body, &r.version, &r.number, &r.createdAt,
		&r.document, &r.title, &r.collection, &r.name, &r.seen.Standing, &r.seen.Search)
}

// loadHits finds passages by their version's number and their place in it. Each row is looked up alone, by its whole key: of
// joins the database thinks that an organization has as many documents as the others have, and reads all that it has. The
// arrays are hidden in subqueries: of arrays that it sees, the database counts the elements, finds that a plan for these few is
// cheaper than one for any, and plans anew each time, which takes longer than running it.
const loadHits = `select w.num, w.ordinal, pa.first_byte, pa.last_byte, pa.place, pa.body, v.id, v.number, v.created_at, d.id, d.title, k.id, k.name,
		(select epoch from standings where tenant_id = $1), (select epoch from search_state where tenant_id = $1)
	from unnest((select $2::bigint[]), (select $3::int[])) w (num, ordinal)
	cross join lateral (select * from document_versions where tenant_id = $1 and num = w.num limit 1) v
	cross join lateral (select * from passages where tenant_id = $1 and version_id = v.id and ordinal = w.ordinal limit 1) pa
	cross join lateral (select * from documents where tenant_id = $1 and id = v.document_id limit 1) d
	cross join lateral (select * from collections where tenant_id = $1 and id = d.collection_id limit 1) k`

// load loads what was hit, in the order of the hits, and sees in which epochs. What then is to be done to each, if anything, is
// done while the database is at the next ones.
func (t *Tenant) load(hits []search.Hit, then func(*domain.Found)) ([]domain.Found, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	type key struct {
		num     int64
		ordinal int
	}
	at := map[key]int{}
	nums, ordinals := make([]int64, len(hits)), make([]int32, len(hits))
	for i, h := range hits {
		at[key{int64(h.Version), int(h.Ordinal)}] = i
		nums[i], ordinals[i] = int64(h.Version), int32(h.Ordinal)
	}
	out := make([]domain.Found, len(hits))
	err := t.hotEach(func(rows *sql.Rows) error {
		var r foundRow
		if err := r.scan(rows); err != nil {
			return err
		}
		if t.presumes != nil {
			t.presumes.seen = &r.seen
		}
		i := at[key{r.num, r.ordinal}]
		f, err := t.foundOf(r)
		if err == nil && then != nil {
			then(&f)
		}
		f.Score = float64(hits[i].Score)
		out[i] = f
		return err
	}, loadHits, nums, ordinals)
	if err != nil {
		return nil, err
	}
	return dropEmpty(out), nil
}

func (t *Tenant) foundOf(r foundRow) (domain.Found, error) {
	p := t.in("passages", r.version)
	body := p.raw(column("body", r.ordinal), r.body)
	return domain.Found{Passage: domain.Passage{Document: r.document, Version: r.version, Ordinal: r.ordinal,
		Title: t.in("documents", r.document).shown("title", r.title), Text: string(body), VersionNumber: r.number,
		Place: p.shown(column("place", r.ordinal), r.place),
		Start: r.first, End: r.last}, CollectionName: t.in("collections", r.collection).shown("name", r.name),
		UpdatedAt: r.createdAt}, p.err
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
