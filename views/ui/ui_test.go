package ui_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/ui"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>`

var (
	now   = time.Date(2026, 3, 20, 10, 0, 0, 0, time.UTC)
	wrong = domain.Problems{{Field: "email", Code: "email", Text: "Enter an e-mail address."}, {Field: "", Code: "busy", Text: "Try again."}}
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements parses what was rendered and gives every element.
func elements(t *testing.T, markup string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader("<!doctype html><body>" + markup))
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

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func find(t *testing.T, markup, tag, name, value string) *html.Node {
	t.Helper()
	for _, n := range elements(t, markup) {
		if n.Data == tag && attr(n, name) == value {
			return n
		}
	}
	t.Fatalf("no <%s %s=%q> in %s", tag, name, value, markup)
	return nil
}

func hostileParts() map[string]templ.Component {
	h, link := hostile, "javascript:alert(1)"
	problems := domain.Problems{{Field: "f", Code: h, Text: h}}
	options := []ui.Option{{Value: h, Label: h, Hint: h}}
	parts := map[string]templ.Component{
		"button":   ui.Button(ui.ButtonProps{Label: h, Name: h, Value: h, ID: h, Form: h, IconOnly: true}),
		"link":     ui.ButtonLink(ui.LinkProps{Label: h, Href: link}),
		"card":     ui.Card(ui.CardProps{ID: h, Title: h, Hint: h}),
		"head":     ui.PageHead(h, h),
		"table":    ui.Table(ui.TableProps{Caption: h, Columns: []ui.Column{{Label: h}}}),
		"row":      ui.RowLink(link, h),
		"list":     ui.List(h),
		"item":     ui.Item(ui.ItemProps{Href: link, Title: h, Text: h, ID: h}),
		"badge":    ui.Badge(h, ui.Bad),
		"avatar":   ui.Avatar(ui.AvatarProps{Name: h, Alone: true}),
		"tabs":     ui.Tabs(h, []ui.Tab{{Label: h, Href: link, Count: h}}),
		"crumbs":   ui.Breadcrumbs([]ui.Crumb{{Label: h, Href: link}}),
		"pager":    ui.Pager(ui.PagerProps{Newer: link, Older: link, Label: h}),
		"dialog":   ui.Dialog(ui.DialogProps{ID: h, Title: h, Text: h}),
		"opener":   ui.DialogLink(h, ui.LinkProps{Label: h, Href: link}),
		"menu":     ui.Menu(h, "x"),
		"toast":    ui.Toasts([]ui.ToastProps{{Text: h, Undo: link}}),
		"notice":   ui.Notice(ui.NoticeProps{Title: h, Text: h, Code: h}),
		"progress": ui.Progress(h, 1, 2),
		"empty":    ui.EmptyState(ui.EmptyProps{Icon: h, Title: h, Text: h}),
		"error":    ui.ErrorState(ui.ErrorProps{Title: h, Text: h, Code: h, Request: h}),
		"stat":     ui.Stat(ui.StatProps{Label: h, Value: h, Note: h, Href: link}),
		"switch":   ui.Switch(ui.SwitchProps{Action: link, Name: h, Label: h, Hint: h}),
		"files":    ui.FileDrop(ui.FileDropProps{Name: h, Label: h, Hint: h, Accept: h, Refresh: h}),
		"form":     ui.Form(ui.FormProps{Action: link, ID: h, Label: h, Problems: problems}),
		"question": ui.Message(ui.MessageProps{ID: h, Name: h, Text: h}),
		"answer": ui.Message(ui.MessageProps{ID: h, Answer: true, State: domain.MessageFailed, Reason: h, Code: h, Model: h, RetryAction: link,
			Citations: []ui.CitationProps{{Title: h, Place: h, Href: link}, {Gone: h}}, Receipt: &ui.ReceiptProps{Text: h, Href: link}}),
		"consent": ui.ConsentCard(ui.ConsentProps{ID: h, Title: h, Text: h, Sends: []string{h}, Never: []string{h}, Recipient: h, Keeps: h,
			Version: h, PolicyHref: link, Action: link}),
	}
	for _, kind := range []string{"text", "textarea", "select", "radio", "checkbox", "checkboxes"} {
		parts["field "+kind] = ui.Field(ui.FieldProps{Name: "f", Label: h, Hint: h, Type: kind, Value: h, Values: []string{h}, Options: options,
			Problems: problems, Placeholder: h, Autocomplete: h})
	}
	return parts
}

// TestA73: what a part is given is text, wherever it lands, and never an address that runs.
func TestA73_PartsShowHostileTextAsText(t *testing.T) {
	t.Parallel()
	for name, part := range hostileParts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			markup := render(t, part)
			if strings.Contains(markup, "<script") || strings.Contains(markup, "<img") {
				t.Errorf("markup got through: %s", markup)
			}
			for _, n := range elements(t, markup) {
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
						t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
					}
				}
			}
		})
	}
}

