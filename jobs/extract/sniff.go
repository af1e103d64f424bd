package extract

import (
	"bytes"
	"regexp"
	"unicode/utf16"
)

// HeadBytes is how much of a file's start is enough for Sniff. More is welcome: with the whole file nothing is guessed.
const HeadBytes = 64 << 10

// Sniff tells what a file is from its name and its first bytes, which must agree (A62). It returns ErrEmpty,
// ErrUnsupported (the extension is not on the list), ErrMismatch or ErrEncrypted.
func Sniff(name string, head []byte) (Type, error) {
	t, err := typeOf(name)
	if err != nil {
		return Type{}, err
	}
	if len(head) == 0 {
		return Type{}, ErrEmpty
	}
	switch t.Format {
	case PDF:
		err = sniffPDF(head)
	case DOCX, PPTX, XLSX:
		err = sniffOffice(t.Format, head)
	default:
		err = sniffText(t.Format, head)
	}
	if err != nil {
		return Type{}, err
	}
	return t, nil
}

// magics open files that are something else than text.
var magics = [][]byte{
	[]byte("MZ"), []byte("\x7fELF"), []byte("%PDF-"), []byte("PK\x03\x04"), []byte("PK\x05\x06"), []byte("\xd0\xcf\x11\xe0"),
	[]byte("\xca\xfe\xba\xbe"), []byte("\xfe\xed\xfa"), []byte("\xcf\xfa\xed\xfe"), []byte("\xce\xfa\xed\xfe"),
	[]byte("\x1f\x8b"), []byte("Rar!"), []byte("7z\xbc\xaf"), []byte("BZh"), []byte("\xfd7zXZ"), []byte("\x28\xb5\x2f\xfd"),
	[]byte("\x89PNG"), []byte("\xff\xd8\xff"), []byte("GIF8"), []byte("RIFF"), []byte("II*\x00"), []byte("MM\x00*"),
	[]byte("OggS"), []byte("ID3"), []byte("\x00\x00\x00"), []byte("\x00asm"), []byte("SQLite format 3"), []byte("{\\rtf"),
	[]byte("%!PS"), []byte("!<arch>"),
}

func foreign(head []byte) bool {
	for _, m := range magics {
		if bytes.HasPrefix(head, m) && (string(m) != "MZ" && string(m) != "ID3" || bytes.IndexByte(head, 0) >= 0) {
			return true
		}
	}
	return false
}

func sniffPDF(head []byte) error {
	if bytes.HasPrefix(head, []byte("%PDF-")) {
		return nil
	}
	// Some scanners and mailers put a few bytes before the header; that must not let another type through.
	at := bytes.Index(head[:min(len(head), 1024)], []byte("%PDF-"))
	if at < 0 || foreign(head) || bytes.IndexByte(head[:at], '<') >= 0 {
		return ErrMismatch
	}
	return nil
}

var oleStreams = []struct {
	name string
	err  error
}{{"EncryptedPackage", ErrEncrypted}, {"WordDocument", ErrMismatch}, {"Workbook", ErrMismatch}, {"PowerPoint Document", ErrMismatch}}

// partRoots are the folders in which each format keeps its main part.
var partRoots = map[Format]string{DOCX: "word/", PPTX: "ppt/", XLSX: "xl/"}

func sniffOffice(f Format, head []byte) error {
	if bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return sniffOLE(head)
	}
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) || len(head) < 8 {
		return ErrMismatch
	}
	if head[6]&1 != 0 {
		return ErrEncrypted
	}
	own, other := false, false
	for format, root := range partRoots {
		seen := namesInZip(head, root)
		own = own || seen && format == f
		other = other || seen && format != f
	}
	if other && !own {
		return ErrMismatch
	}
	return nil
}

// namesInZip looks for a local file header whose name begins with root.
func namesInZip(head []byte, root string) bool {
	for rest := head; ; {
		at := bytes.Index(rest, []byte("PK\x03\x04"))
		if at < 0 || len(rest) < at+30 {
			return false
		}
		if bytes.HasPrefix(rest[at+30:], []byte(root)) {
			return true
		}
		rest = rest[at+4:]
	}
}

// sniffOLE judges the old container, in which Office wraps a document with a password. When the list of streams is not
// in sight, a password is the likely reason why a file with a new extension has it.
func sniffOLE(head []byte) error {
	for _, s := range oleStreams {
		if bytes.Contains(head, utf16Bytes(s.name)) {
			return s.err
		}
	}
	return ErrEncrypted
}

func utf16Bytes(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

var (
	htmlStart  = regexp.MustCompile(`(?is)\A\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b`)
	svgStart   = regexp.MustCompile(`(?is)\A\s*(<\?xml[^>]*>\s*)?(<!doctype\s+svg[^>]*>\s*)?<svg\b`)
	htmlTag    = regexp.MustCompile(`(?i)<(!doctype|!--|/?[a-z][a-z0-9]*[\s/>])`)
	mailStart  = regexp.MustCompile(`\A(From [^\n]*\n)?[!-9;-~]+:`)
	mailHeader = regexp.MustCompile(`(?im)^(from|to|subject|date|received|mime-version|message-id|return-path|delivered-to):`)
)

func sniffText(f Format, head []byte) error {
	if foreign(head) {
		return ErrMismatch
	}
	text, ok := decodeText(head)
	if !ok {
		return ErrMismatch
	}
	start := text[:min(len(text), HeadBytes)]
	switch f {
	case HTML:
		ok = htmlTag.MatchString(start) && !svgStart.MatchString(start)
	case EML:
		ok = mailStart.MatchString(start) && mailHeader.MatchString(start)
	case CSV:
		ok = !htmlStart.MatchString(start)
	}
	if !ok {
		return ErrMismatch
	}
	return nil
}
