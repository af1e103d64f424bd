package copilot

import (
	"time"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

// Message is one question or answer with what is needed to show it. Closed is an answer's text as llm rendered it; one that
// is being written comes by its stream. Sent is nil when nothing left.
type Message struct {
	Message domain.Message
	Closed  ui.SafeHTML
	Sent    *Sent
	Now     time.Time
}

// Sent is what left the building for an answer.
type Sent struct {
	Receipt             domain.ID
	Provider            domain.Provider
	Passages, Documents int
}

func messagePath(id domain.ID) string { return "/copilot/messages/" + string(id) }

func conversationPath(id domain.ID) string { return "/copilot/conversations/" + string(id) }

func documentPath(id domain.ID) string { return "/knowledge/documents/" + string(id) }

// bubble translates a message into the part that shows it.
func bubble(m Message) ui.MessageProps {
	d := m.Message
	p := ui.MessageProps{
		ID: string(d.ID), Answer: d.Answer, Text: d.Text, Closed: m.Closed, State: d.State,
		Quoting: d.Quoting, Model: d.Model, At: d.CreatedAt, Now: m.Now,
	}
	if !d.Answer {
		return p
	}
	if !d.State.Over() {
		p.Stream, p.Href = messagePath(d.ID)+"/stream", messagePath(d.ID)
		p.StopAction = messagePath(d.ID) + "/stop"
		return p
	}
	p.Code = d.Reason
	p.Receipt = receipt(m)
	p.Citations = chips(d.Citations)
	if hasNotes(m) {
		p.Tools = notes(m)
	}
	if d.State.Retryable() {
		p.Reason, p.RetryAction = words.Answer(reason(d), d.RetryAfter), messagePath(d.ID)+"/retry"
	}
	return p
}

// reason is the message's code; an interrupted one has the server's own when none was written.
func reason(d domain.Message) string {
	if d.Reason == "" && d.State == domain.MessageInterrupted {
		return "server_stopped"
	}
	return d.Reason
}

func receipt(m Message) *ui.ReceiptProps {
	if m.Sent != nil {
		text := words.Capital(words.Sent(m.Sent.Passages, m.Sent.Documents, m.Sent.Provider))
		return &ui.ReceiptProps{Text: text, Href: "/account/receipts/" + string(m.Sent.Receipt), Sent: true}
	}
	if m.Message.Quoting {
		return &ui.ReceiptProps{Text: words.NothingLeft}
	}
	return &ui.ReceiptProps{Text: "Nothing left the building"}
}

func chips(citations []domain.Citation) []ui.CitationProps {
	out := make([]ui.CitationProps, len(citations))
	for i, c := range citations {
		out[i] = ui.CitationProps{Number: c.Number, Title: c.Title, Place: c.Place, Href: CitationPath(c)}
		if c.Gone {
			out[i].Gone, out[i].Href = "No longer there for you", ""
		}
	}
	return out
}

// CitationPath opens the version that was cited, at the passage.
func CitationPath(c domain.Citation) string {
	return documentPath(c.Document) + "?version=" + number(c.VersionNumber) + "&passage=" + number(c.Passage) + "#passage"
}

func hasNotes(m Message) bool {
	d := m.Message
	return d.Withheld > 0 || d.State == domain.MessageDone && d.Reason != "" || snippets(d.Citations)
}

func snippets(citations []domain.Citation) bool {
	for _, c := range citations {
		if c.Snippet != "" && !c.Gone {
			return true
		}
	}
	return false
}

func swap(action, target, how string) templ.Attributes {
	return templ.Attributes{"hx-post": action, "hx-target": target, "hx-swap": how}
}
