package handlers

import (
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
	"aimyorg/views/layout"
	"aimyorg/views/security"
)

// newRelyingParty is who asks devices for passkeys: the configured address, never what a request calls us (A10). It is nil where
// there can be none, because an address of numbers has no passkeys.
func newRelyingParty(base *url.URL) *webauthn.WebAuthn {
	if base == nil || base.Hostname() == "" {
		return nil
	}
	if _, err := netip.ParseAddr(base.Hostname()); err == nil {
		return nil
	}
	w, err := webauthn.New(&webauthn.Config{RPID: base.Hostname(), RPDisplayName: layout.Product, RPOrigins: []string{base.Scheme + "://" + base.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred,
			UserVerification: protocol.VerificationPreferred}})
	if err != nil {
		return nil
	}
	return w
}

// What a challenge is for: an answer to one counts for nothing else.
const (
	toSignIn = "passkey to sign in"
	toFinish = "passkey to finish"
	toProve  = "passkey to prove"
	toAdd    = "passkey to add"
)

// challengeLasts is for how long a device may take to answer.
const challengeLasts = 5 * time.Minute

// challenge is what a browser was asked: once, for one purpose, and, when it is signed in, in one session. It names no browser
// otherwise: an answer is bound to our origin by the browser, and a form to it by the guard.
type challenge struct {
	Asked   webauthn.SessionData
	Session domain.ID
}

// holder is the person as devices know them.
type holder struct {
	handle      []byte
	email, name string
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.handle }
func (h holder) WebAuthnName() string                       { return h.email }
func (h holder) WebAuthnDisplayName() string                { return h.name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// holder is the person of the session, with their passkeys.
func (q *request) holder() (h holder, err error) {
	h = holder{handle: store.HandleOf(q.actor()), email: q.who.Member.Email, name: q.who.Member.Name}
	var stored [][]byte
	err = q.read(func(t *store.Tenant) (err error) {
		stored, err = t.Credentials()
		return err
	})
	for _, raw := range stored {
		var c webauthn.Credential
		if err := json.Unmarshal(raw, &c); err != nil {
			return h, err
		}
		h.credentials = append(h.credentials, c)
	}
	return h, err
}

// sendChallenge keeps a challenge and gives it to the page's script.
func (q *request) sendChallenge(purpose string, asked *webauthn.SessionData, publicKey any) error {
	token, err := q.DB.Challenge(q.ctx, purpose, challenge{*asked, q.who.Session}, challengeLasts)
	if err != nil {
		return err
	}
	return q.c.JSON(map[string]any{"token": token, "publicKey": publicKey})
}

// challenged takes the challenge that the form answers. It is there once; of another session or purpose, it is not there.
func (q *request) challenged(purpose string) (webauthn.SessionData, error) {
	var c challenge
	if err := q.DB.Answer(q.ctx, purpose, q.exactly("token"), &c); err != nil {
		return webauthn.SessionData{}, err
	}
	if purpose != toSignIn && c.Session != q.who.Session {
		return webauthn.SessionData{}, domain.ErrNotFound
	}
	return c.Asked, nil
}

// beginUse asks for one of the person's passkeys.
func (q *request) beginUse(purpose string, verification protocol.UserVerificationRequirement) error {
	if q.passkeys == nil {
		return q.noPasskey()
	}
	h, err := q.holder()
	if err != nil {
		return err
	}
	if len(h.credentials) == 0 {
		return q.noPasskey()
	}
	assertion, asked, err := q.passkeys.BeginLogin(h, webauthn.WithUserVerification(verification))
	if err != nil {
		return err
	}
	return q.sendChallenge(purpose, asked, assertion.Response)
}

// noPasskey tells the script that there is nothing to use.
func (q *request) noPasskey() error {
	return q.c.Status(409).JSON(map[string]string{"code": "no_passkey"})
}

// beginSignIn asks for any passkey of this site. The device must unlock itself: it stands for both factors.
func (q *request) beginSignIn() error {
	if q.passkeys == nil {
		return q.noPasskey()
	}
	if wait, err := q.DB.Attempt(q.ctx, "passkey", q.address(), signUpsByAddress); err != nil {
		return tooMany(wait, err)
	}
	assertion, asked, err := q.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	return q.sendChallenge(toSignIn, asked, assertion.Response)
}

// After a password the device is the second factor; to prove, and alone, it must unlock itself.
func (q *request) beginFactor() error {
	if ok, err := q.wanting(domain.WantFactor, ""); !ok {
		return err
	}
	return q.beginUse(toFinish, protocol.VerificationPreferred)
}

func (q *request) beginProof() error { return q.beginUse(toProve, protocol.VerificationRequired) }

// answer is what a device answered, with how it is to be verified.
type answer struct {
	device, handle []byte
	verify         store.Verify
}

// answered reads the form's answer for a purpose. Its challenge is spent, whatever comes of it; an answer to none is refused
// where its passkey is found, so that the refusal is recorded there.
func (q *request) answered(purpose string) (a answer, ok bool, err error) {
	sent, unread := protocol.ParseCredentialRequestResponseBytes([]byte(q.exactly("credential")))
	asked, err := q.challenged(purpose)
	none := errors.Is(err, domain.ErrNotFound)
	switch {
	case err != nil && !none:
		return a, false, err
	case unread != nil, q.passkeys == nil:
		return a, false, nil //nolint:nilerr // what can't be read is just wrong
	}
	a.device, a.handle = sent.RawID, sent.Response.UserHandle
	a.verify = func(stored []byte) ([]byte, string) {
		if none {
			return nil, "no such challenge"
		}
		return q.verify(stored, asked, sent)
	}
	return a, true, nil
}

// verify holds an answer against what was asked and what was agreed on with the device: origin, address, challenge, signature,
// and the counter, which a copied device repeats (A10).
func (q *request) verify(stored []byte, asked webauthn.SessionData, sent *protocol.ParsedCredentialAssertionData) ([]byte, string) {
	var c webauthn.Credential
	if err := json.Unmarshal(stored, &c); err != nil {
		return nil, "unreadable"
	}
	h := holder{handle: asked.UserID, credentials: []webauthn.Credential{c}}
	asked.AllowedCredentialIDs = nil // that it is one of the person's was found by its row
	var used *webauthn.Credential
	var err error
	if len(asked.UserID) == 0 {
		h.handle = sent.Response.UserHandle
		_, used, err = q.passkeys.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, asked, sent)
	} else {
		used, err = q.passkeys.ValidateLogin(h, asked, sent)
	}
	switch {
	case err != nil:
		return nil, whyRefused(err)
	case used.Authenticator.CloneWarning:
		return nil, "counter went back"
	}
	after, err := json.Marshal(used)
	if err != nil {
		return nil, "unreadable"
	}
	return after, ""
}

