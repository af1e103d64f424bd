package handlers

import (
	"bytes"
	"context"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/views/layout"
	"aimyorg/views/problem"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

// page answers with a whole page: in the shell with the Copilot for who is signed in, plain for everybody else.
func (q *request) page(title string, content templ.Component) error {
	return q.pageWith(fiber.StatusOK, layout.PageProps{Title: title}, content)
}

// pageWith is page with a status and more of the shell: crumbs, a narrow measure, a full-width body, the search's text.
func (q *request) pageWith(status int, p layout.PageProps, content templ.Component) error {
	if !q.signedIn() {
		return q.public(status, p.Title, content)
	}
	if err := q.shell(&p); err != nil {
		return err
	}
	return q.render(status, templ.ComponentFunc(wrap(layout.Page(p), content)))
}

// pageWithTitle is page with a status.
func (q *request) pageWithTitle(status int, title string, content templ.Component) error {
	return q.pageWith(status, layout.PageProps{Title: title}, content)
}

// public answers with a page for anybody.
func (q *request) public(status int, title string, content templ.Component) error {
	p := layout.PublicProps{Title: title, Footer: footer, Top: []layout.NavItem{{Label: "Sign in", Href: "/sign-in"}, {Label: "Sign up", Href: "/sign-up"}}}
	switch {
	case q.signedIn():
		p.Theme, p.Top = q.who.Member.Preferences.Theme, []layout.NavItem{{Label: "Home", Href: "/home"}}
	case q.who.Session != "": // half way in: there is one way to go, and the page has it
		p.Theme, p.Top = q.who.Member.Preferences.Theme, nil
	}
	return q.render(status, templ.ComponentFunc(wrap(layout.Public(p), content)))
}

// read is public with a wide measure, for texts.
func (q *request) text(title string, content templ.Component) error {
	p := layout.PublicProps{Title: title, Footer: footer, Wide: true, Top: []layout.NavItem{{Label: "Sign in", Href: "/sign-in"}}}
	if q.signedIn() {
		p.Theme, p.Top = q.who.Member.Preferences.Theme, []layout.NavItem{{Label: "Home", Href: "/home"}}
	}
	return q.render(fiber.StatusOK, templ.ComponentFunc(wrap(layout.Public(p), content)))
}

var footer = []layout.NavItem{{Label: "Privacy policy", Href: "/privacy"}, {Label: "Cookies", Href: "/cookies"}, {Label: "Support", Href: "/support"}}

// parts answers with fragments for our own script: the same partials that the page is made of.
func (q *request) fragments(status int, parts ...templ.Component) error {
	return q.render(status, templ.Join(parts...))
}

// either answers with fragments for our own script and with a redirect for a plain form: the one place that decides.
func (q *request) either(to string, parts ...templ.Component) error {
	if q.partial() && len(parts) > 0 {
		return q.fragments(fiber.StatusOK, parts...)
	}
	return q.redirect(to)
}

// reader is what views know of whoever reads, beside what they are given. It outlives the request.
type reader struct {
	style   words.Style
	madeFor string // "" for nobody
}

func (q *request) reader() reader {
	r := reader{style: words.StyleOf(q.who.Member.Locale)}
	if q.who.Session != "" {
		r.madeFor = q.madeFor()
	}
	return r
}

// on gives a context to render in.
func (r reader) on(ctx context.Context) context.Context {
	ctx = words.With(ctx, r.style)
	if r.madeFor != "" {
		ctx = ui.WithMadeFor(ctx, r.madeFor)
	}
	return ctx
}

// render writes a component after the data was read: a failure to render never leaves half a page.
func (q *request) render(status int, content templ.Component) error {
	var b bytes.Buffer
	if err := content.Render(q.reader().on(q.ctx), &b); err != nil {
		return err
	}
	q.c.Status(status)
	q.c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return q.c.Send(q.packed(b.Bytes()))
}

// problem answers what went wrong, in the frame that fits.
func (q *request) problem(p problem.Page) error {
	p.SignedIn, p.Back = q.signedIn(), q.back(p.Status)
	if p.RetryAfter > 0 {
		q.c.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.RetryAfter))
	}
	if q.partial() {
		return q.fragments(p.Status, problem.Notice(p))
	}
	if p.SignedIn && p.Status < 500 {
		if err := q.pageWith(p.Status, layout.PageProps{Title: problem.Title(p)}, problem.Show(p)); err == nil {
			return nil
		}
	}
	return q.render(p.Status, templ.ComponentFunc(wrap(layout.Bare(problem.Title(p)), problem.Show(p))))
}

