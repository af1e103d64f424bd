package scoped

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// rows hands pgx's rows to database/sql. It is one row ahead, because the columns are known only with the first.
type rows struct {
	c       *conn
	r       pgx.Rows
	fields  []pgconn.FieldDescription
	pending bool // a row has been read and not handed out
	more    bool
	done    func() error // what remains when the rows are read, or nil
}

func firstRow(c *conn, r pgx.Rows, done func() error) (driver.Rows, error) {
	rs := &rows{c: c, r: r, pending: true, done: done}
	rs.more = r.Next()
	if r.Err() != nil {
		_ = rs.Close()
		return nil, r.Err()
	}
	rs.fields = r.FieldDescriptions()
	return rs, nil
}

// Columns are the names of the result's columns.
func (r *rows) Columns() []string {
	names := make([]string, len(r.fields))
	for i, f := range r.fields {
		names[i] = f.Name
	}
	return names
}

// Close reads what is left and, after a single read, its commit.
func (r *rows) Close() error {
	r.r.Close()
	err := r.r.Err()
	if r.done != nil {
		if derr := r.done(); err == nil {
			err = derr
		}
		r.done = nil
	}
	return err
}

// Next fills dst with the next row, or returns io.EOF.
func (r *rows) Next(dst []driver.Value) error {
	if !r.pending {
		r.more = r.r.Next()
	}
	r.pending = false
	if !r.more {
		if err := r.r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	for i, raw := range r.r.RawValues() {
		v, err := r.value(r.fields[i], raw)
		if err != nil {
			return err
		}
		dst[i] = v
	}
	return nil
}

// value is a column as database/sql wants it: nil, bool, int64, float64, []byte, time.Time (in UTC) or string. The bytes
// of raw are gone after the row, so they are copied.
func (r *rows) value(f pgconn.FieldDescription, raw []byte) (driver.Value, error) {
	if raw == nil {
		return nil, nil
	}
	if f.Format == pgx.BinaryFormatCode { // of a kept statement, whose types are known
		return r.decode(f, raw)
	}
	switch f.DataTypeOID {
	case pgtype.JSONOID, pgtype.JSONBOID:
		return bytes.Clone(raw), nil
	case pgtype.BoolOID, pgtype.ByteaOID, pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID, pgtype.XIDOID,
		pgtype.Float4OID, pgtype.Float8OID, pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID:
		return r.decode(f, raw)
	default:
		return string(raw), nil
	}
}

func (r *rows) decode(f pgconn.FieldDescription, raw []byte) (driver.Value, error) {
	if f.Format == pgx.BinaryFormatCode {
		if v, ok := plain(f.DataTypeOID, raw); ok {
			return v, nil
		}
	}
	m := r.c.pgx().TypeMap()
	t, ok := m.TypeForOID(f.DataTypeOID)
	if !ok {
		return string(raw), nil
	}
	if _, array := t.Codec.(*pgtype.ArrayCodec); array && f.Format == pgx.BinaryFormatCode {
		return asText(m, t, raw)
	}
	v, err := t.Codec.DecodeDatabaseSQLValue(m, f.DataTypeOID, f.Format, raw)
	if at, ok := v.(time.Time); ok {
		return at.UTC(), err
	}
	return v, err
}

// plain is a value of one of the types that most columns have, at a fraction of what pgx's way through its map of types takes.
func plain(oid uint32, raw []byte) (driver.Value, bool) {
	switch {
	case oid == pgtype.ByteaOID:
		return bytes.Clone(raw), true
	case oid == pgtype.TextOID:
		return string(raw), true
	case oid == pgtype.UUIDOID && len(raw) == 16:
		return pgtype.UUID{Bytes: [16]byte(raw), Valid: true}.String(), true
	case oid == pgtype.Int4OID && len(raw) == 4:
		return int64(int32(binary.BigEndian.Uint32(raw))), true
	case oid == pgtype.Int8OID && len(raw) == 8:
		return int64(binary.BigEndian.Uint64(raw)), true
	case oid == pgtype.BoolOID && len(raw) == 1:
		return raw[0] == 1, true
	}
	return nil, false
}

// asText is a value as PostgreSQL writes it, which is how Bun reads arrays.
func asText(m *pgtype.Map, t *pgtype.Type, raw []byte) (driver.Value, error) {
	v, err := t.Codec.DecodeValue(m, t.OID, pgx.BinaryFormatCode, raw)
	if err != nil {
		return nil, err
	}
	out, err := m.Encode(t.OID, pgx.TextFormatCode, v, nil)
	return string(out), err
}
