package domain

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Single sign-on: an organization's own identity provider says who somebody is. What it says is believed of the people of
// that organization only, and never by address alone (HOSTILE A12).

// SSO is what an organization decided about single sign-on. The client's secret is not in it.
type SSO struct {
	Issuer, ClientID string
	HasSecret        bool
	Enabled          bool
	Provision        bool // make accounts for people who have none
	Role             Role // of those, where no group says otherwise
	RoleID           ID
	Groups           []GroupRule
	UpdatedAt        time.Time // zero when nothing was decided yet
}

// What a group of the provider decides.
const (
	GroupRole       = "role"
	GroupDepartment = "department"
)

// GroupRule gives a role or a department to whoever is in a group of the provider. Subject is the role's name or the id of
// the organization's own role, or the department's id.
type GroupRule struct {
	ID            ID
	Group         string
	Kind, Subject string
}

// SSOForm is what an admin typed. An empty Secret keeps the stored one.
type SSOForm struct {
	Issuer, ClientID, Secret string
	Enabled, Provision       bool
	Role                     string // a role's name or the id of one of the organization's own
	Groups                   []GroupRule
}

// Limits of single sign-on's settings.
const (
	maxIssuer     = 500
	maxClient     = 500
	MaxGroupRules = 200
	maxGroup      = 200
)

// Problems says what is wrong with the form. In development a provider on this machine may be spoken to without TLS.
func (f SSOForm) Problems(development, hasSecret bool) Problems {
	var p Problems
	p.Add(f.Issuer == "" || len(f.Issuer) > maxIssuer || !SSOAddress(f.Issuer, development) || strings.ContainsAny(f.Issuer, "?#"), "issuer", "invalid",
		"Enter the issuer as your provider shows it, like https://login.example.com.")
	p.Add(f.ClientID == "", "client_id", "required", "Enter the client id that your provider gave AImyOrg.")
	p.Add(len(f.ClientID) > maxClient, "client_id", "too_long", "That is too long for a client id.")
	p.Add(f.Secret == "" && !hasSecret, "client_secret", "required", "Enter the client secret that your provider gave AImyOrg.")
	p.Add(len(f.Secret) > maxClient, "client_secret", "too_long", "That is too long for a client secret.")
	p.Add(len(f.Groups) > MaxGroupRules, "groups", "too_many", "List at most 200 groups.")
	for _, g := range f.Groups {
		p.Add(utf8.RuneCountInString(g.Group) > maxGroup, "groups", "too_long", "A group's name has at most 200 characters.")
		p.Add(g.Kind == GroupRole && g.Subject == string(Owner), "groups", "owner", "A group can't make anybody owner.")
	}
	p.Add(f.Role == string(Owner), "default_role", "owner", "Nobody becomes owner by signing in.")
	return p
}

// SSOAddress says whether an address of a provider may be asked at all: HTTPS at its own port, without a name and password
// in it (HOSTILE A70). In development plain HTTP and any port of this machine will do.
func SSOAddress(address string, development bool) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return false
	}
	if development && Loopback(u.Hostname()) {
		return u.Scheme == "http" || u.Scheme == "https"
	}
	return u.Scheme == "https" && (u.Port() == "" || u.Port() == "443")
}

// Loopback says whether a host is this machine.
func Loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Claims is what a provider said of somebody, in a token that it signed.
type Claims struct {
	Issuer, Subject string
	Email           string
	EmailVerified   bool
	Name            string
	Groups          []string
}

// Clean brings what came from outside into the form that people's own words have, and within bounds.
func (c Claims) Clean() Claims {
	c.Email, c.Name = NormalEmail(c.Email), cut(Line(c.Name), MaxName)
	c.Groups = slices.Clone(c.Groups[:min(len(c.Groups), 1000)])
	return c
}

func cut(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}

// Placement is the role and the department that groups give; what they don't say is empty.
type Placement struct {
	Role       Role
	RoleID     ID
	Department ID
}