// whyRefused is the library's own words, which hold nothing that was sent.
func whyRefused(err error) string {
	var e *protocol.Error
	if errors.As(err, &e) && e.Details != "" {
		return cutRunes(e.Details, 120)
	}
	return "invalid"
}

// signInByPasskey signs in with a device alone. Whose it is, the device says; whatever is wrong, the answer is the same.
func (q *request) signInByPasskey() error {
	p := account.SignInPage{Next: q.typedNext()}
	wait, err := q.DB.Attempt(q.ctx, "address", q.address(), triesByAddress)
	if errors.Is(err, domain.ErrTooMany) {
		p.RetryAfter = seconds(wait)
		q.c.Set("Retry-After", strconv.Itoa(p.RetryAfter))
		return q.signInPage(429, p)
	}
	if err != nil {
		return err
	}
	actor, err := q.passkeyOwner()
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrSignedOut) || errors.Is(err, store.ErrUnreadable) {
		p.PasskeyFailed = true
		return q.signInPage(422, p)
	}
	if err != nil {
		return err
	}
	in, err := q.DB.SignIn(q.ctx, actor, q.arrival(domain.ByPasskey))
	if err != nil {
		return err
	}
	return q.begin(in, p.Next)
}

// passkeyOwner is whose passkey has answered rightly, or ErrNotFound.
func (q *request) passkeyOwner() (domain.Actor, error) {
	a, ok, err := q.answered(toSignIn)
	if err != nil {
		return domain.Actor{}, err
	}
	actor, err := store.ActorOfHandle(a.handle)
	if err != nil || !ok {
		return domain.Actor{}, domain.ErrNotFound
	}
	var out store.Checked
	err = q.DB.Tenant(q.ctx, actor, func(t *store.Tenant) (err error) {
		out, err = t.UsePasskey(a.device, a.verify)
		return err
	})
	if err == nil && !out.Right {
		err = domain.ErrNotFound
	}
	return actor, err
}

const passkeyRefused = "That passkey was not accepted. Try again, or use another way."

// takes runs a check of an answer for a purpose; what can't be read is just wrong.
func (q *request) takes(purpose string, fn func(*store.Tenant, answer) (store.Checked, error)) (store.Checked, error) {
	a, ok, err := q.answered(purpose)
	if err != nil || !ok {
		return store.Checked{}, err
	}
	return q.check(func(t *store.Tenant) (store.Checked, error) { return fn(t, a) })
}

func (q *request) finishByPasskey() error {
	p := security.Factor{Next: q.typedNext()}
	if ok, err := q.wanting(domain.WantFactor, p.Next); !ok {
		return err
	}
	by := q.arrival(domain.ByPasskey)
	out, err := q.takes(toFinish, func(t *store.Tenant, a answer) (store.Checked, error) {
		return t.FinishByPasskey(q.who.Session, a.device, a.verify, by)
	})
	if err != nil {
		return err
	}
	if !out.Right {
		p.Problems.Add(true, "passkey", "refused", passkeyRefused)
		return q.factorPage(422, p)
	}
	return q.whole(out.Token, p.Next)
}

// proveByPasskey answers the page's script, which then sends the form that waits.
func (q *request) proveByPasskey() error {
	out, err := q.takes(toProve, func(t *store.Tenant, a answer) (store.Checked, error) {
		return t.ProveByPasskey(q.who.Session, a.device, a.verify)
	})
	if err != nil {
		return err
	}
	if !out.Right {
		return domain.Problems{{Code: "refused", Text: passkeyRefused}}
	}
	return q.c.SendStatus(204)
}
