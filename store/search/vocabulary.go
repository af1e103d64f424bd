package search

import (
	"encoding/binary"
	"hash/maphash"
)

// vocabulary remembers words with the terms that they were found to have, and numbers the terms. It is made for what
// indexing does most, looking up a word that was seen before: nothing in it points anywhere, and most often a word, its hash and
// its one term lie together, since what such a look costs is waiting for memory.
type vocabulary struct {
	seed   maphash.Seed
	table  []uint32 // by hash: a word's number and one; zero where there is none
	words  []known
	bytes  []byte   // of long words
	lists  []uint32 // the terms' numbers of words that have several
	terms  []Term   // by number
	number map[Term]uint32
}

// shortWord is how many bytes a word may have to lie with what is known of it.
const shortWord = 20

// known is a word that was seen.
type known struct {
	hash        uint32
	list        [1]uint32       // its term's number; of several, where they begin in lists
	size, terms uint16          // how many bytes and terms it has
	short       [shortWord]byte // of a long word, where it begins in bytes
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
		if w.hash == hash && v.is(w, word) {
			return v.listOf(w), true
		}
	}
	return nil, false
}

func (v *vocabulary) is(w *known, word string) bool {
	if len(word) != int(w.size) {
		return false
	}
	if len(word) <= shortWord {
		return string(w.short[:len(word)]) == word
	}
	at := binary.NativeEndian.Uint32(w.short[:])
	return string(v.bytes[at:at+uint32(w.size)]) == word
}

func (v *vocabulary) listOf(w *known) []uint32 {
	if w.terms == 1 {
		return w.list[:]
	}
	end := w.list[0] + uint32(w.terms)
	return v.lists[w.list[0]:end:end]
}

func (v *vocabulary) mask() uint32 { return uint32(len(v.table) - 1) }

// add remembers a word that find does not.
func (v *vocabulary) add(word string, terms []Term) []uint32 {
	if 2*len(v.words) >= len(v.table) {
		v.grow()
	}
	w := known{hash: uint32(maphash.String(v.seed, word)), list: [1]uint32{uint32(len(v.lists))}, size: uint16(len(word)), terms: uint16(len(terms))}
	if copy(w.short[:], word) < len(word) {
		binary.NativeEndian.PutUint32(w.short[:], uint32(len(v.bytes)))
		v.bytes = append(v.bytes, word...)
	}
	if len(terms) == 1 {
		w.list[0] = v.numberOf(terms[0])
	} else {
		for _, t := range terms {
			v.lists = append(v.lists, v.numberOf(t))
		}
	}
	v.words = append(v.words, w)
	v.place(w.hash, uint32(len(v.words)))
	return v.listOf(&v.words[len(v.words)-1])
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
