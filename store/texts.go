package store

import (
	"encoding/json"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// A version's text is kept in parts of about partBytes, cut between blocks, so that a page shows one part however long
// the document is. Offsets count bytes in the whole text.

const partBytes = 64 << 10

type partRow struct {
	bun.BaseModel `bun:"table:document_parts,alias:dp"`
	owned
	VersionID domain.ID `bun:",pk"`
	Part      int       `bun:",pk"`
	FirstByte int
	LastByte  int
	Body      []byte
}

// partBody is what a part's sealed body holds.
type partBody struct {
	Blocks []domain.Block `json:"blocks"`
}

// Part is one piece of a version's text, for reading.
type Part struct {
	Number, Of int // from 0
	Blocks     []domain.Block
}

const insertPart = `INSERT INTO document_parts (tenant_id, version_id, part, first_byte, last_byte, body)
	VALUES ($1::uuid, $2::uuid, $3::int, $4::int, $5::int, $6::bytea)`

func (t *Tenant) addParts(version domain.ID, blocks []domain.Block) error {
	p := t.in("document_parts", version)
	for n := 0; len(blocks) > 0; n++ {
		cut := partCut(blocks)
		body, err := json.Marshal(partBody{blocks[:cut]})
		if err != nil {
			return err
		}
		sealed := p.bytes(column("body", n), body)
		if p.err != nil {
			return p.err
		}
		if _, err := t.write(insertPart, string(version), n, blocks[0].Start, blocks[cut-1].End, sealed); err != nil {
			return err
		}
		blocks = blocks[cut:]
	}
	return nil
}

// partCut is how many blocks make the next part: at least one.
func partCut(blocks []domain.Block) int {
	size := 0
	for i, b := range blocks {
		if size += b.End - b.Start; size > partBytes && i > 0 {
			return i
		}
	}
	return len(blocks)
}

// Part is the part of a version's text that holds a byte, or the part with a number. The version must be of a document
// that the actor may read.
func (t *Tenant) Part(document, version domain.ID, number, atByte int) (Part, error) {
	if err := t.readableVersion(document, version); err != nil {
		return Part{}, err
	}
	total, err := t.count(t.of((*partRow)(nil)).Where("version_id = ?", version))
	if err != nil || total == 0 {
		return Part{}, err
	}
	var r partRow
	q := t.of(&r).Where("version_id = ?", version).Order("part").Limit(1)
	if atByte >= 0 {
		q = q.Where("last_byte > ?", atByte)
	} else {
		q = q.Where("part >= ?", min(number, total-1))
	}
	if err := q.Scan(t.ctx); err != nil {
		return Part{}, err
	}
	p := t.in("document_parts", version)
	raw := p.raw(column("body", r.Part), r.Body)
	if p.err != nil {
		return Part{}, p.err
	}
	var body partBody
	err = json.Unmarshal(raw, &body)
	return Part{Number: r.Part, Of: total, Blocks: body.Blocks}, err
}

func (t *Tenant) readableVersion(document, version domain.ID) error {
	if _, err := t.Document(document); err != nil {
		return err
	}
	n, err := t.count(t.of((*versionRow)(nil)).Where("id = ? AND document_id = ?", version, document))
	if err == nil && n == 0 {
		err = domain.ErrNotFound
	}
	return err
}
