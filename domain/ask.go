package domain

import (
	"fmt"
	"log/slog"
	"slices"
)

// PurposeTest is the purpose of the admin's test button: a fixed sentence of ours, no class of data.
const PurposeTest Purpose = "test"

// Ask is what a request to a provider would carry; nothing else can leave (P42).
type Ask struct {
	Provider Provider
	Model    string
	Classes  []DataClass // in the policy's order; empty for PurposeTest
	Purpose  Purpose
}

// CopilotClasses is what a Copilot request carries at most, in the policy's order.
var CopilotClasses = []DataClass{ClassMessage, ClassKnowledge}

// Choice is who answers in an organization.
type Choice struct {
	Provider Provider // NoProvider quotes
	Model    string
	Key      Secret
	BaseURL  string // one of the operator's addresses for the provider; "" is the first of them
	Epoch    int64  // of the organization when it chose; what changes later moves it
}

// Brief is what an answer to a question begins with.
type Brief struct {
	Choice   Choice
	History  []Message // of the conversation before the question, oldest first: finished ones
	Passages []Passage // best first
	Withheld int       // documents with better ones that AI may not see (P43)
}

// Grant is the yes to an Ask: which consents it stands on, under which version of the policy.
type Grant struct {
	Consents      []ID
	PolicyVersion int
}

// Standing is whether a running answer may go on.
type Standing struct {
	Stop    bool   // the person asked to stop, perhaps on another replica
	Refused string // the code of why it may not go on, "" when it may
}

// Draft is what an answer has come to while it is being written.
type Draft struct {
	Actor   Actor
	Message ID
	Text    string // all of it so far; "" when it has not grown since the last draft
}

// The codes with which asking AI is refused (PROMISES §4's truth table).
const (
	RefusedByOrg      = "ai_disabled_by_org"
	RefusedProvider   = "provider_not_enabled"
	RefusedConsent    = "consent_required"
	RefusedModel      = "model_not_allowed"
	RefusedSignedOut  = "signed_out"
	RefusedRecordable = "egress_not_recordable"
)

// Authorize is the gate's rule: the organization's switch, the provider enabled by an admin, the model allowed, and this
// person's consent for every class, under the policy in force. It gives the consents that the yes stands on.
func Authorize(a Ask, s AISettings, c ConsentState, policyVersion int) (Grant, error) {
	p := s.Setting(a.Provider)
	switch {
	case !s.Enabled:
		return Grant{}, Refused{RefusedByOrg}
	case !p.Enabled && a.Purpose != PurposeTest:
		return Grant{}, Refused{RefusedProvider}
	case !ModelAllowed(a.Provider, a.Model) || !slices.Contains(p.Models, a.Model):
		return Grant{}, Refused{RefusedModel}
	}
	g := Grant{PolicyVersion: policyVersion}
	for _, class := range a.Classes {
		scope := Scope{a.Provider, class, a.Purpose}
		if !c.Covers(scope, policyVersion) {
			return Grant{}, Refused{RefusedConsent}
		}
		g.Consents = append(g.Consents, c[scope].ID)
	}
	if len(a.Classes) == 0 && a.Purpose != PurposeTest {
		return Grant{}, Refused{RefusedConsent}
	}
	return g, nil
}

// Secret is a provider's key. It never prints, marshals or logs (ASVS 13.3); only the gate reveals it.
type Secret struct{ value string }

// NewSecret wraps a key.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal gives the key. arch_test.go holds that only llm calls it.
func (s Secret) Reveal() string { return s.value }

// Empty says that there is no key.
func (s Secret) Empty() bool { return s.value == "" }

const hidden = "[secret]"

// String hides the key.
func (s Secret) String() string { return hidden }

// GoString hides the key from %#v.
func (s Secret) GoString() string { return hidden }

// Format hides the key from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText hides the key from JSON and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the key from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
