package handlers

import (
	"errors"
	"net/url"
	"strconv"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
	"aimyorg/views/layout"
)

// correctProfile changes one's own name, title and how times are written; refused, it keeps what was typed.
func (q *request) correctProfile() error {
	typed := domain.ProfileForm{Name: q.typed("name"), Title: q.typed("title"), Locale: domain.Locale(q.typed("locale")), TimeZone: q.typed("time_zone")}
	f := q.profileForm(typed)
	f.ProfileForm = typed
	err := q.do(func(t *store.Tenant) (err error) {
		if f, err = q.profilePart(t, f); err != nil {
			return err
		}
		return t.CorrectProfile(typed)
	})
	if errors.As(err, &f.Problems) {
		if q.partial() {
			return q.fragments(422, account.Profile(f))
		}
		return q.accountPage(422, f)
	}
	if err != nil {
		return err
	}
	f.ProfileForm, f.Saved = typed.Clean(), true
	return q.either("/account#profile", account.Profile(f))
}

// chooseTheme keeps light, dark or the device's own; the page comes again in it.
func (q *request) chooseTheme() error {
	theme := q.typed("theme")
	if theme != "light" && theme != "dark" && theme != "system" {
		return domain.Problems{{Field: "theme", Code: "unknown", Text: "Choose light, dark or the device's own."}}
	}
	if theme == "system" {
		theme = ""
	}
	p := q.who.Member.Preferences
	p.Theme = theme
	if err := q.do(func(t *store.Tenant) error { return t.SavePreferences(p) }); err != nil {
		return err
	}
	return q.redirect("/account#theme")
}

// keepPanel remembers how the person left the Copilot. Our own script needs no answer; a plain form goes back.
func (q *request) keepPanel() error {
	p := q.who.Member.Preferences
	if v := q.typed("width"); v != "" {
		width, err := strconv.Atoi(v)
		if err != nil {
			return domain.Problems{{Field: "width", Code: "invalid", Text: "The width is a number of pixels."}}
		}
		p.PanelWidth = layout.PanelWidth(width)
	}
	if q.form.Has("folded") {
		p.PanelFolded = q.ticked("folded")
	}
	if err := q.do(func(t *store.Tenant) error { return t.SavePreferences(p) }); err != nil {
		return err
	}
	if q.partial() {
		return q.c.SendStatus(204)
	}
	return q.redirect(q.from("/home"))
}

// from is the page of this site that the request came from, or another (A117).
func (q *request) from(otherwise string) string {
	u, err := url.Parse(q.c.Get("Referer"))
	if err != nil || !q.ourHost(u.Host) {
		return otherwise
	}
	return safeNext(u.RequestURI(), otherwise)
}
