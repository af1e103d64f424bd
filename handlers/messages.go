package handlers

import (
	"errors"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/store"
	"aimyorg/views/copilot"
	"aimyorg/views/ui"
)

// createMessage takes a question. Our own script gets both bubbles, of which the answer's names its stream; a plain form
// waits for the whole answer.
func (q *request) createMessage() error {
	text, place := q.exactly("text"), copilot.Place{Path: safeNext(q.typed("page"), "")}
	if id, err := domain.ParseID(q.typed("document")); err == nil {
		place.Document = id
	}
	conversation, err := q.chosenConversation()
	if err != nil {
		return err
	}
	form := copilot.Ask{Place: place, Conversation: conversation, Draft: text}
	question, answer, err := q.ask(&form)
	if err != nil && q.who.Recalled() { // whoever is refused was looked at
		if err := q.lookAgain(domain.AskCopilot); err != nil {
			return err
		}
		question, answer, err = q.ask(&form)
	}
	if err != nil {
		return q.refuseQuestion(form, err)
	}
	return q.asked(form, question, answer)
}

// refusedBy is the code of why nothing can be asked, or "".
func refusedBy(s copilot.Standing) string {
	if s.State == copilot.NeedsConsent || s.State == copilot.AIOff {
		return string(s.State)
	}
	return ""
}

func (q *request) chosenConversation() (domain.ID, error) {
	if q.form.Get("conversation") == "" {
		return "", nil
	}
	return domain.ParseID(q.form.Get("conversation"))
}

// ask looks where the person stands, saves question and answer and begins to answer. What can't begin is taken back, so
// that nothing is half-saved.
func (q *request) ask(form *copilot.Ask) (question, answer domain.Message, err error) {
	err = q.DB.Asking(q.ctx, &q.who, func(t *store.Tenant) (err error) {
		if form.Standing, err = q.standing(t); err != nil {
			return err
		}
		if code := refusedBy(form.Standing); code != "" {
			return domain.Refused{Code: code}
		}
		question, answer, err = t.AskAbout(form.Place.Document, form.Conversation, form.Draft)
		return err
	})
	if err != nil {
		return
	}
	if err = q.Runs.Start(q.actor(), question, answer); err != nil {
		back := q.do(func(t *store.Tenant) error { return t.TakeBack(question, answer) })
		err = errors.Join(err, back)
	}
	return
}

func (q *request) asked(form copilot.Ask, question, answer domain.Message) error {
	if !q.partial() {
		q.waitFor(answer)
		return q.redirect(messageAt(answer))
	}
	q.await(answer.ID)
	begun := form.Conversation == "" && form.Place.Path == "" // on the Copilot's own page
	form.Conversation, form.Draft, form.Running = answer.Conversation, "", true
	parts := []templ.Component{copilot.Asked(q.shown(question, nil), q.shown(answer, nil), form)}
	if begun { // from now on the page is the conversation's, also when it is loaded again
		q.c.Set("HX-Push-Url", "/copilot/conversations/"+string(form.Conversation))
		c := domain.Conversation{ID: form.Conversation, Title: domain.TitleFrom(question.Text), CreatedAt: question.CreatedAt, UpdatedAt: question.CreatedAt}
		parts = append(parts, copilot.Begun(copilot.Page{Standing: form.Standing, Thread: copilot.Thread{Conversation: c}, Now: q.now}))
	}
	return q.fragments(200, parts...)
}

// waitFor waits until an answer is over; the run itself is bounded.
func (q *request) waitFor(m domain.Message) {
	v, ok := q.Runs.Follow(q.actor(), m.ID, 0)
	for ok {
		p, err := v.Next(q.ctx)
		ok = err == nil && !p.Over
	}
}

