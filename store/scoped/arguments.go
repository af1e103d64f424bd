package scoped

import (
	"fmt"
	"strconv"
	"strings"
)

// Bun writes arguments into the text of a statement, so that no two are alike and PostgreSQL parses and plans each anew,
// which costs more than running most of them. Dialect marks the arguments instead: mark, kind, value, mark. The
// connection takes them out again and keeps the plan of the text that is left. No mark can come from anywhere else:
// PostgreSQL has no text with a NUL byte, and both Bun's dialect and ours refuse one.
const mark = 0

// The kinds of marked arguments.
const (
	quoted  = 't' // of the type that its place asks for, like a literal between quotes
	number  = 'n' // an integer
	boolean = 'b'
)

// cast is what a parameter's type is called where a literal would have had it by itself.
func cast(kind byte) string {
	switch kind {
	case number:
		return "::bigint"
	case boolean:
		return "::boolean"
	}
	return ""
}

func marked(b []byte, kind byte, value string) []byte {
	b = append(b, mark, kind)
	b = append(b, value...)
	return append(b, mark)
}

// argument is what stands between two marks, and the text before the first.
type argument struct {
	before string
	kind   byte
	value  string
}

// cut takes a text apart at its marks; rest is what follows the last. Marks that are not ours are refused: what is left
// of the text might mean something else.
func cut(query string) (args []argument, rest string, err error) {
	if marks := strings.Count(query, "\x00"); marks > 0 {
		args = make([]argument, 0, marks/2)
	}
	for {
		before, after, found := strings.Cut(query, "\x00")
		if !found {
			return args, query, nil
		}
		value, next, closed := strings.Cut(after, "\x00")
		if !closed || value == "" {
			return nil, "", fmt.Errorf("%w: a NUL byte in its text", ErrRefused)
		}
		args = append(args, argument{before, value[0], value[1:]})
		query = next
	}
}

// apart puts parameters in the place of the arguments.
func apart(args []argument, rest string) string {
	size := len(rest)
	for _, a := range args {
		size += len(a.before) + len("$100") + len(cast(a.kind))
	}
	var b strings.Builder
	b.Grow(size)
	for i, a := range args {
		b.WriteString(a.before)
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteString(cast(a.kind))
	}
	b.WriteString(rest)
	return b.String()
}

// written puts the arguments in as literals, as any other dialect writes them.
func written(args []argument, rest string) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(a.before)
		switch {
		case a.kind == quoted:
			b.WriteString("'" + strings.ReplaceAll(a.value, "'", "''") + "'")
		case strings.HasSuffix(a.before, "-"): // two of them begin a comment
			b.WriteString(" " + a.value)
		default:
			b.WriteString(a.value)
		}
	}
	b.WriteString(rest)
	return b.String()
}
