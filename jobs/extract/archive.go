package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

// archive is an Office file's zip under limits that are both declared and counted (A56, A63). Archives inside it are
// never opened.
type archive struct {
	parts map[string]*zip.File
	left  int64 // bytes that may still be unpacked
	limit Limits
}

func openArchive(data []byte, l Limits) (*archive, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, ErrDamaged
	}
	if len(r.File) > l.Entries {
		return nil, ErrBomb
	}
	a := &archive{parts: make(map[string]*zip.File, len(r.File)), left: l.Unpacked, limit: l}
	var declared uint64
	for _, f := range r.File {
		if err := a.enter(f); err != nil {
			return nil, err
		}
		if declared += min(f.UncompressedSize64, 1<<40); declared > uint64(l.Unpacked) {
			return nil, ErrBomb
		}
	}
	if declared > ratioFrom && declared/uint64(l.Ratio) > uint64(len(data)) {
		return nil, ErrBomb
	}
	return a, nil
}

// enter checks what an entry declares and lists it.
func (a *archive) enter(f *zip.File) error {
	name, ok := partName(f.Name)
	if !ok || f.Mode()&^(0o7777|1<<31) != 0 {
		return ErrDamaged // a path out of the archive, a link, a device
	}
	if f.Flags&1 != 0 {
		return ErrEncrypted
	}
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return ErrDamaged
	}
	if f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/uint64(a.limit.Ratio) > f.CompressedSize64 {
		return ErrBomb
	}
	if _, twice := a.parts[name]; twice {
		return ErrDamaged // two parts of one name read differently in different programs
	}
	a.parts[name] = f
	return nil
}

// partName brings a name to the form that parts are looked up by: lower case, as Office compares them.
func partName(name string) (string, bool) {
	name = strings.ReplaceAll(name, "\\", "/")
	if name == "" || len(name) > 1024 || name[0] == '/' || strings.IndexByte(name, 0) >= 0 || strings.Contains(name, ":") {
		return "", false
	}
	for dir := range strings.SplitSeq(name, "/") {
		if dir == ".." {
			return "", false
		}
	}
	return strings.ToLower(name), true
}

func (a *archive) has(name string) bool { return a.parts[strings.ToLower(name)] != nil }

// read unpacks one part, counting. A part that isn't there is damage.
func (a *archive) read(name string) ([]byte, error) {
	f := a.parts[strings.ToLower(name)]
	if f == nil {
		return nil, ErrDamaged
	}
	var b bytes.Buffer
	if err := a.unpack(f, &b); err != nil {
		return nil, err
	}
	if declaresType(b.Bytes()) {
		return nil, ErrDamaged
	}
	return b.Bytes(), nil
}

// unpack counts what really comes out, whatever the archive says of it.
func (a *archive) unpack(f *zip.File, to io.Writer) error {
	r, err := f.Open()
	if err != nil {
		return ErrDamaged
	}
	defer r.Close()
	allowed := min(a.left, int64(f.UncompressedSize64))
	n, err := io.Copy(to, io.LimitReader(r, allowed+1))
	a.left -= n
	switch {
	case n > allowed || errors.Is(err, zip.ErrFormat): // so does the zip reader say that more came than was declared
		return ErrBomb
	case err != nil:
		return ErrDamaged
	}
	return nil
}

// verify unpacks every part once, for readers that would unpack them without counting.
func (a *archive) verify() error {
	for name, f := range a.parts {
		if ext := path.Ext(name); ext != ".xml" && ext != ".rels" {
			if err := a.unpack(f, io.Discard); err != nil {
				return err
			}
			continue
		}
		if _, err := a.read(name); err != nil {
			return err
		}
	}
	return nil
}

// declaresType finds a document type declaration, which Office's standard forbids and which is where entities, fetched
// (XXE) or multiplied (billion laughs), are declared (A58).
func declaresType(part []byte) bool {
	return bytes.Contains(part, []byte("<!DOCTYPE")) || bytes.Contains(part, []byte("<!ENTITY")) ||
		bytes.Contains(part, utf16Bytes("<!DOCTYPE")) || bytes.Contains(part, utf16Bytes("<!ENTITY"))
}
