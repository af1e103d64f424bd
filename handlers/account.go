package handlers

import (
	"slices"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
	"aimyorg/views/layout"
)

func (s *Site) accountRoutes() []route {
	return []route{
		{"GET", "/home", domain.SignedIn, (*request).showHome, nil, ""},
		{"GET", "/account", domain.SignedIn, (*request).showAccount, nil, ""},
		{"POST", "/account/profile", domain.SignedIn, (*request).correctProfile, []string{"name", "title", "locale", "time_zone"}, ""},
		{"POST", "/account/theme", domain.SignedIn, (*request).chooseTheme, []string{"theme"}, ""},
		{"POST", "/account/panel", domain.SignedIn, (*request).keepPanel, []string{"width", "folded"}, ""},
		{"POST", "/account/consents", domain.SignedIn, (*request).decideConsent, []string{"provider", "class", "consent", "surface", "next"}, ""},
		{"GET", "/account/receipts", domain.SignedIn, (*request).listReceipts, nil, ""},
		{"GET", "/account/receipts/:id", domain.SignedIn, (*request).showReceipt, nil, ""},
		{"GET", "/account/data", domain.SignedIn, (*request).showData, nil, ""},
		{"GET", "/account/looks", domain.SignedIn, (*request).listLooks, nil, ""},
		{"POST", "/account/measuring", domain.SignedIn, (*request).chooseMeasuring, []string{"measured"}, ""},
		{"POST", "/account/screen", domain.SignedIn, (*request).keepScreen, []string{"w", "h", "dpr"}, ""},
		{"GET", "/account/notifications", domain.SignedIn, (*request).showNoticeChoices, nil, ""},
		{"POST", "/account/notifications", domain.SignedIn, (*request).chooseNotices, noticeFields(), ""},
		{"GET", "/notifications", domain.SignedIn, (*request).listNotices, nil, ""},
		{"GET", "/notifications/:id/open", domain.SignedIn, (*request).openNotice, nil, ""},
		{"POST", "/notifications/read", domain.SignedIn, (*request).readNotices, []string{"last"}, ""},
	}
}

// showAccount is the page about oneself; what a part said last is shown in its place.
func (q *request) showAccount() error { return q.accountPage(200, q.profileForm(domain.ProfileForm{})) }

// accountPage shows all parts; a profile form that was refused is shown as it was typed.
func (q *request) accountPage(status int, f account.ProfileForm) error {
	me := q.who.Member
	p := account.Page{Member: me, Organization: q.who.Org.Name, Now: q.now, Theme: account.ThemeForm{Theme: me.Preferences.Theme}}
	err := q.read(func(t *store.Tenant) (err error) {
		if f, err = q.profilePart(t, f); err != nil {
			return err
		}
		p.Profile = f
		p.Sessions, err = q.sessionsPart(t)
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Account"}, account.Account(p))
}

// profileForm is the form with what was typed, or with what is kept when nothing was.
func (q *request) profileForm(typed domain.ProfileForm) account.ProfileForm {
	me := q.who.Member
	if typed == (domain.ProfileForm{}) {
		typed = domain.ProfileForm{Name: me.Name, Title: me.Title, Locale: me.Locale, TimeZone: me.TimeZone}
	}
	return account.ProfileForm{ProfileForm: typed, Email: me.Email, Role: me.RoleName}
}

// profilePart adds what others decide.
func (q *request) profilePart(t *store.Tenant, f account.ProfileForm) (account.ProfileForm, error) {
	p, err := t.Profile()
	f.Department, f.Managers = p.Department, p.Managers
	return f, err
}

func (q *request) sessionsPart(t *store.Tenant) (account.SessionsPart, error) {
	list, err := t.Sessions()
	return account.SessionsPart{Sessions: list, Current: q.who.Session, Now: q.now}, err
}

// agreed are the recipients that an account's first form named, if its box was ticked (P47).
func (q *request) agreed() []domain.Provider {
	if q.ticked("ai_consent") {
		return q.recipients()
	}
	return nil
}

// recipients are the providers whose consent is asked about: what this server can reach.
func (q *request) recipients() []domain.Provider {
	out := slices.Clone(q.Providers)
	if len(out) == 0 {
		out = slices.Clone(domain.PolicyRecipients)
	}
	return out
}
