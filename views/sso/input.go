// Package sso holds the pages of single sign-on: at the door, in one's account, and for who sets it up.
package sso

import (
	"strconv"
	"time"

	"aimyorg/domain"
	"aimyorg/views/words"
)

// StartPage asks for the address that leads to an organization's provider. With several organizations one is chosen.
type StartPage struct {
	Email, Next string
	None        bool // no organization has the address's domain
	Choices     []Choice
	RetryAfter  int
}

// Choice is one organization that an address can sign in to.
type Choice struct{ Tenant, Name string }

// GoingPage leads out to a provider. Host is shown whole, so that one sees where one goes.
type GoingPage struct{ Organization, Host, Address string }

// ProblemPage is a sign-on that was refused, or whose provider is down.
type ProblemPage struct {
	Code, Organization string
	SignedIn           bool
}

// ProvePage asks a person once to prove that an account is theirs.
type ProvePage struct {
	Organization, Email string
	Failed              bool
	RetryAfter          int
}

// ConfirmPage asks whether to link, after every factor was proved.
type ConfirmPage struct{ Organization, Email string }

// JoinPage is what a new person reads and decides before their account is made.
type JoinPage struct {
	Organization, Email, Name string
	Terms, Business           bool
	Consents, Recipients      []domain.Provider // given, and asked for
	PolicyVersion             int
	Problems                  domain.Problems
}

// AccountPage is a person's own links with the provider.
type AccountPage struct {
	Organization string
	Offered      bool
	Links        []Link
	Problems     domain.Problems
	Now          time.Time
}

// Link is one of them.
type Link struct {
	ID                domain.ID
	UsedAt, CreatedAt time.Time
}

// Option is a role or a department that groups can give.
type Option struct{ Value, Label string }

// AdminPage is /admin/security/sso.
type AdminPage struct {
	Settings domain.SSO
	Form     *domain.SSOForm // as it was typed, when it was refused
	Problems domain.Problems
	Redirect string // the address to give to the provider
	Domains  []domain.MailDomain
	Typed    string // a domain that was refused
	Added    domain.Problems
	Roles    []Option
	Gives    []Option // of groups: roles, then departments
	Failed   string   // why the try went wrong: a code
	Missing  domain.ID
	Now      time.Time
}

// TriedPage shows what a provider said in a try. Nothing of it is kept.
type TriedPage struct {
	Claims domain.Claims
	Ours   bool // the address's domain is verified
}

func number(n int) string { return strconv.Itoa(n) }

// Sentence says why somebody is not signed in, and what to do.
func Sentence(p ProblemPage) string {
	org := p.Organization
	if org == "" {
		org = "your organization"
	}
	switch p.Code {
	case domain.SSOUnavailable:
		return words.Capital(org) + "'s sign-in service does not answer. Nothing is lost. " +
			"Try again in a few minutes, or sign in with your password where that is allowed."
	case domain.SSOStale:
		return "This sign-on took too long, was used already, or began in another browser. Start again."
	case domain.SSOState:
		return "The answer does not belong to the sign-on that this browser began. Start again."
	case domain.SSOIssuer:
		return "The answer is not from the sign-in service that " + org + " has named. If it happens again, tell your administrator."
	case domain.SSODenied:
		return words.Capital(org) + "'s sign-in service did not sign you in. Try again, or ask your administrator for access."
	case domain.SSOUnverified:
		return words.Capital(org) + "'s sign-in service does not vouch for your email address, so no account can be found or made by it. " +
			"Ask your administrator to have it verified."
	case domain.SSODomain:
		return "Your email address is not of a domain that " + org + " has shown to be its own. Ask your administrator."
	case domain.SSOClosed:
		return "Your account in " + org + " is closed. Ask your administrator to open it again."
	case domain.SSONoAccount:
		return "You have no account in " + org + " yet. Ask your administrator for an invitation."
	case domain.SSOLinked:
		return "That sign-on belongs to another person in " + org + " already. Nothing was changed."
	case domain.SSOOff:
		return "Single sign-on is off in " + org + ". Sign in with your password."
	}
	return "What " + org + "'s sign-in service sent does not hold: it is not signed by it, not for AImyOrg, or too old. " +
		"Start again; if it stays, tell your administrator."
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
