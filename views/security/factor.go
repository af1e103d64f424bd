package security

import (
	"aimyorg/domain"
	"aimyorg/views/ui"
)

// only gives the problems of one of the page's forms.
func only(p Factor, recovery bool) domain.Problems {
	field := "code"
	if recovery {
		field = "recovery"
	}
	return about(p.Problems, field)
}

func passkeyProblems(p Factor) domain.Problems { return about(p.Problems, "passkey") }

func about(all domain.Problems, field string) (out domain.Problems) {
	for _, x := range all {
		switch {
		case x.Field != field:
		case field == "passkey": // there is no field to lead to
			out = append(out, domain.Problem{Code: x.Code, Text: x.Text})
		default:
			out = append(out, x)
		}
	}
	return out
}

// passkeyKind makes the passkey the page's main button where there is no code to enter.
func passkeyKind(p Factor) ui.Kind {
	if p.Has.App {
		return ui.Default
	}
	return ui.Primary
}
