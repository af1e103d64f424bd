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
	// Brief is domain's: what an answer begins with.
	Brief = domain.Brief
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
	// Brief is what an answer begins with: who answers; the conversation before the question, oldest first, finished
	// messages only; and at most limit passages for what look makes of it, such that the actor may read, best first. That of
	// the document asked about, if any, comes before the others. Where something will leave, what AI may not see is left
	// out and its documents are counted (P43, P54). look must not call Desk.
	Brief(ctx context.Context, actor domain.Actor, question domain.Message, limit int, look func(history []domain.Message) string) (Brief, error)
	// OpenReceipt authorizes the Ask like Authorize and commits the ledger row, in one transaction; the receipt comes back
	// with the consents that it stands on. On an error nothing is dialed (P47, P51); domain.Refused is the rows' no.
	OpenReceipt(ctx context.Context, actor domain.Actor, ask Ask, r domain.Receipt) (domain.Receipt, error)
	// CloseReceipt completes the row that OpenReceipt committed. Only what was unknown at opening has changed. That of an
	// answer is closed by Finish.
	CloseReceipt(ctx context.Context, actor domain.Actor, r domain.Receipt) error
	// BodyMAC is the keyed hash of a request's body.
	BodyMAC(ctx context.Context, actor domain.Actor, body []byte) (string, error)
	// Checkpoint saves answers as far as they have come (sealed), of any organizations, marks them streaming, and beats. It gives
	// those that still run, and whether each was saved; the others were deleted, or ended by another hand. One that was
	// left out without an error is saved next time.
	Checkpoint(ctx context.Context, drafts []domain.Draft) (saved map[domain.ID]bool, err error)
	// Beat says that answers are still being written, by pairs of organization and message, whether they grow or not.
	Beat(ctx context.Context, tenants, messages []domain.ID) error
	// Epochs are numbers that move with every change of what Standing says of an organization's answers.
	Epochs(ctx context.Context, tenants []domain.ID) (map[domain.ID]int64, error)
	// Standing says whether an answer may go on; it is asked again whenever the organization's epoch has moved. The ask is
	// zero while nothing leaves (quoting). domain.ErrNotFound says that the answer is gone.
	Standing(ctx context.Context, actor domain.Actor, message domain.ID, ask Ask) (Standing, error)
	// Finish saves an answer's last state, and how its request ended when one was recorded. It is tried again after an
	// error, so it must be repeatable.
	Finish(ctx context.Context, actor domain.Actor, answer domain.Message, sent *domain.Receipt) error
	NewID() domain.ID
	Now() time.Time
}
