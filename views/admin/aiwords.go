package admin

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

func swap(action, id string) templ.Attributes {
	return templ.Attributes{"hx-post": action, "hx-target": "#" + id, "hx-swap": "outerHTML"}
}

var sentLines = []string{
	"The question, and the conversation that it goes on with",
	"At most 8 passages of about 200 words that fit it, with their documents' titles",
	"Our instructions to the model, which hold nothing of yours",
}

func switchMeans(s domain.AISettings) string {
	if s.Enabled {
		return "The Copilot answers people. Texts leave only to the provider chosen below, for people who agreed. " +
			"Switching it off stops answers being written within a second."
	}
	return "The Copilot answers nobody and nothing leaves. Documents, reading and searching work as before."
}

func choices(s domain.AISettings) []ui.Option {
	out := []ui.Option{{Value: string(domain.NoProvider), Label: "Quoting, without a provider",
		Hint: "Answers are the best passages, word for word. Nothing leaves."}}
	for _, p := range domain.Providers {
		x := s.Setting(p)
		o := ui.Option{Value: string(p), Label: p.Name(),
			Hint: "Writes answers. Sends questions and passages to " + words.ProviderInSentence(p) + "."}
		if !x.Enabled {
			o.Disabled, o.Hint = s.Chosen != p, "Allow it below first."
		}
		out = append(out, o)
	}
	return out
}

func consented(p AIPage) string {
	if p.Settings.Chosen == domain.NoProvider || p.Settings.Chosen == "" || p.People == 0 {
		return ""
	}
	return words.Number(int64(p.Consented)) + " of " + words.Count(p.People, "person", "people") + " agreed"
}

// CardOf is one provider of the page.
func CardOf(p AIPage, provider domain.Provider) ProviderCard {
	c := ProviderCard{Setting: p.Settings.Setting(provider), Chosen: p.Settings.Chosen == provider, AIEnabled: p.Settings.Enabled,
		Test: p.Tests[provider], Now: p.Now}
	if f, ok := p.Forms[provider]; ok {
		c.Form = &f
	}
	if p.Saved == provider {
		c.Saved = "Saved."
	}
	return c
}

func providerPath(c ProviderCard) string { return "/admin/ai/providers/" + string(c.Setting.Provider) }

func rulePath(c domain.Collection) string { return "/admin/ai/collections/" + string(c.ID) }

func fieldID(c ProviderCard, name string) string {
	return "f-" + string(c.Setting.Provider) + "-" + name
}

func providerHint(p domain.Provider) string {
	switch p {
	case domain.OpenAI:
		return "For GPT models, directly. Keeps logs against abuse up to 30 days, longer where safety or law require it. Does not train on what is sent."
	case domain.OpenRouter:
		return "For models such as Claude, Gemini and Llama. Only providers behind it that say they keep nothing and train on nothing are asked."
	}
	return "An address that the operator of this server listed."
}

func allowMeans(s domain.ProviderSetting) string {
	if s.Enabled {
		return "People who agreed can be answered by it. Not allowing it any more cuts running answers within a second."
	}
	return "Nothing can be sent to it, whoever agreed."
}

func keyHint(s domain.ProviderSetting) string {
	switch {
	case s.HasKey:
		return "A key is stored, sealed. It is never shown again; type another one to replace it."
	case s.Operator:
		return "The operator's own key serves until you store one. Yours would be stored sealed and never shown again."
	}
	return "Stored sealed, and never shown again."
}

func keyPlaceholder(s domain.ProviderSetting) string {
	if s.HasKey {
		return "Stored"
	}
	return ""
}

func modelHint(p domain.Provider) string {
	switch p {
	case domain.OpenAI:
		return "One a line, such as gpt-4.1."
	case domain.OpenRouter:
		return "One a line, with its maker, such as anthropic/claude-sonnet-4. GPT models and variants such as :free are refused."
	}
	return "One a line, as your server names them."
}

func models(c ProviderCard) string {
	if c.Form != nil {
		return c.Form.Models
	}
	return strings.Join(c.Setting.Models, "\n")
}

func defaultModel(c ProviderCard) string {
	if c.Form != nil {
		return c.Form.Default
	}
	return c.Setting.Default
}

func problems(c ProviderCard) domain.Problems {
	if c.Form != nil {
		return c.Form.Problems
	}
	return nil
}

// open unfolds the form when it was refused, or when something is missing that the provider needs.
func open(c ProviderCard) bool {
	return len(problems(c)) > 0 || c.Setting.Enabled && (!keyed(c) || c.Setting.Default == "")
}

// keyed says that a request could carry a key, or needs none.
func keyed(c ProviderCard) bool {
	return c.Setting.HasKey || c.Setting.Operator || c.Setting.Provider == domain.Compatible
}

func testable(c ProviderCard) bool {
	return c.AIEnabled && c.Setting.Enabled && c.Setting.Default != "" && keyed(c)
}

func testCode(t TestResult) string {
	if t.OK {
		return "ok"
	}
	return t.Code
}

func took(d time.Duration) string { return words.Lasted(time.Unix(0, 0), time.Unix(0, 0).Add(d)) }

func ruleMeans(c domain.Collection) string {
	documents := words.Count(c.Documents, "document", "documents")
	if c.AIAllowed {
		return words.Capital(documents) + ". Passages may be sent when they fit a question."
	}
	return words.Capital(documents) + ". Never sent; answers say that something was left out."
}
