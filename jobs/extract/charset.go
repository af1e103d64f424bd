package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decodeText turns bytes of an undeclared encoding into UTF-8: by byte-order mark, by the zeros of UTF-16, as UTF-8 when
// valid, else as Windows-1252. False means that these bytes are no text.
func decodeText(data []byte) (string, bool) {
	text := decode(data)
	return text, looksWritten(text)
}

func decode(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return strings.ToValidUTF8(string(data[3:]), "\uFFFD")
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return transcode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), data)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return transcode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), data)
	}
	if order, ok := bareUTF16(data); ok {
		return transcode(unicode.UTF16(order, unicode.IgnoreBOM), data)
	}
	if validHead(data) {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return transcode(charmap.Windows1252, data)
}

// validHead tells whether data is UTF-8, forgiving a character that is cut at the end, as in the head of a file.
func validHead(data []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(data); cut++ {
		if utf8.Valid(data[:len(data)-cut]) {
			return cut == 0 || !utf8.FullRune(data[len(data)-cut:])
		}
	}
	return false
}

// bareUTF16 finds UTF-16 without a mark by its zeros: in most scripts every second byte of much of the text is zero.
func bareUTF16(data []byte) (unicode.Endianness, bool) {
	sample := data[:min(len(data), 4096)&^1]
	if len(sample) < 4 {
		return unicode.LittleEndian, false
	}
	var even, odd int
	for i := 0; i < len(sample); i += 2 {
		if sample[i] == 0 {
			even++
		}
		if sample[i+1] == 0 {
			odd++
		}
	}
	pairs := len(sample) / 2
	switch {
	case even == 0 && odd > pairs*3/5:
		return unicode.LittleEndian, true
	case odd == 0 && even > pairs*3/5:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

func transcode(e encoding.Encoding, data []byte) string {
	out, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return string(out)
}

// looksWritten tells text from binary: hardly any control characters, and no NUL, in its first part.
func looksWritten(text string) bool {
	var total, odd int
	for _, r := range text {
		if total++; total > 1<<16 {
			break
		}
		if r == 0 {
			return false
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b || r == utf8.RuneError || r >= 0x7f && r < 0xa0 {
			odd++
		}
	}
	return odd <= 3+total/50
}
