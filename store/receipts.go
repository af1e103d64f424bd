package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type receiptRow struct {
	bun.BaseModel `bun:"table:receipts,alias:r"`
	owned
	ID             domain.ID `bun:",pk"`
	MemberID       domain.ID
	MessageID      domain.ID `bun:",nullzero"`
	ConversationID domain.ID `bun:",nullzero"`
	Purpose        domain.Purpose
	Provider       domain.Provider
	Host, Model    string
	Served         string
	ServedBy       string
	Upstream       string
	Classes        []string `bun:",array"`
	Flags          []string `bun:",array"`
	Consents       []string `bun:",array"`
	PolicyVersion  int
	BytesOut       int64
	BytesIn        int64
	TokensIn       int
	TokensOut      int
	Estimated      bool
	BodyMAC        string `bun:"body_mac"`
	Outcome        domain.Outcome
	Status         int
	StartedAt      time.Time
	EndedAt        time.Time `bun:",nullzero"`
}

type receiptSourceRow struct {
	bun.BaseModel `bun:"table:receipt_sources,alias:rs"`
	owned
	ReceiptID  domain.ID `bun:",pk"`
	Position   int       `bun:",pk"`
	DocumentID domain.ID
	VersionID  domain.ID
	Ordinal    int
}

// openReceipt writes the ledger row of a request that is about to be made (P40, P51). The caller commits it before
// dialing.
func (t *Tenant) openReceipt(r domain.Receipt) error {
	row := receiptRow{owned: owned{t.id()}, ID: r.ID, MemberID: t.actor.Member(), MessageID: r.Message, ConversationID: r.Conversation,
		Purpose: r.Purpose, Provider: r.Provider, Host: r.Host, Model: r.Model, Classes: plain(r.Classes), Flags: plain(r.Flags),
		Consents: plain(r.Consents), PolicyVersion: r.PolicyVersion, BytesOut: r.BytesOut, BodyMAC: r.BodyMAC,
		Outcome: domain.OutcomeStarted, StartedAt: r.StartedAt}
	if err := t.insert(&row); err != nil {
		return err
	}
	sources := make([]receiptSourceRow, len(r.Sources))
	for i, s := range r.Sources {
		sources[i] = receiptSourceRow{owned: owned{t.id()}, ReceiptID: r.ID, Position: i, DocumentID: s.Document, VersionID: s.Version, Ordinal: s.Ordinal}
	}
	if len(sources) > 0 {
		if err := t.insert(&sources); err != nil {
			return err
		}
	}
	if r.Message == "" {
		return nil
	}
	_, err := t.update(&messageRow{ReceiptID: r.ID}, []string{"receipt_id"}, "id = ? AND member_id = ?", r.Message, t.actor.Member())
	return err
}

// closeReceipt says how the request ended. A row is closed once.
func (t *Tenant) closeReceipt(r domain.Receipt) error {
	row := receiptRow{Served: r.Served, ServedBy: r.ServedBy, Upstream: r.Upstream, BytesIn: r.BytesIn, BytesOut: r.BytesOut,
		TokensIn: r.TokensIn, TokensOut: r.TokensOut, Estimated: r.Estimated, Outcome: r.Outcome, Status: r.Status, EndedAt: r.EndedAt}
	_, err := t.update(&row, []string{"served", "served_by", "upstream", "bytes_in", "bytes_out", "tokens_in", "tokens_out", "estimated",
		"outcome", "status", "ended_at"}, "id = ? AND outcome = 'started'", r.ID)
	return err
}

// Receipt is one row of the ledger, for the person it was made for and for those who may read the ledger.
func (t *Tenant) Receipt(id domain.ID) (domain.Receipt, error) {
	var row receiptRow
	if err := t.find(&row, "id = ?", id); err != nil {
		return domain.Receipt{}, err
	}
	if row.MemberID != t.actor.Member() && !t.actor.May(domain.ReadEgress) {
		return domain.Receipt{}, domain.ErrNotFound
	}
	out := row.receipt()
	var sources []receiptSourceRow
	if err := t.of(&sources).Where("receipt_id = ?", id).Order("position").Scan(t.ctx); err != nil {
		return out, err
	}
	titles, err := t.titles(sources)
	if err != nil {
		return out, err
	}
	for _, s := range sources {
		title, ok := titles[s.DocumentID]
		out.Sources = append(out.Sources, domain.Source{Document: s.DocumentID, Version: s.VersionID, Ordinal: s.Ordinal, Title: title, Gone: !ok})
	}
	return out, nil
}

