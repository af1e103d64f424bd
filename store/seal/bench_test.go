package seal_test

import (
	"bytes"
	"testing"

	"aimyorg/store/seal"
)

func FuzzOpen(f *testing.F) {
	r, err := seal.Open(f.Context(), seal.Config{Dir: f.TempDir(), Now: newClock().Now})
	must(f, err)
	must(f, r.CreateTenant(f.Context(), org))
	b := box(f, r, org)
	s, text := sealed(f, b, here, "the plan"), []byte(nil)
	text, err = b.SealText(here, "the plan")
	must(f, err)
	f.Add(s)
	f.Add(text)
	f.Add([]byte{})
	f.Add(append(bytes.Clone(s[:17]), make([]byte, 16)...))
	f.Fuzz(func(t *testing.T, in []byte) {
		if plain, err := b.Open(here, in); err == nil && len(in) > 0 && !bytes.Equal(in, s) {
			t.Errorf("opened to %q", plain)
		}
		if plain, err := b.OpenText(here, in); err == nil && len(in) > 0 && !bytes.Equal(in, text) {
			t.Errorf("opened to %q", plain)
		}
		if plain, err := openFile(b, here, in); err == nil {
			t.Errorf("file opened to %q", plain)
		}
	})
}

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
