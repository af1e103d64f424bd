package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"
)

// report collects rows as they are measured.
type report struct{ rows []row }

// row is one line of the table.
type row struct{ what, product, baseline, ratio, reach string }

// add takes a row, and says it at once for whoever waits. reach is what the product should come to; ratio is product to
// baseline, or what else compares the two.
func (r *report) add(what, product, baseline, ratio, reach string) {
	r.rows = append(r.rows, row{what, product, baseline, ratio, reach})
	fmt.Fprintf(os.Stderr, "  %-46s %-18s %-18s %-10s (%s)\n", what, product, baseline, ratio, reach)
}

// print writes the rows as a table in Markdown.
func (r *report) print(w io.Writer) {
	rows := append([]row{{"what", "product", "baseline", "ratio", "reach"}, {"---", "---", "---", "---", "---"}}, r.rows...)
	fmt.Fprintf(w, "%s, %d CPUs, %s %s/%s\n\n", time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, x := range rows {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", x.what, x.product, x.baseline, x.ratio, x.reach)
	}
}

// ratio is a to b.
func ratio(a, b float64) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f×", a/b)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/(1<<20)) }

// quantile is the value below which the part q of the sample lies; the sample is sorted in place.
func quantile(sample []time.Duration, q float64) time.Duration {
	if len(sample) == 0 {
		return 0
	}
	slices.Sort(sample)
	return sample[min(int(q*float64(len(sample))), len(sample)-1)]
}
