package handlers

import (
	"errors"
	"slices"
	"strconv"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/sso"
)

// peek takes what was asked and asks it again, so that a page can be shown and loaded anew; each time under another token.
func (q *request) peek(purpose string) (p pending, ok bool, err error) {
	err = q.take(purpose, &p)
	if errors.Is(err, domain.ErrNotFound) {
		return p, false, nil
	}
	if err == nil {
		err = q.keep(purpose, p)
	}
	return p, err == nil, err
}

func (q *request) newProof() error {
	p, ok, err := q.peek(asksProof)
	if !ok {
		return orTo(q, err, "/sign-in/sso")
	}
	return q.public(200, "Link your account", sso.Prove(sso.ProvePage{Organization: p.Organization, Email: p.Claims.Email}))
}

func orTo(q *request, err error, path string) error {
	if err != nil {
		return err
	}
	return q.redirect(path)
}

// proveAccount links an account whose password was typed: never by address alone (A12). What the person or the organization
// asks for beyond it comes first.
func (q *request) proveAccount() error {
	var p pending
	if err := q.take(asksProof, &p); err != nil {
		q.forgetAsked()
		if errors.Is(err, domain.ErrNotFound) {
			return q.refuseSSO(domain.Refused{Code: domain.SSOStale}, "")
		}
		return err
	}
	page := sso.ProvePage{Organization: p.Organization, Email: p.Claims.Email}
	again := func(status int) error {
		if err := q.keep(asksProof, p); err != nil {
			return err
		}
		return q.public(status, "Link your account", sso.Prove(page))
	}
	wait, err := q.throttle(p.Claims.Email)
	if errors.Is(err, domain.ErrTooMany) {
		page.RetryAfter = seconds(wait)
		q.c.Set("Retry-After", strconv.Itoa(page.RetryAfter))
		return again(429)
	}
	if err != nil {
		return err
	}
	actor, err := q.knockAt(p.Tenant, p.Claims.Email, q.exactly("password"))
	if errors.Is(err, domain.ErrSignedOut) {
		page.Failed = true
		return again(422)
	}
	if err != nil {
		return err
	}
	return q.linkProved(actor, p)
}

// knockAt is knock for the one account that an address has in an organization.
func (q *request) knockAt(tenant domain.ID, email, password string) (domain.Actor, error) {
	found, err := q.knock(email, password)
	if err != nil {
		return domain.Actor{}, err
	}
	i := slices.IndexFunc(found, func(a domain.Actor) bool { return a.Tenant() == tenant })
	if i < 0 {
		return domain.Actor{}, domain.ErrSignedOut
	}
	return found[i], nil
}

func (q *request) linkProved(actor domain.Actor, p pending) error {
	by := q.arrival(domain.ByPassword)
	by.Linking = true
	in, err := q.DB.SignIn(q.ctx, actor, by)
	if err != nil {
		return err
	}
	if in.Stage != domain.Whole {
		p.Member = actor.Member()
		if err := q.keep(asksConfirm, p); err != nil {
			return err
		}
		return q.begin(in, "/account/sso/confirm")
	}
	if err := q.DB.Tenant(q.ctx, actor, func(t *store.Tenant) error { return t.Link(p.Claims) }); err != nil {
		return q.refuseSSO(err, p.Organization)
	}
	q.forgetAsked()
	return q.begin(in, p.Next)
}

// showConfirm asks whether to link, once every factor was proved.
func (q *request) showConfirm() error {
	p, ok, err := q.peek(asksConfirm)
	if !ok || p.Member != q.actor().Member() {
		return orTo(q, err, "/account/sso")
	}
	return q.pageWith(200, layout.PageProps{Title: "Link single sign-on"}, sso.Confirm(sso.ConfirmPage{Organization: p.Organization, Email: p.Claims.Email}))
}

func (q *request) confirmLink() error {
	var p pending
	err := q.take(asksConfirm, &p)
	q.forgetAsked()
	if errors.Is(err, domain.ErrNotFound) || err == nil && (p.Member != q.actor().Member() || p.Tenant != q.actor().Tenant()) {
		return q.redirect("/account/sso")
	}
	if err != nil {
		return err
	}
	if err := q.do(func(t *store.Tenant) error { return t.Link(p.Claims) }); err != nil {
		return q.refuseSSO(err, p.Organization)
	}
	return q.redirect("/account/sso")
}

// beginLink goes to the provider for somebody who is signed in.
func (q *request) beginLink() error {
	c, err := q.DB.SSOClient(q.ctx, q.actor().Tenant())
	if err == nil && !c.Enabled {
		err = domain.ErrNotFound
	}
	if errors.Is(err, domain.ErrNotFound) {
		return q.refuseSSO(domain.Refused{Code: domain.SSOOff}, q.who.Org.Name)
	}
	if err != nil {
		return err
	}
	return q.goTo(c, question{Tenant: c.Tenant, Member: q.actor().Member(), Email: q.who.Member.Email})
}

func (q *request) link(c store.Client, claims domain.Claims) error {
	if err := q.do(func(t *store.Tenant) error { return t.Link(claims) }); err != nil {
		return q.refuseSSO(err, c.Organization)
	}
	return q.redirect("/account/sso")
}

func (q *request) showLinks() error { return q.linksPage(200, nil) }

func (q *request) linksPage(status int, problems domain.Problems) error {
	p := sso.AccountPage{Organization: q.who.Org.Name, Problems: problems, Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		all, err := t.Identities()
		for _, i := range all {
			p.Links = append(p.Links, sso.Link(i))
		}
		if err == nil {
			p.Offered, err = t.SSOOffered()
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Single sign-on"}, sso.Account(p))
}

func (q *request) unlink() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	err = q.do(func(t *store.Tenant) error { return t.Unlink(id) })
	var problems domain.Problems
	if errors.As(err, &problems) {
		return q.linksPage(422, problems)
	}
	if err != nil {
		return err
	}
	return q.redirect("/account/sso")
}
