// Package ui holds the parts that pages are made of: one small templ component per part, each taking a Props struct of
// plain strings. Parts do no I/O and no arithmetic beyond formatting; what they are given is escaped by templ. The one
// exception is RenderedMarkdown, whose argument has its own type so that a test can hold it to a single use (A81).
//
// Every part works without JavaScript. Classes are the only link to static/src/app.css; there is no style attribute
// anywhere, because the content security policy forbids it.
package ui
