package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// The audit log: metadata only, written in the transaction that it records. What could name a person is behind a
// commitment, SHA-256(salt ‖ detail), so that the chain stays whole when a person is erased (PROMISES §2.4). A sealer
// puts new entries into batches: a Merkle root over them (RFC 6962: leaf 0x00, node 0x01), chained to the batch before.

type auditRow struct {
	bun.BaseModel `bun:"table:audit_entries,alias:e"`
	owned
	ID         domain.ID `bun:",pk"`
	At         time.Time
	Actor      domain.ID `bun:",nullzero"`
	Verb, Kind string
	Object     domain.ID `bun:",nullzero"`
	Detail     []byte
	Salt       []byte
	Commitment []byte
}

type batchRow struct {
	bun.BaseModel `bun:"table:audit_batches,alias:b"`
	owned
	Number   int64 `bun:",pk"`
	Entries  int
	LastID   domain.ID
	Root     []byte
	Previous []byte
	Hash     []byte
	SealedAt time.Time
}

type batchedRow struct {
	bun.BaseModel `bun:"table:audit_members,alias:am"`
	owned
	Number   int64 `bun:",pk"`
	Position int   `bun:",pk"`
	EntryID  domain.ID
}

// audit records what the transaction did.
func (t *Tenant) audit(verb, kind string, object domain.ID, detail string) error {
	id, salt := newID(), random(16)
	p := t.in("audit_entries", id)
	commitment := sha256.Sum256(append(bytes.Clone(salt), detail...))
	r := auditRow{owned: owned{t.id()}, ID: id, At: t.now, Actor: t.actor.Member(), Verb: verb, Kind: kind, Object: object,
		Detail: p.text("detail", detail), Salt: salt, Commitment: commitment[:]}
	if p.err != nil {
		return p.err
	}
	return t.insert(&r)
}

// leaf is the hash of everything in an entry that is not behind the commitment, and of the commitment.
func (r auditRow) leaf() [32]byte {
	h := sha256.New()
	h.Write([]byte{0})
	for _, part := range []string{string(r.TenantID), string(r.ID), r.At.UTC().Format(time.RFC3339Nano), string(r.Actor), r.Verb,
		r.Kind, string(r.Object), string(r.Commitment)} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write([]byte(part))
	}
	return [32]byte(h.Sum(nil))
}

// erased says that the detail was destroyed with its salt, as erasing a person does.
func (r auditRow) erased() bool { return len(r.Detail) == 0 && len(r.Salt) == 0 }

// merkle is the tree hash of RFC 6962 §2.1 over leaves.
func merkle(leaves [][32]byte) [32]byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	split := 1
	for split*2 < len(leaves) {
		split *= 2
	}
	l, r := merkle(leaves[:split]), merkle(leaves[split:])
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

func (b batchRow) chained() []byte {
	h := sha256.New()
	h.Write([]byte("aimyorg audit batch 1"))
	h.Write([]byte(b.TenantID))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(b.Number)))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(b.Entries)))
	h.Write([]byte(b.SealedAt.UTC().Format(time.RFC3339Nano)))
	h.Write(b.Root)
	h.Write(b.Previous)
	return h.Sum(nil)
}

// maxBatch bounds one batch, and so one transaction.
const maxBatch = 1000

// SealAudit puts entries that are in no batch yet into the next one, and says how many there were. Two sealers at once:
// the second one's batch number is taken, and it does nothing.
func (t *Tenant) SealAudit() (int, error) {
	var rows []auditRow
	err := t.of(&rows).Where("NOT EXISTS (SELECT FROM audit_members am WHERE am.tenant_id = e.tenant_id AND am.entry_id = e.id)").
		Order("id").Limit(maxBatch).Scan(t.ctx)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	last, err := t.lastBatch()
	if err != nil {
		return 0, err
	}
	b := batchRow{owned: owned{t.id()}, Number: last.Number + 1, Entries: len(rows), LastID: rows[len(rows)-1].ID,
		Previous: last.Hash, SealedAt: t.now}
	leaves := make([][32]byte, len(rows))
	members := make([]batchedRow, len(rows))
	for i, r := range rows {
		leaves[i] = r.leaf()
		members[i] = batchedRow{owned: owned{t.id()}, Number: b.Number, Position: i, EntryID: r.ID}
	}
	root := merkle(leaves)
	b.Root = root[:]
	b.Hash = b.chained()
	if err := t.insert(&b); err != nil {
		return 0, err
	}
	return len(rows), t.insert(&members)
}

