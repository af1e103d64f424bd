package handlers

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/store"
)

// providers speaks to organizations' identity providers. Their addresses come from organizations, so nothing but the public
// internet is dialed, over TLS, without following anybody elsewhere, and little is read of what comes.
type providers struct {
	development bool
	now         func() time.Time
	client      *http.Client

	mu    sync.Mutex
	known map[string]knownProvider // by issuer
}

type knownProvider struct {
	*oidc.Provider
	about providerFacts
	at    time.Time
}

// providerFacts is what is used of a provider's own description beside what go-oidc reads.
type providerFacts struct {
	Authorize string   `json:"authorization_endpoint"`
	Token     string   `json:"token_endpoint"`
	Keys      string   `json:"jwks_uri"`
	UserInfo  string   `json:"userinfo_endpoint"`
	Scopes    []string `json:"scopes_supported"`
	Auth      []string `json:"token_endpoint_auth_methods_supported"`
	SaysWho   bool     `json:"authorization_response_iss_parameter_supported"`
}

// Bounds of what a provider may cost.
const (
	providerAnswer  = 1 << 20          // bytes of one answer
	providerTimeout = 10 * time.Second // for one request, whole
	providerDial    = 5 * time.Second
	providerKnown   = 10 * time.Minute // for which its description is not read again
	mostProviders   = 256
)

// algorithms are how a token may be signed: by a key that the provider alone has. Neither "none" nor a shared secret.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// What goes wrong with a provider.
var (
	errProviderDown    = errors.New("the identity provider does not answer")
	errProviderBlocked = errors.New("the address is not of the public internet")
	errProviderLarge   = errors.New("the identity provider's answer is too large")
)

func newProviders(development bool, now func() time.Time) *providers {
	p := &providers{development: development, now: now, known: map[string]knownProvider{}}
	d := &net.Dialer{Timeout: providerDial, Control: p.control}
	p.client = &http.Client{
		Timeout: providerTimeout,
		Transport: bounded{p, &http.Transport{
			DialContext: d.DialContext, TLSHandshakeTimeout: providerDial, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, // many providers speak no 1.3 yet (P30)
			MaxIdleConns:    32, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errProviderBlocked }, // A69
	}
	return p
}

// control looks at the address that is really connected to, at each dial: what a name says may change (A68).
func (p *providers) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return errProviderBlocked
	}
	if llm.Public(ap.Addr()) || p.development && ap.Addr().Unmap().IsLoopback() {
		return nil
	}
	return errProviderBlocked
}

// bounded refuses addresses that must not be asked and cuts answers that are too long.
type bounded struct {
	p    *providers
	next http.RoundTripper
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !domain.SSOAddress(r.URL.String(), b.p.development) {
		return nil, errProviderBlocked
	}
	res, err := b.next.RoundTrip(r)
	if err == nil {
		res.Body = &cutBody{res.Body, providerAnswer}
	}
	return res, err
}

type cutBody struct {
	io.ReadCloser
	left int
}

func (c *cutBody) Read(b []byte) (int, error) {
	if c.left < 0 {
		return 0, errProviderLarge
	}
	n, err := c.ReadCloser.Read(b[:min(len(b), c.left+1)])
	if c.left -= n; c.left < 0 {
		return 0, errProviderLarge
	}
	return n, err
}

func (p *providers) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// of reads a provider's description, or remembers it. Its keys are kept by go-oidc, which reads them again when a token names
// one that it does not know.
func (p *providers) of(ctx context.Context, issuer string) (knownProvider, error) {
	p.mu.Lock()
	k, ok := p.known[issuer]
	p.mu.Unlock()
	if age := p.now().Sub(k.at); ok && age >= 0 && age < providerKnown {
		return k, nil
	}
	found, err := oidc.NewProvider(p.with(ctx), issuer)
	var other *oidc.IssuerMismatchError
	switch {
	case errors.As(err, &other):
		return k, domain.Refused{Code: domain.SSOIssuer}
	case err != nil:
		return k, down(err)
	}
	k = knownProvider{Provider: found, at: p.now()}
	if err := found.Claims(&k.about); err != nil || !p.usable(k.about) {
		return k, domain.Refused{Code: domain.SSOIssuer}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.known[issuer]; !ok && len(p.known) >= mostProviders {
		for any := range p.known {
			delete(p.known, any)
			break
		}
	}
	p.known[issuer] = k
	return k, nil
}

// usable says whether everything that the description names may be asked, by us and by a person's browser.
func (p *providers) usable(f providerFacts) bool {
	for _, address := range []string{f.Authorize, f.Token, f.Keys} {
		if !domain.SSOAddress(address, p.development) {
			return false
		}
	}
	return f.UserInfo == "" || domain.SSOAddress(f.UserInfo, p.development)
}

// downError keeps why a provider does not answer, for the log, without what it said.
type downError struct{ why error }

func (d downError) Error() string { return errProviderDown.Error() }
func (downError) Unwrap() error   { return errProviderDown }

func down(why error) error { return downError{why} }

func (k knownProvider) config(c store.Client, callback string) *oauth2.Config {
	endpoint := k.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // decided, so that a code is never sent twice
	if len(k.about.Auth) > 0 && !slices.Contains(k.about.Auth, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	scopes := []string{oidc.ScopeOpenID, "profile", "email"}
	if slices.Contains(k.about.Scopes, "groups") {
		scopes = append(scopes, "groups")
	}
	return &oauth2.Config{ClientID: c.ClientID, ClientSecret: c.Secret.Reveal(), Endpoint: endpoint, RedirectURL: callback, Scopes: scopes}
}

// question is what this browser asked a provider, until the answer comes.
type question struct {
	Tenant                         domain.ID
	Issuer, State, Nonce, Verifier string
	Next                           string
	Email                          string    // that was typed, as a hint for the provider
	Member                         domain.ID // who wants to link, or tries: they must still be signed in
	Try                            bool      // changes nothing and shows what came
}

// ask is the address that the browser goes to with a question.
func (p *providers) ask(ctx context.Context, c store.Client, callback string, q *question) (string, error) {
	k, err := p.of(ctx, c.Issuer)
	if err != nil {
		return "", err
	}
	q.Issuer, q.State, q.Nonce, q.Verifier = c.Issuer, oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	options := []oauth2.AuthCodeOption{oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier)}
	if q.Email != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", q.Email))
	}
	return k.config(c, callback).AuthCodeURL(q.State, options...), nil
}

