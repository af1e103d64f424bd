package search

import (
	"encoding/binary"
	"iter"
	"sort"
)

// A page holds the blocks of neighbouring keys: per block the key, its length
// as a varint, its bytes. It is what the caller seals and stores, so that a
// segment of a million words is some thousand rows, and one of a few words one.

// KeySize is how many bytes a key in a page has.
const KeySize = 8

// pageSize is when a page is full. A block is never cut, so one of a common
// word makes a page as large as itself.
const pageSize = 8 << 10

// Page is a full page and the lowest key in it.
type Page struct {
	First string
	Data  []byte
}

// Pages packs blocks, which come in ascending order of key, into pages. It
// reads them as it goes and ends after the first error.
func Pages(blocks iter.Seq2[KeyedBlock, error]) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		var p Page
		last := ""
		for b, err := range blocks {
			if err == nil && (len(b.Key) != KeySize || b.Key <= last) {
				err = ErrOrder
			}
			if err != nil {
				yield(Page{}, err)
				return
			}
			last = b.Key
			if p.Data == nil {
				p = Page{First: b.Key, Data: make([]byte, 0, pageSize+pageSize/8)}
			}
			p.Data = append(p.Data, b.Key...)
			p.Data = binary.AppendUvarint(p.Data, uint64(len(b.Block)))
			p.Data = append(p.Data, b.Block...)
			if len(p.Data) >= pageSize {
				if !yield(p, nil) {
					return
				}
				p = Page{}
			}
		}
		if p.Data != nil {
			yield(p, nil)
		}
	}
}

// PageReader reads the blocks of a page in order.
type PageReader struct {
	page  []byte
	names string // the page again, for its keys to be parts of
	at    int
}

// ReadPage begins a page, which must stay as it is.
func ReadPage(page []byte) PageReader { return PageReader{page: page, names: string(page)} }

// Next is the next block; false at the end of the page.
func (r *PageReader) Next() (KeyedBlock, bool, error) {
	if r.at == len(r.page) {
		return KeyedBlock{}, false, nil
	}
	if len(r.page)-r.at < KeySize {
		return KeyedBlock{}, false, ErrCorrupt
	}
	key := r.names[r.at : r.at+KeySize]
	size, n := uvarint(r.page, r.at+KeySize)
	from := r.at + KeySize + n
	if n == 0 || size > uint64(len(r.page)-from) {
		return KeyedBlock{}, false, ErrCorrupt
	}
	r.at = from + int(size)
	return KeyedBlock{Key: key, Block: r.page[from:r.at:r.at]}, true, nil
}

// FindBlock returns the block of a key in a page; nil when it is not there.
func FindBlock(page []byte, key string) ([]byte, error) {
	for len(page) > 0 {
		if len(page) < KeySize {
			return nil, ErrCorrupt
		}
		size, n := uvarint(page, KeySize)
		from := KeySize + n
		if n == 0 || size > uint64(len(page)-from) {
			return nil, ErrCorrupt
		}
		to := from + int(size)
		if at := page[:KeySize]; string(at) >= key {
			if string(at) > key {
				return nil, nil
			}
			return page[from:to:to], nil
		}
		page = page[to:]
	}
	return nil, nil
}

// PageIndex says which page of a segment holds a key: the pages' lowest keys,
// one after the other.
type PageIndex []byte

// Add appends the next page.
func (x PageIndex) Add(p Page) PageIndex { return append(x, p.First...) }

// Len is how many pages there are.
func (x PageIndex) Len() int { return len(x) / KeySize }

// Page is the only page that can hold a key; -1 when none can.
func (x PageIndex) Page(key string) int {
	return sort.Search(len(x)/KeySize, func(i int) bool { return string(x[i*KeySize:(i+1)*KeySize]) > key }) - 1
}
