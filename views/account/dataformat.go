package account

import (
	"strings"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

func localeOptions() []ui.Option {
	out := make([]ui.Option, len(domain.Locales))
	for i, l := range domain.Locales {
		out[i] = ui.Option{Value: string(l), Label: words.LocaleName(l)}
	}
	return out
}

// zoneOptions lists the time zones by region; chosen is among them even when it is an older name.
func zoneOptions(chosen string) []ui.Option {
	out := []ui.Option{{Value: "", Label: "Not chosen: UTC"}}
	found := chosen == ""
	for _, name := range domain.Zones() {
		region, place, ok := strings.Cut(name, "/")
		if !ok {
			region, place = "", name
		}
		found = found || name == chosen
		out = append(out, ui.Option{Value: name, Group: region, Label: strings.ReplaceAll(place, "_", " ")})
	}
	if _, known := domain.ZoneName(chosen); !found && known {
		out = append(out, ui.Option{Value: chosen, Label: chosen})
	}
	return out
}

// roleOf is a member's role in words.
func roleOf(m domain.Member) string {
	if m.RoleName == "" {
		return m.Role.Name()
	}
	return m.RoleName
}

// whoChanges says who can change the role and the department.
func whoChanges(managers []string) string {
	if len(managers) == 0 {
		return "Role and department are changed by who manages people here."
	}
	return "Role and department are changed by who manages people here, such as " + words.List(managers...) + "."
}

// lookWords says what somebody looked at.
func lookWords(l domain.Look) string {
	who := l.ByName
	if who == "" {
		who = "Somebody who is not here any more"
	}
	switch l.What {
	case domain.LookReceipt:
		return who + " opened a receipt of what left on your behalf"
	case domain.LookReceipts:
		return who + " read a list with receipts of yours"
	case domain.LookSignIns:
		return who + " read when and where you signed in"
	case domain.LookAccess:
		return who + " looked up what you may see, and why"
	}
	return who + " opened your page among the people"
}

func lookPath(l domain.Look) string {
	if l.What == domain.LookReceipt && l.Object != "" {
		return "/account/receipts/" + string(l.Object)
	}
	return ""
}

func usedWords(e domain.UsageEvent) string {
	switch e {
	case domain.UsedHome:
		return "Opened home"
	case domain.AskedCopilot:
		return "Asked the Copilot"
	case domain.Searched:
		return "Searched"
	case domain.OpenedDocument:
		return "Opened a document"
	case domain.AddedDocument:
		return "Added a document"
	case domain.UsedPeople:
		return "Looked at people"
	}
	return "Looked at administration"
}

// emailWords are the choices of when a kind of notice is mailed.
func emailOptions() []ui.Option {
	return []ui.Option{{Value: string(domain.EmailNow), Label: "At once"}, {Value: string(domain.EmailDigest), Label: "Daily"},
		{Value: string(domain.EmailOff), Label: "No mail"}}
}

func zoneWords(zone string) string {
	if zone == "" {
		return "UTC, until you choose a time zone in your profile"
	}
	return "your time zone, " + strings.ReplaceAll(zone, "_", " ")
}

// split parts the choices into those of security and the others.
func split(all []domain.NoticeChoice) (security, others []domain.NoticeChoice) {
	for _, c := range all {
		if c.Kind.Security() {
			security = append(security, c)
		} else {
			others = append(others, c)
		}
	}
	return security, others
}

func kindsIn(all []domain.NoticeChoice) []string {
	out := make([]string, len(all))
	for i, c := range all {
		out[i] = words.NoticeKind(c.Kind)
	}
	return out
}
