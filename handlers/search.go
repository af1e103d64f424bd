package handlers

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/search"
)

// What a search page reads and shows.
const (
	maxSearched           = 500 // characters of a query; the rest is not read (A54)
	resultsAPage          = 20
	lastResult            = 1000 // where paging ends
	matchingConversations = 5
)

func (q *request) search() error {
	p := search.Page{Query: q.query("q"), MayWrite: q.mayWriteKnowledge(), Now: q.now}
	if r := []rune(p.Query); len(r) > maxSearched {
		p.Query = string(r[:maxSearched])
	}
	from := min(q.number("from", 0), lastResult)
	err := q.DB.Presuming(q.ctx, q.actor(), func(t *store.Tenant) error { return q.find(t, &p, from) })
	if err != nil {
		return err
	}
	if len(p.Found) > resultsAPage {
		p.Found = p.Found[:resultsAPage]
		p.Older = withQuery("/search", "q", p.Query, "from", strconv.Itoa(from+resultsAPage))
	}
	if from > 0 {
		p.Newer = withQuery("/search", "q", p.Query, "from", strconv.Itoa(max(from-resultsAPage, 0)))
	}
	if q.partial() {
		return q.fragments(fiber.StatusOK, search.List(p))
	}
	return q.pageWith(fiber.StatusOK, layout.PageProps{Title: "Search", Query: p.Query}, search.Results(p))
}

// find searches documents, and on the first page the person's own conversations by title.
func (q *request) find(t *store.Tenant, p *search.Page, from int) (err error) {
	if p.Query == "" {
		some, err := t.Documents("", store.Page{Limit: 1})
		p.HasDocuments = len(some) > 0
		return err
	}
	if p.Found, err = t.Search(p.Query, from, resultsAPage+1); err != nil {
		return err
	}
	if from > 0 || !q.actor().May(domain.AskCopilot) {
		return nil
	}
	p.Conversations, err = t.Conversations(p.Query, 0, matchingConversations)
	return err
}
