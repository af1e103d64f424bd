package copilot_test

import (
	"testing"
	"time"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/views/copilot"
	"aimyorg/views/words/rendertest"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func answer(state domain.MessageState, reason string) domain.Message {
	return domain.Message{ID: "a1", Answer: true, State: state, Reason: reason, Provider: domain.OpenAI, Model: "gpt-4.1"}
}

func TestARunningAnswerNamesItsStreamAndCanBeStopped(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, copilot.Show(copilot.Message{Message: answer(domain.MessageStreaming, ""), Closed: "<p>Done.</p>", Now: now}))
	rendertest.Contains(t, html, `id="m-a1"`, `data-stream="/copilot/messages/a1/stream"`, `data-href="/copilot/messages/a1"`,
		`action="/copilot/messages/a1/stop"`, "<p>Done.</p>")
	html = rendertest.HTML(t, copilot.Show(copilot.Message{Message: answer(domain.MessageDone, ""), Closed: "<p>Done.</p>", Now: now}))
	rendertest.Lacks(t, html, "data-stream", "/stop", "/retry")
}

func TestAnEndedAnswerSaysWhyAndOffersRetry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state        domain.MessageState
		reason, must string
	}{
		{domain.MessageStopped, "consent_withdrawn", "You withdrew consent; the answer was cut here."},
		{domain.MessageInterrupted, "server_stopped", "The server restarted while this was being written."},
		{domain.MessageInterrupted, "", "The server restarted while this was being written."},
		{domain.MessageFailed, "provider_busy", "It asked to wait 20 seconds."},
		{domain.MessageFailed, "provider_violation", "its answer was withheld"},
	} {
		m := answer(c.state, c.reason)
		m.RetryAfter = 20
		html := rendertest.HTML(t, copilot.Show(copilot.Message{Message: m, Closed: "<p>part</p>", Now: now}))
		rendertest.Contains(t, html, c.must, "<p>part</p>", `action="/copilot/messages/a1/retry"`)
		if c.reason != "" {
			rendertest.Contains(t, html, `data-code="`+c.reason+`"`)
		}
	}
}

func TestP51_EachAnswerSaysWhatLeft(t *testing.T) {
	t.Parallel()
	sent := &copilot.Sent{Receipt: "r1", Provider: domain.OpenAI, Passages: 4, Documents: 2}
	html := rendertest.HTML(t, copilot.Show(copilot.Message{Message: answer(domain.MessageDone, ""), Sent: sent, Now: now}))
	rendertest.Contains(t, html, "4\u00a0passages from 2\u00a0documents went to OpenAI", `href="/account/receipts/r1"`)
	quoting := domain.Message{ID: "a2", Answer: true, State: domain.MessageDone, Quoting: true}
	rendertest.Contains(t, rendertest.HTML(t, copilot.Show(copilot.Message{Message: quoting, Now: now})),
		"Nothing left: this answer quotes your documents", "Quoted from your documents")
}

func TestCitationsOpenThePassageAndNotesStandOutsideTheAnswer(t *testing.T) {
	t.Parallel()
	m := answer(domain.MessageDone, "answer_truncated")
	m.Withheld = 2
	m.Citations = []domain.Citation{{Number: 1, Document: "d1", VersionNumber: 2, Passage: 4, Title: "Lease", Place: "Page 3",
		Snippet: "six months"}, {Number: 2, Document: "d9", Title: "must not show", Snippet: "nor this", Gone: true}}
	html := rendertest.HTML(t, copilot.Show(copilot.Message{Message: m, Now: now}))
	rendertest.Contains(t, html, `href="/knowledge/documents/d1?version=2&amp;passage=4#passage"`, "Lease", "Page 3", "six months",
		"No longer there for you",
		`data-code="withheld"`, "2 documents that might help", `data-code="answer_truncated"`,
		"longest allowed length")
	rendertest.Lacks(t, html, "must not show", "nor this", "d9")
}

func TestP47_ThePanelAsksForConsentInsteadOfAQuestion(t *testing.T) {
	t.Parallel()
	panel := copilot.PanelPart{Standing: copilot.Standing{State: copilot.NeedsConsent, Provider: domain.OpenRouter, PolicyVersion: 2},
		Place: copilot.Place{Path: "/home"}, Now: now}
	html := rendertest.HTML(t, copilot.Panel(panel))
	rendertest.Contains(t, html, `data-code="consent_required"`, "OpenRouter, and the provider", "Passages of documents", "Version 2",
		`action="/account/consents"`, `name="class" value="message"`, `name="class" value="kb"`,
		`name="provider" value="openrouter"`, `name="consent" value="yes"`, `name="surface" value="panel"`, `name="next" value="/home"`)
	rendertest.Lacks(t, html, `name="text"`)
}