// back is where a person can go on from a problem: the same page again where waiting helps, else the page of this site that
// they came from, "" where none is known.
func (q *request) back(status int) string {
	here := q.c.OriginalURL()
	if q.c.Method() == fiber.MethodGet && problem.Passing(status) {
		return safeNext(here, "")
	}
	from, err := url.Parse(q.c.Get(fiber.HeaderReferer))
	if err != nil || from.Host != q.BaseURL.Host || from.RequestURI() == here {
		return ""
	}
	return safeNext(from.RequestURI(), "")
}

// shell fills the frame: where one can go, who is signed in, how they like the pages, the Copilot beside the page.
func (q *request) shell(p *layout.PageProps) error {
	who := q.who
	p.Nav, p.Admin = q.places(), q.adminPlaces()
	p.Menu = []layout.NavItem{{Label: "Your account", Href: "/account", Icon: "circle-user"},
		{Label: "Sign-in and security", Href: "/account/security", Icon: "key-round"},
		{Label: "Another organization", Href: "/sign-in?switch=1", Icon: "building-2"}, {Label: "Privacy policy", Href: "/privacy", Icon: "shield-check"}}
	p.Person = layout.Person{Name: who.Member.Name, Email: who.Member.Email, Organization: who.Org.Name, Role: who.Member.RoleName}
	p.Unread, p.Screen = who.Unread, !who.Screen && q.measured()
	p.Theme = who.Member.Preferences.Theme
	p.Panel = layout.Panel{Width: who.Member.Preferences.PanelWidth, Folded: who.Member.Preferences.PanelFolded}
	if p.Full {
		return nil
	}
	panel, err := q.panel()
	p.Copilot = panel
	return err
}

// places are where everybody goes; narrow screens show the first three.
func (q *request) places() []layout.NavItem {
	items := []layout.NavItem{
		{Label: "Home", Href: "/home", Icon: "house", Key: "h"},
		{Label: "Knowledge", Href: "/knowledge", Icon: "library", Key: "k"},
		{Label: "Search", Href: "/search", Icon: "search", Key: "s"},
		{Label: "Copilot", Href: "/copilot", Icon: "sparkles", Key: "c"},
	}
	if q.actor().May(domain.ReadPeople) {
		items = append(items, layout.NavItem{Label: "People", Href: "/people", Icon: "users", Key: "p"},
			layout.NavItem{Label: "Departments", Href: "/departments", Icon: "network", Key: "d"})
	}
	return q.marked(items)
}

func (q *request) adminPlaces() []layout.NavItem {
	var items []layout.NavItem
	for _, x := range []struct {
		needs domain.Permission
		item  layout.NavItem
	}{
		{domain.InvitePeople, layout.NavItem{Label: "Invitations", Href: "/admin/people", Icon: "user-plus", Key: "i"}},
		{domain.ManageRoles, layout.NavItem{Label: "Roles", Href: "/admin/roles", Icon: "shield-check", Key: "r"}},
		{domain.ConfigureAI, layout.NavItem{Label: "AI", Href: "/admin/ai", Icon: "brain", Key: "a"}},
		{domain.ManageSecurity, layout.NavItem{Label: "Security", Href: "/admin/security", Icon: "shield"}},
		{domain.ReadEgress, layout.NavItem{Label: "What left the building", Href: "/admin/egress", Icon: "receipt-text", Key: "e"}},
		{domain.ReadAudit, layout.NavItem{Label: "Audit log", Href: "/admin/audit", Icon: "scroll-text", Key: "l"}},
	} {
		if q.actor().May(x.needs) {
			items = append(items, x.item)
		}
	}
	return q.marked(items)
}

// marked marks where the person is.
func (q *request) marked(items []layout.NavItem) []layout.NavItem {
	path := q.c.Path()
	for i := range items {
		h := items[i].Href
		items[i].Current = path == h || len(path) > len(h) && path[:len(h)] == h && path[len(h)] == '/'
	}
	return items
}
