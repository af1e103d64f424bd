package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Provider is a recipient of AI requests.
type Provider string

// The recipients that the policy names (P44), and an address that the operator listed for its own use. None is the
// built-in quoting model, to which nothing is sent.
const (
	NoProvider Provider = "none"
	OpenAI     Provider = "openai"
	OpenRouter Provider = "openrouter"
	Compatible Provider = "compatible"
)

// Providers lists the recipients.
var Providers = []Provider{OpenAI, OpenRouter, Compatible}

// PolicyRecipients are those whom the privacy policy names (its §4).
var PolicyRecipients = []Provider{OpenAI, OpenRouter}

// Name is the recipient in words.
func (p Provider) Name() string {
	switch p {
	case OpenAI:
		return "OpenAI"
	case OpenRouter:
		return "OpenRouter"
	case Compatible:
		return "Your own AI server"
	}
	return "Built-in quoting"
}

// Recipient says who gets what is sent.
func (p Provider) Recipient() string {
	switch p {
	case OpenAI:
		return "OpenAI, for GPT models"
	case OpenRouter:
		return "OpenRouter, and the provider of the chosen model behind it"
	}
	return "The AI server that your organization's operator listed"
}

// DataClass is a kind of data that may leave (P42). Anything else has no class and so cannot leave.
type DataClass string

// The four kinds of data that the policy lists.
const (
	ClassMessage     DataClass = "message"
	ClassTask        DataClass = "task"
	ClassKnowledge   DataClass = "kb"
	ClassAgentConfig DataClass = "agent_config"
)

// DataClasses lists the kinds in the policy's order.
var DataClasses = []DataClass{ClassMessage, ClassTask, ClassKnowledge, ClassAgentConfig}

// Name is the class in words.
func (c DataClass) Name() string {
	switch c {
	case ClassMessage:
		return "Messages and conversations"
	case ClassTask:
		return "Task descriptions and instructions"
	case ClassKnowledge:
		return "Passages from documents"
	}
	return "Agent instructions"
}

// Sends says what of the class goes.
func (c DataClass) Sends() string {
	switch c {
	case ClassMessage:
		return "Your questions to the Copilot and the conversation they belong to"
	case ClassKnowledge:
		return "Passages of documents that you may read, when they fit a question"
	case ClassTask:
		return "Task descriptions and instructions"
	}
	return "Instructions of the agents that you use"
}

// Purpose is what a request is made for.
type Purpose string

// PurposeCopilot is answering a question in the Copilot.
const PurposeCopilot Purpose = "copilot"

// Scope is what one consent covers.
type Scope struct {
	Provider Provider
	Class    DataClass
	Purpose  Purpose
}

// Consent is one person's yes or no for one scope under one version of the policy; append-only, the last one counts.
type Consent struct {
	ID ID
	Scope
	Given         bool
	PolicyVersion int
	TextHash      string
	Surface       string // where it was given: sign-up, panel, account
	At            time.Time
}

// ConsentState is the last word per scope.
type ConsentState map[Scope]Consent

// Covers says whether consent is current for a scope under the policy in force.
func (s ConsentState) Covers(scope Scope, policyVersion int) bool {
	c, ok := s[scope]
	return ok && c.Given && c.PolicyVersion >= policyVersion
}

// CoversCopilot says whether consent covers everything that answering with a provider needs.
func (s ConsentState) CoversCopilot(p Provider, policyVersion int) bool {
	for _, class := range CopilotClasses {
		if !s.Covers(Scope{p, class, PurposeCopilot}, policyVersion) {
			return false
		}
	}
	return true
}

// ProviderSetting is what an organization decided about one recipient. The key itself never leaves store.
type ProviderSetting struct {
	Provider  Provider
	Enabled   bool
	HasKey    bool // a key is stored here
	Operator  bool // the operator's own key serves when the organization has none
	Models    []string
	Default   string
	UpdatedAt time.Time
}

// AISettings is the AI page of an organization.
type AISettings struct {
	Enabled   bool
	Chosen    Provider // the provider that answers; NoProvider quotes
	Providers []ProviderSetting
}

