package knowledge_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/access"
	"aimyorg/views/knowledge"
	"aimyorg/views/words/rendertest"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func document(state domain.DocumentState, reason string) domain.Document {
	return domain.Document{ID: "d1", Collection: "c1", CollectionName: "Contracts", Title: "Lease", Version: domain.Version{Number: 2,
		FileName:  "lease.pdf",
		MediaType: "application/pdf", Bytes: 2345678, State: state, Reason: reason, CreatedByName: "Mara Klein",
		CreatedAt: now.Add(-time.Hour)}}
}

func TestCollectionsSayWhoMayRead(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, knowledge.Index(knowledge.IndexPage{MayWrite: true, Names: map[domain.ID]string{"m1": "Jonas Weber"},
		Collections: []domain.Collection{
			{ID: "c1", Name: "Contracts", Documents: 214, AIAllowed: true, Access: []domain.Access{{Kind: domain.ToRole, Subject: "manager"},
				{Kind: domain.ToMember, Subject: "m1"}}},
			{ID: "c2", Name: "Board", Documents: 1}}}))
	rendertest.Contains(t, html, `href="/knowledge/collections/c1"`, "214\u00a0documents", "Managers and Jonas Weber", "AI may use it",
		"1 document", "Only its creator, owners and admins", "Not for AI", `id="collection-c2"`)
}

func TestEmptyKnowledgeOffersWhatThePersonMayDo(t *testing.T) {
	t.Parallel()
	rendertest.Contains(t, rendertest.HTML(t, knowledge.Index(knowledge.IndexPage{MayWrite: true})), "No collections yet",
		"/knowledge/collections/new")
	html := rendertest.HTML(t, knowledge.Index(knowledge.IndexPage{}))
	rendertest.Contains(t, html, "Nothing for you to read yet")
	rendertest.Lacks(t, html, "/knowledge/collections/new")
}

func TestARowAsksForItselfOnlyWhileItWaits(t *testing.T) {
	t.Parallel()
	for state, live := range map[domain.DocumentState]bool{domain.DocumentWaiting: true, domain.DocumentReading: true,
		domain.DocumentReady: false, domain.DocumentUnreadable: false} {
		html := rendertest.HTML(t, knowledge.DocumentRow(knowledge.Row{Document: document(state, ""), Now: now}))
		rendertest.Contains(t, html, `id="document-d1"`, `data-state="`+string(state)+`"`, "PDF", "2.2\u00a0MB", "Mara Klein", "1 h ago")
		if got := strings.Contains(html, `hx-get="/knowledge/documents/d1/row"`); got != live {
			t.Errorf("%s: polls %v", state, got)
		}
	}
}

func TestCollectionPageTakesManyFilesWithoutScript(t *testing.T) {
	t.Parallel()
	page := knowledge.CollectionPage{Collection: domain.Collection{ID: "c1", Name: "Contracts"},
		Documents: []domain.Document{document(domain.DocumentReady, "")}, MayWrite: true, MayEdit: true, Now: now}
	rendertest.Contains(t, rendertest.HTML(t, knowledge.Collection(page)), `action="/knowledge/collections/c1/documents"`,
		`enctype="multipart/form-data"`, `name="files"`, "multiple", "<noscript>", "/edit", "/pages/new", `id="documents"`)
	page.MayWrite, page.MayEdit = false, false
	rendertest.Lacks(t, rendertest.HTML(t, knowledge.Collection(page)), `name="files"`, "/edit", "/pages/new")
}

func TestUnreadableSaysWhyAndStaysDownloadable(t *testing.T) {
	t.Parallel()
	for code, must := range map[string]string{"encrypted": "password", "mismatch": "not what its name says", "empty": "is empty",
		"unsupported": "this type", "too_large": "Split it",
		"bomb": "unpacks", "damaged": "damaged", "no_text": "no text", "limit": "longer", "unheard of": "could not be read"} {
		d := document(domain.DocumentUnreadable, code)
		html := rendertest.HTML(t, knowledge.Document(knowledge.DocumentPage{Document: d, Version: d.Version, Now: now}))
		rendertest.Contains(t, html, `data-code="`+code+`"`, must, `href="/knowledge/documents/d1/original?version=2"`)
	}
}

func TestThePassageIsMarkedAcrossBlocks(t *testing.T) {
	t.Parallel()
	d := document(domain.DocumentReady, "")
	blocks := []domain.Block{{Kind: "paragraph", Text: "Before. Zürich", Start: 0, End: 15}, {Kind: "item", Text: "Second", Start: 17,
		End: 23}, {Kind: "item", Text: "Third", Start: 25, End: 30}}
	page := knowledge.DocumentPage{Document: d, Version: d.Version, Blocks: blocks, PassageStart: 8, PassageEnd: 23, Now: now}
	html := rendertest.HTML(t, knowledge.Document(page))
	rendertest.Contains(t, html, `<mark id="passage" tabindex="-1">Zürich</mark>`, "<mark>Second</mark>", "Third")
	if n := strings.Count(html, `id="passage"`); n != 1 {
		t.Errorf("%d elements with the id passage", n)
	}
	page.PassageStart, page.PassageEnd = 10, 11 // from inside the ü: whole letters only
	rendertest.Contains(t, rendertest.HTML(t, knowledge.Document(page)), `<mark id="passage" tabindex="-1">ü</mark>`)
	page.PassageStart, page.PassageEnd = 0, 0
	rendertest.Lacks(t, rendertest.HTML(t, knowledge.Document(page)), "<mark")
}

