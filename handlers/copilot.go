package handlers

import (
	"errors"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/copilot"
	"aimyorg/views/layout"
)

func (s *Site) copilotRoutes() []route {
	return []route{
		{"GET", "/copilot", domain.AskCopilot, (*request).showCopilot, nil, ""},
		{"GET", "/copilot/panel", domain.SignedIn, (*request).showPanel, nil, "part"},
		{"GET", "/copilot/conversations/:id", domain.AskCopilot, (*request).showConversation, nil, ""},
		{"POST", "/copilot/conversations/:id/title", domain.AskCopilot, (*request).renameConversation, []string{"title"}, ""},
		{"GET", "/copilot/conversations/:id/delete", domain.AskCopilot, (*request).askDeleteConversation, nil, ""},
		{"POST", "/copilot/conversations/:id/delete", domain.AskCopilot, (*request).deleteConversation, nil, ""},
		{"POST", "/copilot/messages", domain.AskCopilot, (*request).createMessage, []string{"text", "conversation", "page", "document"}, "question"},
		{"GET", "/copilot/messages/:id", domain.AskCopilot, (*request).showMessage, nil, "part"},
		{"POST", "/copilot/messages/:id/stop", domain.AskCopilot, (*request).stopMessage, nil, ""},
		{"POST", "/copilot/messages/:id/retry", domain.AskCopilot, (*request).retryMessage, nil, ""},
		{"GET", "/copilot/messages/:id/stream", domain.Public, (*request).streamMessage, nil, "stream"},
	}
}

// How much of a conversation and of the list a page shows.
const (
	threadMessages      = 60
	panelMessages       = 20
	listedConversations = 50 // at a time
)

// standing is whether and how the person can ask now.
func (q *request) standing(t *store.Tenant) (copilot.Standing, error) {
	s := copilot.Standing{State: copilot.NotAllowed, MayConfigure: q.actor().May(domain.ConfigureAI)}
	if !q.actor().May(domain.AskCopilot) {
		return s, nil
	}
	policy, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return s, err
	}
	a, err := t.Answering(policy.Version)
	if err != nil {
		return s, err
	}
	s.Provider, s.Model, s.PolicyVersion = a.Provider, a.Model, policy.Version
	switch {
	case a.Refused == domain.RefusedByOrg:
		s.State = copilot.AIOff
	case a.Refused == domain.RefusedConsent:
		s.State = copilot.NeedsConsent
	case a.Provider == domain.NoProvider:
		s.State = copilot.Quoting
	default:
		s.State = copilot.Ready
	}
	return s, nil
}

// panel is the Copilot beside a page: the conversation last used, unless a new one is wanted. It knows the document that
// the page shows, and says so.
func (q *request) panel() (templ.Component, error) {
	place := copilot.Place{Path: q.path(), Document: q.about.ID}
	if q.about.ID != "" {
		place.Title = "“" + q.about.Title + "”"
	}
	p, err := q.panelPart(place, q.query("new") == "")
	if err != nil {
		return nil, err
	}
	return copilot.Panel(p), nil
}

func (q *request) panelPart(place copilot.Place, goOn bool) (copilot.PanelPart, error) {
	p := copilot.PanelPart{Place: place, Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Standing, err = q.standing(t); err != nil || p.Standing.State == copilot.NotAllowed || !goOn {
			return err
		}
		last, err := t.Conversations("", 0, 1)
		if err != nil || len(last) == 0 {
			return err
		}
		p.Thread, err = q.thread(t, last[0], "", panelMessages)
		return err
	})
	return p, err
}

// thread is a conversation with its last messages before one.
func (q *request) thread(t *store.Tenant, c domain.Conversation, before domain.ID, most int) (copilot.Thread, error) {
	messages, err := t.Messages(c.ID, before, most)
	if err != nil {
		return copilot.Thread{}, err
	}
	out := copilot.Thread{Conversation: c}
	sent, err := sentForAll(t, messages)
	for _, m := range messages {
		out.Messages = append(out.Messages, q.shown(m, sent[m.ID]))
	}
	if len(messages) == most {
		out.Older = "/copilot/conversations/" + string(c.ID) + "?before=" + string(messages[0].ID)
	}
	return out, err
}

