package handlers

import (
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/security"
)

// newPasskey is the page on which a passkey is made.
func (q *request) newPasskey() error { return q.newPasskeyPage(200, security.Ceremony{}) }

func (q *request) newPasskeyPage(status int, c security.Ceremony) error {
	if q.passkeys == nil {
		return q.redirect(securityPath)
	}
	c.Begin, c.Action, c.Make, c.Named, c.Label = securityPath+"/passkeys/begin", securityPath+"/passkeys", true, true, "Make a passkey"
	c.Kind = "primary"
	c.Else = "A passkey needs JavaScript and a browser that knows passkeys. An authenticator app works without."
	return q.pageWith(status, layout.PageProps{Title: "Add a passkey", Narrow: true}, security.NewPasskey(c))
}

// beginNew asks for a new passkey; devices that have one of this account say so.
func (q *request) beginNew() error {
	if q.passkeys == nil {
		return q.noPasskey()
	}
	h, err := q.holder()
	if err != nil {
		return err
	}
	exclude := make([]protocol.CredentialDescriptor, len(h.credentials))
	for i, c := range h.credentials {
		exclude[i] = c.Descriptor()
	}
	creation, asked, err := q.passkeys.BeginRegistration(h, webauthn.WithExclusions(exclude))
	if err != nil {
		return err
	}
	return q.sendChallenge(toAdd, asked, creation.Response)
}

func (q *request) beginPasskey() error { return q.beginNew() }

func (q *request) beginEnrolment() error {
	if ok, err := q.wanting(domain.WantEnrol, ""); !ok {
		return err
	}
	return q.beginNew()
}

// made is the passkey that the form brings, or problems.
func (q *request) made() (n store.NewPasskey, err error) {
	n.Name = q.typed("name")
	refused := domain.Problems{{Code: "refused", Text: passkeyRefused}}
	sent, bad := protocol.ParseCredentialCreationResponseBytes([]byte(q.exactly("credential")))
	asked, err := q.challenged(toAdd)
	if errors.Is(err, domain.ErrNotFound) || bad != nil || q.passkeys == nil {
		return n, refused
	}
	if err != nil {
		return n, err
	}
	c, err := q.passkeys.CreateCredential(holder{handle: store.HandleOf(q.actor())}, asked, sent)
	if err != nil {
		return n, refused
	}
	n.ID = c.ID
	n.Credential, err = json.Marshal(c)
	return n, err
}

func (q *request) addPasskey() error {
	n, err := q.made()
	if err == nil {
		err = q.do(func(t *store.Tenant) error { _, err := t.AddPasskey(n); return err })
	}
	c := security.Ceremony{Name: n.Name}
	if errors.As(err, &c.Problems) {
		return q.newPasskeyPage(422, c)
	}
	if err != nil {
		return err
	}
	return q.redirect(securityPath + "#passkeys")
}

func (q *request) enrolPasskey() error {
	p := security.Enrol{Next: q.typedNext()}
	if ok, err := q.wanting(domain.WantEnrol, p.Next); !ok {
		return err
	}
	n, err := q.made()
	var token string
	if err == nil {
		by := q.arrival(domain.ByPasskey)
		err = q.do(func(t *store.Tenant) (err error) {
			token, err = t.EnrolPasskey(q.who.Session, n, by)
			return err
		})
	}
	if errors.As(err, &p.Problems) {
		return q.enrolPage(422, p, nil, 0)
	}
	if err != nil {
		return err
	}
	return q.whole(token, p.Next)
}
