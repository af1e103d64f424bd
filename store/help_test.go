package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// background is for what must happen after a test's own context has ended.
var background = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func refusal(err error) string {
	var r domain.Refused
	errors.As(err, &r)
	return r.Code
}

// in runs fn in a transaction and gives its error.
func in(t testing.TB, db *store.DB, a domain.Actor, fn func(*store.Tenant) error) error {
	t.Helper()
	return db.Tenant(t.Context(), a, fn)
}

// world is an organization with a row in every table.
type world struct {
	storetest.Organization
	Words                             []string // what only this organization wrote
	Collection                        domain.ID
	Department                        domain.ID // a lower one, in which staff is
	Doc                               domain.Document
	File                              store.File
	Conversation                      domain.Conversation
	Question, Answer, Stopped, Asking domain.Message
	Receipt                           domain.Receipt
	Session                           store.SignedIn
	Ask                               domain.Ask
	Domain                            domain.ID // a verified one
	Linked                            domain.ID // the staff's identity at the provider
	Issuer                            string
	Role                              domain.ID // of its own
	Mail                              domain.ID // waits to be sent
	EmailToken                        string    // of the link by which the staff's new address is confirmed
	Notice                            domain.Notice
	Secret, Device                    []byte // of the staff's app and passkey
	Codes                             []string
	Passkey                           domain.ID
	Unit, OwnRole, Invitation         domain.ID
	InvitationLink, OwnershipLink     string
}

// staff is who asks in a world.
func (w *world) staff() domain.Actor { return w.People[domain.Staff] }

func (w *world) word(what string) string {
	s := "w" + strings.ReplaceAll(string(w.DB.NewID()[19:]), "-", "") + what
	w.Words = append(w.Words, s)
	return s
}

// build uses everything that writes.
func build(t testing.TB, db *store.DB) *world {
	t.Helper()
	w := &world{Organization: storetest.New(t, db)}
	ctx := t.Context()
	text := "The allowance for trains is " + w.word("text") + " a day.\n\nHotels are booked by " + w.word("hotel") + "."
	w.Collection = w.Organization.Collection(t, domain.CollectionForm{Name: w.word("shelf"), Description: w.word("about"), AIAllowed: true,
		Everyone: true, Roles: []string{"auditor"}, Members: []string{string(w.staff().Member())}})
	w.Doc = w.Document(t, w.Collection, w.word("title"), text)
	var err error
	w.File, err = db.ReceiveFile(ctx, w.Owner, strings.NewReader(w.word("file")))
	must(t, err)
	w.setUpAI(t)
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error {
		if w.Role, err = x.CreateRole(domain.RoleForm{Name: w.word("role"), Permissions: []string{"people.read", "knowledge.read"}}); err != nil {
			return err
		}
		if _, _, err := x.Explain(w.staff().Member()); err != nil {
			return err
		}
		return x.ChangeDocumentAccess(w.Doc.ID, domain.AccessForm{Allow: domain.Subjects{Everyone: true}, Deny: domain.Subjects{Roles: []string{string(w.Role)}}})
	})
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) error {
		if err := x.Consent(true, copilotScopes(domain.OpenAI), 1, "panel"); err != nil {
			return err
		}
		if err := x.CorrectProfile(domain.ProfileForm{Name: w.word("name"), Title: w.word("title")}); err != nil {
			return err
		}
		if w.Question, w.Answer, err = x.Ask("", w.word("question")+" trains?"); err != nil {
			return err
		}
		_, w.Stopped, err = x.Ask(w.Question.Conversation, w.word("again"))
		if err != nil {
			return err
		}
		_, w.Asking, err = x.Ask(w.Question.Conversation, w.word("more"))
		return err
	})
	w.answer(t)
	in, err := db.SignIn(ctx, w.staff(), domain.Arrival{Method: domain.ByPassword, Device: w.word("device"), Address: "192.0.2.77"})
	must(t, err)
	w.Session, err = db.Session(ctx, in.Token)
	must(t, err)
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error {
		_, _, err := x.SignInsOf(w.staff().Member(), store.Stretch{Limit: 50})
		return err
	})
	w.send(t)
	w.addFactors(t)
	storetest.Do(t, db, w.Owner, func(x *store.Tenant) error { _, err := x.SealAudit(); return err })
	w.arrange(t)
	w.tell(t)
	w.people(t)
	w.setUpSSO(t)
	w.place(t)
	return w
}

