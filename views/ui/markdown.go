package ui

import "github.com/a-h/templ"

// SafeHTML is HTML that llm's renderer made from Markdown under its strict allowlist (P42): no raw HTML, no images, links
// only to this origin. Nothing else may be converted to it.
type SafeHTML string

// RenderedMarkdown puts what a model or a document's author wrote on a page. It is the only place where HTML goes
// through unescaped (A81).
func RenderedMarkdown(html SafeHTML) templ.Component { return templ.Raw(string(html)) }
