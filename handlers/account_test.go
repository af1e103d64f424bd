package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestHome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/home").must(t, 200, "What to do next", "Put documents in", "/knowledge/collections/new", "Decide about AI", "!Recent documents")
	o.Document(t, o.Collection(t, domain.CollectionForm{}), "Travel policy", "Trains are first class after four hours of travelling.")
	b.get("/home").must(t, 200, "Recent documents", "Travel policy")
	s.as(t, o.People[domain.Auditor]).get("/home").must(t, 200, "Travel policy", "!Ask the Copilot</h3>", "!Decide about AI")
	s.as(t, storetest.New(t, s.db).Owner).get("/home").must(t, 200, "!Travel policy")
	s.nobody(t).get("/home").must(t, 303)
}

func TestHome_SaysWhatWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	c := o.Collection(t, domain.CollectionForm{Name: "Board", Members: []string{string(o.Owner.Member())}})
	f, err := s.db.ReceiveFile(t.Context(), o.Owner, strings.NewReader("waiting to be read"))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		if err := x.Consent(false, nil, 1, "account"); err != nil {
			return err
		}
		_, err := x.AddDocument(c, "Minutes", store.NewVersion{File: f, FileName: "minutes.txt", MediaType: "text/plain"})
		return err
	})
	var waiting, unreadable int
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) (err error) { waiting, unreadable, err = x.Unfinished(); return err })
	if waiting+unreadable > 1 {
		t.Errorf("%d wait, %d can't be read", waiting, unreadable)
	}
	for _, a := range []domain.Actor{o.People[domain.Staff], storetest.New(t, s.db).Owner} {
		storetest.Do(t, s.db, a, func(x *store.Tenant) (err error) { waiting, unreadable, err = x.Unfinished(); return err })
		if waiting+unreadable != 0 {
			t.Error("counts documents that the person may not read")
		}
	}
}

func TestAccount_Profile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	b.get("/account").must(t, 200, "Olga Owner", "Profile", "Where you are signed in")
	b.get("/account/data").must(t, 200, "AI consent", "What left the building", "Who looked at your data", "What is kept about you")
	b.post("/account/profile", url.Values{"name": {"Olga O. Owner"}, "title": {"Logistics"}}).must(t, 303)
	b.get("/account").must(t, 200, "Olga O. Owner", "Logistics", `!value="Olga Owner"`)
	b.post("/account/profile", url.Values{"name": {""}, "title": {"Sales"}}).must(t, 422, "Enter your name.", `value="Sales"`, "<html")
	b.post("/account/profile", url.Values{"name": {""}, "title": {"Sales"}}, "HX-Request", "true").must(t, 422, "Enter your name.", `value="Sales"`, "!<html")
	b.post("/account/profile", url.Values{"name": {"Olga"}}, "HX-Request", "true").must(t, 200, `id="profile"`, "Saved", "!<html")
	s.nobody(t).post("/account/profile", url.Values{"name": {"Eve"}}).must(t, 303)
}

func TestAccount_ThemeAndPanel(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	b.post("/account/theme", url.Values{"theme": {"dark"}}).must(t, 303)
	b.get("/home").must(t, 200, `data-theme="dark"`)
	b.post("/account/theme", url.Values{"theme": {"system"}}).must(t, 303)
	b.get("/home").must(t, 200, `data-theme="system"`)
	b.post("/account/theme", url.Values{"theme": {"pink"}}).must(t, 422)
	b.post("/account/panel", url.Values{"width": {"431"}, "folded": {"true"}}, "HX-Request", "true").must(t, 204)
	b.get("/account").must(t, 200, `data-panel="440"`, `data-panel-folded="true"`)
	b.post("/account/panel", url.Values{"width": {"99999"}, "folded": {"false"}}, "Referer", s.base+"/account").must(t, 303)
	b.get("/account").must(t, 200, `data-panel="560"`, `data-panel-folded="false"`)
	b.post("/account/panel", url.Values{"width": {"1e9"}}).must(t, 422)
}

func consentForm(provider domain.Provider, yes string, classes ...domain.DataClass) url.Values {
	v := url.Values{"provider": {string(provider)}, "consent": {yes}, "surface": {"account"}}
	for _, c := range classes {
		v.Add("class", string(c))
	}
	return v
}