// setUpSSO gives the organization a provider, a verified domain and a linked person.
func (w *world) setUpSSO(t testing.TB) {
	t.Helper()
	issuer := "https://" + w.word("issuer") + ".example.com"
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) (err error) {
		form := domain.SSOForm{Issuer: issuer, ClientID: w.word("client"), Secret: w.word("secret"), Enabled: true, Provision: true, Role: "member",
			Groups: []domain.GroupRule{{Group: w.word("group"), Kind: domain.GroupRole, Subject: "manager"}}}
		if err = x.SaveSSO(form, false); err != nil {
			return err
		}
		w.Issuer = issuer
		form.Role = string(w.Role)
		if err = x.SaveSSO(form, false); err != nil {
			return err
		}
		if w.Domain, err = x.AddDomain(w.word("domain") + ".example"); err != nil {
			return err
		}
		_, err = x.CheckedDomain(w.Domain, true)
		return err
	})
	storetest.Do(t, w.DB, w.staff(), func(x *store.Tenant) error {
		if err := x.Link(domain.Claims{Issuer: issuer, Subject: w.word("subject")}); err != nil {
			return err
		}
		all, err := x.Identities()
		w.Linked = all[0].ID
		return err
	})
}

// send has links in two mails: one is taken, one waits.
func (w *world) send(t testing.TB) {
	t.Helper()
	storetest.Do(t, w.DB, w.staff(), func(x *store.Tenant) error { return x.AskEmail(w.word("new") + "@example.com") })
	w.EmailToken = path.Base(w.Letter(t, domain.LetterConfirmEmail).Path)
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error { return x.SendReset(w.staff().Member()) })
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select id::text from outbox where tenant_id = $1 and tries = 0", w.Owner.Tenant()).Scan(&w.Mail))
}

// addFactors gives the person who asks an app, recovery codes and a passkey.
func (w *world) addFactors(t testing.TB) {
	t.Helper()
	w.Device = []byte(w.DB.NewID())
	storetest.Do(t, w.DB, w.staff(), func(x *store.Tenant) (err error) {
		if w.Secret, err = beginApp(x); err != nil {
			return err
		}
		out, err := x.ConfirmApp(domain.CodeOf(w.Secret, domain.CodeStep(x.Now())))
		if err != nil || !out.Right {
			t.Fatal(out, err)
		}
		w.Codes = out.Codes
		w.Passkey, err = x.AddPasskey(store.NewPasskey{Name: w.word("passkey"), ID: w.Device, Credential: []byte(w.word("credential"))})
		return err
	})
}

func beginApp(x *store.Tenant) ([]byte, error) {
	if err := x.BeginApp(); err != nil {
		return nil, err
	}
	return x.PendingApp()
}

// people invites somebody, moves a person and offers the organization to them.
func (w *world) people(t testing.TB) {
	t.Helper()
	w.Unit = w.Organization.Unit(t, w.word("unit"), "", w.People[domain.Manager].Member())
	w.OwnRole = w.Organization.OwnRole(t, w.word("role"), domain.ReadPeople)
	w.Invitation, w.InvitationLink = w.Invite(t, w.Owner, domain.InvitationForm{Email: w.word("mail") + "@example.com",
		Name: w.word("invited"), Role: string(w.OwnRole), Department: string(w.Unit)})
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error {
		return errors.Join(x.ChangeDepartment(w.staff().Member(), w.Unit), x.OfferOwnership(w.People[domain.Admin].Member()))
	})
	w.OwnershipLink = w.Link(t, domain.LetterOwnership)
	_, joined := w.Invite(t, w.Owner, domain.InvitationForm{Email: w.word("joined") + "@example.com", Name: w.word("comes")})
	_, _, err := w.DB.AcceptInvitation(t.Context(), joined, store.Acceptance{Hash: storetest.Hash, PolicyVersion: 1,
		Arrival: domain.Arrival{Method: domain.ByInvitation, Device: "Test browser", Address: "192.0.2.78"}})
	must(t, err)
}

func copilotScopes(p domain.Provider) []domain.Scope {
	return []domain.Scope{{Provider: p, Class: domain.ClassMessage, Purpose: domain.PurposeCopilot},
		{Provider: p, Class: domain.ClassKnowledge, Purpose: domain.PurposeCopilot}}
}

// draft saves what an answer has come to.
func (w *world) draft(t testing.TB, a domain.Actor, id domain.ID, text string) {
	t.Helper()
	saved, err := store.Desk{DB: w.DB}.Checkpoint(t.Context(), []domain.Draft{{Actor: a, Message: id, Text: text}})
	if err != nil || !maps.Equal(saved, map[domain.ID]bool{id: true}) {
		t.Fatalf("draft: %v, %v", saved, err)
	}
}

// late says whether a draft comes too late, or from the wrong hand.
func (w *world) late(t testing.TB, a domain.Actor, id domain.ID) {
	t.Helper()
	for _, text := range []string{"late", ""} {
		saved, err := store.Desk{DB: w.DB}.Checkpoint(t.Context(), []domain.Draft{{Actor: a, Message: id, Text: text}})
		if err != nil || len(saved) > 0 {
			t.Errorf("a draft of %q was taken: %v, %v", text, saved, err)
		}
	}
}

