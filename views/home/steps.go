package home

import (
	"strings"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

// step is one line of the list: what to do, why, where.
type step struct {
	icon, title, text, action, href string
	done                            bool
	kind                            ui.Kind
}

// steps are those that the person can do, in the order in which they help. The first open one is the primary action.
func steps(p Page) []step {
	var out []step
	if p.MayWrite {
		out = append(out, step{icon: "upload", title: "Put documents in", action: "Add documents", href: documentsPath(p),
			done: p.HasDocuments,
			text: "Make a collection, decide who may read it, and upload many files at once."})
	}
	if p.MayAsk {
		out = append(out, step{icon: "sparkles", title: "Ask the Copilot", action: "Ask", href: "/copilot", done: p.HasAsked,
			text: "It answers from the documents that you may read, and cites the passages."})
	}
	if p.MayConfigure {
		text := "Until a provider is allowed, answers quote your documents and nothing leaves."
		if p.HasProvider {
			text = "A provider writes the answers, for people who agreed. You decide what it may see."
		}
		out = append(out, step{icon: "shield-check", title: "Decide about AI", action: "Open AI settings", href: "/admin/ai",
			done: p.HasProvider, text: text})
	}
	if p.MayAsk && p.HasProvider {
		out = append(out, step{icon: "circle-check", title: "Give your own consent, if you want", action: "Read what is sent",
			href: "/account/data#consents",
			done: p.Consented, text: "Answers are written for you only after you agreed. Everything else works without it."})
	}
	return primaryFirst(out)
}

func primaryFirst(list []step) []step {
	for i := range list {
		if !list[i].done {
			list[i].kind = ui.Primary
			return list
		}
	}
	return list
}

func unfinished(list []step) bool {
	for _, s := range list {
		if !s.done {
			return true
		}
	}
	return false
}

func documentsPath(p Page) string {
	if p.Collections == 0 {
		return "/knowledge/collections/new"
	}
	return "/knowledge"
}

func greeting(p Page) string {
	first, _, _ := strings.Cut(strings.TrimSpace(p.Member.Name), " ")
	hour := p.Now.Hour()
	switch {
	case first == "":
		return "Home"
	case hour >= 5 && hour < 12:
		return "Good morning, " + first
	case hour >= 12 && hour < 18:
		return "Good afternoon, " + first
	}
	return "Good evening, " + first
}

func tone(s domain.DocumentState) ui.Tone {
	if s == domain.DocumentUnreadable {
		return ui.Bad
	}
	return ui.Wait
}

func unreadable(n int) string {
	if n == 1 {
		return "1 document can't be read. Its page says why."
	}
	return words.Number(int64(n)) + " documents can't be read. Each one's page says why."
}
