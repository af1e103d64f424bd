package search

import (
	"iter"
	"maps"
	"slices"
)

// titleWeight is how often a title's terms count: found by measuring.
const titleWeight = 3

// Entry is one passage to be indexed. Passages of one version should be added
// together and in order: the directory is smallest then.
type Entry struct {
	Version  uint32 // the tenant's own number of the document version
	Ordinal  uint32 // the passage's place in the version: Passage.Ordinal
	Language Language
	Title    []Term // of the document's title
	Body     []Term
}

// Builder collects passages into one segment. Its zero value is ready. Memory
// is about four bytes a posting.
type Builder struct {
	directory Directory
	terms     map[Term]*postingList
	spare     []postingList // made many at once
}

// listsAtOnce is how many posting lists are made at once.
const listsAtOnce = 256

// Add adds a passage; its number in the segment is how many came before.
// ErrFull says that the segment holds MaxPassages already.
func (b *Builder) Add(e Entry) error {
	if b.Passages() == MaxPassages {
		return ErrFull
	}
	if b.terms == nil {
		b.terms = map[Term]*postingList{}
	}
	number := b.begin(e, len(e.Title), len(e.Body))
	b.count(number, e.Title, titleWeight)
	b.count(number, e.Body, 1)
	return nil
}

// begin adds a passage without its terms and gives its number.
func (b *Builder) begin(e Entry, title, body int) uint32 {
	number := uint32(b.Passages())
	b.directory.languages = b.directory.languages.With(e.Language)
	b.directory.add(e.Version, e.Ordinal, lengthCode(body+titleWeight*title))
	return number
}

func (b *Builder) count(number uint32, terms []Term, weight uint32) {
	for _, t := range terms {
		l := b.terms[t]
		if l == nil {
			l = b.list()
			b.terms[t] = l
		}
		l.add(number, weight)
	}
}

func (b *Builder) list() *postingList {
	if len(b.spare) == 0 {
		b.spare = make([]postingList, listsAtOnce)
	}
	l := &b.spare[0]
	b.spare = b.spare[1:]
	return l
}

// Passages is how many passages were added.
func (b *Builder) Passages() int { return b.directory.Passages() }

// Directory returns the segment's directory, to be sealed.
func (b *Builder) Directory() []byte { return b.directory.encode() }

// Blocks yields every term's block, to be sealed, in the order of the terms.
func (b *Builder) Blocks() iter.Seq2[Term, []byte] {
	return func(yield func(Term, []byte) bool) {
		for _, t := range slices.Sorted(maps.Keys(b.terms)) {
			if !yield(t, b.terms[t].block()) {
				return
			}
		}
	}
}
