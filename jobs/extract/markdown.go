package extract

import (
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// readMarkdown reads Markdown with tables: the words without the marks.
func readMarkdown(data []byte, l Limits) (*Document, error) {
	source, ok := decodeText(data)
	if !ok {
		return nil, ErrDamaged
	}
	s := newSink(l)
	s.section = true
	body := []byte(frontMatter(s, source))
	m := &markdownReader{sink: s, source: body}
	tree := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(body))
	if err := ast.Walk(tree, m.visit); err != nil {
		return nil, asReason(err)
	}
	return s.finish()
}

// frontMatter takes the settings that some programs put before the text, and uses only their title.
func frontMatter(s *sink, source string) string {
	source = strings.ReplaceAll(source, "\r\n", "\n")
	rest, ok := strings.CutPrefix(source, "---\n")
	head, body, closed := strings.Cut(rest, "\n---\n")
	if !ok || !closed || strings.Contains(head, "\n\n") {
		return source
	}
	for line := range strings.SplitSeq(head, "\n") {
		if t, ok := strings.CutPrefix(line, "title:"); ok {
			s.title(strings.Trim(strings.TrimSpace(t), `"'`))
		}
	}
	return body
}

type markdownReader struct {
	*sink
	source []byte
	lists  int
	inItem int
}

func (m *markdownReader) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if m.err != nil {
		return ast.WalkStop, m.err
	}
	switch n := n.(type) {
	case *ast.List:
		m.lists += step(entering)
	case *ast.ListItem:
		m.inItem += step(entering)
	default:
		if entering {
			return m.block(n)
		}
	}
	return ast.WalkContinue, nil
}

func step(entering bool) int {
	if entering {
		return 1
	}
	return -1
}

func (m *markdownReader) block(n ast.Node) (ast.WalkStatus, error) {
	switch n := n.(type) {
	case *ast.Heading:
		m.add(Heading, n.Level, m.inline(n))
	case *ast.Paragraph, *ast.TextBlock:
		if m.inItem > 0 {
			m.add(Item, m.lists-1, m.inline(n))
		} else {
			m.add(Paragraph, 0, m.inline(n))
		}
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		m.add(CodeBlock, 0, m.lines(n))
	case *ast.HTMLBlock:
		return ast.WalkSkipChildren, addHTML(m.sink, m.lines(n))
	case *tables.TableHeader, *tables.TableRow:
		var cells []string
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, m.inline(c))
		}
		m.add(Row, 0, joinCells(cells))
	default:
		return ast.WalkContinue, nil
	}
	return ast.WalkSkipChildren, m.err
}

func (m *markdownReader) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(m.source))
	}
	return b.String()
}

// inline gathers the words of a block.
func (m *markdownReader) inline(n ast.Node) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(unescaped(n, m.source))
			if n.HardLineBreak() {
				b.WriteByte('\n')
			} else if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(m.source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
