// Package admin holds the pages of owners, admins and auditors: what AI may do and see, what left the building, and what
// was done.
package admin

import (
	"time"

	"aimyorg/domain"
)

// AIPage is /admin/ai. Every part is a component of its own, by which its form's answer is rendered.
type AIPage struct {
	Settings    domain.AISettings
	Collections []domain.Collection
	Saved       domain.Provider // whose settings were just saved
	Said        string          // what the last change did; "" when nothing changed
	Forms       map[domain.Provider]ProviderForm
	Tests       map[domain.Provider]TestResult
	Sample      string // the request that a question becomes, with ours in the place of people's words; "" when quoting
	Consented   int    // people who agreed to the chosen provider
	People      int
	Now         time.Time
}

// ProviderForm is what was typed about one provider and what is wrong with it. A key is never shown again.
type ProviderForm struct {
	Models   string // one a line
	Default  string
	Problems domain.Problems
}

// ProviderCard is one provider: its settings, its form when it was refused, its test.
type ProviderCard struct {
	Setting   domain.ProviderSetting
	Chosen    bool
	AIEnabled bool
	Form      *ProviderForm
	Test      TestResult
	Saved     string // what the last change did
	Now       time.Time
}

// TestResult is what the test button found. The zero value means that it was not pressed.
type TestResult struct {
	Done    bool
	OK      bool
	Code    string // a reason of llm when not OK
	Retry   int    // seconds to wait
	Model   string
	Took    time.Duration
	Receipt domain.ID // of what was sent; "" also for who may not read it
}

// CollectionRule is a collection's AI rule as a switch.
type CollectionRule struct {
	Collection domain.Collection
	Saved      bool
}

// EgressPage is /admin/egress.
type EgressPage struct {
	Receipts     []domain.Receipt
	Names        map[domain.ID]string
	Provider     domain.Provider // the filter, or ""
	Outcome      domain.Outcome  // the filter, or ""
	Older, Newer string
	Now          time.Time
}

// AuditPage is /admin/audit.
type AuditPage struct {
	Entries      []domain.Entry
	Verb, Kind   string // the filters, or ""
	Actor        domain.ID
	Verbs, Kinds []string // to choose from
	People       []domain.Member
	Chain        Chain
	Older, Newer string
	Now          time.Time
}

// Chain is how the audit log's chain stands.
type Chain struct {
	Checked  time.Time // when it was last verified; zero when never
	OK       bool
	Batches  int64     // sealed
	Entries  int64     // in sealed batches
	Unsealed int       // entries that wait to be sealed
	FirstBad domain.ID // the first entry that does not fit, when not OK
	BadBatch int64
}
