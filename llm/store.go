package llm

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"aimyorg/domain"
)

// PurposeTest is the purpose of the admin's test button: a fixed sentence of ours, no class of data.
const PurposeTest domain.Purpose = "test"

// Ask is what a request would carry; nothing else can leave (P42).
type Ask struct {
	Provider domain.Provider
	Model    string
	Classes  []domain.DataClass // in the policy's order; empty for PurposeTest
	Purpose  domain.Purpose
}

// Choice is who answers in an organization.
type Choice struct {
	Provider domain.Provider // domain.NoProvider quotes
	Model    string
	Key      Secret
	BaseURL  string // one of the operator's addresses for the provider; "" is the first of them
}

// Grant is the yes to an Ask: which consents it stands on, under which version of the policy.
type Grant struct {
	Consents      []domain.ID
	PolicyVersion int
}

// Standing is whether a running answer may go on.
type Standing struct {
	Stop    bool   // the person asked to stop, perhaps on another replica
	Refused Reason // why it may not go on: ConsentRequired, DisabledByOrg, ProviderNotEnabled, ModelNotAllowed, SignedOut
}

// Desk is what an answer needs of the data. Every call is its own short transaction, as the actor; store satisfies it.
// It must be safe for concurrent use.
type Desk interface {
	// Choice says who answers: the provider named, or the one that the organization chose when it is "".
	Choice(ctx context.Context, actor domain.Actor, provider domain.Provider) (Choice, error)
	// Authorize answers an Ask from the rows as they are now (PROMISES §4's truth table). It refuses with
	// domain.Refused{Code}: ai_disabled_by_org, provider_not_enabled, consent_required or model_not_allowed. With
	// PurposeTest and no class no consent is asked for, but the actor must be allowed to configure AI.
	Authorize(ctx context.Context, actor domain.Actor, ask Ask) (Grant, error)
	// Retrieve finds at most limit passages that the actor may read, best first. forAI leaves out what AI may not see
	// and counts the documents left out (P43, P54).
	Retrieve(ctx context.Context, actor domain.Actor, question string, limit int, forAI bool) ([]domain.Passage, int, error)
	// History is the conversation before a message, oldest first, finished messages only.
	History(ctx context.Context, actor domain.Actor, conversation, before domain.ID) ([]domain.Message, error)
	// OpenReceipt commits the ledger row. On an error nothing is dialed (P51).
	OpenReceipt(ctx context.Context, actor domain.Actor, r domain.Receipt) error
	// CloseReceipt completes the row that OpenReceipt committed. Only what was unknown at opening has changed.
	CloseReceipt(ctx context.Context, actor domain.Actor, r domain.Receipt) error
	// BodyMAC is the keyed hash of a request's body.
	BodyMAC(ctx context.Context, actor domain.Actor, body []byte) (string, error)
	// Checkpoint saves an answer's text so far (sealed), marks it streaming, beats, and says whether to go on. The ask
	// is zero while nothing leaves (quoting).
	Checkpoint(ctx context.Context, actor domain.Actor, message domain.ID, ask Ask, text string) (Standing, error)
	// Standing is asked at least twice a second while an answer runs. It beats like Checkpoint.
	Standing(ctx context.Context, actor domain.Actor, message domain.ID, ask Ask) (Standing, error)
	// Finish saves an answer's last state. It is tried again after an error, so it must be repeatable.
	Finish(ctx context.Context, actor domain.Actor, answer domain.Message) error
	NewID() domain.ID
	Now() time.Time
}

// Secret is a provider's key. It never prints, marshals or logs (ASVS 13.3); only the gate reads it.
type Secret struct{ value string }

// NewSecret wraps a key.
func NewSecret(s string) Secret { return Secret{s} }

// Empty says that there is no key.
func (s Secret) Empty() bool { return s.value == "" }

const hidden = "[secret]"

func (s Secret) String() string { return hidden }

// GoString hides the key from %#v.
func (s Secret) GoString() string { return hidden }

// Format hides the key from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText hides the key from JSON and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the key from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
