package search

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Document is a text to be indexed, in one language.
type Document struct {
	Version     uint32 // the tenant's own number of the document version
	Language    Language
	Title, Text string
}

// Keys says how an organization keys its terms (P31). Of names it: keys are remembered, and given to no other.
type Keys struct {
	Of  string
	Key func(Term) [KeySize]byte
}

// Indexed is a document ready to be stored as a segment of its own.
type Indexed struct {
	Passages  []Passage
	Directory []byte       // to be sealed
	Blocks    []KeyedBlock // in the order of their keys; to be sealed in Pages
}

// Index cuts a document and builds its segment: what a Builder builds of each passage's Terms. What passages share is
// analysed once. ErrFull says that it has more than MaxPassages.
func (a *Analyser) Index(d Document, keys Keys) (Indexed, error) {
	x := Indexed{Passages: Cut(d.Text)}
	if len(x.Passages) > MaxPassages {
		return Indexed{}, ErrFull
	}
	a.listed.clear() // of one that panicked
	var b Builder
	title := a.append(nil, d.Title)
	for p, body := range a.passages(d.Text, x.Passages) {
		number := b.begin(Entry{Version: d.Version, Ordinal: uint32(p.Ordinal), Language: d.Language}, len(title), len(body))
		a.count(&b, number, title, titleWeight)
		a.count(&b, number, body, 1)
	}
	x.Directory = b.Directory()
	x.Blocks = keyedBlocks(a.keyed(keys))
	return x, nil
}

// listed are the posting lists of the text that is being indexed.
type listed struct {
	of    []*postingList // by the term's number
	terms []uint32       // that have one
}

func (l *listed) clear() {
	for _, t := range l.terms {
		l.of[t] = nil
	}
	l.terms = l.terms[:0]
}

func (a *Analyser) count(b *Builder, passage uint32, terms []uint32, weight uint32) {
	if more := len(a.words.terms) - len(a.listed.of); more > 0 {
		a.listed.of = append(a.listed.of, make([]*postingList, more)...)
	}
	for _, t := range terms {
		l := a.listed.of[t]
		if l == nil {
			l = b.list()
			a.listed.of[t] = l
			a.listed.terms = append(a.listed.terms, t)
		}
		l.add(passage, weight)
	}
}

// keyedList is a posting list and its term's key, as a number in the same order.
type keyedList struct {
	key  uint64
	list *postingList
}

// keyed takes the posting lists out, under their keys.
func (a *Analyser) keyed(keys Keys) []keyedList {
	if a.keysOf != keys.Of {
		a.keysOf, a.keys = keys.Of, a.keys[:0]
	}
	if more := len(a.words.terms) - len(a.keys); more > 0 {
		a.keys = append(a.keys, make([]uint64, more)...)
	}
	all := make([]keyedList, len(a.listed.terms))
	for i, t := range a.listed.terms {
		if a.keys[t] == 0 {
			key := keys.Key(a.words.terms[t])
			a.keys[t] = binary.BigEndian.Uint64(key[:])
		}
		all[i] = keyedList{a.keys[t], a.listed.of[t]}
	}
	a.listed.clear()
	return all
}

// keyedBlocks writes lists in the order of their keys, all blocks in one piece of memory and all keys in another.
func keyedBlocks(all []keyedList) []KeyedBlock {
	slices.SortFunc(all, func(x, y keyedList) int { return cmp.Compare(x.key, y.key) })
	keys, size := make([]byte, 0, KeySize*len(all)), 0
	for _, l := range all {
		keys = binary.BigEndian.AppendUint64(keys, l.key)
		l.list.flush()
		size += l.list.size()
	}
	names, bytes, blocks := string(keys), make([]byte, 0, size), make([]KeyedBlock, len(all))
	for i, l := range all {
		from := len(bytes)
		bytes = l.list.write(bytes)
		blocks[i] = KeyedBlock{Key: names[i*KeySize : (i+1)*KeySize], Block: bytes[from:len(bytes):len(bytes)]}
	}
	return blocks
}
