package handlers

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"aimyorg/domain"
)

// maxFileName is the longest name of a file that is kept, in bytes.
const maxFileName = 255

// cleanFileName is a file's own name without the folders it lay in, in characters that can be shown, at most 255 bytes
// with its extension kept (A60). It names nothing on our disk.
func cleanFileName(name string) string {
	name = strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/")
	name = domain.Line(name[strings.LastIndexByte(name, '/')+1:])
	if name == "." || name == ".." {
		name = ""
	}
	if len(name) <= maxFileName {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	return strings.TrimRightFunc(cutRunes(name[:len(name)-len(ext)], maxFileName-len(ext)), unicode.IsSpace) + ext
}

// cutRunes is the beginning of s in at most n bytes, cut between characters.
func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