// PlaceByGroups says what somebody's groups give them: the most powerful built-in role of all that match, an own role where no
// built-in one does, the first department. Never owner.
func PlaceByGroups(groups []string, rules []GroupRule) Placement {
	var out Placement
	rank := len(Roles) + 1
	for _, r := range rules {
		if !slices.Contains(groups, r.Group) {
			continue
		}
		if r.Kind == GroupDepartment && out.Department == "" {
			out.Department = ID(r.Subject)
		}
		if r.Kind != GroupRole || r.Subject == string(Owner) {
			continue
		}
		at := slices.Index(Roles, Role(r.Subject))
		switch {
		case at >= 0 && at < rank:
			out.Role, out.RoleID, rank = Role(r.Subject), "", at
		case at < 0 && rank > len(Roles):
			out.Role, out.RoleID, rank = Custom, ID(r.Subject), len(Roles)
		}
	}
	return out
}

// The codes of what a sign-on is refused for. They are stable and public.
const (
	SSOUnavailable = "sso_unavailable"      // the provider does not answer
	SSOStale       = "sso_stale"            // the answer is to no question that this browser asked, or was used
	SSOState       = "sso_state"            // of another question
	SSOIssuer      = "sso_issuer"           // another provider answered
	SSODenied      = "sso_denied"           // the provider said no
	SSOToken       = "sso_token"            // its token does not hold: signature, audience, time, nonce
	SSOUnverified  = "sso_email_unverified" // it does not vouch for the address
	SSODomain      = "sso_domain"           // the address is not of a domain of the organization's
	SSOClosed      = "sso_account_closed"   // the account is closed
	SSONoAccount   = "sso_no_account"       // nobody here is that, and accounts are not made
	SSOLinked      = "sso_linked"           // it belongs to another person here
	SSOOff         = "sso_off"              // it was switched off meanwhile
)

// MailDomain is a domain whose mail an organization has shown to be its own, or is about to.
type MailDomain struct {
	ID         ID
	Name       string
	Token      string
	VerifiedAt time.Time // zero: not verified
	CheckedAt  time.Time
	FailingAt  time.Time // since when its record has not been found
}

// Verified says whether the organization's word about addresses of the domain counts.
func (d MailDomain) Verified() bool { return !d.VerifiedAt.IsZero() }

// DomainPatience is for how long a record may be missing before the domain is not the organization's any more; DomainCheck
// is how often it is looked at.
const (
	DomainPatience = 7 * 24 * time.Hour
	DomainCheck    = 24 * time.Hour
	MaxMailDomains = 50
)

// Record is the text that shows that whoever owns the domain means this organization.
func (d MailDomain) Record() string { return "aimyorg-verification=" + d.Token }

// publicMail are domains where anybody has an address: nobody's to claim.
var publicMail = []string{"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "live.com", "msn.com", "yahoo.com", "yahoo.co.uk",
	"ymail.com", "aol.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "gmx.com", "gmx.de", "gmx.net", "web.de",
	"t-online.de", "mail.com", "mail.ru", "yandex.com", "yandex.ru", "zoho.com", "qq.com", "163.com", "126.com", "fastmail.com", "hey.com", "tuta.com",
	"tutanota.com", "posteo.de", "mailbox.org", "orange.fr", "free.fr", "laposte.net", "libero.it", "comcast.net", "verizon.net", "att.net"}

// CleanDomain is a domain as it is compared: lower case, without a dot at the end, without what people paste before it.
func CleanDomain(s string) string {
	s = strings.ToLower(Line(s))
	if _, after, ok := strings.Cut(s, "@"); ok {
		s = after
	}
	return strings.TrimSuffix(s, ".")
}

// MailDomainProblems says what is wrong with a cleaned domain.
func MailDomainProblems(name string) Problems {
	var p Problems
	p.Add(!validDomain(name), "domain", "invalid", "Enter a mail domain, like example.com.")
	p.Add(slices.Contains(publicMail, name), "domain", "public", "Anybody can have an address there, so no organization can claim it.")
	return p
}

func validDomain(name string) bool {
	labels := strings.Split(name, ".")
	if len(name) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != "" // an address of a machine is no domain
}

// MailDomainOf is the domain of an address, "" when it is no address.
func MailDomainOf(email string) string {
	if !ValidEmail(email) {
		return ""
	}
	return CleanDomain(email)
}