func TestFieldIsWiredToItsHintAndProblem(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"email", "textarea", "select", "checkbox", "radio", "checkboxes"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := ui.FieldProps{Name: "email", Label: "E-mail", Hint: "You sign in with it.", Type: kind, Value: "a", Problems: wrong,
				Options: []ui.Option{{Value: "a", Label: "A"}}}
			markup := render(t, ui.Field(p))
			tag := map[string]string{"textarea": "textarea", "select": "select", "radio": "fieldset", "checkboxes": "fieldset"}[kind]
			if tag == "" {
				tag = "input"
			}
			control := find(t, markup, tag, "id", "f-email")
			if got := attr(control, "aria-describedby"); got != "f-email-hint f-email-error" {
				t.Errorf("described by %q", got)
			}
			find(t, markup, "p", "id", "f-email-hint")
			find(t, markup, "p", "id", "f-email-error")
			if !strings.Contains(markup, wrong[0].Text) {
				t.Error("the problem is not told")
			}
			if tag != "fieldset" && attr(control, "aria-invalid") != "true" {
				t.Error("not marked as invalid")
			}
			p.Problems = nil
			if strings.Contains(render(t, ui.Field(p)), "invalid") {
				t.Error("marked as invalid without a problem")
			}
		})
	}
}

func TestFieldKeepsWhatWasTypedButNoPassword(t *testing.T) {
	t.Parallel()
	if got := render(t, ui.Field(ui.FieldProps{Name: "name", Label: "Name", Value: "Mara"})); !strings.Contains(got, `value="Mara"`) {
		t.Error("text is lost")
	}
	if got := render(t, ui.Field(ui.FieldProps{Name: "text", Type: "textarea", Label: "Text", Value: "a\nb"})); !strings.Contains(got, ">a\nb</textarea>") {
		t.Error("long text is lost")
	}
	if got := render(t, ui.Field(ui.FieldProps{Name: "p", Label: "Password", Type: "password", Value: "secret"})); strings.Contains(got, "secret") {
		t.Error("a password comes back")
	}
}

func TestSummaryLinksToFieldsAndTakesTheFocus(t *testing.T) {
	t.Parallel()
	markup := render(t, ui.Form(ui.FormProps{Action: "/x", Problems: wrong}))
	find(t, markup, "a", "href", "#f-email")
	summary := find(t, markup, "div", "role", "alert")
	if attr(summary, "tabindex") != "-1" || !strings.Contains(markup, "data-focus") {
		t.Error("the summary cannot take the focus")
	}
	find(t, markup, "li", "data-code", "busy")
	if got := render(t, ui.Form(ui.FormProps{Action: "/x"})); strings.Contains(got, "alert") {
		t.Error("a summary without problems")
	}
}

func TestTimeIsRelativeWithTheExactTimeInTheReadersZone(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("JST", 9*3600)
	markup := render(t, ui.Time(now.Add(-14*time.Minute), now.In(tokyo)))
	n := find(t, markup, "time", "datetime", "2026-03-20T09:46:00Z")
	if attr(n, "title") != "20 March 2026, 18:46:00 JST" || !strings.Contains(markup, ">14 min ago<") {
		t.Error(markup)
	}
	if got := render(t, ui.Time(time.Time{}, now)); strings.Contains(got, "<time") {
		t.Errorf("no time is shown as one: %s", got)
	}
}

func TestSwitchPostsWhatItShouldBecome(t *testing.T) {
	t.Parallel()
	for on, want := range map[bool]string{true: "off", false: "on"} {
		markup := render(t, ui.Switch(ui.SwitchProps{Action: "/s", Name: "enabled", Label: "AI", On: on}))
		if got := attr(find(t, markup, "input", "name", "enabled"), "value"); got != want {
			t.Errorf("on=%v posts %q", on, got)
		}
		find(t, markup, "button", "role", "switch")
	}
}

func TestBusyButtonCannotBePressed(t *testing.T) {
	t.Parallel()
	n := find(t, render(t, ui.Button(ui.ButtonProps{Label: "Save", Busy: true})), "button", "aria-busy", "true")
	if attr(n, "type") != "submit" || !hasAttr(n, "disabled") {
		t.Error("a busy button can be pressed")
	}
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Mara Klein": "MK", "Öz": "Ö", "": "?", " anna  von der leyen ": "AL", "李小龙": "李"} {
		if got := ui.Initials(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestAgentsAndPeopleLookDifferent(t *testing.T) {
	t.Parallel()
	agent := find(t, render(t, ui.Avatar(ui.AvatarProps{Name: "Planner", Agent: true, Alone: true})), "span", "role", "img")
	person := find(t, render(t, ui.Avatar(ui.AvatarProps{Name: "Mara Klein", Alone: true})), "span", "role", "img")
	if attr(agent, "class") != "avatar agent" || attr(person, "class") != "avatar" || attr(person, "aria-label") != "Mara Klein" {
		t.Errorf("agent %v, person %v", agent.Attr, person.Attr)
	}
	answer := render(t, ui.Message(ui.MessageProps{ID: "1", Answer: true, State: domain.MessageDone}))
	find(t, answer, "span", "class", "avatar agent")
}
