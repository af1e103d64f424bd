package extract

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// readHTML reads a page as a person would: no scripts, no styles, nothing hidden; headings, lists, tables, code and the
// texts that stand for pictures.
func readHTML(data []byte, l Limits) (*Document, error) {
	s := newSink(l)
	s.section = true
	if err := addHTML(s, decodeHTML(data)); err != nil {
		return nil, err
	}
	return s.finish()
}

// decodeHTML follows the mark at the start, then the page's own declaration, then what the bytes look like.
func decodeHTML(data []byte) string {
	e, _, certain := charset.DetermineEncoding(data[:min(len(data), 1024)], "")
	if !certain {
		return decode(data)
	}
	return transcode(e, data)
}

func addHTML(s *sink, page string) error {
	root, err := html.Parse(bytes.NewReader([]byte(page)))
	if err != nil {
		return ErrDamaged // nested too deep
	}
	w := &htmlReader{sink: s}
	w.walk(root, 0)
	w.flush()
	return s.err
}

// htmlReader walks a page's tree, gathering words until a block ends.
type htmlReader struct {
	*sink
	words strings.Builder
	kind  Kind
	level int
	lists int
	cell  int // nesting of table cells: inside one, blocks end in a space
}

var unread = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Iframe: true, atom.Object: true,
	atom.Svg: true, atom.Canvas: true, atom.Select: true, atom.Datalist: true, atom.Noembed: true,
	atom.Noframes: true, atom.Audio: true, atom.Video: true,
}

var inlineAtoms = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Button: true, atom.Cite: true,
	atom.Code: true, atom.Data: true, atom.Del: true, atom.Dfn: true, atom.Em: true, atom.Font: true, atom.I: true,
	atom.Img: true, atom.Input: true, atom.Ins: true, atom.Kbd: true, atom.Label: true, atom.Mark: true, atom.Q: true,
	atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strong: true, atom.Strike: true,
	atom.Sub: true, atom.Sup: true, atom.Time: true, atom.Tt: true, atom.U: true, atom.Var: true, atom.Wbr: true,
	atom.Br: true, atom.Ruby: true, atom.Rt: true, atom.Rp: true, atom.Picture: true, atom.Source: true,
}

func (w *htmlReader) walk(n *html.Node, depth int) {
	if w.err != nil || depth > 2*maxDepth+8 {
		return
	}
	switch n.Type {
	case html.TextNode:
		if w.kind == CodeBlock {
			w.words.WriteString(n.Data)
			return
		}
		w.words.WriteString(sourceBreaks.Replace(n.Data)) // breaks in the source mean nothing
	case html.ElementNode:
		w.element(n, depth)
	default:
		w.children(n, depth)
	}
}

func (w *htmlReader) children(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c, depth+1)
	}
}

func (w *htmlReader) element(n *html.Node, depth int) {
	switch {
	case unread[n.DataAtom] || concealed(n):
		return
	case n.DataAtom == atom.Title:
		w.title(textOf(n))
	case n.DataAtom == atom.Br:
		w.words.WriteByte('\n')
	case n.DataAtom == atom.Img:
		w.words.WriteString(" " + htmlAttr(n, "alt") + " ")
	case inlineAtoms[n.DataAtom]:
		w.children(n, depth)
	case w.cell > 0:
		w.words.WriteByte(' ')
		w.children(n, depth)
		w.words.WriteByte(' ')
	default:
		w.block(n, depth)
	}
}

func (w *htmlReader) block(n *html.Node, depth int) {
	w.flush()
	kind, level := w.kind, w.level
	switch n.DataAtom {
	case atom.Html:
		w.language(htmlAttr(n, "lang"))
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.kind, w.level = Heading, int(n.Data[1]-'0')
	case atom.Pre:
		w.kind, w.level = CodeBlock, 0
	case atom.Li:
		w.kind, w.level = Item, max(w.lists-1, 0)
	case atom.Tr:
		w.add(Row, 0, joinCells(w.cells(n, depth)))
		return
	case atom.Ul, atom.Ol, atom.Menu:
		w.lists++
		defer func() { w.lists-- }()
	}
	w.children(n, depth)
	w.flush()
	w.kind, w.level = kind, level
}

// cells reads a row's cells, each into its own text.
func (w *htmlReader) cells(row *html.Node, depth int) []string {
	var cells []string
	w.cell++
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			w.words.Reset()
			w.children(c, depth+1)
			cells = append(cells, w.words.String())
		}
	}
	w.cell--
	w.words.Reset()
	return cells
}

// flush ends the block at hand.
func (w *htmlReader) flush() {
	text := w.words.String()
	w.words.Reset()
	kind := w.kind
	if kind == "" {
		kind = Paragraph
	}
	w.add(kind, w.level, text)
}

var sourceBreaks = strings.NewReplacer("\n", " ", "\r", " ")

var concealing = regexp.MustCompile(`(?i)(display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0+(px|pt|em|%)?\s*(;|$))`)

// concealed tells whether an element is kept from the reader's eyes, and so from the reader's questions.
func concealed(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "hidden" || a.Key == "style" && concealing.MatchString(a.Val) {
			return true
		}
	}
	return n.DataAtom == atom.Input && htmlAttr(n, "type") == "hidden"
}

func htmlAttr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}
