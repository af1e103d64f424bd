package scoped

import (
	"fmt"
	"strings"
)

// allowed are the first words of statements that may run in a transaction. A list of what may rather than of what may
// not: a new PostgreSQL brings new words. Savepoints keep the scope, since it was set before any of them.
var allowed = map[string]bool{
	"select": true, "with": true, "values": true, "insert": true, "update": true, "delete": true, "merge": true,
	"explain": true, "savepoint": true, "release": true,
}

// allow refuses statements that could change the scope, end the transaction behind our back, or leave something on the
// connection for its next user.
func allow(query string) error {
	word, rest := firstWord(query)
	if allowed[word] {
		return nil
	}
	if word == "rollback" {
		if next, _ := firstWord(rest); next == "to" {
			return nil
		}
	}
	return fmt.Errorf("%w: it begins with %q", ErrRefused, word)
}

// firstWord is the first keyword in lower case, past blanks and comments (which nest), and what follows it.
func firstWord(q string) (word, rest string) {
	for {
		q = strings.TrimLeft(q, " \t\r\n\f\v(")
		switch {
		case strings.HasPrefix(q, "--"):
			end := strings.IndexAny(q, "\r\n")
			if end < 0 {
				return "", ""
			}
			q = q[end:]
		case strings.HasPrefix(q, "/*"):
			q = afterComment(q)
		default:
			n := strings.IndexFunc(q, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
			if n < 0 {
				n = len(q)
			}
			return strings.ToLower(q[:n]), q[n:]
		}
	}
}

func afterComment(q string) string {
	depth := 0
	for i := 0; i+1 < len(q); i++ {
		switch q[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
		}
		if depth == 0 {
			return q[i+1:]
		}
	}
	return ""
}
