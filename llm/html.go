package llm

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// writer turns a tree into HTML. Every tag is written here, as a constant; a node of an unknown kind gives only its text.
type writer struct {
	source []byte
	links  Links
	out    strings.Builder
	inLink bool
}

func (w *writer) children(n ast.Node, depth int) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c, depth)
	}
}

// element writes a tag around the children.
func (w *writer) element(open, closing string, n ast.Node, depth int) {
	w.out.WriteString(open)
	w.children(n, depth)
	w.out.WriteString(closing)
}

func (w *writer) node(n ast.Node, depth int) {
	switch x := n.(type) {
	case *ast.Paragraph:
		w.element("<p>", "</p>\n", n, depth)
	case *ast.Heading:
		// Models leave levels out, and what is streamed is rendered block by block: all are of one level, below the page's h1.
		w.element("<h2>", "</h2>\n", n, depth)
	case *ast.Blockquote:
		w.element("<blockquote>\n", "</blockquote>\n", n, depth)
	case *ast.List:
		w.list(x, depth)
	case *ast.ListItem:
		w.element("<li>", "</li>\n", n, depth)
	case *ast.TextBlock:
		w.children(n, depth)
		if n.NextSibling() != nil {
			w.out.WriteByte('\n')
		}
	case *ast.ThematicBreak:
		w.out.WriteString("<hr>\n")
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		w.lines("<pre tabindex=\"0\"><code>", "</code></pre>\n", n)
	case *plainBlock:
		w.lines("<p>", "</p>\n", n)
	default:
		if !w.table(n, depth) {
			w.inline(n, depth)
		}
	}
}

func (w *writer) list(x *ast.List, depth int) {
	if !x.IsOrdered() {
		w.element("<ul>\n", "</ul>\n", x, depth)
		return
	}
	open := "<ol>\n"
	if x.Start != 1 {
		open = "<ol start=\"" + strconv.Itoa(x.Start) + "\">\n"
	}
	w.element(open, "</ol>\n", x, depth)
}

func (w *writer) lines(open, closing string, n ast.Node) {
	w.out.WriteString(open)
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		w.escape(line.Value(w.source))
	}
	w.out.WriteString(closing)
}

func (w *writer) table(n ast.Node, depth int) bool {
	switch x := n.(type) {
	case *east.Table:
		w.element("<div class=\"md-table\" tabindex=\"0\"><table>\n", "</tbody></table></div>\n", n, depth)
	case *east.TableHeader:
		w.element("<thead><tr>", "</tr></thead>\n<tbody>\n", n, depth)
	case *east.TableRow:
		w.element("<tr>", "</tr>\n", n, depth)
	case *east.TableCell:
		tag := "td"
		if _, head := n.Parent().(*east.TableHeader); head {
			tag = "th"
		}
		w.element("<"+tag+align[x.Alignment]+">", "</"+tag+">", n, depth)
	default:
		return false
	}
	return true
}

var align = map[east.Alignment]string{east.AlignRight: ` class="md-right"`, east.AlignCenter: ` class="md-center"`}

func (w *writer) inline(n ast.Node, depth int) {
	if depth > maxInline {
		w.bare(n)
		return
	}
	switch x := n.(type) {
	case *ast.Text:
		w.text(x)
	case *ast.String:
		w.escape(x.Value)
	case *ast.CodeSpan:
		w.out.WriteString("<code>")
		w.bare(n)
		w.out.WriteString("</code>")
	case *ast.Emphasis:
		tag := "em"
		if x.Level == 2 {
			tag = "strong"
		}
		w.element("<"+tag+">", "</"+tag+">", n, depth+1)
	case *east.Strikethrough:
		w.element("<del>", "</del>", n, depth+1)
	case *ast.Link:
		w.link(string(util.URLEscape(x.Destination, true)), func() { w.children(n, depth+1) })
	case *ast.AutoLink:
		label := x.Label(w.source)
		w.link(string(util.URLEscape(label, false)), func() { w.escape(label) })
	case *ast.Image:
		w.children(n, depth+1)
	case *east.TaskCheckBox:
		w.out.WriteString(map[bool]string{true: "☑ ", false: "☐ "}[x.IsChecked])
	case *citation:
		w.cite(x)
	default:
		w.children(n, depth+1)
	}
}