func (t *Tenant) lastBatch() (batchRow, error) {
	b := batchRow{Hash: make([]byte, 32)}
	err := t.of(&b).Order("number DESC").Limit(1).Scan(t.ctx)
	if errors.Is(known(err), domain.ErrNotFound) {
		return batchRow{Hash: make([]byte, 32)}, nil
	}
	return b, err
}

// Verdict is what verifying an organization's audit log found. Bad is empty when it is whole.
type Verdict struct {
	Tenant  domain.ID `json:"organization"`
	Batches int       `json:"batches"`
	Entries int       `json:"entries"`
	Open    int       `json:"not_yet_sealed"`
	Erased  int       `json:"erased"`
	Bad     string    `json:"first_bad,omitempty"`

	BadBatch int64     `json:"bad_batch,omitempty"`
	BadEntry domain.ID `json:"bad_entry,omitempty"` // when it is known which
}

// VerifyAudit checks every batch, entry and detail, oldest first, and names the first bad one (HOSTILE A120).
func (t *Tenant) VerifyAudit() (Verdict, error) {
	v := Verdict{Tenant: t.id()}
	previous := make([]byte, 32)
	for number := int64(1); ; number++ {
		var b batchRow
		err := t.find(&b, "number = ?", number)
		if errors.Is(known(err), domain.ErrNotFound) {
			break
		}
		if err != nil {
			return v, err
		}
		if err := t.verifyBatch(&v, b, previous); err != nil || v.Bad != "" {
			v.BadBatch = b.Number
			return v, err
		}
		previous = b.Hash
	}
	return v, t.verifyRest(&v)
}

func (t *Tenant) verifyBatch(v *Verdict, b batchRow, previous []byte) error {
	v.Batches++
	var rows []auditRow
	err := t.of(&rows).Join("JOIN audit_members am ON am.tenant_id = e.tenant_id AND am.entry_id = e.id").
		Where("am.number = ?", b.Number).OrderExpr("am.position").Scan(t.ctx)
	if err != nil {
		return err
	}
	if len(rows) != b.Entries || b.Entries == 0 {
		v.Bad = fmt.Sprintf("batch %d: %d entries sealed, %d found", b.Number, b.Entries, len(rows))
		return nil
	}
	leaves := make([][32]byte, len(rows))
	for i, r := range rows {
		leaves[i] = r.leaf()
		if v.Bad = t.badDetail(v, r); v.Bad != "" {
			v.BadEntry = r.ID
			return nil
		}
	}
	v.Entries += len(rows)
	root := merkle(leaves)
	switch {
	case b.LastID != rows[len(rows)-1].ID && bytes.Equal(root[:], b.Root):
		v.Bad = fmt.Sprintf("batch %d: its last entry was changed", b.Number)
	case !bytes.Equal(root[:], b.Root):
		v.Bad = fmt.Sprintf("batch %d: an entry between %s and %s was changed", b.Number, rows[0].ID, rows[len(rows)-1].ID)
	case !bytes.Equal(previous, b.Previous), !bytes.Equal(b.chained(), b.Hash):
		v.Bad = fmt.Sprintf("batch %d: the chain is broken", b.Number)
	}
	return nil
}

// badDetail checks an entry's detail against its commitment. A detail that was erased has neither salt nor detail.
func (t *Tenant) badDetail(v *Verdict, r auditRow) string {
	if r.erased() {
		v.Erased++
		return ""
	}
	p := t.in("audit_entries", r.ID)
	detail := p.read("detail", r.Detail)
	sum := sha256.Sum256(append(bytes.Clone(r.Salt), detail...))
	if p.err != nil || !bytes.Equal(sum[:], r.Commitment) {
		return "entry " + string(r.ID) + ": its detail was changed"
	}
	return ""
}

