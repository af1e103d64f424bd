package llm

import (
	"encoding/json"
	"slices"
	"strings"

	"aimyorg/domain"
)

// maxBody bounds a request: twelve thousand tokens of passages, four thousand of history and a question.
const maxBody = 512 << 10

// body is every key that may be in a request (P39): what langchaingo adds besides falls away when it is read into this.
type body struct {
	Model               string         `json:"model"`
	Messages            []wireMessage  `json:"messages"`
	Temperature         *float64       `json:"temperature,omitempty"`
	MaxTokens           int            `json:"max_tokens,omitempty"`
	MaxCompletionTokens int            `json:"max_completion_tokens,omitempty"`
	Stream              bool           `json:"stream"`
	StreamOptions       *streamOptions `json:"stream_options,omitempty"`
	Store               *bool          `json:"store,omitempty"`
	Routing             *routing       `json:"provider,omitempty"`
}

type wireMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// routing is OpenRouter's `provider`: no training, zero retention, and no other provider than reviewed.
type routing struct {
	DataCollection string   `json:"data_collection"`
	ZDR            bool     `json:"zdr"`
	AllowFallbacks bool     `json:"allow_fallbacks"`
	Only           []string `json:"only,omitempty"`
}

// shape reads what langchaingo built, refuses anything but the authorized prompt and model, redacts, and adds the flags
// that langchaingo has no field for (P39, P41, P56).
func (g *Gate) shape(c *call, raw []byte) ([]byte, []string, error) {
	var b body
	if len(raw) == maxBody || json.Unmarshal(raw, &b) != nil {
		return nil, nil, cause{RequestRefused}
	}
	if b.Model != c.choice.Model || !slices.Equal(b.Messages, wire(c.messages())) {
		return nil, nil, cause{RequestRefused}
	}
	for i := range b.Messages {
		b.Messages[i].Content = g.config.Redact(b.Messages[i].Content)
	}
	if reasons(b.Model) {
		b.Temperature = nil // these models accept no other than their own
	}
	b.Store, b.Routing = nil, nil
	flags := b.flag(c.choice.Provider, g.config.OpenRouterOnly)
	out, err := json.Marshal(b)
	if err != nil {
		return nil, nil, cause{RequestRefused}
	}
	return out, flags, nil
}

// flag sets what a provider must be told, and names it for the ledger.
func (b *body) flag(p domain.Provider, only []string) []string {
	switch p {
	case domain.OpenAI:
		b.Store = new(bool)
		return []string{"store:false"}
	case domain.OpenRouter:
		b.Routing = &routing{DataCollection: "deny", ZDR: true, Only: only}
		flags := []string{"data_collection:deny", "zdr:true", "allow_fallbacks:false"}
		if len(only) > 0 {
			flags = append(flags, "only:"+strings.Join(only, ","))
		}
		return flags
	}
	return nil
}

// wire is the prompt as it must appear in the body.
func wire(messages []chatMessage) []wireMessage {
	out := make([]wireMessage, len(messages))
	for i, m := range messages {
		out[i] = wireMessage{m.role, m.text}
	}
	return out
}

// reasons says whether a model takes no temperature.
func reasons(model string) bool {
	name := model[strings.LastIndexByte(model, '/')+1:]
	return strings.HasPrefix(name, "gpt-5") || isO(name, "1") || isO(name, "3") || isO(name, "4")
}

// noSystem says for which models langchaingo would rewrite the system message.
func noSystem(model string) bool { return isO(model, "1") || isO(model, "3") }

func isO(name, n string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(name), "o"+n)
	return ok && (rest == "" || rest[0] == '-')
}
