package admin

import (
	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

var egressColumns = []ui.Column{
	{Label: "What"}, {Label: "For", HideSmall: true}, {Label: "How it ended"}, {Label: "Sent", Number: true, HideSmall: true},
	{Label: "Tokens", Number: true, HideSmall: true}, {Label: "When"},
}

var auditColumns = []ui.Column{
	{Label: "When"}, {Label: "Who"}, {Label: "Did"}, {Label: "To"}, {Label: "Detail", HideSmall: true},
	{Label: "Batch", Number: true, HideSmall: true},
}

func name(names map[domain.ID]string, id domain.ID) string {
	if n := names[id]; n != "" {
		return n
	}
	return "Deleted user"
}

// actor names who did it; what nobody of the organization did, the server did.
func actor(e domain.Entry) string {
	switch {
	case e.Actor == "":
		return "The server"
	case e.ActorName == "":
		return "Deleted user"
	}
	return e.ActorName
}

func outcomeTone(o domain.Outcome) ui.Tone {
	switch o {
	case domain.OutcomeOK:
		return ui.Good
	case domain.OutcomeRefused, domain.OutcomeError, domain.OutcomeViolation:
		return ui.Bad
	}
	return ui.Wait
}

func providerOptions() []ui.Option {
	out := []ui.Option{{Label: "All"}}
	for _, p := range domain.Providers {
		out = append(out, ui.Option{Value: string(p), Label: p.Name()})
	}
	return out
}

var outcomes = []domain.Outcome{domain.OutcomeOK, domain.OutcomeStarted, domain.OutcomeCut, domain.OutcomeStopped,
	domain.OutcomeRefused, domain.OutcomeError, domain.OutcomeUnknown, domain.OutcomeViolation}

func outcomeOptions() []ui.Option {
	out := []ui.Option{{Label: "All"}}
	for _, o := range outcomes {
		out = append(out, ui.Option{Value: string(o), Label: words.Outcome(o)})
	}
	return out
}

func personOptions(people []domain.Member) []ui.Option {
	out := []ui.Option{{Label: "Everyone"}}
	for _, m := range people {
		out = append(out, ui.Option{Value: string(m.ID), Label: m.Name})
	}
	return out
}

func verbOptions(verbs []string) []ui.Option {
	out := []ui.Option{{Label: "Anything"}}
	for _, v := range verbs {
		out = append(out, ui.Option{Value: v, Label: words.Verb(v)})
	}
	return out
}

func kindOptions(kinds []string) []ui.Option {
	out := []ui.Option{{Label: "Anything"}}
	for _, k := range kinds {
		out = append(out, ui.Option{Value: k, Label: words.Kind(k)})
	}
	return out
}

func chainCode(c Chain) string {
	switch {
	case c.Checked.IsZero():
		return "unchecked"
	case c.OK:
		return "intact"
	}
	return "broken"
}

func chainWord(c Chain) string {
	switch {
	case c.Checked.IsZero():
		return "Not checked yet"
	case c.OK:
		return "Unchanged"
	}
	return "Does not fit"
}

func chainTone(c Chain) ui.Tone {
	switch {
	case c.Checked.IsZero():
		return ui.Wait
	case c.OK:
		return ui.Good
	}
	return ui.Bad
}

func chainText(c Chain) string {
	waits := ""
	if c.Unsealed > 0 {
		waits = " " + words.Capital(words.Count(c.Unsealed, "entry waits", "entries wait")) + " to be sealed."
	}
	switch {
	case c.Checked.IsZero():
		return "Each entry is chained to the one before, in sealed batches." + waits
	case c.OK:
		return words.Capital(words.Count(int(c.Entries), "entry", "entries")) + " in " +
			words.Count(int(c.Batches), "sealed batch", "sealed batches") + ", each chained to the one before." + waits
	}
	if c.FirstBad == "" {
		return "Batch " + words.Number(c.BadBatch) + " is not as it was sealed, or one before it is missing. Tell the operator of this server." + waits
	}
	return "Entry " + string(c.FirstBad) + " in batch " + words.Number(c.BadBatch) +
		" is not as it was written, or one before it is missing. Tell the operator of this server." + waits
}
