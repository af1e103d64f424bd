//go:build e2e

package e2e_test

import (
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
)

// What one is told is marked as new, leads to what it is about, and is read then.
func TestNotificationsAreToldOpenedAndChosen(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	b.open("/notifications").sees(".empty", "Nothing yet").sound("notifications-empty")
	g := b.guest()
	g.shelved(file{"scan.pdf", []byte("%PDF-1.4 and then nothing")}, file{"lies.pdf", []byte("%PDF-1.4 neither")})
	poll(t, "both are told", func() bool { return b.open("/notifications").count(".item") == "2" })
	b.sees(".bell .count", "2").sees("h2.day", "Today").sound("notifications")
	b.click(".item .row-link").until("location.pathname.startsWith('/knowledge/documents/')")
	b.open("/notifications?filter=unread").sees(".bell .count", "1")
	if n := b.count(".item"); n != "1" {
		t.Errorf("%s are unread", n)
	}
	b.click(".page-head form button").until("location.pathname === '/notifications' && document.querySelectorAll('.bell .count').length === 0")
	b.open("/account/notifications").sound("notification-choices")
	b.click("input[value=document_unreadable]").click("#choices .form-actions button").sees("#choices .said", "Saved")
	third := g.shelved(file{"third.pdf", []byte("%PDF-1.4 nor this")})
	poll(t, "the third can't be read", func() bool { return contains(g.get("/knowledge/collections/"+third).body, `data-state="unreadable"`) })
	if n := b.open("/notifications").count(".item"); n != "2" {
		t.Errorf("%s are shown after that was switched off", n)
	}
}

// P78: a name that is corrected on one page is corrected on the others; the device's zone is proposed, and times are in it.
func TestP78_CorrectingOneself(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), true)
	zone := "Asia/Calcutta" // as Chromium still calls it
	call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone})
	b.open("/account").until("document.querySelector('[name=time_zone]').value !== ''").there("[data-zone-said]").sound("account-profile")
	b.fill("[name=name]", "Nova Probe").click("#profile button[type=submit]").sees("#profile .said", "Saved")
	b.open("/home").until("document.body.textContent.includes('Nova Probe') && !document.body.textContent.includes('Petra Probe')")
	b.open("/account/data").sees("#stored", "Sealed").sound("account-data")
	if title := b.js("document.querySelector('#consents time')?.title"); !contains(title, "IST") {
		t.Errorf("the time of a consent is %q", title)
	}
	b.open("/account")
	if got := b.js("document.querySelector('[name=time_zone]').value"); got != "Asia/Kolkata" {
		t.Errorf("kept is %q", got)
	}
}

// P10, P60, P80: the screen is said once, and not by a browser that asks not to be tracked, nor for who objects.
func TestP10_P60_TheScreenIsSaidOnce(t *testing.T) {
	t.Parallel()
	b := joined(t, shared(t), false)
	poll(t, "the screen is known", func() bool { return b.open("/account").count("body[data-screen]") == "0" })
	if got := b.text("#sessions"); !contains(got, "screen ") {
		t.Errorf("the session says %q", got)
	}
	b.open("/account/data").click("#measured button[role=switch]").sees("#measured .said", "Nothing is counted")
	if got := b.open("/account").text("#sessions"); contains(got, "screen ") {
		t.Errorf("after objecting the session says %q", got)
	}

	quiet := joined(t, shared(t), false)
	call(quiet, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Sec-GPC": "1"}})
	quiet.signOut()
	quiet.signIn(quiet.person).at("/home").open("/account")
	if quiet.count("body[data-screen]") != "0" || contains(quiet.text("#sessions .item"), "screen ") {
		t.Error("a browser that asks not to be tracked is asked for its screen")
	}
	quiet.open("/account/data").there("[data-code=gpc]")
	a := quiet.guest().post("/account/screen", url.Values{"w": {"1440"}, "h": {"900"}, "dpr": {"1"}}, "Sec-GPC", "1")
	if a.status != 204 || quiet.open("/account").count("body[data-screen]") != "0" {
		t.Errorf("said anyway: %d", a.status)
	}
}
