// Package search finds passages of text: it cuts texts into passages, turns
// words into terms, packs terms into posting blocks, and ranks passages for a
// query with BM25. It is pure: no SQL, no keys, no I/O, no clock.
//
// The way through it, as the store walks it:
//
//	text → Detect → Analyser.Index → segment (directory, blocks in Pages)
//	Plan → Merge                              keeps segments few
//	ParseQuery → PageIndex → FindBlock, OpenBlock per term and segment → Rank → Query.Snippet, Highlight
//
// A segment is immutable. It holds passages numbered from 0, a directory (for
// each passage: the document version it belongs to, its ordinal there, its
// quantised length) and one block per term (passage numbers and frequencies).
// Pages and directory are bytes for the caller to seal; the caller also turns
// each Term into a keyed hash before anything is stored (P31), so nothing
// that a thief could read as a word leaves this package unsealed.
//
// # Words and languages
//
// Every text is indexed in one language, voted by its function words (Detect;
// English when unsure): Snowball stems of that language, numbers and words of
// other scripts as they are, bigrams where a script has no spaces. A directory
// remembers which languages it holds, and a query is stemmed in each language
// that the tenant's segments hold, so a query meets a document in the
// document's own language. A word with diacritics is indexed with them and
// without, so that "resume" finds "résumé" and "résumé" prefers it.
// Compounds such as ISO-27001, GPT-4.1, e-mail addresses and file names are
// indexed in parts and as a whole ("ISO27001" finds "ISO-27001").
package search

import "errors"

// ErrCorrupt says that bytes are not a block or directory that this package
// wrote, or that the two don't belong together.
var ErrCorrupt = errors.New("search: corrupt index bytes")

// ErrFull says that a segment can't take another passage: see MaxPassages.
var ErrFull = errors.New("search: segment is full")

// ErrOrder says that the blocks given to Merge were not in ascending key order.
var ErrOrder = errors.New("search: blocks out of order")

// MaxPassages is the number of passages a segment can hold. It bounds what
// hostile bytes can make Rank allocate (4 bytes a passage).
const MaxPassages = 1 << 24