// Setting finds a provider's settings.
func (s AISettings) Setting(p Provider) ProviderSetting {
	for _, x := range s.Providers {
		if x.Provider == p {
			return x
		}
	}
	return ProviderSetting{Provider: p}
}

// lowerDigitsDash are the bytes of a vendor's name at OpenRouter. Others ("OpenAI", "@preset") may be read there as
// something that this rule did not see.
const lowerDigitsDash = "abcdefghijklmnopqrstuvwxyz0123456789-"

// ModelAllowed says whether a model may be asked of a provider at all: GPT models go to OpenAI directly (P45), so neither
// by their name nor through a router's own choice (openrouter/auto) elsewhere; variants whose terms differ (free, online,
// plugins) nowhere (P39).
func ModelAllowed(p Provider, model string) bool {
	gpt := strings.HasPrefix(model, "gpt-") || strings.HasPrefix(model, "o1") || strings.HasPrefix(model, "o3") ||
		strings.HasPrefix(model, "o4") || strings.HasPrefix(model, "chatgpt-")
	switch p {
	case OpenAI:
		return gpt && !strings.ContainsAny(model, "/: \r\n\t")
	case OpenRouter:
		vendor, name, ok := strings.Cut(model, "/")
		return ok && name != "" && strings.Trim(vendor, lowerDigitsDash) == "" && vendor != "" && vendor != "openai" &&
			vendor != "openrouter" && !strings.ContainsAny(model, ": \r\n\t")
	case Compatible:
		return model != "" && !strings.ContainsAny(model, "\r\n\t ")
	}
	return false
}

// Outcome is how a request to a provider ended.
type Outcome string

// The outcomes of the egress ledger. Started is a row whose request is under way, or whose end is not known yet.
const (
	OutcomeStarted   Outcome = "started"
	OutcomeOK        Outcome = "ok"
	OutcomeCut       Outcome = "cut"
	OutcomeStopped   Outcome = "stopped"
	OutcomeRefused   Outcome = "refused"
	OutcomeError     Outcome = "error"
	OutcomeUnknown   Outcome = "unknown"
	OutcomeViolation Outcome = "violation"
)

// Outcomes lists them.
var Outcomes = []Outcome{OutcomeOK, OutcomeStarted, OutcomeCut, OutcomeStopped, OutcomeRefused, OutcomeError, OutcomeUnknown, OutcomeViolation}

// Receipt is the record of one request to an AI provider (P51): written before anything is sent, closed after.
type Receipt struct {
	ID, Member, Message, Conversation ID
	Purpose                           Purpose
	Provider                          Provider
	Host                              string
	Model, Served                     string
	ServedBy                          string // the provider behind a router
	Upstream                          string // the provider's own id of the request
	Classes                           []DataClass
	Sources                           []Source
	Flags                             []string
	Consents                          []ID
	PolicyVersion                     int
	BytesOut, BytesIn                 int64
	TokensIn, TokensOut               int
	Estimated                         bool   // tokens counted here, since the provider did not say
	BodyMAC                           string // keyed hash of the body: shows that a text was sent only to who has it
	Outcome                           Outcome
	Status                            int
	StartedAt, EndedAt                time.Time
}

// Source is a passage that left.
type Source struct {
	Document, Version ID
	Ordinal           int
	Title             string
	Gone              bool
}

// Entry is one line of the audit log: metadata only.
type Entry struct {
	ID        ID
	At        time.Time
	Actor     ID
	ActorName string
	Verb      string
	Kind      string
	Object    ID
	Detail    string
	Batch     int64
	Erased    bool
}

// ConsentText is what a person agrees to in one scope: what is sent, and to whom, in the words that stand wherever consent is asked
// for (P47).
func ConsentText(s Scope) string { return s.Class.Sends() + "\n" + s.Provider.Recipient() }

// ConsentHash names the text of a scope, so that a record shows which words were agreed to.
func ConsentHash(s Scope) string {
	h := sha256.Sum256([]byte(ConsentText(s)))
	return hex.EncodeToString(h[:])
}
