package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Worked by hand after trec_eval: grades are gains, discounted by log2 of the place after the first.
func TestMeasures(t *testing.T) {
	t.Parallel()
	s := &set{queries: make([]query, 2), relevant: map[string]map[string]int{"a": {"x": 2, "y": 1, "z": 1}, "b": {"x": 1}}}
	run := []found{{"a", []hit{{"y", 3}, {"q", 2}, {"x", 1}}}, {"b", []hit{{"n", 1}}}}
	got := s.measure(run)
	ideal := 2 + 1/math.Log2(3) + 1/math.Log2(4)
	near(t, "nDCG", got.NDCG, (1+2/math.Log2(4))/ideal/2)
	near(t, "recall", got.Recall, 2.0/3/2)
	near(t, "top 5", got.Top5, 0.5)
	late := append(make([]hit, 5), hit{ID: "x"})
	near(t, "beyond the fifth", (&set{queries: make([]query, 1), relevant: s.relevant}).measure([]found{{"b", late}}).Top5, 0)
	if left := withoutSelf("y", run[0].Hits); len(left) != 2 || left[0].ID != "q" {
		t.Errorf("without the query itself: %v", left)
	}
}

func TestBaselineIsBM25(t *testing.T) {
	t.Parallel()
	b := indexPlain([]document{{"1", "", "cats cats dog"}, {"2", "The Cat's", "dogs in the house"}, {"3", "", "a bird"}})
	idf := math.Log(1 + (3-2+0.5)/(2+0.5))
	score := func(tf, length float64) float64 { return idf * tf / (tf + 0.9*(1-0.4+0.4*length/(7.0/3))) }
	hits := b.search("cat", 10)
	if len(hits) != 2 || hits[0].ID != "1" {
		t.Fatal(hits)
	}
	near(t, "first", hits[0].Score, score(2, 3))
	near(t, "second", hits[1].Score, score(1, 3))
	near(t, "asked twice", b.search("cat cats", 1)[0].Score, 2*score(2, 3))
}

func TestPlainTerms(t *testing.T) {
	t.Parallel()
	got := newPlainAnalyser().terms("It is the Company's U.S. running 3.14, état-of; O'Neil's 1,000 foo_bar.")
	want := strings.Fields("compani u. run 3.14 état o'neil 1,000 foo_bar") // Porter takes the s of u.s for a plural, and so does Lucene
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReadsBEIR(t *testing.T) {
	t.Parallel()
	for _, name := range judgementFiles {
		dir := t.TempDir()
		put := func(name, text string) {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		put("corpus.jsonl", `{"_id":"d1","title":"T","text":"x","metadata":{}}`+"\n")
		put("queries.jsonl", `{"_id":"q1","text":"x"}`+"\n"+`{"_id":"unjudged","text":"x"}`+"\n")
		put(name, "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n")
		s, err := readSet(dir)
		if err != nil || len(s.documents) != 1 || len(s.queries) != 1 || len(s.relevant["q1"]) != 1 || s.relevant["q1"]["d1"] != 2 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		put("corpus.jsonl", `{"_id":"d1"}`+"\n"+`{"_id":"d1"}`+"\n")
		if _, err := readSet(dir); err == nil {
			t.Error("a document that is there twice is taken")
		}
	}
}
