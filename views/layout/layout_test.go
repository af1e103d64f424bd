package layout_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"aimyorg/static"
	"aimyorg/views/layout"

	"github.com/a-h/templ"
)

const hostile = `</title><script>alert(1)</script>"'`

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func page() layout.PageProps {
	return layout.PageProps{
		Title:   "Home",
		Nav:     []layout.NavItem{{Label: "Home", Href: "/home", Icon: "house", Key: "h", Current: true}, {Label: "Search", Href: "/search", Icon: "search"}},
		Person:  layout.Person{Name: "Mara Klein", Email: "mara@example.org", Organization: "Northwind"},
		Copilot: templ.NopComponent,
	}
}

func TestPanelWidthIsBroughtToAStep(t *testing.T) {
	t.Parallel()
	for width, want := range map[int]int{0: 380, 1: 320, -5: 320, 320: 320, 329: 320, 330: 340, 555: 560, 560: 560, 99999: 560} {
		if got := layout.PanelWidth(width); got != want {
			t.Errorf("%d becomes %d, want %d", width, got, want)
		}
	}
}

// TestEveryPanelWidthHasARule: the width is an attribute, so the stylesheet must know each.
func TestEveryPanelWidthHasARule(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../../static/src/app.css")
	if err != nil {
		t.Fatal(err)
	}
	for width := layout.PanelMin; width <= layout.PanelMax; width += layout.PanelStep {
		rule := `[data-panel="` + strconv.Itoa(width) + `"] { --panel: ` + strconv.Itoa(width) + `px; }`
		if !strings.Contains(string(css), rule) {
			t.Errorf("no rule %s", rule)
		}
	}
}

func TestA73_TitleAndNamesAreText(t *testing.T) {
	t.Parallel()
	p := page()
	p.Title, p.Query, p.Person.Name, p.Person.Organization, p.Nav[0].Label = hostile, hostile, hostile, hostile, hostile
	for _, markup := range []string{render(t, layout.Page(p)), render(t, layout.Public(layout.PublicProps{Title: hostile})), render(t, layout.Bare(hostile))} {
		if strings.Contains(markup, "<script>") || strings.Count(markup, "</title>") != 1 {
			t.Error("markup got through")
		}
	}
}

func TestTitlesNameTheProductOnce(t *testing.T) {
	t.Parallel()
	if got := render(t, layout.Page(page())); !strings.Contains(got, "<title>Home · AImyOrg</title>") {
		t.Error("title of a page")
	}
	if got := render(t, layout.Public(layout.PublicProps{})); !strings.Contains(got, "<title>AImyOrg</title>") {
		t.Error("title of a page without one")
	}
}

func TestTheme(t *testing.T) {
	t.Parallel()
	for theme, want := range map[string]string{"": "system", "dark": "dark", "light": "light", "system": "system", `x" onload="`: "system"} {
		p := page()
		p.Theme = theme
		if !strings.Contains(render(t, layout.Page(p)), `<html lang="en" data-theme="`+want+`">`) {
			t.Errorf("%q is not %s", theme, want)
		}
	}
}

func TestSkipLinkComesFirst(t *testing.T) {
	t.Parallel()
	body := regexp.MustCompile(`(?s)<body[^>]*>(.*)`).FindStringSubmatch(render(t, layout.Page(page())))[1]
	if !strings.HasPrefix(body, `<a class="skip" href="#main">`) || strings.Count(body, `id="main"`) != 1 {
		t.Error(body[:120])
	}
}

func TestPanelIsLeftOutWhereThePageIsTheCopilot(t *testing.T) {
	t.Parallel()
	p := page()
	p.Copilot = nil
	markup := render(t, layout.Page(p))
	if strings.Contains(markup, `id="copilot"`) || strings.Contains(markup, `href="#copilot"`) || !strings.Contains(markup, "no-panel") {
		t.Error("there is a panel, or a way to one that is not there")
	}
	p = page()
	p.Panel = layout.Panel{Width: 430, Folded: true}
	if got := render(t, layout.Page(p)); !strings.Contains(got, `data-panel="440"`) || !strings.Contains(got, `class="shell folded"`) {
		t.Error("what the person left is forgotten")
	}
}

// TestA30_HtmxKnowsItsSettings: a setting that this htmx does not read would be a wall of paper.
func TestA30_HtmxKnowsItsSettings(t *testing.T) {
	t.Parallel()
	if missing := static.Missing(); len(missing) > 0 {
		t.Fatalf("not built: %v", missing)
	}
	source, _, _, _ := static.Asset(static.URL("htmx.min.js"), "")
	content := regexp.MustCompile(`name="htmx-config" content="([^"]*)"`).FindStringSubmatch(render(t, layout.Page(page())))
	if content == nil {
		t.Fatal("no settings")
	}
	var settings map[string]any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(content[1], "&#34;", `"`)), &settings); err != nil {
		t.Fatal(err)
	}
	for name := range settings {
		if !regexp.MustCompile(`[{,]` + name + `:`).Match(source) {
			t.Errorf("htmx has no setting %q", name)
		}
	}
	if settings["mode"] != "same-origin" || settings["includeIndicatorCSS"] != false {
		t.Errorf("settings %v", settings)
	}
}
