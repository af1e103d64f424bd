package handlers

import (
	"net/url"
	"strconv"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/knowledge"
)

func (s *Site) knowledgeRoutes() []route {
	collection := append([]string{"name", "description", "ai_allowed"}, accessFields...)
	written := []string{"title", "collection", "text"}
	return []route{
		{"GET", "/knowledge", domain.ReadKnowledge, (*request).listCollections, nil, ""},
		{"GET", "/knowledge/collections/new", domain.WriteKnowledge, (*request).newCollection, nil, ""},
		{"POST", "/knowledge/collections", domain.WriteKnowledge, (*request).createCollection, collection, ""},
		{"GET", "/knowledge/collections/:id", domain.ReadKnowledge, (*request).showCollection, nil, ""},
		{"GET", "/knowledge/collections/:id/edit", domain.WriteKnowledge, (*request).editCollection, nil, ""},
		{"POST", "/knowledge/collections/:id", domain.WriteKnowledge, (*request).changeCollection, collection, ""},
		{"GET", "/knowledge/collections/:id/delete", domain.WriteKnowledge, (*request).askDeleteCollection, nil, ""},
		{"POST", "/knowledge/collections/:id/delete", domain.WriteKnowledge, (*request).deleteCollection, nil, ""},
		{"POST", "/knowledge/collections/:id/documents", domain.WriteKnowledge, (*request).uploadDocuments, []string{"files"}, "file"},
		{"GET", "/knowledge/collections/:id/pages/new", domain.WriteKnowledge, (*request).newPage, nil, ""},
		{"POST", "/knowledge/collections/:id/pages", domain.WriteKnowledge, (*request).createPage, written, ""},
		{"GET", "/knowledge/documents/:id", domain.ReadKnowledge, (*request).showDocument, nil, ""},
		{"GET", "/knowledge/documents/:id/row", domain.ReadKnowledge, (*request).showDocumentRow, nil, "part"},
		{"GET", "/knowledge/documents/:id/original", domain.ReadKnowledge, (*request).downloadOriginal, nil, "file"},
		{"POST", "/knowledge/documents/:id/versions", domain.WriteKnowledge, (*request).uploadVersion, []string{"files"}, "file"},
		{"GET", "/knowledge/documents/:id/edit", domain.WriteKnowledge, (*request).editPage, nil, ""},
		{"POST", "/knowledge/documents/:id/edit", domain.WriteKnowledge, (*request).changePage, written, ""},
		{"GET", "/knowledge/documents/:id/delete", domain.WriteKnowledge, (*request).askDeleteDocument, nil, ""},
		{"POST", "/knowledge/documents/:id/delete", domain.WriteKnowledge, (*request).deleteDocument, nil, ""},
		{"GET", "/knowledge/documents/:id/access", domain.WriteKnowledge, (*request).editAccess, nil, ""},
		{"POST", "/knowledge/documents/:id/access", domain.WriteKnowledge, (*request).changeAccess, accessFields, ""},
		{"GET", "/search", domain.ReadKnowledge, (*request).search, nil, ""},
	}
}

// documentsAPage is how many documents a collection's page lists.
const documentsAPage = 50

func (q *request) mayWriteKnowledge() bool { return q.actor().May(domain.WriteKnowledge) }

// mayChange says whether a page offers to change or delete what somebody made; store decides when it is done.
func (q *request) mayChange(creator domain.ID) bool {
	return q.mayWriteKnowledge() && (creator == q.actor().Member() || q.actor().May(domain.ShareKnowledge))
}

func (q *request) listCollections() error {
	p := knowledge.IndexPage{MayWrite: q.mayWriteKnowledge(), Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Collections, err = t.Collections(); err != nil {
			return err
		}
		p.Names, err = readersNames(t, p.Collections...)
		return err
	})
	if err != nil {
		return err
	}
	return q.page("Knowledge", knowledge.Index(p))
}

// readersNames are the names of those whom lines of access name.
func readersNames(t *store.Tenant, collections ...domain.Collection) (map[domain.ID]string, error) {
	var lines []domain.Access
	for _, c := range collections {
		for _, a := range c.Access {
			if !a.Denied { // who is denied is not shown to all that read
				lines = append(lines, a)
			}
		}
	}
	return t.SubjectNames(lines)
}

func collectionPath(id domain.ID) string { return "/knowledge/collections/" + string(id) }
func documentPath(id domain.ID) string   { return "/knowledge/documents/" + string(id) }

func versionPath(id domain.ID, number int) string {
	return documentPath(id) + "?version=" + strconv.Itoa(number)
}

// number is a whole number in the query, at least 0; what is none is otherwise.
func (q *request) number(name string, otherwise int) int {
	n, err := strconv.Atoi(q.query(name))
	if err != nil || n < 0 || n > 1<<30 {
		return otherwise
	}
	return n
}

// withQuery is a path with a query.
func withQuery(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + v.Encode()
}
