package seal_test

import (
	"testing"

	"aimyorg/store/seal"
)

func benchBox(b *testing.B) *seal.Box {
	b.Helper()
	return tenant(b, open(b, seal.Config{}), org)
}

func BenchmarkSeal200(b *testing.B) {
	box, plain := benchBox(b), content(200)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = box.Seal(here, plain)
	}
}

func BenchmarkOpen200(b *testing.B) {
	box := benchBox(b)
	s := sealed(b, box, here, string(content(200)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := box.Open(here, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen200Parallel(b *testing.B) {
	box := benchBox(b)
	s := sealed(b, box, here, string(content(200)))
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			_, _ = box.Open(here, s)
		}
	})
}

func BenchmarkOpenText20(b *testing.B) {
	box := benchBox(b)
	s, err := box.SealText(here, "Quarterly report 2026")
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = box.OpenText(here, s)
	}
}

func BenchmarkTerm(b *testing.B) {
	box := benchBox(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = box.Term("quarterli")
	}
}

func BenchmarkTenant(b *testing.B) {
	r := open(b, seal.Config{})
	tenant(b, r, org)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = r.Tenant(b.Context(), org)
	}
}

func BenchmarkSealFile1MiB(b *testing.B) {
	box, plain := benchBox(b), content(1<<20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		w, _ := box.SealingWriter(file, discard{})
		_, _ = w.Write(plain)
		_ = w.Close()
	}
}

func BenchmarkCreatePerson(b *testing.B) {
	box := benchBox(b)
	i := 0
	for b.Loop() {
		i++
		must(b, box.CreatePerson(b.Context(), "p"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676%26))))
	}
}
