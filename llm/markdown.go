package llm

import (
	"bytes"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// HTML is safe to put into a page as it is: made here from an allowlist of elements and attributes (A73–A79).
type HTML string

// Links says where links lead. A nil function allows none of its kind; what has no link is shown as text.
type Links struct {
	Cite func(number int) (href string, ok bool) // [1]: the passage
	Out  func(url string) (href string, ok bool) // another host: the page that shows the whole address first (A83)
}

// Limits of rendering (A77, A115).
const (
	MaxMarkdown = 1 << 20 // bytes; what is longer is plain text too
	maxAllMarks = 60_000  // of a whole text; what has more is shown as plain text
	maxNesting  = 10      // quotes and lists in one another
	maxMarks    = 2000    // characters of one paragraph or heading that could open or close something
	maxInline   = 16      // emphasis and links in one another

	maxEmptyCells = 200 // of a table, beyond one cell for each byte of its text
)

// Render makes a page's HTML of what a model wrote. No element, attribute, class, id or address comes from the text
// except through Links; images become their alternative text (A82, F14).
func Render(markdown string, links Links) HTML {
	source := []byte(clean(markdown))
	if prose(source) {
		return paragraph(source)
	}
	return parsed(source, links)
}

func parsed(source []byte, links Links) HTML {
	if bomb(source) {
		return plain(source)
	}
	w := &writer{source: source, links: links}
	w.children(parse(source), 0)
	return HTML(w.out.String())
}

func bomb(source []byte) bool { return len(source) > MaxMarkdown || marks(source) > maxAllMarks }

func plain(source []byte) HTML {
	w := &writer{source: source}
	w.out.WriteString("<p>")
	w.escape(source)
	w.out.WriteString("</p>\n")
	return HTML(w.out.String())
}

// parse reads a text. The parser keeps nothing of what it read, so one serves all.
func parse(source []byte) ast.Node { return dialect().Parse(text.NewReader(source)) }

var dialect = sync.OnceValue(newParser)

// newParser reads the dialect that models write: CommonMark with tables and strikethrough, without raw HTML, setext headings
// (a row of dashes would change what has been shown already) and link definitions (they would tie blocks together, and
// turn [1] into a link to anywhere).
func newParser() parser.Parser {
	blocks := parser.WithBlockParsers(
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(shallow{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(simple{parser.NewATXHeadingParser()}, 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(parser.NewParagraphParser(), 1000))
	inlines := parser.WithInlineParsers(
		util.Prioritized(extension.NewTaskCheckBoxParser(), 50),
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(citationParser{}, 150),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewEmphasisParser(), 500),
		util.Prioritized(extension.NewStrikethroughParser(), 500))
	paragraphs := parser.WithParagraphTransformers(
		util.Prioritized(tame{}, 50),
		util.Prioritized(extension.NewTableParagraphTransformer(), 200))
	return parser.NewParser(blocks, inlines, paragraphs)
}

// shallow opens no quote or list inside too many others: the text stays a paragraph.
type shallow struct{ parser.BlockParser }

// Open counts what is around.
func (s shallow) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if k := n.Kind(); k == ast.KindBlockquote || k == ast.KindList {
			depth++
		}
	}
	if depth >= maxNesting {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, r, pc)
}

// simple opens no heading with too many marks.
type simple struct{ parser.BlockParser }

// Open looks at the line.
func (s simple) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if line, _ := r.PeekLine(); marks(line) > maxMarks {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, r, pc)
}

// tame turns a paragraph with too many marks into plain text before its inlines are read: matching them is quadratic. So
// is a table, which fills rows that are short of cells: one that would have more cells than letters is plain text too.
type tame struct{}

// Transform replaces the paragraph.
func (tame) Transform(p *ast.Paragraph, r text.Reader, _ parser.Context) {
	n, size, columns := 0, 0, 0
	lines := p.Lines().Sliced(0, p.Lines().Len())
	for _, l := range lines {
		line := l.Value(r.Source())
		n, size = n+marks(line), size+len(line)
		columns = max(columns, bytes.Count(line, []byte("|"))+1)
	}
	if n <= maxMarks && columns*len(lines) <= size+maxEmptyCells {
		return
	}
	plain := &plainBlock{}
	plain.SetLines(p.Lines())
	plain.SetPos(p.Pos())
	p.Parent().ReplaceChild(p.Parent(), p, plain)
}

// marks weighs what could open or close something. The start of a link's address weighs more: the parser then looks for
// its end up to the end of the line.
func marks(line []byte) int {
	n := 20*bytes.Count(line, []byte("](")) + 2*bytes.Count(line, []byte("["))
	for _, c := range line {
		if strings.IndexByte("*_~[]!`<&\\", c) >= 0 {
			n++
		}
	}
	return n
}

// plainBlock is a paragraph whose text means nothing but itself.
type plainBlock struct{ ast.BaseBlock }

var kindPlain = ast.NewNodeKind("Plain")

// Kind names the node.
func (*plainBlock) Kind() ast.NodeKind { return kindPlain }

// IsRaw keeps the inline parsers away.
func (*plainBlock) IsRaw() bool { return true }

// Dump is for debugging.
func (b *plainBlock) Dump(source []byte, level int) { ast.DumpHelper(b, source, level, nil, nil) }

// citation is [1] or [1, 2].
type citation struct {
	ast.BaseInline
	numbers []int
}

var kindCitation = ast.NewNodeKind("Citation")

// Kind names the node.
func (*citation) Kind() ast.NodeKind { return kindCitation }

// Dump is for debugging.
func (c *citation) Dump(source []byte, level int) { ast.DumpHelper(c, source, level, nil, nil) }

type citationParser struct{}

// Trigger is the bracket.
func (citationParser) Trigger() []byte { return []byte{'['} }

// Parse takes a citation unless it is the text of a link.
func (citationParser) Parse(_ ast.Node, r text.Reader, _ parser.Context) ast.Node {
	line, _ := r.PeekLine()
	head := line[:min(len(line), 64)]
	m := cited.FindIndex(head)
	if m == nil || m[0] != 0 || m[1] < len(line) && line[m[1]] == '(' {
		return nil
	}
	r.Advance(m[1])
	return &citation{numbers: numbers(string(head[:m[1]]))}
}
