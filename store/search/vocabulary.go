package search

import (
	"hash/maphash"
	"slices"
)

// vocabulary remembers words with the terms that they were found to have, and numbers the terms. It is made for what
// indexing does most, looking up a word that was seen before: nothing in it points anywhere.
type vocabulary struct {
	seed   maphash.Seed
	table  []uint32 // by hash: a word's number and one; zero where there is none
	words  []known
	bytes  []byte   // of all words
	lists  []uint32 // the terms' numbers of all words
	terms  []Term   // by number
	number map[Term]uint32
}

// known is a word that was seen.
type known struct {
	hash        uint32
	at, list    uint32 // where its bytes and its terms begin
	size, terms uint16 // and how many there are
}

// leastTable is how many words the smallest table has room for, twice: it is never more than half full.
const leastTable = 1 << 10

func newVocabulary() vocabulary {
	return vocabulary{seed: maphash.MakeSeed(), table: make([]uint32, leastTable), number: map[Term]uint32{}}
}

// find gives the numbers of a word's terms, which stay as they are until words are added.
func (v *vocabulary) find(word string) (terms []uint32, ok bool) {
	hash := uint32(maphash.String(v.seed, word))
	for i := hash & v.mask(); v.table[i] > 0; i = (i + 1) & v.mask() {
		w := &v.words[v.table[i]-1]
		if w.hash == hash && string(v.bytes[w.at:w.at+uint32(w.size)]) == word {
			end := w.list + uint32(w.terms)
			return v.lists[w.list:end:end], true
		}
	}
	return nil, false
}

func (v *vocabulary) mask() uint32 { return uint32(len(v.table) - 1) }

// add remembers a word that find does not.
func (v *vocabulary) add(word string, terms []Term) []uint32 {
	if 2*len(v.words) >= len(v.table) {
		v.grow()
	}
	w := known{hash: uint32(maphash.String(v.seed, word)), at: uint32(len(v.bytes)), list: uint32(len(v.lists)),
		size: uint16(len(word)), terms: uint16(len(terms))}
	v.bytes = append(v.bytes, word...)
	for _, t := range terms {
		v.lists = append(v.lists, v.numberOf(t))
	}
	v.words = append(v.words, w)
	v.place(w.hash, uint32(len(v.words)))
	return slices.Clip(v.lists[w.list:])
}

func (v *vocabulary) numberOf(t Term) uint32 {
	n, ok := v.number[t]
	if !ok {
		n = uint32(len(v.terms))
		v.terms, v.number[t] = append(v.terms, t), n
	}
	return n
}

func (v *vocabulary) place(hash, number uint32) {
	i := hash & v.mask()
	for v.table[i] > 0 {
		i = (i + 1) & v.mask()
	}
	v.table[i] = number
}

func (v *vocabulary) grow() {
	v.table = make([]uint32, 2*len(v.table))
	for i, w := range v.words {
		v.place(w.hash, uint32(i+1))
	}
}
