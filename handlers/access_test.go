package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/llm/llmtest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// P54: what a line denies to somebody is not there for them: no page, file, search, citation; and no provider gets it for them.
func TestP54_ADeniedDocumentReachesNoProvider(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	c := o.Collection(t, domain.CollectionForm{Name: "Contracts", Everyone: true, AIAllowed: true})
	d := o.Document(t, c, "Lease of Quaggahall", "The rent of the hall is Quaggacanary euros a month.")
	staff := o.People[domain.Staff]
	b := s.as(t, staff)
	b.consent(t)
	s.provider.Script(llmtest.Say("It is Quaggacanary [1]."), llmtest.Say("I don't know."))
	_, stream := b.ask("What is the rent of the hall a month?")
	until(t, b.follow(t.Context(), stream), "event: done")
	message := strings.TrimSuffix(stream, "/stream")
	b.get(message, hx...).must(t, 200, "Lease of Quaggahall")
	if !sent(s, "Quaggacanary euros") {
		t.Fatal("nothing was sent before the denial: this shows nothing")
	}
	before := len(s.provider.Requests())

	owner := s.as(t, o.Owner)
	path := "/knowledge/documents/" + string(d.ID)
	owner.post(path+"/access", url.Values{"deny_members": {string(staff.Member())}}).must(t, 303)
	for _, p := range []string{path, path + "/row", path + "/original", path + "/access", path + "/edit"} {
		b.get(p).must(t, 404)
	}
	b.get("/search?q=quaggahall").must(t, 200, "!Lease of")
	b.get("/knowledge/collections/"+string(c)).must(t, 200, "!Lease of")
	b.get(message, hx...).must(t, 200, "!Lease of Quaggahall")
	_, stream = b.ask("What is the rent of the hall a month?", "document", string(d.ID))
	until(t, b.follow(t.Context(), stream), "event: done")
	if len(s.provider.Requests()) == before {
		t.Log("nothing was asked at all")
	}
	for _, r := range s.provider.Requests()[before:] {
		if body := string(r.Body); strings.Contains(body, "Quaggacanary euros") || strings.Contains(body, "Lease of") {
			t.Errorf("the provider got %s", body)
		}
	}
	owner.get(path).must(t, 200, "Some of the collection")
}

func sent(s *site, text string) bool {
	for _, r := range s.provider.Requests() {
		if strings.Contains(string(r.Body), text) {
			return true
		}
	}
	return false
}

func TestDocumentAccessForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	c := o.Collection(t, domain.CollectionForm{})
	d := o.Document(t, c, "Lease", "text")
	own := o.OwnRole(t, "Front desk", domain.ReadKnowledge)
	path := "/knowledge/documents/" + string(d.ID) + "/access"
	b := s.as(t, o.People[domain.Admin])
	b.get(path).must(t, 200, "Who may read this document", "Front desk", "With these choices 5\u00a0people may read this document", `name="deny_everyone"`)
	b.post(path, url.Values{"roles": {"manager"}, "check": {"yes"}}).must(t, 200, "With these choices 3\u00a0people may read this document", `value="manager" checked`)
	b.get(path).must(t, 200, "5\u00a0people")
	b.post(path, url.Values{"roles": {"manager", string(own)}, "deny_members": {string(o.People[domain.Staff].Member())}}).must(t, 303)
	b.get(path).must(t, 200, `value="manager" checked`, `value="`+string(own)+`" checked`, "3\u00a0people")
	s.as(t, o.People[domain.Auditor]).get("/knowledge/documents/"+string(d.ID)).must(t, 404)
	s.as(t, o.People[domain.Manager]).get("/knowledge/documents/"+string(d.ID)).must(t, 200, `!/access"`)
	// What was typed is still there, with a sentence by the field.
	b.post(path, url.Values{"roles": {"manager"}, "deny_roles": {"manager"}}).must(t, 422, "The same role is allowed and denied", `value="manager" checked`)
	b.post(path, url.Values{"deny_everyone": {"on"}}).must(t, 422, "could not read it yourself", `name="deny_everyone"`)
	b.post(path, url.Values{"deny_roles": {"owner"}}).must(t, 422, "nobody can lock the organization")
	for field, id := range map[string]string{"members": string(other.Owner.Member()), "roles": string(other.OwnRole(t, "Theirs", domain.ReadKnowledge)),
		"departments": string(s.db.NewID()), "deny_members": string(other.Owner.Member()), "deny_departments": "' OR 1=1--", "deny_roles": "root"} {
		b.post(path, url.Values{field: {id}}).must(t, 422, "from the list.") // A34
	}
	b.get(path).must(t, 200, "3\u00a0people")
	s.as(t, o.People[domain.Staff]).get(path).must(t, 404)
	s.as(t, o.People[domain.Manager]).get(path).must(t, 404)
	s.as(t, o.People[domain.Manager]).post(path, url.Values{"everyone": {"on"}}).must(t, 404)
	t.Run("in another organization", func(t *testing.T) {
		s.as(t, other.Owner).get(path).must(t, 404, "!Lease")
		s.as(t, other.Owner).post(path, url.Values{"everyone": {"on"}}).must(t, 404)
	})
}

