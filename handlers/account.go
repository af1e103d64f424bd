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
		{"POST", "/account/profile", domain.SignedIn, (*request).correctProfile, []string{"name", "title"}, ""},
		{"POST", "/account/theme", domain.SignedIn, (*request).chooseTheme, []string{"theme"}, ""},
		{"POST", "/account/panel", domain.SignedIn, (*request).keepPanel, []string{"width", "folded"}, ""},
		{"POST", "/account/consents", domain.SignedIn, (*request).decideConsent, []string{"provider", "class", "consent", "surface", "next"}, ""},
		{"GET", "/account/receipts", domain.SignedIn, (*request).listReceipts, nil, ""},
		{"GET", "/account/receipts/:id", domain.SignedIn, (*request).showReceipt, nil, ""},
	}
}

// accountReceipts is how many receipts /account shows before it leads to all of them.
const accountReceipts = 5

// showAccount is the page about oneself; what a part said last is shown in its place.
func (q *request) showAccount() error { return q.accountPage(200, account.ProfileForm{}) }

// accountPage shows all parts; a profile form that was refused is shown as it was typed.
func (q *request) accountPage(status int, refused account.ProfileForm) error {
	me := q.who.Member
	p := account.Page{Member: me, Organization: q.who.Org.Name, Now: q.now, Profile: profileOf(me),
		Theme: account.ThemeForm{Theme: me.Preferences.Theme}}
	if refused.Problems != nil {
		p.Profile = refused
	}
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Sessions, err = q.sessionsPart(t); err != nil {
			return err
		}
		if p.Consents, err = q.consentPart(t); err != nil {
			return err
		}
		p.Receipts, err = q.newestReceipts(t)
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Account"}, account.Account(p))
}

func profileOf(m domain.Member) account.ProfileForm {
	return account.ProfileForm{Name: m.Name, Email: m.Email, Title: m.Title}
}

func (q *request) sessionsPart(t *store.Tenant) (account.SessionsPart, error) {
	list, err := t.Sessions()
	return account.SessionsPart{Sessions: list, Current: q.who.Session, Now: q.now}, err
}

// recipients are the providers whose consent is asked about: what this server can reach.
func (q *request) recipients() []domain.Provider {
	out := slices.Clone(q.Providers)
	if len(out) == 0 {
		out = []domain.Provider{domain.OpenAI, domain.OpenRouter}
	}
	return out
}