// verifyRest counts what waits to be sealed and finds batches after a gap.
func (t *Tenant) verifyRest(v *Verdict) error {
	n, err := t.count(t.of((*batchRow)(nil)))
	if err != nil {
		return err
	}
	if n != v.Batches {
		v.Bad, v.BadBatch = fmt.Sprintf("batch %d is missing", v.Batches+1), int64(v.Batches+1)
	}
	total, err := t.count(t.of((*auditRow)(nil)))
	v.Open = total - v.Entries
	return err
}

// AuditFilter narrows the audit log.
type AuditFilter struct {
	Verb, Kind string    // "" for all
	Actor      domain.ID // "" for all
	Stretch
}

// Audit lists entries, newest first, for those who may read the log.
func (t *Tenant) Audit(f AuditFilter) ([]domain.Entry, error) {
	if err := t.may(domain.ReadAudit); err != nil {
		return nil, err
	}
	var rows []struct {
		auditRow `bun:",extend"`
		Batch    int64
	}
	q := t.of(&rows).ColumnExpr("e.*").ColumnExpr("coalesce(am.number, 0) AS batch").
		Join("LEFT JOIN audit_members am ON am.tenant_id = e.tenant_id AND am.entry_id = e.id")
	if err := f.where(f.narrow(q, "e.id")).Scan(t.ctx); err != nil {
		return nil, err
	}
	ordered(f.Stretch, rows)
	ids := make([]domain.ID, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.Actor)
	}
	names, err := t.NamesOf(ids...)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Entry, len(rows))
	for i, r := range rows {
		out[i] = domain.Entry{ID: r.ID, At: r.At, Actor: r.Actor, ActorName: names[r.Actor], Verb: r.Verb, Kind: r.Kind, Object: r.Object,
			Batch: r.Batch, Erased: r.erased()}
		if !out[i].Erased {
			out[i].Detail = t.in("audit_entries", r.ID).shown("detail", r.Detail)
		}
	}
	return out, nil
}

func (f AuditFilter) where(q *bun.SelectQuery) *bun.SelectQuery {
	if f.Verb != "" {
		q = q.Where("e.verb = ?", f.Verb)
	}
	if f.Kind != "" {
		q = q.Where("e.kind = ?", f.Kind)
	}
	if f.Actor != "" {
		q = q.Where("e.actor = ?", f.Actor)
	}
	return q
}

// auditWords is how many entries AuditWords looks at.
const auditWords = 2000

// AuditWords lists the verbs and kinds among the newest entries, to choose from.
func (t *Tenant) AuditWords() (verbs, kinds []string, err error) {
	if err := t.may(domain.ReadAudit); err != nil {
		return nil, nil, err
	}
	var rows []auditRow
	if err := t.of(&rows).Column("verb", "kind").Order("id DESC").Limit(auditWords).Scan(t.ctx); err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		verbs, kinds = append(verbs, r.Verb), append(kinds, r.Kind)
	}
	return sorted(verbs), sorted(kinds), nil
}

func sorted(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// AuditSize is how many entries the log has.
func (t *Tenant) AuditSize() (int, error) {
	if err := t.may(domain.ReadAudit); err != nil {
		return 0, err
	}
	return t.count(t.of((*auditRow)(nil)))
}

// present drops empty ids and repeats.
func present(ids []domain.ID) []domain.ID {
	seen := map[domain.ID]bool{"": true}
	var out []domain.ID
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// AuditOf verifies one organization's log from outside of a session.
func (db *DB) AuditOf(ctx context.Context, tenant domain.ID) (v Verdict, err error) {
	err = db.Snapshot(ctx, System(tenant), func(t *Tenant) (err error) {
		v, err = t.VerifyAudit()
		return err
	})
	return v, err
}

// System is the organization's own machinery as an actor: background work that no person does.
func System(tenant domain.ID) domain.Actor { return domain.NewActor(tenant, "", "") }
