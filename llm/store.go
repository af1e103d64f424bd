package llm

import (
	"context"
	"time"

	"aimyorg/domain"
)

// What passes between llm and the data is in domain, so that store, which must not know llm, can satisfy Desk.
type (
	// Ask is domain's: what a request would carry.
	Ask = domain.Ask
	// Choice is domain's: who answers.
	Choice = domain.Choice
	// Grant is domain's: the yes to an Ask.
	Grant = domain.Grant
	// Standing is domain's: whether an answer may go on.
	Standing = domain.Standing
	// Secret is domain's: a provider's key.
	Secret = domain.Secret
)

// Desk is what an answer needs of the data. Every call is its own short transaction, as the actor; store satisfies it.
// It must be safe for concurrent use.
type Desk interface {
	// Choice says who answers: the provider named, or the one that the organization chose when it is "".
	Choice(ctx context.Context, actor domain.Actor, provider domain.Provider) (Choice, error)
	// Authorize answers an Ask from the rows as they are now (PROMISES §4's truth table). It refuses with
	// domain.Refused{Code}: ai_disabled_by_org, provider_not_enabled, consent_required or model_not_allowed. With
	// domain.PurposeTest and no class no consent is asked for, but the actor must be allowed to configure AI.
	Authorize(ctx context.Context, actor domain.Actor, ask Ask) (Grant, error)
	// Retrieve finds at most limit passages that the actor may read, best first; that of the document asked about, if
	// any, comes before the others. forAI leaves out what AI may not see
	// and counts the documents left out (P43, P54).
	Retrieve(ctx context.Context, actor domain.Actor, question string, about domain.ID, limit int, forAI bool) ([]domain.Passage, int, error)
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