func TestAnOlderVersionSaysSo(t *testing.T) {
	t.Parallel()
	d := document(domain.DocumentReady, "")
	old := domain.Version{Number: 1, State: domain.DocumentReady}
	html := rendertest.HTML(t, knowledge.Document(knowledge.DocumentPage{Document: d, Version: old, Versions: []domain.Version{d.Version,
		old}, Now: now}))
	rendertest.Contains(t, html, `data-code="older_version"`, "Deleted user", `href="/knowledge/documents/d1?version=2"`)
}

func TestFormsKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	form := domain.CollectionForm{Description: "kept", Roles: []string{"manager"}, AIAllowed: true}
	html := rendertest.HTML(t, knowledge.CollectionForm(knowledge.CollectionFormPage{Form: form, Counted: true, Readers: 37,
		Problems: form.Problems(), Choices: access.Choices{Members: []domain.Member{{ID: "m1", Name: "Jonas"}}}}))
	rendertest.Contains(t, html, "Give the collection a name.", "kept", `name="everyone"`, `name="roles"`, `name="members"`,
		`name="ai_allowed"`, `name="deny_members"`, "37\u00a0people may read", `action="/knowledge/collections"`)
	page := domain.PageForm{Collection: "c1", Text: "# kept"}
	html = rendertest.HTML(t, knowledge.Editor(knowledge.EditorPage{Form: page, Problems: page.Problems()}))
	rendertest.Contains(t, html, "Give the page a title.", "# kept", `name="title"`, `name="text"`,
		`action="/knowledge/collections/c1/pages"`, `value="c1"`)
	rendertest.Contains(t, rendertest.HTML(t, knowledge.Editor(knowledge.EditorPage{Document: "d1"})),
		`action="/knowledge/documents/d1/edit"`, "Save as a new version")
}

func TestDeletingSaysWhatGoes(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, knowledge.DeleteCollection(knowledge.DeleteCollectionPage{Collection: domain.Collection{ID: "c1",
		Name: "Contracts"}, Documents: 214}))
	rendertest.Contains(t, html, "Delete collection and 214\u00a0documents", `action="/knowledge/collections/c1/delete"`, `method="post"`)
	html = rendertest.HTML(t, knowledge.DeleteDocument(knowledge.DeleteDocumentPage{Document: document(domain.DocumentReady, ""),
		Versions: 3, Cited: 2}))
	rendertest.Contains(t, html, "3\u00a0versions", "2\u00a0answers that cite it", `action="/knowledge/documents/d1/delete"`)
}

func TestA73_HostileKnowledgeIsText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, knowledge.IndexPage{}, knowledge.Index)
	rendertest.Hostile(t, knowledge.CollectionPage{}, knowledge.Collection)
	rendertest.Hostile(t, knowledge.Row{}, knowledge.DocumentRow)
	rendertest.Hostile(t, knowledge.CollectionFormPage{}, knowledge.CollectionForm)
	rendertest.Hostile(t, knowledge.EditorPage{}, knowledge.Editor)
	rendertest.Hostile(t, knowledge.DeleteDocumentPage{}, knowledge.DeleteDocument)
	rendertest.Hostile(t, knowledge.DeleteCollectionPage{}, knowledge.DeleteCollection)
	for _, kind := range []string{"paragraph", "heading", "item", "row", "code"} {
		page := knowledge.DocumentPage{Version: domain.Version{State: domain.DocumentReady}, Blocks: []domain.Block{{Kind: kind}},
			PassageStart: 2, PassageEnd: 9}
		rendertest.Hostile(t, page, knowledge.Document)
	}
	rendertest.Hostile(t, knowledge.DocumentPage{Version: domain.Version{State: domain.DocumentUnreadable}}, knowledge.Document)
}

// Whatever levels a document's headings have, those on the page leave none out: a reader by ear would look for what is missing.
func TestHeadingsLeaveNoLevelOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		have []int
		want string
	}{
		{"slides", []int{2, 2, 2}, "222"}, {"in order", []int{1, 2, 3, 2, 1}, "23432"}, {"leaving out", []int{1, 4, 6, 3, 1}, "23432"},
		{"upwards", []int{3, 2, 1, 2}, "2223"}, {"deep", []int{1, 2, 3, 4, 5, 6, 6}, "2345666"}, {"none given", []int{0, 0, 1}, "222"},
	} {
		page := knowledge.DocumentPage{Version: domain.Version{State: domain.DocumentReady}}
		for _, level := range c.have {
			page.Blocks = append(page.Blocks, domain.Block{Kind: "heading", Level: level, Text: "H"})
		}
		got := ""
		for _, part := range strings.Split(rendertest.HTML(t, knowledge.Document(page)), `aria-level="`)[1:] {
			got += part[:1]
		}
		if got != c.want {
			t.Errorf("%s: %v is shown as %q, not %q", c.name, c.have, got, c.want)
		}
	}
}

// While a version is being read its page asks for both that change then: the text, and the facts, which say the state.
func TestBeingReadRefreshesTextAndFacts(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, knowledge.Document(knowledge.DocumentPage{Document: document(domain.DocumentReading, ""), Version: domain.Version{State: domain.DocumentReading}}))
	rendertest.Contains(t, html, `hx-select="#document-text"`, `id="document-text"`, `hx-select-oob="#document-facts"`, `id="document-facts"`)
	html = rendertest.HTML(t, knowledge.Document(knowledge.DocumentPage{Document: document(domain.DocumentReady, ""), Version: domain.Version{State: domain.DocumentReady}}))
	rendertest.Lacks(t, html, "hx-trigger")
}
