package handlers

import (
	"errors"
	"unicode/utf8"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/sso"
)

func (q *request) newJoining() error {
	p, ok, err := q.peek(asksJoin)
	if !ok {
		return orTo(q, err, "/sign-in/sso")
	}
	return q.ssoJoinPage(200, sso.JoinPage{Organization: p.Organization, Email: p.Claims.Email, Name: p.Claims.Name})
}

func (q *request) ssoJoinPage(status int, p sso.JoinPage) error {
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return err
	}
	p.PolicyVersion, p.Recipients = inForce.Version, q.recipients()
	return q.public(status, "Welcome", sso.Join(p))
}

// joinBySSO makes an account for somebody new: after they have read the policy, with their own yes or no to AI (P47), and a
// statement of business use and age (P85).
func (q *request) joinBySSO() error {
	var p pending
	if err := q.take(asksJoin, &p); err != nil {
		q.forgetAsked()
		if errors.Is(err, domain.ErrNotFound) {
			return q.refuseSSO(domain.Refused{Code: domain.SSOStale}, "")
		}
		return err
	}
	page := sso.JoinPage{Organization: p.Organization, Email: p.Claims.Email, Name: q.typed("name"), Terms: q.ticked("terms"),
		Business: q.ticked("business"), Consents: q.agreed()}
	if page.Problems = ssoJoinProblems(page); len(page.Problems) > 0 {
		if err := q.keep(asksJoin, p); err != nil {
			return err
		}
		return q.ssoJoinPage(422, page)
	}
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return err
	}
	who, err := q.DB.JoinBySSO(q.ctx, p.Tenant, p.Claims, store.Joining{Name: page.Name, Consents: page.Consents, PolicyVersion: inForce.Version})
	if err != nil {
		return q.refuseSSO(err, p.Organization)
	}
	q.forgetAsked()
	return q.enterBySSO(who, p.Organization, p.Next)
}

func ssoJoinProblems(j sso.JoinPage) domain.Problems {
	var p domain.Problems
	p.Add(j.Name == "", "name", "required", "Enter your name.")
	p.Add(utf8.RuneCountInString(j.Name) > domain.MaxName, "name", "too_long", "Use at most 120 characters.")
	p.Add(!j.Terms, "terms", "required", "Read the privacy policy and tick this to go on.")
	p.Add(!j.Business, "business", "required", "Confirm that you use AImyOrg for work and are 16 or older.")
	return p
}
