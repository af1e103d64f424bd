package search

import (
	"encoding/binary"
	"math"
	"sync"
)

// BM25's settings.
const (
	k1 = 1.2
	b  = 0.75
)

// MaxHits is the most that one search returns.
const MaxHits = 200

// Segment is a segment opened for one query.
type Segment struct {
	Directory *Directory
	Blocks    [][]byte // Blocks[i] is of Query.Terms[i]; nil where the segment doesn't hold the term
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
// scratch memory (4 bytes a passage of the largest segment) is reused.
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
func (r *Ranker) Rank(segments []Segment, weights []Weight, allowed func(version uint32) bool, k int) ([]Hit, error) {
	if k = min(k, MaxHits); k <= 0 {
		return nil, nil
	}
	stats, err := measureTerms(segments, weights)
	if err != nil {
		return nil, err
	}
	s, ok := r.scratch.Get().(*scratch)
	if !ok {
		s = &scratch{}
	}
	t := top{hits: make([]Hit, 0, k+1), k: k, allowed: allowed}
	for i := range segments {
		if err := s.score(&segments[i], stats); err != nil {
			return nil, err // the scratch is dirty: not returned to the pool
		}
		s.collect(segments[i].Directory, &t)
	}
	r.scratch.Put(s)
	return t.hits, nil
}

// statistics are a tenant's, for one query.
type statistics struct {
	idf    []float32
	length [256]float32 // by length code: k1 * (1 - b + b*length/mean)
	whole  float32      // k1 * b / mean length of the versions
}

func measureTerms(segments []Segment, weights []Weight) (*statistics, error) {
	var passages, versions, total uint64
	var holding []uint64
	for _, s := range segments {
		passages += uint64(s.Directory.Passages())
		versions += uint64(len(s.Directory.runs))
		total += s.Directory.total
		for len(holding) < len(s.Blocks) {
			holding = append(holding, 0)
		}
		for i, block := range s.Blocks {
			if block == nil {
				continue
			}
			p, err := open(block)
			if err != nil {
				return nil, err
			}
			holding[i] += p.left
		}
	}
	st := &statistics{idf: make([]float32, len(holding))}
	words := joinForms(holding, weights)
	for i, n := range holding {
		count := float32(1)
		if i < len(weights) {
			n, count = min(words[weights[i].Word], passages), weights[i].Count
		}
		st.idf[i] = count * float32(math.Log(1+(float64(passages)-float64(n)+0.5)/(float64(n)+0.5)))
	}
	st.whole = float32(k1 * b / max(float64(total)/max(float64(versions), 1), 1))
	mean := max(float64(total)/max(float64(passages), 1), 1)
	for c := range st.length {
		st.length[c] = float32(k1 * (1 - b + b*float64(codeLength(byte(c)))/mean))
	}
	return st, nil
}

// joinForms counts for each word how many passages hold a form of it. A stem of
// another language than the texts' own is rare in them, and must not count for more
// than the word does: it would lift the few texts whose language was mistaken.
func joinForms(holding []uint64, weights []Weight) map[int]uint64 {
	words := map[int]uint64{}
	for i, w := range weights[:min(len(weights), len(holding))] {
		words[w.Word] += holding[i]
	}
	return words
}

// scratch is one search's memory. Between searches it is zero.
type scratch struct {
	scores []float32 // by passage
	whole  []float32 // by run; above zero where a passage of it has a score
	once   [256]float32
}

func (s *scratch) score(segment *Segment, stats *statistics) error {
	n := segment.Directory.Passages()
	if n > len(s.scores) {
		s.scores = make([]float32, (n+4095)&^4095)
	}
	if runs := len(segment.Directory.runs); runs > len(s.whole) {
		s.whole = make([]float32, runs)
	}
	for i, block := range segment.Blocks {
		if block == nil {
			continue
		}
		idf := stats.idf[i] * (k1 + 1)
		for c := range s.once {
			s.once[c] = idf / (1 + stats.length[c])
		}
		if err := s.add(block, segment.Directory, idf, stats); err != nil {
			return err
		}
	}
	return nil
}

// add adds one block's scores. It reads the block by hand: this loop is where
// a search spends its time.
func (s *scratch) add(block []byte, d *Directory, idf float32, stats *statistics) error {
	count, at := binary.Uvarint(block)
	lengths := d.lengths
	scores, length := s.scores[:len(lengths)], &stats.length
	run, end, sum := 0, uint64(0), float32(0) // the run that the last passage was of, and the term's frequency in it
	for next := uint64(0); count > 0; count-- {
		v, n := uvarint(block, at)
		passage := next + v>>1
		if n == 0 || v > math.MaxUint32 || passage >= uint64(len(lengths)) {
			return ErrCorrupt
		}
		at += n
		code := lengths[passage]
		gain, tf := s.once[code], float32(1)
		if v&1 == 1 {
			f, n := uvarint(block, at)
			if n == 0 || f > maxFrequency-2 {
				return ErrCorrupt
			}
			at += n
			tf = float32(f + 2)
			gain = idf * tf / (tf + length[code])
		}
		scores[passage] += gain
		next = passage + 1
		if passage >= end {
			s.addWhole(d, run, idf, sum, stats.whole)
			run, sum = d.runOf(uint32(passage), run), 0
			end = uint64(d.runEnd(run))
		}
		sum += tf
	}
	if at != len(block) {
		return ErrCorrupt
	}
	s.addWhole(d, run, idf, sum, stats.whole)
	return nil
}

// addWhole adds what a term is worth to a version that holds it so often.
func (s *scratch) addWhole(d *Directory, run int, idf, tf, perLength float32) {
	if tf > 0 {
		s.whole[run] += idf * tf / (tf + k1*(1-b) + perLength*float32(d.sums[run]))
	}
}

// uvarint is binary.Uvarint at an offset, quick for one byte; 0 read is an error.
func uvarint(block []byte, at int) (uint64, int) {
	if at < len(block) && block[at] < 0x80 {
		return uint64(block[at]), 1
	}
	if at >= len(block) {
		return 0, 0
	}
	v, n := binary.Uvarint(block[at:])
	return v, max(n, 0)
}

// collect offers the best passage of each run to the top, and zeroes the scratch.
func (s *scratch) collect(d *Directory, t *top) {
	for i, whole := range s.whole[:len(d.runs)] {
		if whole == 0 {
			continue
		}
		r := d.runs[i]
		scores := s.scores[r.first:d.runEnd(i)]
		best, at := float32(0), 0
		for j, score := range scores {
			if score > best {
				best, at = score, j
			}
		}
		t.offer(Hit{Version: r.version, Ordinal: r.ordinal + uint32(at), Score: best + whole})
		clear(scores)
	}
	clear(s.whole[:len(d.runs)])
}
