package domain

import (
	"net/netip"
	"time"
)

// SignInOutcome is how a try to come in ended.
type SignInOutcome string

// The outcomes: in, a wrong proof, a right proof that the organization's rules do not take, and too many tries.
const (
	SignInOK      SignInOutcome = "ok"
	SignInWrong   SignInOutcome = "wrong"
	SignInRefused SignInOutcome = "refused"
	SignInLocked  SignInOutcome = "locked"
)

// SignIn is one line of a person's sign-in history (P9).
type SignIn struct {
	ID              ID
	Method          Method
	Outcome         SignInOutcome
	Device, Address string
	Shortened       bool // the address is that of the network only
	At              time.Time
}

// How long the sign-in history is kept: with the whole address, and at all (P9).
const (
	AddressWhole  = 30 * 24 * time.Hour
	SignInsKept   = 365 * 24 * time.Hour
	FailuresAlert = 5 // wrong tries within FailuresSpan that are worth an alert
	FailuresSpan  = 10 * time.Minute
)

// Network is the network that an address is in: of IPv4 the first 24 bits, of IPv6 the first 48. What is no address is
// left as it is.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return address
	}
	return p.String()
}

// BurstAlert says whether failures are worth an alert: enough of them in the span, and none told of in it.
func BurstAlert(wrong int, last, now time.Time) bool {
	return wrong >= FailuresAlert && (last.IsZero() || now.Sub(last) >= FailuresSpan)
}

// PasswordRefused says whether an organization's rules refuse a password of somebody with a role. Its owner keeps theirs,
// so that a broken identity provider locks nobody out for good.
func (d DoorRules) PasswordRefused(r Role, m Method) bool {
	return d.SSO && m == ByPassword && r != Owner
}
