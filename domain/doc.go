// Package domain is what the product is about: its types and its pure rules.
//
// It imports the standard library only and does no I/O. Whoever needs the time passes it in, and whoever decides
// something (may this person, is this open, what is missing) calls a function here; the store enforces the answer
// while it holds the row.
package domain
