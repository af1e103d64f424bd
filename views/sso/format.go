package sso

import (
	"strings"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/views/ui"
)

// code is how machines' words are typed.
var code = templ.Attributes{"class": "mono", "spellcheck": "false"}

// form is what the fields show: what was typed, or what is kept.
func form(p AdminPage) domain.SSOForm {
	if p.Form != nil {
		return *p.Form
	}
	s := p.Settings
	role := string(s.Role)
	if s.Role == domain.Custom {
		role = string(s.RoleID)
	}
	return domain.SSOForm{Issuer: s.Issuer, ClientID: s.ClientID, Enabled: s.Enabled, Provision: s.Provision, Role: role, Groups: s.Groups}
}

// lines are the groups with some empty ones after them.
func lines(p AdminPage) []domain.GroupRule {
	return append(append([]domain.GroupRule{}, form(p).Groups...), make([]domain.GroupRule, 2)...)
}

func options(list []Option) []ui.Option {
	out := make([]ui.Option, len(list))
	for i, o := range list {
		out[i] = ui.Option{Value: o.Value, Label: o.Label}
	}
	return out
}

func secretHint(s domain.SSO) string {
	if s.HasSecret {
		return "One is kept, sealed, and never shown. Type another to replace it; a new issuer needs its own."
	}
	return "It is kept sealed and never shown again."
}

func failed(code string) string {
	return Sentence(ProblemPage{Code: code, Organization: "The provider"})
}

func list(all []string) string { return strings.Join(all, ", ") }

func orNone(s string) string {
	if s == "" {
		return "not sent"
	}
	return s
}