func (q *request) showPanel() error {
	p, err := q.panelPart(copilot.Place{Path: safeNext(q.query("page"), "/home")}, q.query("new") == "")
	if err != nil {
		return err
	}
	if !q.partial() {
		return q.redirect("/copilot")
	}
	return q.fragments(200, copilot.Panel(p))
}

func (q *request) showCopilot() error { return q.copilotPage(200, "", copilot.Page{}) }

func (q *request) showConversation() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	return q.copilotPage(200, id, copilot.Page{})
}

// copilotPage is the list beside a conversation, or beside a new one.
func (q *request) copilotPage(status int, id domain.ID, p copilot.Page) error {
	p.Query, p.Now = q.query("q"), q.now
	title := "Copilot"
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Standing, err = q.standing(t); err != nil {
			return err
		}
		if err = q.listConversations(t, id, &p); err != nil || id == "" {
			return err
		}
		c, err := t.Conversation(id)
		if err != nil {
			return err
		}
		title = c.Title
		p.Thread, err = q.thread(t, c, q.queryID("before"), threadMessages)
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: title, Full: true}, copilot.Full(p))
}

// listConversations lists a page of the person's own beside one of them, which stays.
func (q *request) listConversations(t *store.Tenant, beside domain.ID, p *copilot.Page) error {
	from := q.number("from", 0) / listedConversations * listedConversations
	all, err := t.Conversations(p.Query, from, listedConversations+1)
	if err == nil && len(all) == 0 && from > 0 { // they have become fewer
		from = 0
		all, err = t.Conversations(p.Query, from, listedConversations+1)
	}
	path := "/copilot"
	if beside != "" {
		path = "/copilot/conversations/" + string(beside)
	}
	to := func(from int) string {
		pairs := []string{"from", strconv.Itoa(from)}
		if p.Query != "" {
			pairs = append(pairs, "q", p.Query)
		}
		return withQuery(path, pairs...)
	}
	if from > 0 {
		p.Newer = to(from - listedConversations)
	}
	if len(all) > listedConversations {
		p.Older = to(from + listedConversations)
	}
	p.Conversations = all[:min(len(all), listedConversations)]
	return err
}

func (q *request) renameConversation() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	title := q.typed("title")
	err = q.do(func(t *store.Tenant) error { return t.RenameConversation(id, title) })
	form := copilot.Rename{Conversation: id, Title: title}
	if errors.As(err, &form.Problems) {
		if !q.partial() {
			return q.copilotPage(422, id, copilot.Page{RenameForm: form})
		}
		return q.conversationTitle(422, id, form)
	}
	if err != nil {
		return err
	}
	if q.partial() {
		return q.conversationTitle(200, id, copilot.Rename{})
	}
	return q.redirect("/copilot/conversations/" + string(id))
}

func (q *request) conversationTitle(status int, id domain.ID, form copilot.Rename) error {
	c, err := q.conversation(id)
	if err != nil {
		return err
	}
	return q.fragments(status, copilot.Title(form, c))
}

func (q *request) conversation(id domain.ID) (c domain.Conversation, err error) {
	err = q.read(func(t *store.Tenant) (err error) {
		c, err = t.Conversation(id)
		return err
	})
	return c, err
}

func (q *request) askDeleteConversation() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var p copilot.DeletePage
	err = q.read(func(t *store.Tenant) (err error) {
		if p.Conversation, err = t.Conversation(id); err == nil {
			p.Messages, err = t.CountMessages(id)
		}
		return err
	})
	if err != nil {
		return err
	}
	if q.partial() {
		return q.fragments(200, copilot.DeleteDialog(p))
	}
	return q.page("Delete “"+p.Conversation.Title+"”", copilot.Delete(p))
}

func (q *request) deleteConversation() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	if err := q.do(func(t *store.Tenant) error { return t.DeleteConversation(id) }); err != nil {
		return err
	}
	return q.redirect("/copilot")
}

// messageAt is the address of a message on its conversation's page.
func messageAt(m domain.Message) string {
	return (&url.URL{Path: "/copilot/conversations/" + string(m.Conversation), Fragment: "m-" + string(m.ID)}).String()
}
