//go:build e2e

package e2e_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// person is somebody with an account.
type person struct{ name, email, organization, password string }

var people atomic.Int64

func somebody(t *testing.T) person {
	t.Helper()
	n := people.Add(1)
	tag := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	return person{name: "Petra Probe", email: tag[max(0, len(tag)-30):] + "-" + string(rune('a'+n%26)) + string(rune('a'+n/26%26)) + "@example.com",
		organization: "Probe " + tag, password: "seven quiet copper kettles"}
}

// joined is a new browser with the session of somebody who has just signed an organization up, by the form's fields: tests
// of signing up type them.
func joined(t *testing.T, p *product, consent bool) *tab {
	t.Helper()
	b := visit(t, p)
	b.person = somebody(t)
	g := nobody(t, p)
	if a := g.signUp(b.person, consent); a.status != http.StatusSeeOther {
		t.Fatalf("signing up: %d\n%s", a.status, a.body)
	}
	name, value, _ := strings.Cut(g.cookie, "=")
	yes := true
	call(b, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.base, Path: "/", Secure: &yes, HTTPOnly: &yes})
	return b.open("/home").at("/home")
}

func (b *tab) signUp(who person, consent bool) *tab {
	b.t.Helper()
	b.open("/sign-up").fill("[name=name]", who.name).fill("[name=email]", who.email).fill("[name=organization]", who.organization).
		fill("[name=password]", who.password).click("[name=business]").click("[name=terms]")
	if consent {
		b.click("[name=ai_consent]")
	}
	return b.click("#sign-up button[type=submit]").at("/home")
}

func (b *tab) signIn(who person) *tab {
	b.t.Helper()
	return b.open("/sign-in").fill("[name=email]", who.email).fill("[name=password]", who.password).click("#sign-in button[type=submit]")
}

func (b *tab) signOut() *tab {
	b.t.Helper()
	return b.click(".top details.menu > summary").click("form[action='/sign-out'] button").at("/sign-in")
}
