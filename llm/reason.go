package llm

import (
	"errors"

	"aimyorg/domain"
)

// Reason is why an answer is not simply done: a stable public code (domain.Message.Reason, data-code). Sentences are
// made by views. No text of a provider is ever in one.
type Reason string

// The reasons that the gate or the rows refuse with, before or during an answer.
const (
	DisabledByOrg      Reason = "ai_disabled_by_org"     // the organization's switch is off
	ProviderNotEnabled Reason = "provider_not_enabled"   // no admin enabled the provider
	ConsentRequired    Reason = "consent_required"       // the person has not agreed to this scope
	ConsentWithdrawn   Reason = "consent_withdrawn"      // agreed, and withdrew while the answer ran
	ModelNotAllowed    Reason = "model_not_allowed"      // the model must not be asked of this provider
	NotRecordable      Reason = "egress_not_recordable"  // the ledger row could not be committed: nothing was dialed
	NotConfigured      Reason = "provider_not_addressed" // no address on the operator's list, or no key
	RequestRefused     Reason = "egress_refused"         // the request was not what had been authorized: nothing was dialed
	SignedOut          Reason = "signed_out"             // the person's account was closed while the answer ran
)

// The reasons that lie with the provider.
const (
	Unauthorized  Reason = "provider_unauthorized" // 401, 403: the key is wrong or lacks rights
	NoCredit      Reason = "provider_no_credit"    // 402, or 429 for an exhausted quota: waiting doesn't help
	Busy          Reason = "provider_busy"         // 429, or 503 with Retry-After
	ModelNotFound Reason = "model_not_found"       // 404
	Rejected      Reason = "provider_rejected"     // other 4xx: it did not accept the request
	Failed        Reason = "provider_failed"       // 5xx, an error event, 200 with an error body
	Malformed     Reason = "provider_malformed"    // not the protocol: HTML, broken JSON, a redirect, an endless line
	Stalled       Reason = "provider_stalled"      // silent for too long, at the start or between two pieces
	CutOff        Reason = "provider_cut_off"      // the connection ended before the answer did
	ProviderNo    Reason = "provider_refused"      // its content filter or the model refused
	Truncated     Reason = "answer_truncated"      // the answer reached its longest allowed length; it is kept as done
	Empty         Reason = "provider_empty"        // it ended well without a word
	Unreachable   Reason = "provider_unreachable"  // name, connection or TLS failed, or its address is not public
	Violation     Reason = "provider_violation"    // served by a provider that is not on the allow list (P56)
)

// The reasons that lie with us or the person.
const (
	StoppedByPerson Reason = "stopped"             // Stop was pressed
	ShutDown        Reason = "server_stopped"      // the server ended; Retry works
	NotSaved        Reason = "storage_unavailable" // the database did not answer
	Broken          Reason = "internal"            // a fault of ours, logged
)

// Reasons is the closed list.
var Reasons = []Reason{
	DisabledByOrg, ProviderNotEnabled, ConsentRequired, ConsentWithdrawn, ModelNotAllowed, NotRecordable, NotConfigured,
	RequestRefused, SignedOut, Unauthorized, NoCredit, Busy, ModelNotFound, Rejected, Failed, Malformed, Stalled, CutOff,
	ProviderNo, Truncated, Empty, Unreachable, Violation, StoppedByPerson, ShutDown, NotSaved, Broken,
}

// cause is a Reason as the cause of a cancelled context.
type cause struct{ Reason }

func (c cause) Error() string { return "cut: " + string(c.Reason) }

// reasonOf gives the code of an error from Desk: a refusal keeps its own, anything else is a failure to read or save.
func reasonOf(err error) Reason {
	var refused domain.Refused
	var c cause
	switch {
	case errors.As(err, &refused):
		return Reason(refused.Code)
	case errors.As(err, &c):
		return c.Reason
	case errors.Is(err, domain.ErrSignedOut):
		return SignedOut
	case errors.Is(err, domain.ErrNotFound): // the conversation was deleted: nobody wants the answer any more
		return StoppedByPerson
	}
	return NotSaved
}

// state is the message's state that a reason leads to.
func (r Reason) state() domain.MessageState {
	switch r {
	case "", Truncated:
		return domain.MessageDone
	case StoppedByPerson, ConsentWithdrawn, ConsentRequired, DisabledByOrg, SignedOut:
		return domain.MessageStopped
	case ShutDown:
		return domain.MessageInterrupted
	}
	return domain.MessageFailed
}

// outcome is the ledger's word for a request that ended with a reason after it was dialed.
func (r Reason) outcome() domain.Outcome {
	switch r {
	case "", Truncated:
		return domain.OutcomeOK
	case StoppedByPerson:
		return domain.OutcomeStopped
	case ConsentWithdrawn, ConsentRequired, DisabledByOrg, ProviderNotEnabled, ModelNotAllowed, SignedOut, ShutDown,
		NotSaved:
		return domain.OutcomeCut
	case ProviderNo:
		return domain.OutcomeRefused
	case Violation:
		return domain.OutcomeViolation
	}
	return domain.OutcomeError
}
