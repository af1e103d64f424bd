package extract

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// unescaped is a text node's value as it would be shown: backslashes before marks and entities resolved, but for code.
func unescaped(n *ast.Text, source []byte) []byte {
	value := n.Value(source)
	if _, code := n.Parent().(*ast.CodeSpan); code || n.IsRaw() {
		return value
	}
	return util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(value)))
}
