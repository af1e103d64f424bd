package scoped

import (
	"encoding/hex"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"
)

// Dialect is PostgreSQL's for a bun.DB over Open: it marks the arguments that Bun writes into its texts, so that the
// connection can keep the plans of what is left (see mark). Over another connector its statements fail.
func Dialect() schema.Dialect {
	d := &markingDialect{Dialect: pgdialect.New()}
	d.tables = schema.NewTables(d)
	return d
}

type markingDialect struct {
	*pgdialect.Dialect
	tables *schema.Tables
}

// Tables are this dialect's own: those of the one that it embeds would not ask it about their fields.
func (d *markingDialect) Tables() *schema.Tables { return d.tables }

// OnTable marks the columns whose values Bun writes by itself.
func (d *markingDialect) OnTable(t *schema.Table) {
	d.Dialect.OnTable(t)
	for _, f := range t.FieldMap {
		switch kind := f.StructField.Type.Kind(); {
		case f.Append == nil || f.Tag.HasOption("msgpack"):
		case f.Tag.HasOption("array"):
			f.Append = marking(quoted, f.Append)
		case kind >= reflect.Int && kind <= reflect.Uint64:
			f.Append = marking(number, f.Append)
		case kind == reflect.Bool:
			f.Append = marking(boolean, f.Append)
		}
	}
}

// marking marks what is written as a literal: between quotes, or else of a kind. A field may come here twice, by another
// name or as part of another table.
func marking(kind byte, write schema.AppenderFunc) schema.AppenderFunc {
	return func(gen schema.QueryGen, b []byte, v reflect.Value) []byte {
		switch s := string(write(gen, nil, v)); {
		case s == "NULL" || strings.IndexByte(s, mark) >= 0:
			return append(b, s...)
		case s[0] == '\'':
			return marked(b, quoted, strings.ReplaceAll(s[1:len(s)-1], "''", "'"))
		default:
			return marked(b, kind, s)
		}
	}
}

// AppendString marks a text. One with a NUL byte is the statement's error; what is no UTF-8 is replaced, as Bun does.
func (d *markingDialect) AppendString(b []byte, s string) []byte {
	if strings.IndexByte(s, mark) >= 0 {
		return d.Dialect.AppendString(b, s)
	}
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	return marked(b, quoted, s)
}

// AppendBytes marks bytes.
func (d *markingDialect) AppendBytes(b, bytes []byte) []byte {
	if bytes == nil {
		return dialect.AppendNull(b)
	}
	b = hex.AppendEncode(append(b, mark, quoted, '\\', 'x'), bytes)
	return append(b, mark)
}

// AppendTime marks a time, which PostgreSQL keeps to a microsecond.
func (d *markingDialect) AppendTime(b []byte, t time.Time) []byte {
	return marked(b, quoted, t.UTC().Format("2006-01-02 15:04:05.999999-07:00"))
}
