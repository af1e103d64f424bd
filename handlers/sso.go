package handlers

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/sso"
)

// ssoByAddress is how many sign-ons one network address may begin within ten minutes: an office shares one.
const ssoByAddress = 300

// The purposes of what a browser is asked on its way in.
const (
	asksProvider = "sso"         // a round trip to a provider
	asksProof    = "sso-link"    // to prove an account that is to be linked
	asksConfirm  = "sso-confirm" // to link it, once every factor was proved
	asksJoin     = "sso-join"    // to read the policy before there is an account
)

func (s *Site) ssoRoutes() []route {
	return append([]route{
		{"GET", "/sign-in/sso", domain.Public, (*request).newSSO, nil, ""},
		{"POST", "/sign-in/sso", domain.Public, (*request).beginSSO, []string{"email", "next", "organization"}, ""},
		{"GET", "/sign-in/sso/callback", domain.Public, (*request).finishSSO, nil, ""},
		{"GET", "/sign-in/sso/link", domain.Public, (*request).newProof, nil, ""},
		{"POST", "/sign-in/sso/link", domain.Public, (*request).proveAccount, []string{"password"}, ""},
		{"GET", "/sign-in/sso/join", domain.Public, (*request).newJoining, nil, ""},
		{"POST", "/sign-in/sso/join", domain.Public, (*request).joinBySSO, []string{"name", "terms", "business", "ai_consent"}, ""},
		{"GET", "/account/sso", domain.SignedIn, (*request).showLinks, nil, ""},
		{"POST", "/account/sso/link", domain.SignedIn, (*request).beginLink, nil, "fresh"},
		{"GET", "/account/sso/confirm", domain.SignedIn, (*request).showConfirm, nil, ""},
		{"POST", "/account/sso/confirm", domain.SignedIn, (*request).confirmLink, nil, ""},
		{"POST", "/account/sso/identities/:id/unlink", domain.SignedIn, (*request).unlink, nil, "fresh"},
	}, s.ssoAdminRoutes()...)
}

func (q *request) newSSO() error {
	next := safeNext(q.queryExactly("next"), "")
	if q.signedIn() {
		return q.redirect(next)
	}
	return q.public(200, "Single sign-on", sso.Start(sso.StartPage{Email: domain.NormalEmail(q.query("email")), Next: next}))
}

// beginSSO leads to the provider of the organization that has verified the address's domain. Whether the address has an
// account is not looked at (A119).
func (q *request) beginSSO() error {
	p := sso.StartPage{Email: domain.NormalEmail(q.typed("email")), Next: safeNext(q.exactly("next"), "")}
	wait, err := q.DB.Attempt(q.ctx, "sso", q.address(), ssoByAddress)
	if errors.Is(err, domain.ErrTooMany) {
		p.RetryAfter = seconds(wait)
		q.c.Set("Retry-After", strconv.Itoa(p.RetryAfter))
		return q.public(429, "Single sign-on", sso.Start(p))
	}
	if err != nil {
		return err
	}
	all, err := q.DB.SSOFor(q.ctx, p.Email)
	if err != nil {
		return err
	}
	if chosen := q.typed("organization"); len(all) > 1 && chosen != "" {
		all = slices.DeleteFunc(all, func(c store.Client) bool { return string(c.Tenant) != chosen })
	}
	switch len(all) {
	case 0:
		p.None = true
		return q.public(422, "Single sign-on", sso.Start(p))
	case 1:
		return q.goTo(all[0], question{Tenant: all[0].Tenant, Next: p.Next, Email: p.Email})
	}
	for _, c := range all {
		p.Choices = append(p.Choices, sso.Choice{Tenant: string(c.Tenant), Name: c.Organization})
	}
	return q.public(200, "Choose an organization", sso.Start(p))
}

// wantsSSO is the organization that wants single sign-on of addresses like this one: a matter of the domain alone.
func (q *request) wantsSSO(email string) (string, error) {
	all, err := q.DB.SSOFor(q.ctx, email)
	for _, c := range all {
		if c.Required {
			return c.Organization, nil
		}
	}
	return "", err
}

func (q *request) callback() string { return q.BaseURL.JoinPath("/sign-in/sso/callback").String() }

// goTo leads out to a provider with a question. A form may not lead to another site (form-action), so this answers with a page
// that says where one goes, and goes there by itself.
func (q *request) goTo(c store.Client, asked question) error {
	address, err := q.sso.ask(q.ctx, c, q.callback(), &asked)
	if err != nil {
		return q.refuseSSO(err, c.Organization)
	}
	if err := q.keep(asksProvider, asked); err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	q.c.Set("Refresh", "0;url="+u.String())
	return q.public(200, "Single sign-on", sso.Going(sso.GoingPage{Organization: c.Organization, Host: u.Host, Address: u.String()}))
}