func TestCollectionFormCountsAndDenies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.People[domain.Manager])
	b.post("/knowledge/collections", url.Values{"name": {"Typed"}, "roles": {"member"}, "check": {"yes"}}).
		must(t, 200, `value="Typed"`, "With these choices 4\u00a0people may read this collection", `value="member" checked`)
	b.get("/knowledge").must(t, 200, "!Typed")
	b.post("/knowledge/collections", url.Values{"name": {"Mine"}, "everyone": {"on"}, "deny_members": {string(o.People[domain.Manager].Member())}}).
		must(t, 422, "could not read it yourself", `value="Mine"`)
	a := b.post("/knowledge/collections", url.Values{"name": {"Mine"}, "everyone": {"on"}, "deny_roles": {"auditor", "admin"}}).must(t, 303)
	path := a.header.Get("Location")
	b.get(path).must(t, 200, "Everyone, with exceptions may read")
	for role, status := range map[domain.Role]int{domain.Staff: 200, domain.Auditor: 404, domain.Admin: 404, domain.Owner: 200} {
		s.as(t, o.People[role]).get(path).must(t, status)
	}
	s.as(t, o.People[domain.Admin]).get(path+"/edit").must(t, 404)
	s.as(t, o.People[domain.Owner]).post(path, url.Values{"name": {"Mine"}, "everyone": {"on"}}).must(t, 303)
	s.as(t, o.People[domain.Admin]).get(path).must(t, 200)
}

func TestWhatMayThisPersonSee(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	staff := o.People[domain.Staff]
	c := o.Collection(t, domain.CollectionForm{Name: "Contracts", Everyone: true, Deny: domain.Subjects{Roles: []string{"auditor"}}})
	d := o.Document(t, c, "Lease", "text")
	o.Document(t, c, "Order", "text")
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		return x.ChangeDocumentAccess(d.ID, domain.AccessForm{Deny: domain.Subjects{Members: []string{string(staff.Member())}}})
	})
	b := s.as(t, o.People[domain.Admin])
	path := "/people/" + string(staff.Member()) + "/access"
	b.get(path).must(t, 200, "What Test Member may see", "Denied: the line “Test Member may not read” of the document “Lease”.",
		"Allowed: the line “Everyone may read” of the collection “Contracts”.", "Denied: the role “Member” does not allow “Read the audit log”.", "/admin/audit")
	b.get(path+"?q=lea").must(t, 200, "Lease", "!>Order<", "!>Contracts<")
	b.get("/people/"+string(o.People[domain.Auditor].Member())+"/access").must(t, 200, "Denied: the line “Auditor may not read” of the collection “Contracts”.")
	b.get("/people/"+string(o.Owner.Member())+"/access").must(t, 200, "the organization&#39;s owner can read everything and can&#39;t be locked out")
	for _, query := range []string{"?before=-1", "?before=1e9&limit=1e9", "?q=%27%20OR%201%3D1--&sort=password", "?before=%00", "?q=" + strings.Repeat("x", 9000)} { // A45
		b.get(path+query).must(t, 200, "What Test Member may see")
	}
	for _, who := range []domain.Role{domain.Staff, domain.Manager, domain.Auditor} {
		s.as(t, o.People[who]).get(path).must(t, 404)
	}
	// Who manages roles only sees why, and of knowledge only what they may read themselves.
	keeper := withRole(t, o, o.OwnRole(t, "Keeper", domain.ManageRoles), domain.ManageRoles)
	s.as(t, keeper).get(path).must(t, 200, "Test Member", "!Lease", "!Contracts")
	t.Run("in another organization", func(t *testing.T) {
		got, want := s.as(t, other.Owner).get(path).must(t, 404), s.as(t, other.Owner).get("/people/"+string(s.db.NewID())+"/access").must(t, 404)
		if got.sameButRequest() != want.sameButRequest() {
			t.Error("differs from a random id")
		}
	})
}