// redeem takes the answer to a question, and gives what the provider says under its signature.
func (p *providers) redeem(ctx context.Context, c store.Client, callback string, q question, answer url.Values) (domain.Claims, error) {
	if err := p.fits(ctx, c, q, answer); err != nil {
		return domain.Claims{}, err
	}
	k, err := p.of(ctx, c.Issuer)
	if err != nil {
		return domain.Claims{}, err
	}
	token, err := k.config(c, callback).Exchange(p.with(ctx), answer.Get("code"), oauth2.VerifierOption(q.Verifier))
	if err != nil {
		return domain.Claims{}, exchangeError(err)
	}
	return p.verify(ctx, k, c, q, token)
}

// fits says whether an answer is to the question: its state, and who says to have answered (RFC 9207).
func (p *providers) fits(ctx context.Context, c store.Client, q question, answer url.Values) error {
	if subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(q.State)) != 1 {
		return domain.Refused{Code: domain.SSOState}
	}
	if c.Issuer != q.Issuer || answer.Has("iss") && answer.Get("iss") != c.Issuer {
		return domain.Refused{Code: domain.SSOIssuer}
	}
	if !answer.Has("iss") {
		k, err := p.of(ctx, c.Issuer)
		if err != nil {
			return err
		}
		if k.about.SaysWho {
			return domain.Refused{Code: domain.SSOIssuer}
		}
	}
	if answer.Has("error") || answer.Get("code") == "" {
		return domain.Refused{Code: domain.SSODenied}
	}
	return nil
}

func exchangeError(err error) error {
	var said *oauth2.RetrieveError
	if errors.As(err, &said) && said.Response.StatusCode < 500 {
		if said.ErrorCode == "invalid_grant" { // used before, or too old
			return domain.Refused{Code: domain.SSOStale}
		}
		return domain.Refused{Code: domain.SSOToken}
	}
	return down(err)
}

// verify holds the token to everything that makes it ours: signature, issuer, audience, time, nonce.
func (p *providers) verify(ctx context.Context, k knownProvider, c store.Client, q question, token *oauth2.Token) (domain.Claims, error) {
	no := domain.Refused{Code: domain.SSOToken}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return domain.Claims{}, no
	}
	v := k.Verifier(&oidc.Config{ClientID: c.ClientID, SupportedSigningAlgs: algorithms, Now: p.now})
	id, err := v.Verify(p.with(ctx), raw)
	if err != nil && strings.Contains(err.Error(), "fetching keys") { // go-oidc wraps it as text only
		return domain.Claims{}, down(err)
	}
	var said saidClaims
	switch {
	case err != nil || id.Subject == "" || id.Issuer != c.Issuer || id.Claims(&said) != nil:
		return domain.Claims{}, no
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(q.Nonce)) != 1:
		return domain.Claims{}, no
	case said.Party != "" && said.Party != c.ClientID, said.Party == "" && len(id.Audience) > 1: // OpenID Connect Core §3.1.3.7
		return domain.Claims{}, no
	case id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil:
		return domain.Claims{}, no
	}
	if said.Email == "" && k.about.UserInfo != "" {
		if err := p.complete(ctx, k, id.Subject, token, &said); err != nil {
			return domain.Claims{}, err
		}
	}
	return said.claims(c.Issuer, id.Subject), nil
}

// complete asks the provider for what it left out of the token.
func (p *providers) complete(ctx context.Context, k knownProvider, subject string, token *oauth2.Token, said *saidClaims) error {
	info, err := k.UserInfo(p.with(ctx), oauth2.StaticTokenSource(token))
	if err != nil {
		return down(err)
	}
	var more saidClaims
	if info.Subject != subject || info.Claims(&more) != nil {
		return domain.Refused{Code: domain.SSOToken}
	}
	more.Party = said.Party
	if more.Groups == nil {
		more.Groups = said.Groups
	}
	*said = more
	return nil
}