// finishSSO is where providers send people back to. Each question is answered once, by the browser that was asked.
func (q *request) finishSSO() error {
	var asked question
	err := q.take(asksProvider, &asked)
	q.forgetAsked()
	if errors.Is(err, domain.ErrNotFound) {
		return q.refuseSSO(domain.Refused{Code: domain.SSOStale}, "")
	}
	if err != nil {
		return err
	}
	c, err := q.DB.SSOClient(q.ctx, asked.Tenant)
	if err != nil {
		return err
	}
	if err := q.holds(c, asked); err != nil {
		return q.refuseSSO(err, c.Organization)
	}
	_, raw, _ := strings.Cut(q.path(), "?")
	answer, err := url.ParseQuery(raw)
	if err != nil {
		return refusal{400, "bad_query", false}
	}
	claims, err := q.sso.redeem(q.ctx, c, q.callback(), asked, answer)
	if err != nil {
		return q.refuseSSO(err, c.Organization)
	}
	switch {
	case asked.Try:
		return q.showTried(claims)
	case asked.Member != "":
		return q.link(c, claims)
	}
	return q.arriveBySSO(c, claims, asked.Next)
}

// holds says whether what was asked may still be answered: it is on, and who wanted to link or to try is still signed in.
func (q *request) holds(c store.Client, asked question) error {
	if asked.Member != "" && (!q.signedIn() || q.actor().Member() != asked.Member || q.actor().Tenant() != asked.Tenant) {
		return domain.Refused{Code: domain.SSOStale}
	}
	if asked.Try && !q.actor().May(domain.ManageSecurity) {
		return domain.ErrNotFound
	}
	if !asked.Try && !c.Enabled {
		return domain.Refused{Code: domain.SSOOff}
	}
	return nil
}

// pending is somebody whom a provider has named and who must still do something before they are in.
type pending struct {
	Tenant       domain.ID
	Organization string
	Claims       domain.Claims
	Next         string
	Member       domain.ID // of asksConfirm: whose account it is
}

// arriveBySSO lets a known person in, and asks everybody else for what is missing.
func (q *request) arriveBySSO(c store.Client, claims domain.Claims, next string) error {
	who, err := q.DB.Recognize(q.ctx, c.Tenant, claims)
	if err != nil {
		return q.refuseSSO(err, c.Organization)
	}
	wait := pending{Tenant: c.Tenant, Organization: c.Organization, Claims: claims, Next: next}
	switch {
	case who.Prove:
		return q.after(asksProof, wait, "/sign-in/sso/link")
	case who.Join:
		return q.after(asksJoin, wait, "/sign-in/sso/join")
	}
	return q.enterBySSO(who.Actor, c.Organization, next)
}

func (q *request) after(purpose string, v pending, path string) error {
	if err := q.keep(purpose, v); err != nil {
		return err
	}
	return q.redirect(path)
}

func (q *request) enterBySSO(who domain.Actor, organization, next string) error {
	in, err := q.DB.SignIn(q.ctx, who, q.arrival(domain.BySSO))
	if errors.Is(err, domain.ErrSignedOut) {
		return q.refuseSSO(domain.Refused{Code: domain.SSOClosed}, organization)
	}
	if err != nil {
		return err
	}
	return q.begin(in, next)
}

// notBelieved are the codes of answers that nobody who is who they say would have sent.
var notBelieved = []string{domain.SSOStale, domain.SSOState, domain.SSOIssuer, domain.SSOToken, domain.SSODenied}

// refuseSSO shows why a sign-on is refused. Whose it was stays out of the log (P11). Other errors are left to the one map.
func (q *request) refuseSSO(err error, organization string) error {
	var status int
	var code string
	var refused domain.Refused
	switch {
	case errors.Is(err, errProviderDown):
		status, code = 503, domain.SSOUnavailable
		q.c.Set("Retry-After", "60")
	case errors.As(err, &refused) && slices.Contains(notBelieved, refused.Code):
		status, code = 400, refused.Code
	case errors.As(err, &refused):
		status, code = 422, refused.Code
	default:
		return err
	}
	q.Log.Warn("single sign-on refused", "request", q.id, "code", code, "why", whyDown(err))
	p := sso.ProblemPage{Code: code, Organization: organization, SignedIn: q.signedIn()}
	return q.pageWithTitle(status, "Single sign-on", sso.Problem(p))
}

// whyDown is the kind of what went wrong on the way to a provider; what it said, and where it is, are not logged.
func whyDown(err error) string {
	var d downError
	switch {
	case !errors.As(err, &d):
		return ""
	case errors.Is(d.why, errProviderBlocked):
		return "blocked"
	case strings.Contains(d.why.Error(), errProviderLarge.Error()): // go-oidc wraps it as text only
		return "too large"
	}
	return typeName(d.why)
}
