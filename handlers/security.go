package handlers

import (
	"errors"
	"strconv"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/security"
)

// securityRoutes are one's own factors. What adds or takes one away wants a fresh proof: a copied cookie must not be enough to
// keep an account.
func (s *Site) securityRoutes() []route {
	return []route{
		{"GET", "/account/security", domain.SignedIn, (*request).showSecurity, nil, ""},
		{"GET", "/account/security/app", domain.SignedIn, (*request).showApp, nil, freshKind},
		{"POST", "/account/security/app", domain.SignedIn, (*request).beginApp, nil, freshKind},
		{"POST", "/account/security/app/confirm", domain.SignedIn, (*request).confirmApp, []string{"code"}, ""},
		{"POST", "/account/security/app/delete", domain.SignedIn, (*request).removeApp, nil, freshKind},
		{"POST", "/account/security/codes", domain.SignedIn, (*request).renewCodes, nil, freshKind},
		{"GET", "/account/security/passkeys/new", domain.SignedIn, (*request).newPasskey, nil, freshKind},
		{"POST", "/account/security/passkeys/begin", domain.SignedIn, (*request).beginPasskey, nil, ""},
		{"POST", "/account/security/passkeys", domain.SignedIn, (*request).addPasskey, []string{"token", "credential", "name"}, freshKind},
		{"POST", "/account/security/passkeys/:id", domain.SignedIn, (*request).renamePasskey, []string{"name"}, ""},
		{"POST", "/account/security/passkeys/:id/delete", domain.SignedIn, (*request).removePasskey, nil, freshKind},
		{"GET", "/account/proof", domain.SignedIn, (*request).showProof, nil, ""},
		{"POST", "/account/proof", domain.SignedIn, (*request).giveProof, append([]string{"next"}, proofFields...), ""},
		{"POST", "/account/proof/passkey/begin", domain.SignedIn, (*request).beginProof, nil, ""},
		{"POST", "/account/proof/passkey", domain.SignedIn, (*request).proveByPasskey, []string{"token", "credential"}, ""},
	}
}

const securityPath = "/account/security"

func (q *request) showSecurity() error { return q.securityPage(200, security.Page{}) }

func (q *request) securityPage(status int, p security.Page) error {
	p.Now, p.Required, p.Possible = q.now, q.who.Org.Door.Factor, q.passkeys != nil
	err := q.read(func(t *store.Tenant) (err error) {
		if p.App, err = t.App(); err != nil {
			return err
		}
		if p.Passkeys, err = t.Passkeys(); err != nil {
			return err
		}
		has, err := t.Factors()
		p.Recovery = has.Recovery
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Sign-in and security"}, security.Security(p))
}

// change carries a change out and shows the page; what is wrong with it is said there.
func (q *request) changeSecurity(fn func(*store.Tenant) error) error {
	var p security.Page
	err := q.do(fn)
	if errors.As(err, &p.Problems) {
		return q.securityPage(422, p)
	}
	if err != nil {
		return err
	}
	return q.redirect(securityPath)
}

// setUp is an app's secret that waits to be confirmed, as its page shows it.
func (q *request) setUp(action, next string) (security.SetUp, error) {
	var secret []byte
	err := q.read(func(t *store.Tenant) (err error) {
		secret, err = t.PendingApp()
		return err
	})
	if err != nil {
		return security.SetUp{}, err
	}
	account := q.who.Member.Email
	picture, err := drawQR(domain.CodeAddress(layout.Product, account, secret))
	return security.SetUp{QR: picture, Secret: domain.CodeSecretText(secret), Account: account, Action: action, Next: next}, err
}

const confirmPath = "/account/security/app/confirm"

func (q *request) showApp() error {
	s, err := q.setUp(confirmPath, "")
	if errors.Is(err, domain.ErrNotFound) { // none was begun, or it was confirmed
		return q.redirect(securityPath)
	}
	if err != nil {
		return err
	}
	return q.appPage(200, s)
}

func (q *request) appPage(status int, s security.SetUp) error {
	return q.pageWith(status, layout.PageProps{Title: "Set up an authenticator app", Narrow: true}, security.App(s))
}

func (q *request) beginApp() error {
	err := q.do((*store.Tenant).BeginApp)
	if errors.Is(err, domain.ErrConflict) { // there is one: it is shown with the button that removes it
		return q.redirect(securityPath)
	}
	if err != nil {
		return err
	}
	return q.redirect("/account/security/app")
}

func (q *request) confirmApp() error {
	code := q.typed("code")
	out, err := q.check(func(t *store.Tenant) (store.Checked, error) { return t.ConfirmApp(code) })
	if err != nil {
		return err
	}
	if out.Right {
		return q.codesPage(out.Codes, securityPath, "The app is on.")
	}
	s, err := q.setUp(confirmPath, "")
	if errors.Is(err, domain.ErrNotFound) {
		return q.redirect(securityPath)
	}
	if err != nil {
		return err
	}
	if !q.fresh() { // the key is shown to nobody who has not just shown who they are
		return q.redirect("/account/security/app")
	}
	status, problems := wrongCode(out)
	if s.Problems, s.Wait = problems, seconds(out.Wait); s.Wait > 0 {
		q.c.Set("Retry-After", strconv.Itoa(s.Wait))
	}
	return q.appPage(status, s)
}

// codesPage shows recovery codes, this once.
func (q *request) codesPage(codes []string, next, done string) error {
	page := security.RecoveryCodes(security.Codes{Codes: codes, Next: next, Done: done})
	return q.pageWith(200, layout.PageProps{Title: "Your recovery codes", Narrow: true}, page)
}

func (q *request) removeApp() error {
	err := q.changeSecurity((*store.Tenant).RemoveApp)
	if errors.Is(err, domain.ErrNotFound) { // it is gone already, which is what was asked for
		return q.redirect(securityPath)
	}
	return err
}

func (q *request) renewCodes() error {
	var codes []string
	err := q.do(func(t *store.Tenant) (err error) {
		codes, err = t.RenewRecoveryCodes()
		return err
	})
	if errors.Is(err, domain.ErrConflict) { // there is no factor that they would stand in for
		return q.redirect(securityPath)
	}
	if err != nil {
		return err
	}
	return q.codesPage(codes, securityPath, "These are your new codes. The ones before no longer work.")
}

func (q *request) renamePasskey() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	p := security.Page{Renamed: id}
	name := q.typed("name")
	err = q.do(func(t *store.Tenant) error { return t.RenamePasskey(id, name) })
	if errors.As(err, &p.Problems) {
		return q.securityPage(422, p)
	}
	if err != nil {
		return err
	}
	return q.redirect(securityPath + "#passkey-" + string(id))
}

func (q *request) removePasskey() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	return q.changeSecurity(func(t *store.Tenant) error { return t.RemovePasskey(id) })
}