func (w *writer) text(x *ast.Text) {
	w.resolved(x.Segment.Value(w.source))
	switch {
	case x.HardLineBreak():
		w.out.WriteString("<br>\n")
	case x.SoftLineBreak():
		w.out.WriteByte('\n')
	}
}

// bare is the text in a node, without markup, with its line ends as spaces. It does not recurse: a node may be nested a
// hundred thousand deep.
func (w *writer) bare(n ast.Node) {
	for at := n; at != nil; {
		if t, ok := at.(*ast.Text); ok {
			w.escape(bytes.ReplaceAll(t.Segment.Value(w.source), []byte("\n"), []byte(" ")))
			if t.SoftLineBreak() {
				w.out.WriteByte(' ')
			}
		}
		at = after(at, n)
	}
}

// after is the next node in document order within root.
func after(at, root ast.Node) ast.Node {
	if c := at.FirstChild(); c != nil {
		return c
	}
	for at != root && at != nil {
		if s := at.NextSibling(); s != nil {
			return s
		}
		at = at.Parent()
	}
	return nil
}

// resolved writes text whose entities and backslashes mean something. What an entity brings back (&#8238;) is cleaned
// again.
func (w *writer) resolved(b []byte) {
	var buf bytes.Buffer
	bw := &bufWriter{&buf}
	html.DefaultWriter.Write(bw, b)
	w.out.WriteString(clean(buf.String()))
}

// escape writes text that means itself.
func (w *writer) escape(b []byte) { w.out.Write(util.EscapeHTML(b)) }

func (w *writer) cite(c *citation) {
	for _, n := range c.numbers {
		s := strconv.Itoa(n)
		href, ok := "", false
		if w.links.Cite != nil && !w.inLink {
			href, ok = w.links.Cite(n)
		}
		if !ok {
			w.out.WriteString("[" + s + "]")
			continue
		}
		w.out.WriteString(`<a class="cite" href="`)
		w.escape([]byte(href))
		w.out.WriteString(`" aria-label="Source ` + s + `">` + s + `</a>`)
	}
}

// link writes an anchor when the address may be linked, else only what is inside (A74).
func (w *writer) link(to string, inside func()) {
	open := ""
	if !w.inLink {
		open = w.anchor(to)
	}
	if open == "" {
		inside()
		return
	}
	w.inLink = true
	w.out.WriteString(open)
	inside()
	w.out.WriteString("</a>")
	w.inLink = false
}

// anchor is the opening tag for an address, "" when it may not be linked: own paths, http(s) through Out, mailto without
// a prepared text.
func (w *writer) anchor(to string) string {
	u, err := url.Parse(to)
	if err != nil || strings.ContainsAny(to, "\\\x00 \t\r\n") {
		return ""
	}
	switch {
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//"):
		return `<a href="` + string(util.EscapeHTML([]byte(to))) + `">`
	case u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"):
		return `<a href="mailto:` + string(util.EscapeHTML([]byte(u.Opaque))) + `">`
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && w.links.Out != nil:
		if href, ok := w.links.Out(to); ok {
			return `<a class="md-out" href="` + string(util.EscapeHTML([]byte(href))) +
				`" rel="noopener noreferrer nofollow" target="_blank">`
		}
	}
	return ""
}

// bufWriter is what goldmark writes to.
type bufWriter struct{ *bytes.Buffer }

func (b *bufWriter) Available() int { return b.Buffer.Available() }
func (b *bufWriter) Buffered() int  { return b.Len() }
func (b *bufWriter) Flush() error   { return nil }
