package handlers

import (
	"errors"

	"aimyorg/domain"
	"aimyorg/views/account"
	"aimyorg/views/door"
)

// A person with accounts in several organizations chooses one when they sign in, and enters another by signing in again:
// a session is always of one organization.

// offer asks which organization to enter, when a password opens several.
func (q *request) offer(accounts []domain.Actor, next string) error {
	token, choices, err := q.DB.Offer(q.ctx, accounts, next)
	if err != nil {
		return err
	}
	p := door.ChoosePage{Token: token}
	for _, c := range choices {
		p.Organizations = append(p.Organizations, door.Organization{Tag: c.Tag, Name: c.Name})
	}
	return q.public(200, "Choose an organization", door.Choose(p))
}

// chooseOrganization enters the organization that was chosen. An offer is good once: who comes late signs in again.
func (q *request) chooseOrganization() error {
	a, next, err := q.DB.Choose(q.ctx, q.exactly("token"), q.exactly("organization"))
	if errors.Is(err, domain.ErrNotFound) {
		return q.signInPage(422, account.SignInPage{Late: true})
	}
	if err != nil {
		return err
	}
	return q.comeIn(a, account.SignInPage{Next: next})
}

// elsewhere is a form that was made for another organization than the one that the person is in now.
type elsewhere struct{ in string }

func (elsewhere) Error() string { return "made for another organization" }

// madeHere refuses a form that was made for another organization: it is a page left open since (A37). A form that does not
// say is not checked; nor is a public one, which writes nothing in an organization.
func (q *request) madeHere(tag string) error {
	if tag == "" || q.who.Session == "" || tag == q.madeFor() {
		return nil
	}
	return elsewhere{q.who.Org.Name}
}

// madeFor is what the forms of this session's pages say.
func (q *request) madeFor() string { return q.DB.OrganizationTag(q.who.Actor.Tenant()) }
