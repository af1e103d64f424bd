package search

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"
)

// MaxHits is the most that one search returns.
const MaxHits = 200

// Segment is a segment opened for one query.
type Segment struct {
	Directory *Directory
	Blocks    []*Block // Blocks[i] is of Query.Terms[i]; nil where the segment doesn't hold the term
}

// Weight is what a query says of one of its terms.
type Weight struct {
	Count float32 // how often it is asked for
	Word  int     // terms of the same number are forms of one word
}

// Hit is the best passage of one document version.
type Hit struct {
	Version uint32
	Ordinal uint32  // the passage's place in the version
	Score   float32 // of the passage and of the whole version
}

// Ranker ranks passages. Its zero value is ready; share one, so that its
// scratch memory (4 bytes a passage of the longest version, a kilobyte a term) is reused.
type Ranker struct{ scratch sync.Pool }

// Rank returns the best passage of each of the best k document versions that
// are allowed, at most MaxHits. A version's score is the BM25 of its best passage
// plus that of its whole text, each against the mean of its kind: a passage alone
// knows nothing of what stands around it, and a whole text not whether the words
// stand together. (Their sum did better than either on test collections: trial/eval.)
// A version's passages lie in one segment, one after the other.
// All of a tenant's segments must be
// given, also those that hold none of the terms: the statistics (passages, mean
// length, how many passages hold a term) are the tenant's and count dead and
// forbidden passages until a merge drops the dead. Beyond these a version that
// is not allowed has no influence; allowed is asked before a passage takes a
// place among the best k, possibly more than once for a version (P43). Equal scores are
// ordered by version, then ordinal. ErrCorrupt: a block that does not fit.
//
// Most of what a query's commonest words stand in is not looked at: once k versions
// are found, those that hold no word but such as are too common to reach the worst of
// them are not, and of the others the common words are looked up only while they may
// still reach it. What is found is the same.
func (r *Ranker) Rank(segments []Segment, weights []Weight, allowed func(version uint32) bool, k int) ([]Hit, error) {
	if k = min(k, MaxHits); k <= 0 {
		return nil, nil
	}
	for _, s := range segments {
		for _, block := range s.Blocks {
			if block != nil && block.last >= uint32(s.Directory.Passages()) {
				return nil, ErrCorrupt
			}
		}
	}
	s, ok := r.scratch.Get().(*scratch)
	if !ok {
		s = &scratch{}
	}
	s.measure(segments, weights)
	t := top{hits: make([]Hit, 0, k+1), k: k, allowed: allowed}
	for _, segment := range largestFirst(segments) {
		s.rank(segment, &t)
	}
	s.cursors = s.cursors[:0]
	r.scratch.Put(s)
	return t.hits, nil
}

// largestFirst orders segments so that good hits are found soon.
func largestFirst(segments []Segment) []*Segment {
	order := make([]*Segment, len(segments))
	for i := range segments {
		order[i] = &segments[i]
	}
	slices.SortStableFunc(order, func(x, y *Segment) int { return cmp.Compare(y.Directory.Passages(), x.Directory.Passages()) })
	return order
}

// windowPassages is how many passages are scored at a time: what is written then stays in the nearest cache.
const windowPassages = 4096

// scratch is one search's memory. Between windows the scores are zero.
type scratch struct {
	statistics
	cursors []cursor  // of the segment, in the order of the terms
	rest    []float64 // by cursor: more than what it and those after it can be worth to a version

	run, runs  int       // the window's first run, and how many it has
	first, end uint32    // its passages
	scores     []float32 // by passage
	whole      []float32 // by run; above zero where a passage of it has a score
	most       []float32 // by run: no less than its best passage's score
}

// rank offers the versions of a segment to the top. Terms of which all together can't lift a version to the top are left
// until another one is found in it.
func (s *scratch) rank(segment *Segment, t *top) {
	s.open(segment)
	s.run, s.runs = 0, 0
	for must := len(s.cursors); ; {
		for must > 0 && s.rest[must-1] < float64(t.least()) {
			must--
		}
		first := uint32(done)
		for i := range s.cursors[:must] {
			first = min(first, s.cursors[i].passage)
		}
		if first == done {
			return
		}
		s.window(segment.Directory, first)
		for i := range s.cursors[:must] {
			s.add(&s.cursors[i], segment.Directory, s.run, s.end)
		}
		s.collect(segment.Directory, must, t)
	}
}

func (s *scratch) open(segment *Segment) {
	s.cursors, s.rest = s.cursors[:0], s.rest[:0]
	for i := range s.terms {
		if n := s.terms[i].number; n < len(segment.Blocks) && segment.Blocks[n] != nil {
			s.cursors = append(s.cursors, segment.Blocks[n].cursor(&s.terms[i]))
		}
	}
	s.rest = append(s.rest, make([]float64, len(s.cursors))...)
	sum := 0.0
	for i := len(s.cursors) - 1; i >= 0; i-- {
		sum += 2 * float64(s.cursors[i].term.worth) * s.slack // as a passage and as a whole
		s.rest[i] = sum
	}
}