func TestEveryStandingIsSaidInWords(t *testing.T) {
	t.Parallel()
	for state, must := range map[copilot.State][]string{
		copilot.Ready:      {"gpt-4.1 at OpenAI", `name="text"`, "go to OpenAI."},
		copilot.Quoting:    {"Quoting only: nothing leaves", `name="text"`},
		copilot.AIOff:      {"AI is off in your organization", `data-code="ai_disabled_by_org"`, "/admin/ai"},
		copilot.NotAllowed: {"Your role reads", `data-code="not_permitted"`},
	} {
		panel := copilot.PanelPart{Standing: copilot.Standing{State: state, Provider: domain.OpenAI, Model: "gpt-4.1",
			MayConfigure: true}, Now: now}
		rendertest.Contains(t, rendertest.HTML(t, copilot.Panel(panel)), append(must, `id="copilot-panel"`, `id="ask"`, `id="log"`)...)
	}
}

func TestTheFormWorksWithoutScriptAndKnowsItsPlace(t *testing.T) {
	t.Parallel()
	form := copilot.Ask{Standing: copilot.Standing{State: copilot.Ready}, Conversation: "k1",
		Place: copilot.Place{Path: "/knowledge/documents/d1", Title: "the document Lease", Document: "d1"}, Draft: "kept",
		Problems: domain.Problems{{Field: "text", Code: "too_long", Text: "A question holds at most 16 KB."}}}
	html := rendertest.HTML(t, copilot.AskForm(form))
	rendertest.Contains(t, html, `action="/copilot/messages"`, `method="post"`, `name="conversation" value="k1"`,
		`name="page" value="/knowledge/documents/d1"`, `name="document" value="d1"`, ">kept</textarea>", `data-code="too_long"`, "16 KB")
}

func TestAnAnswerToAQuestionReplacesTheSameParts(t *testing.T) {
	t.Parallel()
	question := copilot.Message{Message: domain.Message{ID: "q1", Text: "When?", State: domain.MessageDone}}
	form := copilot.Ask{Standing: copilot.Standing{State: copilot.Ready}, Conversation: "k1"}
	html := rendertest.HTML(t, copilot.Asked(question, copilot.Message{Message: answer(domain.MessagePending, "")}, form))
	rendertest.Contains(t, html, `<hx-partial hx-target="#log" hx-swap="beforeend">`, `id="m-q1"`, `id="m-a1"`,
		`<hx-partial hx-target="#ask" hx-swap="outerHTML">`, `value="k1"`)
	rendertest.Lacks(t, rendertest.HTML(t, copilot.Refused(form)), "#log\" hx-swap=\"beforeend\"><article")
}

func TestFullPageListsRenamesAndDeletes(t *testing.T) {
	t.Parallel()
	c := domain.Conversation{ID: "k1", Title: "Notice", UpdatedAt: now}
	page := copilot.Page{Standing: copilot.Standing{State: copilot.Quoting}, Thread: copilot.Thread{Conversation: c},
		Conversations: []domain.Conversation{c}, Query: "not", Now: now}
	rendertest.Contains(t, rendertest.HTML(t, copilot.Full(page)), `id="conversation-k1"`, `action="/copilot/conversations/k1/title"`,
		`name="title"`, `href="/copilot/conversations/k1/delete"`, `value="not"`, `aria-current="page"`)
	rendertest.Contains(t, rendertest.HTML(t, copilot.Delete(copilot.DeletePage{Conversation: c, Messages: 6})), "6\u00a0messages",
		`action="/copilot/conversations/k1/delete"`)
	rendertest.Contains(t, rendertest.HTML(t, copilot.Full(copilot.Page{Query: "zzz"})), "No conversation has this in its title.")
}

func TestA73_HostileConversationsAreText(t *testing.T) {
	t.Parallel()
	for _, state := range []copilot.State{copilot.Ready, copilot.NeedsConsent, copilot.AIOff} {
		rendertest.Hostile(t, copilot.PanelPart{Standing: copilot.Standing{State: state},
			Thread: copilot.Thread{Messages: []copilot.Message{{Message: domain.Message{State: domain.MessageFailed}}}}}, copilot.Panel)
	}
	rendertest.Hostile(t, copilot.Page{Standing: copilot.Standing{State: copilot.Ready}}, copilot.Full)
	rendertest.Hostile(t, copilot.DeletePage{}, copilot.Delete)
	for _, state := range []domain.MessageState{domain.MessagePending, domain.MessageDone, domain.MessageStopped} {
		for _, isAnswer := range []bool{true, false} {
			show := func(m copilot.Message) templ.Component { m.Message.Answer = isAnswer; return copilot.Show(m) }
			rendertest.Hostile(t, copilot.Message{Message: domain.Message{State: state}}, show)
		}
	}
}