func TestP47_ConsentIsGivenPerRecipientAndKind(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := newcomer(s)
	b := s.join(t, form)
	me := accountsOf(t, s, form.Get("email"))[0].Actor
	b.get("/account/data").must(t, 200, "Not agreed", "OpenRouter", "!History</summary>")
	b.post("/account/consents", consentForm(domain.OpenAI, "yes", domain.ClassMessage)).must(t, 303)
	b.get("/account/data").must(t, 200, "Agreed ", "History</summary>")
	state := consentState(t, s, me)
	for _, p := range []domain.Provider{domain.OpenAI, domain.OpenRouter} {
		for _, c := range domain.DataClasses {
			want := p == domain.OpenAI && c == domain.ClassMessage
			if state.Covers(domain.Scope{Provider: p, Class: c, Purpose: domain.PurposeCopilot}, 1) != want {
				t.Errorf("%s to %s: covered, want %v", c, p, want)
			}
		}
	}
	for name, bad := range map[string]url.Values{
		"provider": consentForm("evil", "yes", domain.ClassMessage), "class": consentForm(domain.OpenAI, "yes", "passwords"),
		"no class": consentForm(domain.OpenAI, "yes"), "neither": consentForm(domain.OpenAI, "", domain.ClassMessage),
	} {
		if a := b.post("/account/consents", bad); a.status != 422 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if n := len(consentState(t, s, me)); n != 1 {
		t.Errorf("%d consents after bad forms", n)
	}
}

func TestP47_ConsentInThePanelGoesBackToThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := newcomer(s)
	b := s.join(t, form)
	v := consentForm(domain.OpenRouter, "yes", domain.ClassMessage, domain.ClassKnowledge)
	v.Set("surface", "panel")
	v.Set("next", "/account?x=1")
	if a := b.post("/account/consents", v).must(t, 303); a.header.Get("Location") != "/account?x=1" {
		t.Errorf("went to %q", a.header.Get("Location"))
	}
	for _, c := range consentState(t, s, accountsOf(t, s, form.Get("email"))[0].Actor) {
		if c.Surface != "panel" {
			t.Errorf("recorded as given on %q", c.Surface)
		}
	}
	v.Set("next", "//evil.example")
	if a := b.post("/account/consents", v).must(t, 303); a.header.Get("Location") != "/account/data#consents" {
		t.Errorf("went to %q", a.header.Get("Location"))
	}
}

// answering sets a provider up for an organization, as an admin does.
func (s *site) answering(t testing.TB, o storetest.Organization) {
	t.Helper()
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		if err := x.SwitchAI(true); err != nil {
			return err
		}
		f := store.ProviderForm{Provider: domain.OpenAI, Enabled: true, Key: "sk-test", Models: []string{"gpt-4.1-mini"}, Default: "gpt-4.1-mini"}
		if err := x.SaveProvider(f); err != nil {
			return err
		}
		return x.ChooseProvider(domain.OpenAI)
	})
}

func TestP48_WithdrawingClosesTheGate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	s.answering(t, o)
	if _, err := s.runs.Ready(t.Context(), o.Owner); err != nil {
		t.Fatalf("before: %v", err)
	}
	b := s.as(t, o.Owner)
	a := b.post("/account/consents", consentForm(domain.OpenAI, "no", domain.ClassKnowledge), "HX-Request", "true").must(t, 200, `id="consents"`, "Withdrawn", "!<html")
	if !strings.Contains(a.body, `role="status"`) {
		t.Error("nothing says what happened")
	}
	if _, err := s.runs.Ready(t.Context(), o.Owner); err == nil || !strings.Contains(err.Error(), domain.RefusedConsent) {
		t.Errorf("after: %v", err)
	}
	b.post("/account/consents", consentForm(domain.OpenAI, "yes", domain.ClassKnowledge)).must(t, 303)
	if _, err := s.runs.Ready(t.Context(), o.Owner); err != nil {
		t.Errorf("given again: %v", err)
	}
}