// refuseQuestion shows the form again, with what was typed and why it was not taken.
func (q *request) refuseQuestion(form copilot.Ask, err error) error {
	p := answerTo(err)
	if p.Status >= 500 || p.Status == 404 {
		return err
	}
	form.Code = p.Code
	if !errors.As(err, &form.Problems) {
		form.Problems = domain.Problems{{Field: "text", Code: p.Code, Text: p.Text}}
		if errors.Is(err, domain.ErrTooMany) {
			form.Problems[0].Text = "Some answers are still being written. Ask again when one is done."
			q.c.Set("Retry-After", strconv.Itoa(p.RetryAfter))
		}
	}
	if q.partial() {
		return q.fragments(p.Status, copilot.Refused(form))
	}
	return q.copilotPage(p.Status, form.Conversation, copilot.Page{Draft: form.Draft, Problems: form.Problems})
}

// retryMessage answers a question again after its answer ended without being done.
func (q *request) retryMessage() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var question, again domain.Message
	var standing copilot.Standing
	err = q.DB.Asking(q.ctx, &q.who, func(t *store.Tenant) (err error) {
		if standing, err = q.standing(t); err != nil {
			return err
		}
		if code := refusedBy(standing); code != "" {
			return domain.Refused{Code: code}
		}
		question, again, err = t.Retry(id)
		return err
	})
	if err != nil {
		return err
	}
	if err := q.Runs.Start(q.actor(), question, again); err != nil {
		return errors.Join(err, q.do(func(t *store.Tenant) error { return t.TakeBack(domain.Message{}, again) }))
	}
	if !q.partial() {
		q.waitFor(again)
		return q.redirect(messageAt(again))
	}
	q.await(again.ID)
	return q.fragments(200, copilot.Show(q.shown(again, nil)))
}

// stopMessage ends a running answer: here at once, elsewhere within a second.
func (q *request) stopMessage() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var m domain.Message
	err = q.do(func(t *store.Tenant) (err error) {
		if m, err = t.Message(id); err != nil || m.State.Over() {
			return err
		}
		return t.RequestStop(id)
	})
	if err != nil {
		return err
	}
	if q.Runs.Stop(q.actor(), id) {
		q.waitFor(m)
	}
	if !q.partial() {
		return q.redirect(messageAt(m))
	}
	return q.showMessage()
}

// showMessage is one message as a fragment; on its own it leads to its conversation.
func (q *request) showMessage() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var m domain.Message
	var sent *copilot.Sent
	err = q.read(func(t *store.Tenant) (err error) {
		if m, err = t.Message(id); err != nil {
			return err
		}
		sent, err = sentFor(t, m)
		return err
	})
	if err != nil {
		return err
	}
	if !q.partial() {
		return q.redirect(messageAt(m))
	}
	return q.fragments(200, copilot.Show(q.shown(m, sent)))
}

// sentFor says what left the building for an answer, nil when nothing did.
func sentFor(t *store.Tenant, m domain.Message) (*copilot.Sent, error) {
	all, err := sentForAll(t, []domain.Message{m})
	return all[m.ID], err
}

// sentForAll is sentFor of several.
func sentForAll(t *store.Tenant, messages []domain.Message) (map[domain.ID]*copilot.Sent, error) {
	out := map[domain.ID]*copilot.Sent{}
	counts, err := t.SentFor(messages)
	for id, c := range counts {
		out[id] = &copilot.Sent{Receipt: c.Receipt, Provider: c.Provider, Passages: c.Passages, Documents: c.Documents}
	}
	return out, err
}

func (q *request) shown(m domain.Message, sent *copilot.Sent) copilot.Message {
	return q.Site.shown(m, sent, q.now)
}

// shown renders a message's text. A running answer is rendered by its stream.
func (s *Site) shown(m domain.Message, sent *copilot.Sent, now time.Time) copilot.Message {
	out := copilot.Message{Message: m, Now: now, Sent: sent}
	if m.Answer && m.State.Over() {
		out.Closed = ui.SafeHTML(llm.Render(m.Text, s.answerLinks(m)))
	}
	return out
}

// answerLinks leads citations to their passages and other hosts through the page that shows the address.
func (s *Site) answerLinks(m domain.Message) llm.Links {
	return llm.Links{Out: s.leave, Cite: func(n int) (string, bool) {
		for _, c := range m.Citations {
			if c.Number == n && !c.Gone {
				return copilot.CitationPath(c), true
			}
		}
		return "", false
	}}
}

func (s *Site) leave(address string) (string, bool) { return s.links.link(address), true }
