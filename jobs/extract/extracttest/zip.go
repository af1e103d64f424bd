package extracttest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"html"
	"io/fs"
	"strings"
)

// Part is one file of an archive.
type Part struct{ Name, Body string }

// Zip packs parts in order.
func Zip(parts ...Part) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		must(writePart(w, p))
	}
	must(w.Close())
	return b.Bytes()
}

func writePart(w *zip.Writer, p Part) error {
	f, err := w.Create(p.Name)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(p.Body))
	return err
}

// must is for writes to memory, which can't fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

const relTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

func contentTypes(overrides ...string) Part {
	var b strings.Builder
	b.WriteString(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>`)
	for i := 0; i+1 < len(overrides); i += 2 {
		b.WriteString(`<Override PartName="/` + overrides[i] +
			`" ContentType="application/vnd.openxmlformats-officedocument.` + overrides[i+1] + `+xml"/>`)
	}
	return Part{"[Content_Types].xml", b.String() + `</Types>`}
}

// rels builds a relationships part from id, type, target triples.
func rels(name string, triples ...string) Part {
	var b strings.Builder
	b.WriteString(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i := 0; i+2 < len(triples); i += 3 {
		b.WriteString(`<Relationship Id="` + triples[i] + `" Type="` + relTypes + triples[i+1] + `" Target="` + triples[i+2] + `"/>`)
	}
	return Part{name, b.String() + `</Relationships>`}
}

func core(title string) Part {
	return Part{"docProps/core.xml", xmlHead + `<cp:coreProperties ` +
		`xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" ` +
		`xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>` + esc(title) + `</dc:title></cp:coreProperties>`}
}

func esc(s string) string { return html.EscapeString(s) }

// BombZip is an Office file of the given extension (docx, pptx, xlsx) with one more part that truly unpacks to size bytes
// of zeros, and says so.
func BombZip(base []byte, size int64) []byte {
	return withPart(base, func(w *zip.Writer) error {
		f, err := w.Create("media/zeros.xml")
		if err != nil {
			return err
		}
		zeros := make([]byte, 1<<20)
		for ; size > 0 && err == nil; size -= int64(len(zeros)) {
			_, err = f.Write(zeros[:min(size, int64(len(zeros)))])
		}
		return err
	})
}

// LyingZip is base with one more part that unpacks to size bytes but declares a hundred.
func LyingZip(base []byte, size int) []byte {
	return withPart(base, func(w *zip.Writer) error {
		packed := deflate(make([]byte, size))
		f, err := w.CreateRaw(&zip.FileHeader{
			Name: "word/lie.xml", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(make([]byte, 100)),
			CompressedSize64: uint64(len(packed)), UncompressedSize64: 100,
		})
		if err != nil {
			return err
		}
		_, err = f.Write(packed)
		return err
	})
}

// CrowdedZip is base with n more, empty, parts.
func CrowdedZip(base []byte, n int) []byte {
	return withPart(base, func(w *zip.Writer) error {
		for i := range n {
			if _, err := w.Create("x/" + strings.Repeat("a", i%40) + string(rune('a'+i%26)) + itoa(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// WithPart is base with one more part, under any name, such as one that leads out of the archive.
func WithPart(base []byte, p Part) []byte {
	return withPart(base, func(w *zip.Writer) error { return writePart(w, p) })
}

func withPart(base []byte, add func(*zip.Writer) error) []byte {
	r, err := zip.NewReader(bytes.NewReader(base), int64(len(base)))
	must(err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range r.File {
		must(w.Copy(f))
	}
	must(add(w))
	must(w.Close())
	return b.Bytes()
}

// EncryptedZip sets the flag that says each entry needs a password.
func EncryptedZip(base []byte) []byte {
	out := bytes.Clone(base)
	for i := 0; i+10 < len(out); i++ {
		switch binary.LittleEndian.Uint32(out[i:]) {
		case 0x04034b50:
			out[i+6] |= 1
		case 0x02014b50:
			out[i+8] |= 1
		}
	}
	return out
}

// EncryptedOffice is the beginning of what Office writes for a document with a password: the old container with a
// stream named EncryptedPackage.
func EncryptedOffice() []byte {
	out := make([]byte, 4096)
	copy(out, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	for i, c := range "EncryptedPackage" {
		out[1024+2*i] = byte(c)
	}
	return out
}

// WithLink is base with a symbolic link in it.
func WithLink(base []byte, name, target string) []byte {
	return withPart(base, func(w *zip.Writer) error {
		h := &zip.FileHeader{Name: name}
		h.SetMode(0o777 | fs.ModeSymlink)
		f, err := w.CreateHeader(h)
		if err != nil {
			return err
		}
		_, err = f.Write([]byte(target))
		return err
	})
}

// Replace is base with another body for one of its parts.
func Replace(base []byte, part Part) []byte {
	r, err := zip.NewReader(bytes.NewReader(base), int64(len(base)))
	must(err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range r.File {
		if f.Name == part.Name {
			must(writePart(w, part))
			continue
		}
		must(w.Copy(f))
	}
	must(w.Close())
	return b.Bytes()
}
