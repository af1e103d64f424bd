package search

import (
	"iter"
	"maps"
	"slices"
	"strings"
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
	number := uint32(b.Passages())
	b.directory.languages = b.directory.languages.With(e.Language)
	b.directory.add(e.Version, e.Ordinal, lengthCode(len(e.Body)+titleWeight*len(e.Title)))
	b.count(number, e.Title, titleWeight)
	b.count(number, e.Body, 1)
	return nil
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

// Keyed returns every term's block under the key that the caller stores it by,
// in the order of the keys.
func (b *Builder) Keyed(key func(Term) string) []KeyedBlock {
	all, size := make([]KeyedBlock, 0, len(b.terms)), 0
	for _, l := range b.terms {
		l.flush()
		size += l.size()
	}
	blocks := make([]byte, 0, size) // all of them in one piece
	for t, l := range b.terms {
		from := len(blocks)
		blocks = l.write(blocks)
		all = append(all, KeyedBlock{Key: key(t), Block: blocks[from:len(blocks):len(blocks)]})
	}
	slices.SortFunc(all, func(x, y KeyedBlock) int { return strings.Compare(x.Key, y.Key) })
	return all
}

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
