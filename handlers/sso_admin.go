package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/sso"
)

// lookupTimeout is how long a look at a domain's records may take.
const lookupTimeout = 5 * time.Second

func (s *Site) ssoAdminRoutes() []route {
	settings := []string{"issuer", "client_id", "client_secret", "enabled", "provision", "default_role", "group", "gives"}
	return []route{
		{"GET", "/admin/security/sso", domain.ManageSecurity, (*request).showSSO, nil, ""},
		{"POST", "/admin/security/sso", domain.ManageSecurity, (*request).saveSSO, settings, "fresh"},
		{"POST", "/admin/security/sso/try", domain.ManageSecurity, (*request).trySSO, nil, ""},
		{"POST", "/admin/security/sso/domains", domain.ManageSecurity, (*request).addDomain, []string{"domain"}, "fresh"},
		{"POST", "/admin/security/sso/domains/:id/check", domain.ManageSecurity, (*request).checkDomain, nil, ""},
		{"POST", "/admin/security/sso/domains/:id/remove", domain.ManageSecurity, (*request).removeDomain, nil, "fresh"},
	}
}

func (q *request) showSSO() error { return q.ssoPage(200, sso.AdminPage{}) }

func (q *request) ssoPage(status int, p sso.AdminPage) error {
	p.Redirect, p.Now = q.callback(), q.now
	var choices store.SSOChoices
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Settings, err = t.SSO(); err != nil {
			return err
		}
		if p.Domains, err = t.Domains(); err != nil {
			return err
		}
		choices, err = t.SSOChoices()
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range choices.Roles {
		p.Roles = append(p.Roles, sso.Option{Value: r.ID, Label: r.Name})
		p.Gives = append(p.Gives, sso.Option{Value: domain.GroupRole + ":" + r.ID, Label: "Role: " + r.Name})
	}
	for _, d := range choices.Departments {
		p.Gives = append(p.Gives, sso.Option{Value: domain.GroupDepartment + ":" + d.ID, Label: "Department: " + d.Name})
	}
	return q.pageWith(status, layout.PageProps{Title: "Single sign-on"}, sso.Admin(p))
}

func (q *request) saveSSO() error {
	f := domain.SSOForm{Issuer: q.typed("issuer"), ClientID: q.typed("client_id"), Secret: strings.TrimSpace(q.exactly("client_secret")),
		Enabled: q.ticked("enabled"), Provision: q.ticked("provision"), Role: q.typed("default_role"), Groups: q.typedGroups()}
	err := q.do(func(t *store.Tenant) error { return t.SaveSSO(f, q.Development) })
	var problems domain.Problems
	if errors.As(err, &problems) {
		f.Secret = ""
		return q.ssoPage(422, sso.AdminPage{Form: &f, Problems: problems})
	}
	if err != nil {
		return err
	}
	return q.redirect("/admin/security/sso")
}

// typedGroups are the lines whose group was filled in.
func (q *request) typedGroups() []domain.GroupRule {
	var out []domain.GroupRule
	groups, gives := q.form["group"], q.form["gives"]
	for i, g := range groups {
		if g = domain.Line(g); g == "" || i >= len(gives) {
			continue
		}
		kind, subject, _ := strings.Cut(gives[i], ":")
		out = append(out, domain.GroupRule{Group: g, Kind: kind, Subject: subject})
	}
	return out
}

// trySSO goes to the provider as it is set up now, on or off; what comes is shown and not kept.
func (q *request) trySSO() error {
	c, err := q.DB.SSOClient(q.ctx, q.actor().Tenant())
	if errors.Is(err, domain.ErrNotFound) {
		return q.redirect("/admin/security/sso")
	}
	if err != nil {
		return err
	}
	asked := question{Tenant: c.Tenant, Member: q.actor().Member(), Email: q.who.Member.Email, Try: true}
	var refused domain.Refused
	switch _, err := q.sso.ask(q.ctx, c, q.callback(), &asked); {
	case errors.Is(err, errProviderDown):
		q.Log.Warn("single sign-on tried", "request", q.id, "why", whyDown(err))
		return q.ssoPage(200, sso.AdminPage{Failed: domain.SSOUnavailable})
	case errors.As(err, &refused):
		return q.ssoPage(200, sso.AdminPage{Failed: refused.Code})
	case err != nil:
		return err
	}
	return q.goTo(c, asked)
}

func (q *request) showTried(claims domain.Claims) error {
	p := sso.TriedPage{Claims: claims}
	err := q.read(func(t *store.Tenant) error {
		all, err := t.Domains()
		p.Ours = slices.ContainsFunc(all, func(d domain.MailDomain) bool { return d.Verified() && d.Name == domain.MailDomainOf(claims.Email) })
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(200, layout.PageProps{Title: "Single sign-on tried"}, sso.Tried(p))
}

func (q *request) addDomain() error {
	typed := q.typed("domain")
	err := q.do(func(t *store.Tenant) error { _, err := t.AddDomain(typed); return err })
	var problems domain.Problems
	if errors.As(err, &problems) {
		return q.ssoPage(422, sso.AdminPage{Typed: typed, Added: problems})
	}
	if err != nil {
		return err
	}
	return q.redirect("/admin/security/sso#sso-domains")
}

// checkDomain looks at the domain's records now. The look is outside of any transaction: a name server may be slow.
func (q *request) checkDomain() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var d domain.MailDomain
	if err := q.read(func(t *store.Tenant) (err error) { d, err = t.Domain(id); return err }); err != nil {
		return err
	}
	found := q.recordOf(d)
	if err := q.do(func(t *store.Tenant) error { _, err := t.CheckedDomain(id, found); return err }); err != nil {
		return err
	}
	if !found {
		return q.ssoPage(200, sso.AdminPage{Missing: id})
	}
	return q.redirect("/admin/security/sso#domain-" + string(id))
}

func (q *request) recordOf(d domain.MailDomain) bool {
	if q.LookupTXT == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(q.ctx, lookupTimeout)
	defer cancel()
	records, err := q.LookupTXT(ctx, d.Name)
	return err == nil && slices.Contains(records, d.Record())
}

func (q *request) removeDomain() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	if err := q.do(func(t *store.Tenant) error { return t.RemoveDomain(id) }); err != nil {
		return err
	}
	return q.redirect("/admin/security/sso#sso-domains")
}
