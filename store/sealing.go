package store

import (
	"strconv"

	"aimyorg/domain"
	"aimyorg/store/seal"
)

// place seals and opens the columns of one row. The first error stays, so that a row is written as one expression and
// checked once.
type place struct {
	box        *seal.Box
	table, row string
	person     string // whose key seals; "" is the organization's
	err        error
}

// in is the place of an organization's row; inOf that of a row with a person's own words, which their key seals, so that
// destroying the key erases them everywhere.
func (t *Tenant) in(table string, row domain.ID) *place {
	return &place{box: t.box, table: table, row: string(row)}
}

func (t *Tenant) inOf(person domain.ID, table string, row domain.ID) *place {
	return &place{box: t.box, table: table, row: string(row), person: string(person)}
}

func (p *place) at(column string) seal.Place {
	return seal.Place{Table: p.table, Column: column, Row: p.row}
}

// text seals a short text; its size is padded.
func (p *place) text(column, v string) []byte {
	if p.err != nil {
		return nil
	}
	var out []byte
	if p.person != "" {
		out, p.err = p.box.SealTextFor(p.person, p.at(column), v)
	} else {
		out, p.err = p.box.SealText(p.at(column), v)
	}
	return out
}

// bytes seals as it is.
func (p *place) bytes(column string, v []byte) []byte {
	if p.err != nil {
		return nil
	}
	var out []byte
	if p.person != "" {
		out, p.err = p.box.SealFor(p.person, p.at(column), v)
	} else {
		out, p.err = p.box.Seal(p.at(column), v)
	}
	return out
}

// read opens a text that text sealed.
func (p *place) read(column string, sealed []byte) string {
	if p.err != nil {
		return ""
	}
	var out string
	out, p.err = p.box.OpenText(p.at(column), sealed)
	return out
}

// shown is read for lists, in which one unreadable value must not hide the others.
func (p *place) shown(column string, sealed []byte) string {
	if sealed == nil { // nothing was written there
		return ""
	}
	out, err := p.box.OpenText(p.at(column), sealed)
	if err != nil {
		return "(unreadable)"
	}
	return out
}

// raw opens what bytes sealed.
func (p *place) raw(column string, sealed []byte) []byte {
	if p.err != nil {
		return nil
	}
	var out []byte
	out, p.err = p.box.Open(p.at(column), sealed)
	return out
}

// column names a sealed value where a row's key has a number beside its id.
func column(name string, number int) string { return name + "#" + strconv.Itoa(number) }