// titles are those of the documents that the reader of a receipt may see now.
func (t *Tenant) titles(sources []receiptSourceRow) (map[domain.ID]string, error) {
	ids := make([]domain.ID, len(sources))
	for i, s := range sources {
		ids[i] = s.DocumentID
	}
	docs, err := t.readableDocuments(present(ids))
	out := map[domain.ID]string{}
	for _, d := range docs {
		out[d.ID] = d.Title
	}
	return out, err
}

// Receipts lists the actor's own requests (or, with all, everybody's, for those who may read the ledger), newest first.
func (t *Tenant) Receipts(all bool, before domain.ID, limit int) ([]domain.Receipt, error) {
	if all && !t.actor.May(domain.ReadEgress) {
		return nil, domain.ErrNotFound
	}
	var rows []receiptRow
	q := t.of(&rows).Order("id DESC").Limit(int64(min(max(limit, 1), 200)))
	if !all {
		q = q.Where("member_id = ?", t.actor.Member())
	}
	if before != "" {
		q = q.Where("id < ?", before)
	}
	if err := q.Scan(t.ctx); err != nil {
		return nil, err
	}
	out := make([]domain.Receipt, len(rows))
	for i, r := range rows {
		out[i] = r.receipt()
	}
	return out, nil
}

func (r receiptRow) receipt() domain.Receipt {
	return domain.Receipt{ID: r.ID, Member: r.MemberID, Message: r.MessageID, Conversation: r.ConversationID, Purpose: r.Purpose,
		Provider: r.Provider, Host: r.Host, Model: r.Model, Served: r.Served, ServedBy: r.ServedBy, Upstream: r.Upstream,
		Classes: typed[domain.DataClass](r.Classes), Flags: r.Flags, Consents: typed[domain.ID](r.Consents), PolicyVersion: r.PolicyVersion,
		BytesOut: r.BytesOut, BytesIn: r.BytesIn, TokensIn: r.TokensIn, TokensOut: r.TokensOut, Estimated: r.Estimated,
		BodyMAC: r.BodyMAC, Outcome: r.Outcome, Status: r.Status, StartedAt: r.StartedAt, EndedAt: r.EndedAt}
}

// LedgerSum is what the ledger says left an organization.
type LedgerSum struct {
	Tenant   domain.ID `json:"organization"`
	Requests int       `json:"requests"`
	BytesOut int64     `json:"bytes_out"`
	Open     int       `json:"open"`
	Bad      string    `json:"first_bad,omitempty"`
}

// LedgerOf adds an organization's ledger up and checks each row: a member, a message, consents, flags, an end.
func (db *DB) LedgerOf(ctx context.Context, tenant domain.ID) (LedgerSum, error) {
	s := LedgerSum{Tenant: tenant}
	err := db.Snapshot(ctx, System(tenant), func(t *Tenant) error {
		var rows []receiptRow
		if err := t.of(&rows).Order("id").Scan(t.ctx); err != nil {
			return err
		}
		for _, r := range rows {
			s.add(r, t.now)
		}
		return nil
	})
	return s, err
}

func (s *LedgerSum) add(r receiptRow, now time.Time) {
	s.Requests++
	s.BytesOut += r.BytesOut
	if r.Outcome == domain.OutcomeStarted {
		s.Open++
	}
	switch {
	case s.Bad != "":
	case r.Outcome == domain.OutcomeStarted && now.Sub(r.StartedAt) > time.Hour:
		s.Bad = "receipt " + string(r.ID) + ": never closed"
	case r.BodyMAC == "", r.Purpose != domain.PurposeTest && len(r.Classes) == 0:
		s.Bad = "receipt " + string(r.ID) + ": does not say what left"
	case r.Provider != domain.Compatible && len(r.Flags) == 0:
		s.Bad = "receipt " + string(r.ID) + ": no flag against training"
	}
}

func plain[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = string(s)
	}
	return out
}

func typed[T ~string](in []string) []T {
	out := make([]T, len(in))
	for i, s := range in {
		out[i] = T(s)
	}
	return out
}
