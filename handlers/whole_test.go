package handlers_test

import (
	"errors"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

const planted = "Quaggacanary" // in every text of what is asked for

// whole is an organization with one of everything that a path or a form names.
type whole struct {
	storetest.Organization
	site *site
	ids  map[string]string // by what stands before :id in a path
	own  map[string]string // secrets by what stands before :token, which only their holders know, and what forms name
}

func newWhole(t *testing.T, s *site) whole {
	t.Helper()
	o := writing(t, s)
	c := o.Collection(t, domain.CollectionForm{Name: planted, Description: planted, AIAllowed: true, Everyone: true})
	w := whole{o, s, map[string]string{"collections": string(c), "documents": string(written(t, o, c))}, map[string]string{}}
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) (err error) {
		for _, name := range []string{"departments", "above", "to"} {
			id, failed := x.CreateDepartment(planted+" "+name, "")
			w.ids[name], err = string(id), errors.Join(err, failed)
		}
		return err
	})
	w.people(t)
	w.ids["roles"] = string(o.OwnRole(t, planted, domain.ReadPeople)) // which nobody has
	w.People[domain.Custom] = withRole(t, o, o.OwnRole(t, "Librarian", librarian...), librarian...)
	b := s.as(t, o.Owner)
	_, stream := b.ask("What is the " + planted + "?")
	until(t, b.follow(t.Context(), stream), "event: done")
	message := strings.TrimSuffix(stream, "/stream")
	w.ids["messages"] = uuid.FindString(message)
	w.ids["conversations"] = uuid.FindString(b.get(message).must(t, 303).header.Get("Location"))
	w.ids["receipts"] = between(t, b.get("/account/receipts").body, `href="/account/receipts/`, `"`)
	w.ids["egress"] = w.ids["receipts"]
	w.ids["domains"], w.ids["identities"] = w.signOn(t)
	w.ids["people"] = string(o.People[domain.Staff].Member())
	w.ids["notifications"] = told(t, o)
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		id, err := x.AddPasskey(store.NewPasskey{Name: planted, ID: []byte(s.db.NewID()), Credential: []byte(`{}`)})
		w.ids["passkeys"] = string(id)
		return err
	})
	w.ids["sessions"] = between(t, s.as(t, o.Owner).get("/account").body, "/account/sessions/", "/end")
	return w
}

// signOn is a mail domain and the owner's identity at a provider.
func (w whole) signOn(t *testing.T) (domainID, identity string) {
	t.Helper()
	issuer := newLiar(t).URL
	w.ids["issuer"] = issuer
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error {
		form := domain.SSOForm{Issuer: issuer, ClientID: planted, Secret: planted, Enabled: true, Role: "member"}
		if err := x.SaveSSO(form, true); err != nil {
			return err
		}
		id, err := x.AddDomain(strings.ToLower(planted) + string(w.DB.NewID()[24:]) + ".example")
		if err != nil {
			return err
		}
		domainID = string(id)
		if err := x.Link(domain.Claims{Issuer: issuer, Subject: string(id)}); err != nil {
			return err
		}
		all, err := x.Identities()
		identity = string(all[0].ID)
		return err
	})
	return domainID, identity
}

// librarian is what the crawler's role of the organization's own allows: what no built-in one does.
var librarian = []domain.Permission{domain.ReadKnowledge, domain.ReadAudit, domain.ManageRoles}

// withRole is a person with a role of the organization's own.
func withRole(t testing.TB, o storetest.Organization, role domain.ID, allowed ...domain.Permission) domain.Actor {
	t.Helper()
	m := domain.Member{Name: "Test Own", Email: string(role) + "@example.com", Role: domain.Custom, RoleID: role, PolicyVersion: 1}
	added, err := o.DB.AddMember(t.Context(), o.Owner, m, storetest.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return domain.NewCustomActor(o.Owner.Tenant(), added.Member(), role, allowed)
}

// told is a notification of the owner's: of a document that could not be read.
func told(t *testing.T, o storetest.Organization) string {
	t.Helper()
	unreadable(t, o, o.Owner, planted)
	return string(notices(t, o.DB, o.Owner)[0].ID)
}

// people invites somebody and offers the organization to its admin.
func (w whole) people(t *testing.T) {
	t.Helper()
	staff := w.People[domain.Staff].Member()
	unit := w.Unit(t, "Branch", "", "")
	id, token := w.Invite(t, w.Owner, domain.InvitationForm{Email: "invited-" + string(w.DB.NewID()) + "@example.com", Name: "Guest", Department: string(unit)})
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error { return x.OfferOwnership(w.People[domain.Admin].Member()) })
	w.ids["people"], w.ids["invitations"] = string(staff), string(id)
	w.own["invitations"], w.own["ownership"], w.own["department"] = token, w.Link(t, domain.LetterOwnership), string(unit)
}

// written is a document that was written here, so that it can be edited, too; its text is ready without a job.
func written(t *testing.T, o storetest.Organization, collection domain.ID) (id domain.ID) {
	t.Helper()
	text := "The " + planted + " is kept behind the green door."
	f, err := o.DB.ReceiveFile(t.Context(), o.Owner, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		id, err = x.AddDocument(collection, planted, store.NewVersion{File: f, FileName: planted + ".md", MediaType: "text/markdown", Written: true})
		return err
	})
	blocks := []domain.Block{{Kind: "paragraph", End: len(text), Text: text, Place: "Page 1"}}
	job := store.ReadDocument{Tenant: o.Owner.Tenant(), Version: f.Version}
	if err := o.DB.SaveText(t.Context(), job, store.Text{Text: text, Blocks: blocks, Pages: 1}); err != nil {
		t.Fatal(err)
	}
	return id
}
