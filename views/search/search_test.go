package search_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/search"
	"aimyorg/views/words/rendertest"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func found(text string, marks ...[2]int) domain.Found {
	return domain.Found{Passage: domain.Passage{Document: "d1", Title: "Lease", Place: "Page 3", Text: text, VersionNumber: 2,
		Ordinal: 4}, CollectionName: "Contracts", Marks: marks, UpdatedAt: now}
}

func TestResultsOpenTheDocumentAtThePlace(t *testing.T) {
	t.Parallel()
	page := search.Page{Query: "notice", Found: []domain.Found{found("Six months' notice in writing.", [2]int{12, 18})},
		Conversations: []domain.Conversation{{ID: "k1", Title: "Notice periods"}}, Older: "/search?q=notice&after=x", Now: now}
	rendertest.Contains(t, rendertest.HTML(t, search.Results(page)), `href="/knowledge/documents/d1?version=2&amp;passage=4#passage"`,
		"<mark>notice</mark>",
		"Contracts", "Page 3", `href="/copilot/conversations/k1"`, "after=x", `value="notice"`)
}

func TestMarksAreBroughtIntoTheText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		marks [][2]int
		must  string
	}{
		"outside":         {"abc", [][2]int{{-5, 2}, {2, 99}}, "<mark>ab</mark><mark>c</mark>"},
		"overlapping":     {"abcdef", [][2]int{{2, 5}, {0, 3}}, "<mark>abc</mark><mark>de</mark>f"},
		"inside a letter": {"aéb", [][2]int{{2, 4}}, "a<mark>éb</mark>"},
		"empty":           {"abc", [][2]int{{2, 2}, {3, 1}}, "abc"},
		"far into a text": {strings.Repeat("word ", 100) + "needle", [][2]int{{500, 506}}, "<mark>needle</mark>"},
	} {
		html := rendertest.HTML(t, search.Result(found(c.text, c.marks...), now))
		if !strings.Contains(strings.Join(strings.Fields(html), " "), c.must) {
			t.Errorf("%s: %s", name, html)
		}
	}
}

func TestEmptyAndNothingFound(t *testing.T) {
	t.Parallel()
	rendertest.Contains(t, rendertest.HTML(t, search.Results(search.Page{MayWrite: true})), "Nothing to search yet", `href="/knowledge"`)
	rendertest.Contains(t, rendertest.HTML(t, search.Results(search.Page{HasDocuments: true})), "Search what you may read")
	rendertest.Contains(t, rendertest.HTML(t, search.Results(search.Page{Query: "zebra", HasDocuments: true})), "Nothing found for “zebra”")
}

func TestA73_HostileResultsAreText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, search.Page{}, search.Results)
	rendertest.Hostile(t, search.Page{Found: []domain.Found{found("", [2]int{0, 20})}, Now: now}, search.Results)
}
