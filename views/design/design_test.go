package design_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/views/design"

	"golang.org/x/net/html"
)

func whole(t *testing.T) []*html.Node {
	t.Helper()
	var b strings.Builder
	page := design.Page{Now: time.Date(2026, 3, 20, 10, 0, 0, 0, time.UTC)}
	if err := design.Whole(page).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attrs(n *html.Node) map[string]string {
	m := map[string]string{}
	for _, a := range n.Attr {
		m[a.Key] = a.Val
	}
	return m
}

// TestA30: what is rendered, every part in every state, has nothing that the content security policy would refuse.
func TestA30_NothingInline(t *testing.T) {
	t.Parallel()
	for _, n := range whole(t) {
		a := attrs(n)
		if _, ok := a["style"]; ok || n.Data == "style" || n.Data == "script" && a["src"] == "" {
			t.Errorf("inline: <%s> %v", n.Data, a)
		}
		for key, value := range a {
			if strings.HasPrefix(key, "on") || strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "http") || strings.HasPrefix(value, "//") {
				t.Errorf("<%s %s=%q>", n.Data, key, value)
			}
		}
	}
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	all := whole(t)
	var ids []string
	for _, n := range all {
		if id := attrs(n)["id"]; id != "" {
			if slices.Contains(ids, id) {
				t.Errorf("two elements are #%s", id)
			}
			ids = append(ids, id)
		}
	}
	for _, n := range all {
		a := attrs(n)
		for _, name := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "data-dialog"} {
			for id := range strings.FieldsSeq(a[name]) {
				if !slices.Contains(ids, id) {
					t.Errorf("<%s %s=%q> leads nowhere", n.Data, name, id)
				}
			}
		}
	}
}

func TestOneHeadingAndNoWayBack(t *testing.T) {
	t.Parallel()
	h1 := 0
	for _, n := range whole(t) {
		if n.Data == "h1" {
			h1++
		}
		if n.Data == "button" && attrs(n)["type"] == "" {
			t.Errorf("a button without a type: %v", n.Attr)
		}
	}
	if h1 != 1 {
		t.Errorf("%d h1", h1)
	}
}
