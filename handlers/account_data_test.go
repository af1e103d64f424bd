package handlers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func usage(t testing.TB, db *store.DB, a domain.Actor) map[domain.UsageEvent]int {
	t.Helper()
	var all []domain.Used
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) { all, err = x.Usage(); return err })
	out := map[domain.UsageEvent]int{}
	for _, u := range all {
		out[u.Event] += u.Times
	}
	return out
}

// P7: what is used is counted by day, after the answer; what went wrong is not.
func TestP7_PagesAreCounted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	b := s.as(t, o.Owner)
	b.get("/home").must(t, 200)
	b.get("/home").must(t, 200)
	b.send("HEAD", "/home", nil)
	b.get("/search?q=hotel").must(t, 200)
	b.get("/admin/audit").must(t, 200)
	b.get("/knowledge/documents/"+string(s.db.NewID())).must(t, 404)
	b.ask("How much may a hotel cost?")
	s.as(t, o.People[domain.Staff]).get("/admin/audit").must(t, 404)
	// What was counted is saved after a while, which may come between two of these.
	eventually(t, func() bool {
		n := usage(t, s.db, o.Owner)
		return n[domain.UsedHome]+n[domain.Searched]+n[domain.UsedAdmin] >= 4
	})
	if got := usage(t, s.db, o.Owner); got[domain.UsedHome] != 2 || got[domain.Searched] != 1 || got[domain.UsedAdmin] != 1 || got[domain.OpenedDocument] != 0 || len(got) > 4 {
		t.Errorf("%v", got)
	}
	if got := usage(t, s.db, o.People[domain.Staff]); len(got) != 0 {
		t.Errorf("what was not found was counted: %v", got)
	}
	b.get("/account/data").must(t, 200, "What was counted", "Opened home")
}

var gpc = []string{"Sec-GPC", "1"}

// P60, P80: a browser that asks not to be tracked is not, and who objects is not counted, whatever their browser says.
func TestP60_P80_GlobalPrivacyControlAndObjecting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	quiet, objecting, counted := s.as(t, o.Owner), s.as(t, o.People[domain.Admin]), s.as(t, o.People[domain.Manager])
	quiet.get("/home", gpc...).must(t, 200, "!data-screen")
	quiet.post("/account/screen", screen("1440", "900", "2"), gpc...).must(t, 204)
	quiet.get("/account/data", gpc...).must(t, 200, "Global Privacy Control", `data-code="gpc"`)
	objecting.get("/home").must(t, 200, " data-screen")
	objecting.post("/account/measuring", url.Values{"measured": {"off"}}).must(t, 303)
	objecting.get("/home").must(t, 200, "!data-screen")
	objecting.post("/account/screen", screen("1440", "900", "2")).must(t, 204)
	counted.get("/home").must(t, 200)
	eventually(t, func() bool { return usage(t, s.db, o.People[domain.Manager])[domain.UsedHome] == 1 })
	for _, a := range []domain.Actor{o.Owner, o.People[domain.Admin]} {
		if got := usage(t, s.db, a); len(got) != 0 {
			t.Errorf("%s was counted: %v", a.Role(), got)
		}
	}
	var n int
	if err := storetest.Superuser(t).QueryRow(t.Context(), `select count(*) from sessions where tenant_id = $1 and screen_width is not null`, o.Owner.Tenant()).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d screens, %v", n, err)
	}
	objecting.post("/account/measuring", url.Values{"measured": {"on"}}, hx...).must(t, 200, "Counted from now on.", `aria-checked="true"`, "!<html")
	s.nobody(t).post("/account/measuring", url.Values{"measured": {"on"}}).must(t, 303)
}

func screen(w, h, dpr string) url.Values {
	return url.Values{"w": {w}, "h": {h}, "dpr": {dpr}}
}

// P10: three whole numbers, once a session, shown to the person; what else is sent is not kept.
func TestP10_Screen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	for name, bad := range map[string]url.Values{"none": {}, "words": screen("wide", "900", "2"), "fraction": screen("1440.5", "900", "2"),
		"negative": screen("-1", "900", "2"), "huge": screen("999999999", "900", "2"), "overflow": screen("99999999999999999999", "900", "2"),
		"two": {"w": {"1440", "1"}, "h": {"900"}, "dpr": {"2"}}, "missing": {"w": {"1440"}, "h": {"900"}}, "zero": screen("1440", "900", "0"),
		"exponent": screen("1e3", "900", "1"), "ratio": screen("1440", "900", "11")} {
		if a := b.post("/account/screen", bad); a.status != 422 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	b.get("/account").must(t, 200, "!screen 1", " data-screen")
	more := screen("1440", "900", "2")
	more.Set("gpu", "Xcanarygpu")
	more.Set("fonts", "Xcanaryfonts")
	b.post("/account/screen", more).must(t, 204)
	b.get("/account").must(t, 200, "screen 1440 × 900", "!Xcanary", "! data-screen")
	b.post("/account/screen", screen("800", "600", "1")).must(t, 204) // once a session
	b.get("/account").must(t, 200, "screen 1440 × 900", "!800")
	s.as(t, o.People[domain.Admin]).get("/account").must(t, 200, "!1440")
	s.nobody(t).post("/account/screen", more).must(t, 303)
	b.send("POST", "/account/screen", strings.NewReader(`{"w":1440,"h":900,"dpr":2}`), "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin").must(t, 415)
}