// window begins a window at the run that holds a passage, which must not be behind the last window.
func (s *scratch) window(d *Directory, passage uint32) {
	s.run = d.runOf(passage, s.run+s.runs-min(s.runs, 1))
	s.first, s.runs = d.runs[s.run].first, 1
	if to := s.first + windowPassages; to < uint32(d.Passages()) {
		s.runs = max(d.runOf(to, s.run)-s.run, 1)
	} else {
		s.runs = len(d.runs) - s.run
	}
	s.end = d.runEnd(s.run + s.runs - 1)
	if n := int(s.end - s.first); n > len(s.scores) {
		s.scores = make([]float32, max(n, windowPassages))
	}
	if s.runs > len(s.whole) {
		s.whole, s.most = make([]float32, max(s.runs, windowPassages)), make([]float32, max(s.runs, windowPassages))
	}
}

// add adds a term's scores in the passages before end, from the run at run on. This loop is where a search spends its
// time.
func (s *scratch) add(c *cursor, d *Directory, run int, end uint32) {
	bytes, at, passage, often, left := c.bytes, c.at, c.passage, c.often, c.left
	scores, lengths, t := s.scores, d.lengths, c.term
	runEnd, sum, most := uint32(0), float32(0), float32(0) // the term's frequency in the run, and the most that it adds to a passage
	for passage < end {
		if passage >= runEnd {
			s.addWhole(d, run, t.worth, sum, most)
			run, sum, most = d.runOf(passage, run), 0, 0
			runEnd = d.runEnd(run)
		}
		code := lengths[passage]
		gain, tf := t.once[code], float32(1)
		if often {
			f, n := uvarint(bytes, at)
			at += n
			tf = float32(f + 2)
			gain = t.worth * tf / (tf + s.length[code])
		}
		scores[passage-s.first] += gain
		if sum += tf; gain > most {
			most = gain
		}
		if left--; left == 0 {
			passage = done
			break
		}
		v, n := uvarint(bytes, at)
		at += n
		passage, often = passage+1+uint32(v>>1), v&1 == 1
	}
	s.addWhole(d, run, t.worth, sum, most)
	c.at, c.passage, c.often, c.left = at, passage, often, left
}

// addWhole adds what a term is worth to a version that holds it so often.
func (s *scratch) addWhole(d *Directory, run int, worth, tf, most float32) {
	if tf > 0 {
		s.whole[run-s.run] += worth * tf / (tf + k1*(1-b) + s.perLength*float32(d.sums[run]))
		s.most[run-s.run] += most
	}
}

// uvarint is binary.Uvarint at an offset, quick for one byte; 0 read is an error.
func uvarint(block []byte, at int) (uint64, int) {
	if at < len(block) && block[at] < 0x80 {
		return uint64(block[at]), 1
	}
	return longUvarint(block, at)
}

func longUvarint(block []byte, at int) (uint64, int) {
	if at >= len(block) {
		return 0, 0
	}
	v, n := binary.Uvarint(block[at:])
	return v, max(n, 0)
}

// collect offers the best passage of each run of the window to the top, and zeroes the scores.
func (s *scratch) collect(d *Directory, must int, t *top) {
	for i, whole := range s.whole[:s.runs] {
		if whole > 0 && s.may(i, must, t) && t.allowed(d.runs[s.run+i].version) {
			s.finish(d, i, must, t)
		}
	}
	clear(s.scores[:s.end-s.first])
	clear(s.whole[:s.runs])
	clear(s.most[:s.runs])
}

// may says whether a run of the window may yet come to the top, by what it has and the terms from the one at from on.
func (s *scratch) may(i, from int, t *top) bool {
	bound := (float64(s.whole[i]) + float64(s.most[i])) * s.slack
	if from < len(s.rest) {
		bound += s.rest[from]
	}
	return bound >= float64(t.least())
}

// finish adds the terms that were left out to a run, as long as they matter, and offers it.
func (s *scratch) finish(d *Directory, i, must int, t *top) {
	r, end := d.runs[s.run+i], d.runEnd(s.run+i)
	scores := s.scores[r.first-s.first : end-s.first]
	for j := must; j < len(s.cursors); j++ {
		if !s.may(i, j, t) {
			return
		}
		c := &s.cursors[j]
		if c.seek(r.first); c.passage < end {
			s.add(c, d, s.run+i, end)
		}
	}
	score, at := best(scores)
	t.offer(Hit{Version: r.version, Ordinal: r.ordinal + uint32(at), Score: score + s.whole[i]})
}

// best is the first of the highest scores, and where it is.
func best(scores []float32) (most float32, at int) {
	for i, score := range scores {
		if score > most {
			most, at = score, i
		}
	}
	return most, at
}