func (w *world) setUpAI(t testing.TB) {
	t.Helper()
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error {
		err := x.SaveProvider(store.ProviderForm{Provider: domain.OpenAI, Enabled: true, Key: "sk-" + w.word("key"),
			Models: []string{"gpt-4.1", "gpt-4.1-mini"}, Default: "gpt-4.1"})
		return errors.Join(err, x.ChooseProvider(domain.OpenAI), x.SwitchAI(true))
	})
	w.Ask = domain.Ask{Provider: domain.OpenAI, Model: "gpt-4.1", Classes: domain.CopilotClasses, Purpose: domain.PurposeCopilot}
}

// arrange makes two departments, one of which is moved below the other.
func (w *world) arrange(t testing.TB) {
	t.Helper()
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error {
		top, err := x.CreateDepartment(w.word("top"), "")
		if err != nil {
			return err
		}
		w.Department, err = x.CreateDepartment(w.word("below"), "")
		return errors.Join(err, x.MoveDepartment(w.Department, top), x.SetManager(w.Department, w.staff().Member()))
	})
}

// answer writes the first answer with a receipt and a citation, and stops the second.
func (w *world) answer(t testing.TB) {
	t.Helper()
	ctx, desk, me := t.Context(), store.Desk{DB: w.DB}, w.staff()
	w.Receipt = domain.Receipt{ID: w.DB.NewID(), Member: me.Member(), Message: w.Answer.ID, Conversation: w.Answer.Conversation, Purpose: domain.PurposeCopilot,
		Provider: domain.OpenAI, Host: "api.openai.com", Model: "gpt-4.1", Classes: domain.CopilotClasses, Flags: []string{"store:false"},
		BytesOut: 120, BodyMAC: "00", StartedAt: w.DB.Now(),
		Sources: []domain.Source{{Document: w.Doc.ID, Version: w.Doc.Version.ID, Ordinal: 0}}}
	w.Receipt = storetest.Record(t, w.DB, me, w.Receipt)
	w.draft(t, me, w.Answer.ID, "so far")
	w.Receipt.Outcome, w.Receipt.EndedAt = domain.OutcomeOK, w.DB.Now()
	must(t, desk.CloseReceipt(ctx, me, w.Receipt))
	w.Answer.Text, w.Answer.State, w.Answer.Provider = w.word("answer")+" [1]", domain.MessageDone, domain.OpenAI
	w.Answer.Citations = []domain.Citation{{Number: 1, Document: w.Doc.ID, Version: w.Doc.Version.ID, Passage: 0}}
	must(t, desk.Finish(ctx, me, w.Answer, nil))
	w.Stopped.State, w.Stopped.Text = domain.MessageStopped, w.word("half")
	must(t, desk.Finish(ctx, me, w.Stopped, nil))
	storetest.Do(t, w.DB, me, func(x *store.Tenant) error {
		if err := x.RenameConversation(w.Question.Conversation, w.word("thread")); err != nil {
			return err
		}
		var err error
		w.Answer, err = x.Message(w.Answer.ID)
		if err != nil {
			return err
		}
		w.Conversation, err = x.Conversation(w.Question.Conversation)
		return err
	})
}

// traces says what of a world is in a result, however it is nested.
func (w *world) traces(result any) []string {
	text := fmt.Sprintf("%+v", result)
	var out []string
	for _, s := range append(w.ids(), w.Words...) {
		if strings.Contains(text, s) {
			out = append(out, s)
		}
	}
	return out
}

func (w *world) ids() []string {
	out := []string{string(w.Owner.Tenant()), string(w.Collection), string(w.Department), string(w.Doc.ID), string(w.Doc.Version.ID), string(w.Conversation.ID),
		string(w.Question.ID), string(w.Answer.ID), string(w.Stopped.ID), string(w.Asking.ID), string(w.Receipt.ID), string(w.Session.Session),
		string(w.File.Version), string(w.Role), string(w.Notice.ID), string(w.Passkey), string(w.Unit), string(w.OwnRole), string(w.Invitation)}
	for _, p := range w.People {
		out = append(out, string(p.Member()))
	}
	return out
}

// place gives a person a department, and another one a role of the organization's own.
func (w *world) place(t testing.TB) {
	t.Helper()
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error {
		return errors.Join(x.ChangeDepartment(w.staff().Member(), w.Department), x.GiveRole(w.People[domain.Auditor].Member(), string(w.Role)))
	})
}

// another is a second process on the same database, which knows nothing of what the first knows.
func another(t testing.TB) *store.DB {
	t.Helper()
	db, err := storetest.At(t).Open(t.Context(), "")
	must(t, err)
	t.Cleanup(db.Close)
	return db
}