// receipt writes a request of a person into the ledger, as the gate does; with a question when text is given.
func (s *site) receipt(t testing.TB, a domain.Actor, document domain.Document) domain.ID {
	t.Helper()
	r := domain.Receipt{ID: s.db.NewID(), Purpose: domain.PurposeCopilot, Provider: domain.OpenAI, Host: "api.openai.com", Model: "gpt-4.1-mini",
		Classes: []domain.DataClass{domain.ClassMessage, domain.ClassKnowledge}, Flags: []string{"store:false"}, PolicyVersion: 1, BytesOut: 2048,
		BodyMAC: "3f786850e387550f", Sources: []domain.Source{{Document: document.ID, Version: document.Version.ID}}, StartedAt: s.db.Now()}
	storetest.Do(t, s.db, a, func(x *store.Tenant) error {
		_, answer, err := x.Ask("", "How do we travel?")
		r.Message, r.Conversation = answer.ID, answer.Conversation
		return err
	})
	storetest.OpenAI(t, s.db, a, r.Model)
	r = storetest.Record(t, s.db, a, r)
	r.Outcome, r.Status, r.EndedAt = domain.OutcomeOK, 200, s.db.Now().Add(time.Second)
	if err := (store.Desk{DB: s.db}).CloseReceipt(t.Context(), a, r); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "Travel policy", "Trains are first class after four hours of travelling.")
	id := string(s.receipt(t, o.Owner, d))
	b := s.as(t, o.Owner)
	b.get("/account/data").must(t, 200, "/account/receipts/"+id, "1 passage from 1 document went to OpenAI")
	b.get("/account/receipts").must(t, 200, "/account/receipts/"+id)
	b.get("/account/receipts/"+id).must(t, 200, "api.openai.com", "gpt-4.1-mini", "Travel policy", "Under this consent", "not to be stored", "3f786850e387550f")

	admin := s.as(t, o.People[domain.Admin])
	admin.get("/account/receipts").must(t, 200, "!"+id)
	admin.get("/account/receipts/"+id).must(t, 404)
	admin.get("/admin/egress/"+id).must(t, 200, "Olga Owner", "Travel policy", "Under this consent")
	notTheirs(t, s, "/account/receipts/", id, s.as(t, o.People[domain.Staff]), s.as(t, storetest.New(t, s.db).Owner))
	s.nobody(t).get("/account/receipts/"+id).must(t, 303)
}

// notTheirs checks that for each browser an id answers as a random one does, but for the request's id (A33).
func notTheirs(t testing.TB, s *site, path, id string, browsers ...*browser) {
	t.Helper()
	for _, b := range browsers {
		real, random := b.get(path+id).must(t, 404), b.get(path+string(s.db.NewID())).must(t, 404)
		if without(real, id) != without(random, random.id(t, path)) {
			t.Errorf("%s%s answers unlike a random id:\n%s\n%s", path, id, real.body, random.body)
		}
	}
}

// without is a body without its request's id, and without the path that was asked for.
func without(a answer, path string) string {
	body := strings.ReplaceAll(a.body, a.header.Get("X-Request-Id"), "")
	return strings.ReplaceAll(body, path, "")
}

// id is the id that a page's own address ends with, where the page says it.
func (a answer) id(t testing.TB, path string) string {
	t.Helper()
	if _, rest, ok := strings.Cut(a.body, path); ok && len(rest) >= 36 {
		return rest[:36]
	}
	if _, rest, ok := strings.Cut(a.body, url.QueryEscape(path)); ok && len(rest) >= 36 {
		return rest[:36]
	}
	return "-"
}

func TestA45_ListsGoOnByKeysOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	var ids []string
	storetest.OpenAI(t, s.db, o.Owner, "gpt-4.1-mini")
	for range 52 {
		r := domain.Receipt{ID: s.db.NewID(), Purpose: domain.PurposeTest, Provider: domain.OpenAI, Host: "api.openai.com", Model: "gpt-4.1-mini",
			Flags: []string{"store:false"}, BodyMAC: "00", StartedAt: s.db.Now()}
		storetest.Record(t, s.db, o.Owner, r)
		ids = append(ids, string(r.ID))
	}
	b := s.as(t, o.Owner)
	for _, path := range []string{"/account/receipts", "/admin/egress"} {
		first := b.get(path).must(t, 200, ids[51], ids[2], "!receipt-"+ids[1], `rel="next"`, `!rel="prev"`)
		older := strings.ReplaceAll(path+between(t, first.body, `href="`+path+`?before`, `"`), path, path+"?before")
		second := b.get(older).must(t, 200, ids[1], ids[0], "!receipt-"+ids[2], `!rel="next"`, `rel="prev"`)
		newer := path + "?after" + between(t, second.body, `href="`+path+`?after`, `"`)
		b.get(newer).must(t, 200, ids[51], ids[2], "!receipt-"+ids[1], `rel="next"`, `!rel="prev"`)
		for _, query := range []string{"?before=-1", "?before=1e9&limit=1e9", "?after=%27%20OR%201%3D1--", "?limit=1000000&offset=-5&sort=password", "?before=%00"} {
			b.get(path+query).must(t, 200, ids[51], "!receipt-"+ids[1])
		}
	}
	b.get("/admin/egress?provider=evil&outcome=%27").must(t, 200, ids[51])
	b.get("/admin/egress?provider=openrouter").must(t, 200, "Nothing fits", "!"+ids[51])
	b.get("/admin/egress?outcome=started&provider=openai").must(t, 200, ids[51], "provider=openai")
}
