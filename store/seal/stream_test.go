package seal_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"aimyorg/store/seal"
)

const segment = 64 << 10

var file = seal.Place{Table: "versions", Column: "file", Row: "0192f0c1-3333-7000-8000-000000000001"}

func content(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	return data
}

func sealFile(t testing.TB, b *seal.Box, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := b.SealingWriter(file, &out)
	must(t, err)
	_, err = w.Write(plain)
	must(t, err)
	must(t, w.Close())
	return out.Bytes()
}

func openFile(b *seal.Box, p seal.Place, sealed []byte) ([]byte, error) {
	r, err := b.OpeningReader(p, bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestP12_FilesOpenWhereTheyWereSealed(t *testing.T) {
	t.Parallel()
	r := open(t, seal.Config{})
	b, b2 := tenant(t, r, org), tenant(t, r, other)
	first := segment - 45 - 16
	for _, n := range []int{0, 1, first - 1, first, first + 1, first + segment - 16, first + segment - 15, 1 << 20} {
		plain := content(n)
		s := sealFile(t, b, plain)
		got, err := openFile(b, file, s)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
		if size, err := seal.PlainSize(int64(len(s))); err != nil || size != int64(n) {
			t.Errorf("%d bytes: size %d, %v", n, size, err)
		}
		if n > 100 && bytes.Contains(s, plain[:20]) {
			t.Error("plaintext in a sealed file")
		}
		for _, p := range []seal.Place{{Table: "x", Column: file.Column, Row: file.Row}, {Table: file.Table, Column: "x", Row: file.Row}, {Table: file.Table, Column: file.Column, Row: "x"}} {
			_, err := openFile(b, p, s)
			wants(t, err, seal.ErrSealed)
		}
		_, err = openFile(b2, file, s)
		wants(t, err, seal.ErrSealed)
	}
	for _, n := range []int64{-1, 0, 60, segment + 1, segment + 16} {
		_, err := seal.PlainSize(n)
		wants(t, err, seal.ErrSealed)
	}
}

func TestP31_BrokenFileNeverReadsAsComplete(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	s := sealFile(t, b, content(4*segment))
	for _, n := range []int{0, 1, 4, 5, 6, 44, 45, 46, 61, 1000, segment - 1, segment, segment + 1, 2 * segment, 2*segment + 16, 4 * segment, len(s) - 1} {
		_, err := openFile(b, file, s[:n])
		wants(t, err, seal.ErrSealed)
	}
	for _, at := range []int{0, 1, 4, 5, 6, 40, 44, 45, segment - 1, segment, 2*segment + 7, len(s) - 1} {
		bad := bytes.Clone(s)
		bad[at] ^= 4
		_, err := openFile(b, file, bad)
		wants(t, err, seal.ErrSealed)
	}
	swapped := bytes.Clone(s)
	copy(swapped[segment:], s[2*segment:3*segment])
	copy(swapped[2*segment:], s[segment:2*segment])
	dropped := append(bytes.Clone(s[:segment]), s[2*segment:]...)
	repeated := append(bytes.Clone(s[:2*segment]), s[segment:]...)
	spliced := append(bytes.Clone(s[:segment]), sealFile(t, b, content(4*segment))[segment:]...)
	for name, bad := range map[string][]byte{"swapped": swapped, "dropped": dropped, "repeated": repeated, "spliced": spliced, "longer": append(bytes.Clone(s), 0)} {
		t.Run(name, func(t *testing.T) {
			_, err := openFile(b, file, bad)
			wants(t, err, seal.ErrSealed)
		})
	}
}

// Tink's reader says io.EOF when it is asked again after a last segment that failed.
func TestP31_BrokenFileStaysBroken(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	s := sealFile(t, b, []byte("short"))
	r, err := b.OpeningReader(file, bytes.NewReader(s[:len(s)-1]))
	must(t, err)
	for range 3 {
		_, err := r.Read(make([]byte, 10))
		wants(t, err, seal.ErrSealed)
	}
}

func TestBrokenDiskIsNotABrokenFile(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	s := sealFile(t, b, content(2*segment))
	disk := errors.New("disk")
	for _, n := range []int{0, 3, 20, 1000, segment + 5} {
		r, err := b.OpeningReader(file, io.MultiReader(bytes.NewReader(s[:n]), iotest.ErrReader(disk)))
		if err == nil {
			_, err = io.ReadAll(r)
		}
		wants(t, err, disk)
	}
}

// full takes so many bytes, once refuses, then would take more.
type full struct {
	room   int
	failed bool
	bytes.Buffer
}

func (f *full) Write(p []byte) (int, error) {
	if !f.failed && f.Len()+len(p) > f.room {
		f.failed = true
		return 0, errors.New("disk full")
	}
	return f.Buffer.Write(p)
}

func TestFullDiskNeverLeavesACompleteFile(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	dst := &full{room: segment + 100}
	w, err := b.SealingWriter(file, dst)
	must(t, err)
	_, err = w.Write(content(3 * segment))
	if err == nil {
		t.Error("the failed write was not told")
	}
	if w.Close() == nil {
		t.Error("a file with a hole was completed")
	}
	_, err = openFile(b, file, dst.Bytes())
	wants(t, err, seal.ErrSealed)
}

func TestP31_FileWithoutCloseDoesNotOpen(t *testing.T) {
	t.Parallel()
	b := tenant(t, open(t, seal.Config{}), org)
	var out bytes.Buffer
	w, err := b.SealingWriter(file, &out)
	must(t, err)
	_, err = w.Write(content(3 * segment))
	must(t, err)
	_, err = openFile(b, file, out.Bytes())
	wants(t, err, seal.ErrSealed)
	must(t, w.Close())
	if _, err := w.Write([]byte("x")); err == nil || w.Close() == nil {
		t.Error("a completed file takes more")
	}
}
