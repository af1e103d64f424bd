package handlers

import (
	"net/url"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
	"aimyorg/views/door"
	"aimyorg/views/layout"
	"aimyorg/views/ui"
)

// doorRoutes is where one is signed in, how one came in, and what is asked for at the door.
func (s *Site) doorRoutes() []route {
	return []route{
		{"GET", "/account/sessions", domain.SignedIn, (*request).listSessions, nil, ""},
		{"POST", "/account/sessions/:id/end", domain.SignedIn, (*request).endSession, []string{"back"}, ""},
		{"POST", "/account/sessions/end-others", domain.SignedIn, (*request).endOtherSessions, nil, ""},
		{"GET", "/account/sign-ins", domain.SignedIn, (*request).listSignIns, nil, ""},
		{"GET", "/account/password", domain.SignedIn, (*request).editPassword, nil, ""},
		{"POST", "/account/password", domain.SignedIn, (*request).changePassword, []string{"current", "password"}, "fresh"},
		{"GET", "/people/:id/sign-ins", domain.ManagePeople, (*request).listSignInsOf, nil, ""},
		{"GET", "/admin/security", domain.ManageSecurity, (*request).showDoorRules, nil, ""},
		{"POST", "/admin/security", domain.ManageSecurity, (*request).changeDoorRules, []string{"factor", "sso", "sure"}, "fresh"},
	}
}

var accountCrumbs = []ui.Crumb{{Label: "Account", Href: "/account"}}

// listSessions is where the person is signed in.
func (q *request) listSessions() error { return q.sessionsPage(0) }

func (q *request) sessionsPage(ended int) error {
	p := door.SessionsPage{Current: q.who.Session, Ended: ended, Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		p.Sessions, err = t.Sessions()
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(200, layout.PageProps{Title: "Where you are signed in", Crumbs: accountCrumbs}, door.Sessions(p))
}

// endSession signs one of the person's own browsers out; its own session too, if they say so.
func (q *request) endSession() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var part account.SessionsPart
	err = q.do(func(t *store.Tenant) (err error) {
		if err = t.EndSession(id); err != nil {
			return err
		}
		part, err = q.sessionsPart(t)
		return err
	})
	if err != nil {
		return err
	}
	part.Ended = true
	return q.either(safeNext(q.exactly("back"), "/account#sessions"), account.Sessions(part))
}

// endOtherSessions signs the person out everywhere but here.
func (q *request) endOtherSessions() error {
	n := 0
	err := q.do(func(t *store.Tenant) (err error) {
		n, err = t.EndOtherSessions(q.who.Session)
		return err
	})
	if err != nil {
		return err
	}
	return q.sessionsPage(n)
}

// listSignIns is the person's own history.
func (q *request) listSignIns() error {
	p, s := door.HistoryPage{Now: q.now}, q.stretch()
	err := q.read(func(t *store.Tenant) (err error) {
		p.SignIns, err = t.SignIns(s)
		return err
	})
	if err != nil {
		return err
	}
	p.SignIns, p.Newer, p.Older = neighbours(s, p.SignIns, signInID, "/account/sign-ins", nil)
	return q.pageWith(200, layout.PageProps{Title: "Sign-in history", Crumbs: accountCrumbs}, door.History(p))
}

// listSignInsOf is another person's history; that it was looked at is recorded before it is shown.
func (q *request) listSignInsOf() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	p, s := door.HistoryPage{Now: q.now}, q.stretch()
	err = q.do(func(t *store.Tenant) (err error) {
		p.Person, p.SignIns, err = t.SignInsOf(id, s)
		return err
	})
	if err != nil {
		return err
	}
	p.SignIns, p.Newer, p.Older = neighbours(s, p.SignIns, signInID, "/people/"+url.PathEscape(string(id))+"/sign-ins", nil)
	return q.page("Sign-in history", door.History(p))
}

func signInID(s domain.SignIn) domain.ID { return s.ID }
