// Package people holds the pages about an organization's people: the directory, a person's page, invitations, joining by
// one, and handing the organization over.
package people

import (
	"time"

	"aimyorg/domain"
	"aimyorg/views/ui"
)

// DirectoryPage is /people.
type DirectoryPage struct {
	Organization  string
	People        []domain.Profile
	Total         int
	Query         string
	Department    domain.ID
	Role          string // a role's key
	Closed        bool
	Departments   []domain.DepartmentPlace
	Roles         []domain.GivenRole
	MayInvite     bool
	MayManage     bool
	From          int // the first shown, from 1
	Before, After string
}

// PersonPage is /people/{id}.
type PersonPage struct {
	Person      domain.Profile
	Me          bool
	MayManage   bool
	MayOffer    bool                   // the reader is the owner and may hand the organization over to this person
	Offer       *domain.OwnershipOffer // an open offer to this person, for the owner
	Roles       []domain.GivenRole     // that the reader may give; none when it is not theirs to change
	Departments []domain.DepartmentPlace
	Moves       []domain.Moved
	Links       []ui.Crumb // to what else there is about the person, as far as the reader may see it
	Problems    domain.Problems
	Now         time.Time
}

// ConfirmPage asks before something that is not undone by itself.
type ConfirmPage struct {
	Person domain.Profile
}

// InvitationsPage is /admin/people.
type InvitationsPage struct {
	Form        domain.InvitationForm
	Problems    domain.Problems
	Roles       []domain.GivenRole
	Departments []domain.DepartmentPlace
	Invitations []domain.Invitation
	All         bool // everybody's, not only the reader's own
	Newer       string
	Older       string
	Now         time.Time
}

// ImportPage is /admin/people/import: the form, and what a list came to.
type ImportPage struct {
	Problems domain.Problems
	Report   []domain.ImportReport
	Token    string // of the checked list; "" once it was sent
	Sent     bool
	Roles    []domain.GivenRole
}

// JoinPage is what the link of an invitation leads to.
type JoinPage struct {
	Invitation    domain.Invitation
	Organization  string
	Form          domain.Joining // what was typed; its password is never shown again
	Problems      domain.Problems
	PolicyVersion int
	Recipients    []domain.Provider
	Action        string
	SignedInAs    string // who is signed in, when somebody is
	Now           time.Time
}

// OwnershipPage is what the link of an offer of ownership leads to, and with no Action what one reads without it.
type OwnershipPage struct {
	Offer  domain.OwnershipOffer
	Action string
	Now    time.Time
}
