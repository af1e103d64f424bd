package store

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type receiptRow struct {
	bun.BaseModel `bun:"table:receipts,alias:r"`
	owned
	ID             domain.ID `bun:",pk,type:uuid"`
	MemberID       domain.ID `bun:"type:uuid"`
	MessageID      domain.ID `bun:",nullzero,type:uuid"`
	ConversationID domain.ID `bun:",nullzero,type:uuid"`
	Purpose        domain.Purpose
	Provider       domain.Provider
	Host, Model    string
	Served         string
	ServedBy       string
	Upstream       string
	Classes        []string `bun:",array,type:text[]"`
	Flags          []string `bun:",array,type:text[]"`
	Consents       []string `bun:",array,type:text[]"`
	PolicyVersion  int
	BytesOut       int64
	BytesIn        int64
	TokensIn       int
	TokensOut      int
	Estimated      bool
	BodyMAC        string `bun:"body_mac"`
	Outcome        domain.Outcome
	Status         int
	StartedAt      time.Time `bun:"type:timestamptz"`
	EndedAt        time.Time `bun:",nullzero,type:timestamptz"`
}

type receiptSourceRow struct {
	bun.BaseModel `bun:"table:receipt_sources,alias:rs"`
	owned
	ReceiptID  domain.ID `bun:",pk,type:uuid"`
	Position   int       `bun:",pk"`
	DocumentID domain.ID `bun:"type:uuid"`
	VersionID  domain.ID `bun:"type:uuid"`
	Ordinal    int
}

// openReceipt writes the ledger row of a request that is about to be made (P40, P51). The caller commits it before
// dialing, in a trip of its own: were the commit sent along, the database would do it also when this process has died
// meanwhile, and the ledger would tell of a request that nobody made. ErrNotFound, and so no request, when the answer it is for
// is not the actor's, is over or asked to stop, the actor's account was closed, or what was presumed is no longer so.
func (t *Tenant) openReceipt(r domain.Receipt) error {
	row := receiptRow{owned: owned{t.id()}, ID: r.ID, MemberID: t.actor.Member(), MessageID: r.Message, ConversationID: r.Conversation,
		Purpose: r.Purpose, Provider: r.Provider, Host: r.Host, Model: r.Model, Classes: plain(r.Classes), Flags: plain(r.Flags),
		Consents: plain(r.Consents), PolicyVersion: r.PolicyVersion, BytesOut: r.BytesOut, BodyMAC: r.BodyMAC,
		Outcome: domain.OutcomeStarted, StartedAt: r.StartedAt}
	if r.Message == "" {
		return t.insert(&row)
	}
	answer := t.updating(&messageRow{ReceiptID: r.ID}, []string{"receipt_id"}, `id = ? AND member_id = ? AND NOT stop AND
		state IN ('pending', 'streaming') AND EXISTS (SELECT FROM members m WHERE m.tenant_id = ms.tenant_id AND m.id = ms.member_id AND m.active)`,
		r.Message, t.actor.Member())
	if t.presumes != nil {
		answer = answer.Where("EXISTS (SELECT FROM standings sg WHERE sg.tenant_id = ms.tenant_id AND sg.epoch = ?::bigint)", apart(t.known.epoch))
	}
	// One statement: every answer waits for it.
	q := t.bun.NewSelect().With("answer", answer.Returning("1 AS there")).With("receipt", adding(t, []receiptRow{row}, "answer"))
	if sources := t.sourceRows(r); len(sources) > 0 {
		q = q.With("source", adding(t, sources, "answer"))
	}
	return one(t.given(t.ctx, q, "answer"))
}

func (t *Tenant) sourceRows(r domain.Receipt) []receiptSourceRow {
	out := make([]receiptSourceRow, len(r.Sources))
	for i, s := range r.Sources {
		out[i] = receiptSourceRow{owned: owned{t.id()}, ReceiptID: r.ID, Position: i, DocumentID: s.Document, VersionID: s.Version, Ordinal: s.Ordinal}
	}
	return out
}

// closeReceipt says how the request ended. A row is closed once.
func (t *Tenant) closeReceipt(r domain.Receipt) error {
	_, err := t.closing(r).Exec(t.ctx)
	return err
}

