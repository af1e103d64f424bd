package search_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"aimyorg/store/search"
)

// ranked makes one segment of passages with terms of the given shares, as a
// corpus by Zipf has them: a search of four words, 10% to 0.1% common.
func ranked(b *testing.B, passages int) search.Segment {
	r := rand.New(rand.NewPCG(1, 1))
	query := []search.Term{"t10", "t5", "t1", "t0.1"}
	filler := make([]search.Term, 150)
	for i := range filler {
		filler[i] = "filler"
	}
	builder := &search.Builder{}
	for p := range passages {
		body := filler[:60+r.IntN(90)]
		for i, share := range []float64{0.10, 0.05, 0.01, 0.001} {
			for n := r.Float64(); n < share; n *= 3 {
				body = append(body[:len(body):len(body)], query[i])
			}
		}
		if err := builder.Add(search.Entry{Version: uint32(p / 8), Ordinal: uint32(p % 8), Body: body}); err != nil {
			b.Fatal(err)
		}
	}
	return store(builder).open(b, query)
}

func BenchmarkRank(b *testing.B) {
	for _, passages := range []int{100_000, 1_000_000} {
		segment := ranked(b, passages)
		for n := 2; n <= 4; n++ {
			b.Run(fmt.Sprintf("passages=%d/terms=%d", passages, n), func(b *testing.B) {
				one := []search.Segment{{Directory: segment.Directory, Blocks: segment.Blocks[:n]}}
				ranker := &search.Ranker{}
				b.ReportAllocs()
				for b.Loop() {
					if hits, err := ranker.Rank(one, nil, everyone, 20); err != nil || len(hits) != 20 {
						b.Fatal(hits, err)
					}
				}
			})
		}
	}
}

func BenchmarkDecodeDirectory(b *testing.B) {
	builder := &search.Builder{}
	for p := range 1_000_000 {
		if err := builder.Add(search.Entry{Version: uint32(p / 8), Ordinal: uint32(p % 8)}); err != nil {
			b.Fatal(err)
		}
	}
	directory := builder.Directory()
	b.SetBytes(int64(len(directory)))
	for b.Loop() {
		if _, err := search.DecodeDirectory(directory); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTerms(b *testing.B) {
	text := strings.Repeat("Employees may carry over five days of unused vacation until 31 March (see HR-2024.3). ", 16)
	a := search.NewAnalyser(search.English.Only())
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		a.Terms(text)
	}
}
