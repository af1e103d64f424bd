package seal_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"aimyorg/store/seal"
)

// FuzzOpen: only the very bytes that were sealed open, and only at their place and in their form.
func FuzzOpen(f *testing.F) {
	r := open(f, seal.Config{})
	b := tenant(f, r, org)
	s := sealed(f, b, here, "the plan")
	text, err := b.SealText(here, "the plan")
	must(f, err)
	for _, n := range []int{len(s), len(text), 0, 17, len(s) - 1, len(s) + 1, 200} {
		f.Add(make([]byte, n), here.Table, here.Column, here.Row)
	}
	f.Add(append(make([]byte, 20), 1), here.Table, here.Column, here.Row)
	f.Add(make([]byte, len(s)), here.Table, here.Column, "another row")
	f.Add(make([]byte, len(s)), here.Table, "body", here.Row)
	f.Add(make([]byte, len(s)), "tasks", here.Column, here.Row)
	f.Add(make([]byte, len(s)), here.Table, here.Column+"|"+here.Row, "")
	f.Add(make([]byte, len(s)), here.Table+"|"+here.Column, here.Row, here.Row)
	// Keys differ from process to process, so inputs are what to change in bytes that were sealed.
	f.Fuzz(func(t *testing.T, change []byte, table, column, row string) {
		at := seal.Place{Table: table, Column: column, Row: row}
		in := differing(s, change)
		if plain, err := b.Open(at, in); err == nil && (!bytes.Equal(in, s) || at != here || string(plain) != "the plan") {
			t.Errorf("%q at %+v opened to %q", in, at, plain)
		}
		if _, err := b.OpenText(at, in); err == nil {
			t.Errorf("%q opened as a text", in)
		}
		in = differing(text, change)
		if plain, err := b.OpenText(at, in); err == nil && (!bytes.Equal(in, text) || at != here || plain != "the plan") {
			t.Errorf("text %q at %+v opened to %q", in, at, plain)
		}
		if plain, err := openFile(b, at, in); err == nil {
			t.Errorf("file opened to %q", plain)
		}
	})
}

// differing is sealed with the bits of change turned, cut or lengthened to its length.
func differing(sealed, change []byte) []byte {
	in := bytes.Clone(change)
	if in == nil {
		in = []byte{}
	}
	for i := range min(len(in), len(sealed)) {
		in[i] ^= sealed[i]
	}
	return in
}

// FuzzOpenFile changes a sealed file of a few segments: what is read is a beginning of what was written, in whatever pieces
// it is read, and only the file as it was sealed comes to its end.
func FuzzOpenFile(f *testing.F) {
	b := tenant(f, open(f, seal.Config{}), org)
	plain := content(3*segment - 100)
	whole := sealFile(f, b, plain)
	for _, kind := range []byte("kcfdrsa") {
		f.Add(kind, uint32(segment), uint32(2*segment), uint16(1000))
	}
	f.Add(byte('f'), uint32(3), uint32(7), uint16(1))
	f.Fuzz(func(t *testing.T, kind byte, from, to uint32, piece uint16) {
		in := changed(whole, kind, int(from)%len(whole), int(to)%len(whole))
		r, err := b.OpeningReader(file, in)
		var got []byte
		if err == nil {
			got, err = readInPieces(r, int(piece)+1)
		}
		if err != nil && !errors.Is(err, seal.ErrSealed) || !bytes.HasPrefix(plain, got) {
			t.Fatalf("%c %d-%d: %d bytes, %v", kind, from, to, len(got), err)
		}
		if left, _ := io.ReadAll(in); err == nil && (len(got) != len(plain) || !in.same || len(left) > 0) {
			t.Fatalf("%c %d-%d: came to its end", kind, from, to)
		}
	})
}

// altered is a file that may have been changed.
type altered struct {
	io.Reader
	same bool
}

// changed cuts, flips, drops, repeats, swaps or adds; any other kind keeps the file.
func changed(whole []byte, kind byte, from, to int) *altered {
	from, to = min(from, to), max(from, to)
	var out []byte
	switch a, b, c := whole[:from], whole[from:to], whole[to:]; kind {
	case 'c':
		out = a
	case 'f':
		out = bytes.Clone(whole)
		out[from] ^= byte(1 << (to % 8))
	case 'd':
		out = bytes.Join([][]byte{a, c}, nil)
	case 'r':
		out = bytes.Join([][]byte{a, b, b, c}, nil)
	case 's':
		out = bytes.Join([][]byte{b, a, c}, nil)
	case 'a':
		out = bytes.Join([][]byte{whole, b}, nil)
	default:
		out = whole
	}
	var r io.Reader = bytes.NewReader(out)
	if to%2 == 0 {
		r = iotest.HalfReader(r)
	}
	return &altered{r, bytes.Equal(out, whole)}
}

func readInPieces(r io.Reader, size int) ([]byte, error) {
	var got []byte
	for buf := make([]byte, size); ; {
		n, err := r.Read(buf)
		got = append(got, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
	}
}
