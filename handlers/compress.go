package handlers

import (
	"bytes"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/klauspost/compress/gzip"
)

// What is worth compressing, in bytes. Less of a page fits into one packet anyhow; and a fragment that is not larger arrives in
// as many round trips either way, in a connection's first packets, while compressing it was a fiftieth of what a question costs.
const (
	smallestPage     = 1400
	smallestFragment = 8 << 10
)

// packers are writers that are used again: each holds some hundred kilobytes of tables.
type packers struct{ pages, fragments sync.Pool }

// The levels: 6 takes half as long again as 5 for one hundredth less, and a fragment, which is small, is a tenth larger at 1
// in half of the time.
const (
	packPage     = 5
	packFragment = gzip.BestSpeed
)

func newPackers() *packers {
	packer := func(level int) func() any {
		return func() any {
			w, _ := gzip.NewWriterLevel(nil, level) // only an unknown level fails
			return w
		}
	}
	return &packers{sync.Pool{New: packer(packPage)}, sync.Pool{New: packer(packFragment)}}
}

// pack is a page or fragment compressed, or as it is when that fails.
func pack(pool *sync.Pool, page []byte) (out []byte, packed bool) {
	w, ok := pool.Get().(*gzip.Writer)
	if !ok {
		return page, false
	}
	defer pool.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	if _, err := w.Write(page); err != nil || w.Close() != nil { // a buffer takes everything
		return page, false
	}
	return b.Bytes(), true
}

// packed compresses a page for who can read it. Only what our own pages or the address bar ask for is compressed: who makes a
// browser ask for addresses of their choice and watches the lengths could else guess a page's secrets letter by letter
// (BREACH), and such a request says in Sec-Fetch-Site that it came from another site.
func (q *request) packed(page []byte) []byte {
	q.c.Vary(fiber.HeaderAcceptEncoding, "Sec-Fetch-Site")
	site := q.c.Get("Sec-Fetch-Site")
	pool, smallest := &q.packers.pages, smallestPage
	if q.partial() {
		pool, smallest = &q.packers.fragments, smallestFragment
	}
	if len(page) < smallest || site != "same-origin" && site != "none" || !accepts(q.c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		return page
	}
	out, ok := pack(pool, page)
	if ok {
		q.c.Set(fiber.HeaderContentEncoding, "gzip")
	}
	return out
}

// accepts says whether a list of encodings names one and does not rule it out.
func accepts(list, encoding string) bool {
	for one := range strings.SplitSeq(list, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q := strings.ReplaceAll(quality, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