// P52: whoever's role lets them read the ledger is seen doing it, by whose requests they are.
func TestP52_ThePersonSeesWhoLooked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	d := o.Document(t, o.Collection(t, domain.CollectionForm{Everyone: true}), "Travel policy", "Trains are first class.")
	staff := o.People[domain.Staff]
	storetest.Do(t, s.db, staff, func(x *store.Tenant) error {
		return x.Consent(true, []domain.Scope{{Provider: domain.OpenAI, Class: domain.ClassMessage, Purpose: domain.PurposeCopilot},
			{Provider: domain.OpenAI, Class: domain.ClassKnowledge, Purpose: domain.PurposeCopilot}}, 1, "account")
	})
	storetest.OpenAI(t, s.db, o.Owner, "gpt-4.1-mini")
	id := string(ledgerRow(t, s, staff, d))
	b := s.as(t, staff)
	b.get("/account/data").must(t, 200, "Nobody has looked at it.", "/account/receipts/"+id)
	s.as(t, o.People[domain.Manager]).get("/admin/egress/"+id).must(t, 404)
	s.as(t, storetest.New(t, s.db).Owner).get("/admin/egress/"+id).must(t, 404) // in another organization
	b.get("/account/data").must(t, 200, "Nobody has looked at it.")
	s.as(t, o.People[domain.Auditor]).get("/admin/egress/"+id).must(t, 200)
	b.get("/account/data").must(t, 200, "Test Auditor opened a receipt", "!read a list")
	s.as(t, o.People[domain.Admin]).get("/admin/egress").must(t, 200, id)
	b.get("/account/data").must(t, 200, "Test Auditor opened a receipt", "Test Admin read a list")
	b.get("/account/looks").must(t, 200, "Test Admin read a list", `href="/account/receipts/`+id)
	s.as(t, o.Owner).get("/account/looks").must(t, 200, "Nobody has looked at it.")
	s.nobody(t).get("/account/looks").must(t, 303)
}

// ledgerRow is a request of somebody's in the ledger.
func ledgerRow(t testing.TB, s *site, a domain.Actor, d domain.Document) domain.ID {
	t.Helper()
	r := domain.Receipt{ID: s.db.NewID(), Purpose: domain.PurposeCopilot, Provider: domain.OpenAI, Host: "api.openai.com", Model: "gpt-4.1-mini",
		Classes: []domain.DataClass{domain.ClassMessage, domain.ClassKnowledge}, PolicyVersion: 1, BodyMAC: "00", StartedAt: s.db.Now(),
		Sources: []domain.Source{{Document: d.ID, Version: d.Version.ID}}}
	storetest.Do(t, s.db, a, func(x *store.Tenant) error {
		_, answer, err := x.Ask("", "How do we travel?")
		r.Message, r.Conversation = answer.ID, answer.Conversation
		return err
	})
	return storetest.Record(t, s.db, a, r).ID
}

var oldName = regexp.MustCompile(`Oldaname|Oldatitle`)

