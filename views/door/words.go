package door

import (
	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

var historyColumns = []ui.Column{{Label: "When"}, {Label: "What"}, {Label: "Device"}, {Label: "Address", HideSmall: true}, {Label: "How", HideSmall: true}}

func outcome(o domain.SignInOutcome) string {
	switch o {
	case domain.SignInOK:
		return "Signed in"
	case domain.SignInRefused:
		return "Refused"
	case domain.SignInLocked:
		return "Too many tries"
	}
	return "Failed"
}

func outcomeTone(o domain.SignInOutcome) ui.Tone {
	switch o {
	case domain.SignInOK:
		return ui.Good
	case domain.SignInWrong:
		return ui.Bad
	}
	return ui.Wait
}

func method(m domain.Method) string {
	switch m {
	case domain.ByPasskey:
		return "passkey"
	case domain.BySSO:
		return "single sign-on"
	case domain.ByInvitation:
		return "invitation"
	case domain.ByCode:
		return "code of an app"
	case domain.ByRecovery:
		return "recovery code"
	}
	return "password"
}

func orUnknown(device string) string {
	if device == "" {
		return "Unknown device"
	}
	return device
}

func address(s domain.SignIn) string {
	if s.Address == "" {
		return "unknown"
	}
	return s.Address
}

func endedText(n int) string {
	if n < 0 {
		return "That session was ended."
	}
	if n == 1 {
		return "One other session was ended."
	}
	return words.Count(n, "other session was", "other sessions were") + " ended."
}

func passwordLabel(has bool) string {
	if has {
		return "Change password"
	}
	return "Set password"
}

func othersText(n int) string {
	if n == 0 {
		return "You are signed in nowhere else."
	}
	return "You are signed in at " + words.Count(n, "other place", "other places") + ", which will be signed out."
}

func factorHint(p RulesPage) string {
	if p.Without == 0 {
		return "Everybody has one already: an authenticator app or a passkey."
	}
	return words.Count(p.Without, "person has", "people have") + " none yet, out of " + words.Number(int64(p.People)) + "."
}

func ssoHint(p RulesPage) string {
	switch {
	case !p.SSO:
		return "Set up single sign-on first."
	case !p.Tried:
		return "Sign in by single sign-on once first, so that nobody is locked out by a mistake in its settings."
	}
	return "Passwords are refused then. The owner keeps theirs, so that a broken identity provider locks nobody out for good."
}

func factorPreview(p RulesPage) string {
	switch {
	case !p.Rules.Factor:
		return "A second factor is up to each person."
	case p.Without == 0:
		return "A second factor is required. Everybody has one already, so nobody has to do anything."
	}
	return "A second factor is required. " + words.Count(p.Without, "person has", "people have") +
		" none: at the next sign-in each sets one up before anything else. Whoever is signed in stays signed in until then."
}

func ssoPreview(p RulesPage) string {
	if !p.Rules.SSO {
		return "Everybody may sign in with a password or a passkey."
	}
	return "Single sign-on is required. " + words.Count(max(p.People-1, 0), "person's password is", "people's passwords are") +
		" refused from the next sign-in on. The owner may still use a password."
}