func (t *Tenant) closing(r domain.Receipt) *bun.UpdateQuery {
	row := receiptRow{Served: token(r.Served), ServedBy: token(r.ServedBy), Upstream: token(r.Upstream), BytesIn: r.BytesIn, BytesOut: r.BytesOut,
		TokensIn: r.TokensIn, TokensOut: r.TokensOut, Estimated: r.Estimated, Outcome: r.Outcome, Status: r.Status, EndedAt: r.EndedAt}
	return t.updating(&row, []string{"served", "served_by", "upstream", "bytes_in", "bytes_out", "tokens_in", "tokens_out", "estimated",
		"outcome", "status", "ended_at"}, "id = ? AND outcome = 'started'", r.ID)
}

// maxRequest is how long a request can be under way at most.
const maxRequest = 30 * time.Minute

// CloseLost ends the ledger rows of requests whose server died, or lost the database, before it could say how they ended
// (P51), and says how many there were. Those of answers are mostly ended by Interrupt; this finds the rest: an admin's
// test, and a row whose answer is over, which is closed before its answer is.
func (t *Tenant) CloseLost() (int64, error) {
	row := receiptRow{Outcome: domain.OutcomeUnknown, EndedAt: t.now}
	return t.update(&row, []string{"outcome", "ended_at"}, `outcome = 'started' AND (started_at < ? OR EXISTS (SELECT FROM messages ms
		WHERE ms.tenant_id = r.tenant_id AND ms.id = r.message_id AND ms.state NOT IN ('pending', 'streaming')))`, t.now.Add(-maxRequest))
}

// token bounds a name that a provider gave: at most 120 visible ASCII characters, so that the ledger can't be made to hold
// a text.
func token(s string) string {
	s = strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 120)]
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

// ReceiptFilter narrows the ledger: the actor's own requests, or with All everybody's.
type ReceiptFilter struct {
	All      bool
	Provider domain.Provider // "" for all
	Outcome  domain.Outcome  // "" for all
	Stretch
}

// Receipts lists the actor's own requests (or, with All, everybody's, for those who may read the ledger), newest first.
// Their sources have no titles.
func (t *Tenant) Receipts(f ReceiptFilter) ([]domain.Receipt, error) {
	if f.All && !t.actor.May(domain.ReadEgress) {
		return nil, domain.ErrNotFound
	}
	var rows []receiptRow
	q := f.narrow(t.of(&rows), "id")
	if !f.All {
		q = q.Where("member_id = ?", t.actor.Member())
	}
	if f.Provider != "" {
		q = q.Where("provider = ?", f.Provider)
	}
	if f.Outcome != "" {
		q = q.Where("outcome = ?", f.Outcome)
	}
	if err := q.Scan(t.ctx); err != nil {
		return nil, err
	}
	ordered(f.Stretch, rows)
	return t.withSources(rows)
}

// withSources adds to each receipt which passages left with it.
func (t *Tenant) withSources(rows []receiptRow) ([]domain.Receipt, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	out, at, ids := make([]domain.Receipt, len(rows)), map[domain.ID]int{}, make([]domain.ID, len(rows))
	for i, r := range rows {
		out[i], at[r.ID], ids[i] = r.receipt(), i, r.ID
	}
	var sources []receiptSourceRow
	if err := t.of(&sources).Where("receipt_id IN (?)", bun.List(ids)).Order("receipt_id", "position").Scan(t.ctx); err != nil {
		return nil, err
	}
	for _, s := range sources {
		r := &out[at[s.ReceiptID]]
		r.Sources = append(r.Sources, domain.Source{Document: s.DocumentID, Version: s.VersionID, Ordinal: s.Ordinal})
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

// Sent is what left the building for one answer.
type Sent struct {
	Receipt             domain.ID
	Provider            domain.Provider
	Passages, Documents int
}

// SentFor counts what left for the actor's answers.
func (t *Tenant) SentFor(messages []domain.Message) (map[domain.ID]Sent, error) {
	var ids []domain.ID
	of := map[domain.ID]domain.Message{}
	for _, m := range messages {
		if m.Receipt != "" {
			ids = append(ids, m.Receipt)
			of[m.Receipt] = m
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct {
		ID                  domain.ID
		Provider            domain.Provider
		Passages, Documents int
	}
	err := t.hot(&rows, `select r.id, r.provider, count(rs.document_id) as passages, count(distinct rs.document_id) as documents from receipts r
		left join receipt_sources rs on rs.tenant_id = r.tenant_id and rs.receipt_id = r.id
		where r.tenant_id = $1 and r.id = any($2::uuid[]) and r.member_id = $3 group by r.id, r.provider`, plain(ids), t.actor.Member())
	out := map[domain.ID]Sent{}
	for _, r := range rows {
		out[of[r.ID].ID] = Sent{r.ID, r.Provider, r.Passages, r.Documents}
	}
	return out, err
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