// P78: a corrected name is gone from every page, from search, from what others were told, and from what is sent to a provider.
func TestP78_ACorrectedNameIsGoneEverywhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	owner := s.as(t, o.Owner)
	owner.consent(t)
	name := func(name string) {
		owner.post("/account/profile", url.Values{"name": {name}, "title": {strings.Replace(name, "name", "title", 1)}, "locale": {""}, "time_zone": {""}}).must(t, 303)
	}
	name("Oldaname")
	unreadable(t, o, o.Owner, "Lease")
	ask := func() {
		_, stream := owner.ask("How much may a hotel cost?")
		until(t, owner.follow(t.Context(), stream), "event: done")
	}
	ask()
	auditor := s.as(t, o.People[domain.Auditor])
	receipt := between(t, owner.get("/account/receipts").body, `href="/account/receipts/`, `"`)
	document := string(notices(t, s.db, o.Owner)[0].Object)
	pages := []string{"/home", "/account", "/account/data", "/account/notifications", "/notifications", "/knowledge/documents/" + document,
		"/search?q=Oldaname", "/search?q=hotel", "/admin/audit", "/admin/egress", "/admin/egress/" + receipt}
	found := 0
	visit := func() (out []string) {
		for _, path := range pages {
			for _, b := range []*browser{owner, auditor} {
				body := strings.ReplaceAll(b.get(path).body, `value="Oldaname"`, "") // the search box says what was searched
				if m := oldName.FindString(body); m != "" {
					found++
					out = append(out, path+": "+m)
				}
			}
		}
		return out
	}
	visit()
	if found < 4 {
		t.Errorf("only %d pages show a name: this shows nothing", found)
	}
	before := len(s.provider.Requests())
	name("Newaname")
	owner.get("/account").must(t, 200, "Newaname", "Newatitle")
	auditor.get("/admin/audit").must(t, 200, "Newaname")
	pages[6] = "/search?q=policy"
	for _, where := range visit() {
		t.Errorf("still shown on %s", where)
	}
	ask()
	requests := s.provider.Requests()
	if len(requests) <= before {
		t.Error("nothing was sent: this shows nothing")
	}
	for _, r := range requests {
		if m := oldName.FindString(string(r.Body)); m != "" || strings.Contains(string(r.Body), "Newaname") {
			t.Errorf("a provider was sent %s", r.Body)
		}
	}
}

// Times are in the reader's zone, on both sides of a change of the clock, and written as they chose.
func TestAccount_TimesAreTheReaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	unreadable(t, o, o.Owner, "Lease")
	at := func(when string) {
		if _, err := storetest.Superuser(t).Exec(t.Context(), `update notifications set created_at = $1 where tenant_id = $2`, when, o.Owner.Tenant()); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ zone, locale, at, exact, day string }{
		{"", "", "2025-03-09T06:59:59Z", "9 March 2025, 06:59:59 UTC", "9 March 2025"},
		{"America/New_York", "en-US", "2025-03-09T06:59:59Z", "March 9, 2025, 1:59:59 AM EST", "March 9, 2025"},
		{"America/New_York", "en-US", "2025-03-09T07:00:00Z", "March 9, 2025, 3:00:00 AM EDT", "March 9, 2025"},
		{"America/New_York", "iso", "2025-11-02T05:30:00Z", "2025-11-02, 01:30:00 EDT", "2025-11-02"},
		{"America/New_York", "iso", "2025-11-02T06:30:00Z", "2025-11-02, 01:30:00 EST", "2025-11-02"},
		{"America/New_York", "de", "2025-01-01T04:59:59Z", "31.12.2024, 23:59:59 EST", "31.12.2024"},
		{"Asia/Kolkata", "fr", "2025-03-09T18:29:59Z", "09/03/2025, 23:59:59 IST", "09/03/2025"},
		{"Asia/Calcutta", "en-GB", "2025-03-09T18:30:00Z", "10 March 2025, 00:00:00 IST", "10 March 2025"},
		{"Asia/Kathmandu", "", "2025-03-09T18:15:00Z", "10 March 2025, 00:00:00 +0545", "10 March 2025"},
	} {
		b.post("/account/profile", url.Values{"name": {"Olga"}, "locale": {c.locale}, "time_zone": {c.zone}}).must(t, 303)
		at(c.at)
		b.get("/notifications").must(t, 200, `title="`+c.exact+`"`, `<h2 class="day" id="day-0">`+c.day+`</h2>`)
	}
	b.get("/account").must(t, 200, `value="Asia/Kathmandu" selected`)
	for _, bad := range []url.Values{{"name": {"Olga"}, "time_zone": {"Mars/Phobos"}}, {"name": {"Olga"}, "time_zone": {"../../etc/passwd"}},
		{"name": {"Olga"}, "time_zone": {"Local"}}, {"name": {"Olga"}, "locale": {"tlh"}}} {
		b.post("/account/profile", bad).must(t, 422, "Choose one of the listed")
	}
	s.as(t, o.People[domain.Staff]).get("/account").must(t, 200, `<option value="" selected>Not chosen: UTC`)
}

func TestAccount_SaysWhatOthersDecide(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.People[domain.Staff])
	b.get("/account").must(t, 200, "Olga Owner and Test Admin", "<dd>Member</dd>", "!name=\"role\"", "!name=\"department\"")
	b.post("/account/profile", url.Values{"name": {"S"}, "role": {"owner"}, "department_id": {string(s.db.NewID())}, "measured": {"off"}}).must(t, 303) // A35
	var m domain.Member
	storetest.Do(t, s.db, o.People[domain.Staff], func(x *store.Tenant) (err error) { m, err = x.Me(); return err })
	if m.Role != domain.Staff || m.Department != "" || !m.Measured || m.Name != "S" {
		t.Errorf("%+v", m)
	}
}
