package words

import (
	"strings"

	"aimyorg/domain"
)

// Codes that several places of the pages name. They are stable and public: data-code carries them.
const (
	AIOff           = "ai_disabled_by_org"
	ProviderOff     = "provider_not_enabled"
	ConsentRequired = "consent_required"
	ModelRefused    = "model_not_allowed"
	NotRecordable   = "egress_not_recordable"
)

// Answer says why an answer ended as it did, for the reason code of its message. retryAfter is in seconds, 0 if the
// provider named none; it is said only for codes that waiting helps with.
func Answer(code string, retryAfter int) string {
	if s, ok := refusedAnswers[code]; ok {
		return s
	}
	s, ok := answers[code]
	if !ok {
		return "The answer could not be finished. What had been written is kept."
	}
	if s.waits && retryAfter > 0 {
		return s.text + " It asked to wait " + Seconds(retryAfter) + "."
	}
	return s.text
}

// Outcome is how a request to a provider ended, in words.
func Outcome(o domain.Outcome) string {
	switch o {
	case domain.OutcomeStarted:
		return "Under way"
	case domain.OutcomeOK:
		return "Completed"
	case domain.OutcomeCut:
		return "Cut off"
	case domain.OutcomeStopped:
		return "Stopped"
	case domain.OutcomeRefused:
		return "Refused by the provider"
	case domain.OutcomeError:
		return "Failed"
	case domain.OutcomeViolation:
		return "Withheld: a provider that is not allowed answered"
	}
	return "End not known"
}

// Tested says why a provider's test did not work: Answer's sentence without what concerns an answer that was being
// written.
func Tested(code string, retryAfter int) string {
	s := Answer(code, retryAfter)
	for _, kept := range []string{" What had been written is kept.", " Your question is kept."} {
		s = strings.Replace(s, kept, "", 1)
	}
	return s
}
