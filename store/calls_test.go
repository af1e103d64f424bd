package store_test

import (
	"bytes"
	"errors"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// call is one use of a Tenant's method with things of a world: by its own people it must find something, by another
// organization's nothing.
type call struct {
	method string
	do     func(x *store.Tenant, a *world) (any, error)
}

// reads are the methods that read. Their results, as printed, must hold nothing of another organization.
var reads = []call{
	{"Organization", func(x *store.Tenant, _ *world) (any, error) { return x.Organization() }},
	{"Me", func(x *store.Tenant, _ *world) (any, error) { return x.Me() }},
	{"Sessions", func(x *store.Tenant, _ *world) (any, error) { return x.Sessions() }},
	{"Collections", func(x *store.Tenant, _ *world) (any, error) { return x.Collections() }},
	{"Collection", func(x *store.Tenant, a *world) (any, error) { return x.Collection(a.Collection) }},
	{"Documents", func(x *store.Tenant, a *world) (any, error) {
		return x.Documents(a.Collection, store.Page{Limit: 50})
	}},
	{"Documents", func(x *store.Tenant, _ *world) (any, error) { return x.Documents("", store.Page{Limit: 50}) }},
	{"Document", func(x *store.Tenant, a *world) (any, error) { return x.Document(a.Doc.ID) }},
	{"Versions", func(x *store.Tenant, a *world) (any, error) { return x.Versions(a.Doc.ID) }},
	{"Part", func(x *store.Tenant, a *world) (any, error) { return x.Part(a.Doc.ID, a.Doc.Version.ID, 0, -1) }},
	{"Passage", func(x *store.Tenant, a *world) (any, error) { return x.Passage(a.Doc.ID, a.Doc.Version.ID, 0) }},
	{"Search", func(x *store.Tenant, _ *world) (any, error) { return x.Search("allowance for trains", 0, 10) }},
	{"Retrieve", func(x *store.Tenant, _ *world) (any, error) {
		p, _, err := x.Retrieve("allowance for trains", 8, true)
		return p, err
	}},
	{"Conversations", func(x *store.Tenant, _ *world) (any, error) { return x.Conversations("", 0, 50) }},
	{"Conversation", func(x *store.Tenant, a *world) (any, error) { return x.Conversation(a.Conversation.ID) }},
	{"Message", func(x *store.Tenant, a *world) (any, error) { return x.Message(a.Answer.ID) }},
	{"Messages", func(x *store.Tenant, a *world) (any, error) { return x.Messages(a.Conversation.ID, "", 50) }},
	{"CountMessages", func(x *store.Tenant, a *world) (any, error) {
		c, err := x.Conversation(a.Conversation.ID)
		n, counted := x.CountMessages(a.Conversation.ID)
		return []any{c.Title, n}, errors.Join(counted, err)
	}},
	{"ConsentState", func(x *store.Tenant, _ *world) (any, error) { return consentText(x) }},
	{"Consents", func(x *store.Tenant, _ *world) (any, error) { return consentText(x) }},
	{"Receipts", func(x *store.Tenant, _ *world) (any, error) {
		return x.Receipts(store.ReceiptFilter{All: true, Stretch: store.Stretch{Limit: 50}})
	}},
	{"Receipt", func(x *store.Tenant, a *world) (any, error) { return x.Receipt(a.Receipt.ID) }},
	{"ProviderKey", func(x *store.Tenant, _ *world) (any, error) { return x.ProviderKey(domain.OpenAI) }},
	{"Audit", func(x *store.Tenant, _ *world) (any, error) {
		return x.Audit(store.AuditFilter{Stretch: store.Stretch{Limit: 200}})
	}},
	{"VerifyAudit", func(x *store.Tenant, _ *world) (any, error) { return x.VerifyAudit() }},
	{"BeginReading", func(x *store.Tenant, a *world) (any, error) { return x.BeginReading(a.Doc.Version.ID) }},
	{"SSO", func(x *store.Tenant, _ *world) (any, error) { return x.SSO() }},
	{"Domains", func(x *store.Tenant, _ *world) (any, error) { return x.Domains() }},
	{"Domain", func(x *store.Tenant, a *world) (any, error) { return x.Domain(a.Domain) }},
	{"Departments", func(x *store.Tenant, _ *world) (any, error) { return x.Departments() }},
	{"MyDepartments", func(x *store.Tenant, _ *world) (any, error) { return x.MyDepartments() }},
	{"Managed", func(x *store.Tenant, _ *world) (any, error) { return x.Managed() }},
	{"Headcounts", func(x *store.Tenant, _ *world) (any, error) { return x.Headcounts() }},
	{"PeopleIn", func(x *store.Tenant, a *world) (any, error) { return x.PeopleIn(a.Department, 50) }},
	{"DepartmentMoves", func(x *store.Tenant, a *world) (any, error) { return x.DepartmentMoves(a.Department, 50) }},
	{"Roles", func(x *store.Tenant, _ *world) (any, error) { return x.Roles() }},
	{"Role", func(x *store.Tenant, a *world) (any, error) { return x.Role(a.Role) }},
	{"RoleSizes", func(x *store.Tenant, _ *world) (any, error) { return x.RoleSizes() }},
	{"DocumentAccess", func(x *store.Tenant, a *world) (any, error) { return only(x.DocumentAccess(a.Doc.ID)) }},
	{"SubjectNames", func(x *store.Tenant, a *world) (any, error) {
		return x.SubjectNames([]domain.Access{{Kind: domain.ToRole, Subject: string(a.Role)}, {Kind: domain.ToMember, Subject: string(a.staff().Member())}})
	}},
	{"Explain", func(x *store.Tenant, a *world) (any, error) { return only(x.Explain(a.staff().Member())) }},
	{"ExplainCollections", func(x *store.Tenant, a *world) (any, error) { return x.ExplainCollections(a.staff().Member(), "") }},
	{"ExplainDocuments", func(x *store.Tenant, a *world) (any, error) {
		return only(x.ExplainDocuments(a.staff().Member(), "", ""))
	}},
	{"SignIns", func(x *store.Tenant, _ *world) (any, error) { return x.SignIns(store.Stretch{Limit: 50}) }},
	{"SignInsOf", func(x *store.Tenant, a *world) (any, error) {
		m, list, err := x.SignInsOf(a.staff().Member(), store.Stretch{Limit: 50})
		return []any{m, list}, err
	}},
	{"NewEmail", func(x *store.Tenant, a *world) (any, error) { return x.NewEmail(a.EmailToken) }},
	{"BeginMail", func(x *store.Tenant, a *world) (any, error) { return x.BeginMail(a.Mail) }},
	{"Notices", func(x *store.Tenant, _ *world) (any, error) {
		return x.Notices(store.NoticeFilter{Stretch: store.Stretch{Limit: 50}})
	}},
	{"OpenNotice", func(x *store.Tenant, a *world) (any, error) { return x.OpenNotice(a.Notice.ID) }},
	{"Looks", func(x *store.Tenant, _ *world) (any, error) { return x.Looks(store.Stretch{Limit: 50}) }},
	{"ReceiptLookedAt", func(x *store.Tenant, a *world) (any, error) { return x.ReceiptLookedAt(a.Receipt.ID) }},
	{"ReceiptsLookedAt", func(x *store.Tenant, _ *world) (any, error) {
		return x.ReceiptsLookedAt(store.ReceiptFilter{All: true, Stretch: store.Stretch{Limit: 50}})
	}},
	{"Passkeys", func(x *store.Tenant, _ *world) (any, error) { return x.Passkeys() }},
	{"Credentials", func(x *store.Tenant, _ *world) (any, error) {
		all, err := x.Credentials()
		return string(bytes.Join(all, nil)), err
	}},
	{"Directory", func(x *store.Tenant, _ *world) (any, error) {
		p, _, err := x.Directory(store.PeopleFilter{Limit: 50})
		return p, err
	}},
	{"Person", func(x *store.Tenant, a *world) (any, error) { return x.Person(a.staff().Member()) }},
	{"NamesOf", func(x *store.Tenant, a *world) (any, error) { return x.NamesOf(a.staff().Member()) }},
	{"Choice", func(x *store.Tenant, _ *world) (any, error) { return x.Choice(50, true) }},
	{"Places", func(x *store.Tenant, _ *world) (any, error) { return x.Places() }},
	{"RoleChoice", func(x *store.Tenant, _ *world) (any, error) { return x.RoleChoice() }},
	{"Offering", func(x *store.Tenant, _ *world) (any, error) { r, p, err := x.Offering(); return []any{r, p}, err }},
	{"Invitations", func(x *store.Tenant, _ *world) (any, error) { return x.Invitations(store.Stretch{Limit: 50}) }},
	{"MovesOf", func(x *store.Tenant, a *world) (any, error) { return x.MovesOf(a.staff().Member()) }},
	{"OwnershipOffer", func(x *store.Tenant, _ *world) (any, error) { return x.OwnershipOffer() }},
}

// only leaves out what a call gives besides.
func only(first, _ any, err error) (any, error) { return first, err }

// consentText adds the actor's id to their consents, which do not say whose they are.
func consentText(x *store.Tenant) (any, error) {
	all, err := x.Consents(100)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	_, err = x.ConsentState()
	return x.Actor().Member(), err
}

// counts are reads that give numbers only: with another organization's things they are zero, or not found.
var counts = []call{
	{"Citing", func(x *store.Tenant, a *world) (any, error) { return x.Citing(a.Doc.ID) }},
	{"SentFor", func(x *store.Tenant, a *world) (any, error) {
		sent, err := x.SentFor([]domain.Message{a.Answer})
		return sent[a.Answer.ID].Passages + sent[a.Answer.ID].Documents, err
	}},
	{"ConsentsUnder", func(x *store.Tenant, a *world) (any, error) {
		got, err := x.ConsentsUnder(a.Receipt)
		return len(got), err
	}},
	{"Identities", func(x *store.Tenant, _ *world) (any, error) {
		got, err := x.Identities()
		return len(got), err
	}},
	{"AddressOf", func(x *store.Tenant, a *world) (any, error) {
		if x.Actor() == a.staff() { // it is for those who may set managers
			return 1, nil
		}
		address, err := x.AddressOf(a.staff().Member())
		return len(address), err
	}},
	{"DepartmentUse", func(x *store.Tenant, a *world) (any, error) {
		if x.Actor() == a.staff() { // it is for those who may delete
			return 1, nil
		}
		use, err := x.DepartmentUse(a.Department)
		return use.People, err
	}},
}

// writes name another organization's things: nothing changes there, and the answer is that there is no such thing.
var writes = []call{
	{"AddDocument", func(x *store.Tenant, a *world) (any, error) {
		return x.AddDocument(a.Collection, "x", store.NewVersion{File: a.File, FileName: "x.txt", MediaType: "text/plain"})
	}},
	{"AddVersion", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.AddVersion(a.Doc.ID, store.NewVersion{File: a.File, FileName: "x.txt", MediaType: "text/plain"})
	}},
	{"RenameDocument", func(x *store.Tenant, a *world) (any, error) { return nil, x.RenameDocument(a.Doc.ID, "x") }},
	{"DeleteDocument", func(x *store.Tenant, a *world) (any, error) { return nil, x.DeleteDocument(a.Doc.ID) }},
	{"ChangeCollection", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.ChangeCollection(a.Collection, domain.CollectionForm{Name: "x"})
	}},
	{"CreateCollection", func(x *store.Tenant, a *world) (any, error) {
		return x.CreateCollection(domain.CollectionForm{Name: "x", Members: []string{string(a.staff().Member())}})
	}},
	{"AllowAI", func(x *store.Tenant, a *world) (any, error) { return nil, x.AllowAI(a.Collection, false) }},
	{"DeleteCollection", func(x *store.Tenant, a *world) (any, error) { return nil, x.DeleteCollection(a.Collection) }},
	{"Ask", func(x *store.Tenant, a *world) (any, error) {
		_, _, err := x.Ask(a.Conversation.ID, "x")
		return nil, err
	}},
	{"AskAbout", func(x *store.Tenant, a *world) (any, error) {
		_, _, err := x.AskAbout(a.Doc.ID, a.Conversation.ID, "x")
		return nil, err
	}},
	{"Retry", func(x *store.Tenant, a *world) (any, error) { _, _, err := x.Retry(a.Stopped.ID); return nil, err }},
	{"RequestStop", func(x *store.Tenant, a *world) (any, error) { return nil, x.RequestStop(a.Asking.ID) }},
	{"RenameConversation", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.RenameConversation(a.Conversation.ID, "x")
	}},
	{"DeleteConversation", func(x *store.Tenant, a *world) (any, error) { return nil, x.DeleteConversation(a.Conversation.ID) }},
	{"SaveScreen", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.SaveScreen(a.Session.Session, domain.Screen{Width: 800, Height: 600, Ratio: 1})
	}},
	{"EndSession", func(x *store.Tenant, a *world) (any, error) { return nil, x.EndSession(a.Session.Session) }},
	{"ChangePassword", func(x *store.Tenant, a *world) (any, error) {
		return x.ChangePassword(storetest.Hash, storetest.Hash, a.Session.Session)
	}},
	{"Deactivate", func(x *store.Tenant, a *world) (any, error) { return nil, x.Deactivate(a.staff().Member()) }},
	{"SaveSSO", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.SaveSSO(domain.SSOForm{Issuer: a.Issuer, ClientID: "x", Secret: "x", Role: string(a.Role)}, false)
	}},
	{"SaveSSO", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.SaveSSO(domain.SSOForm{Issuer: a.Issuer, ClientID: "x", Secret: "x", Role: "member",
			Groups: []domain.GroupRule{{Group: "x", Kind: domain.GroupDepartment, Subject: string(a.Department)}}}, false)
	}},
	{"RemoveDomain", func(x *store.Tenant, a *world) (any, error) { return nil, x.RemoveDomain(a.Domain) }},
	{"CheckedDomain", func(x *store.Tenant, a *world) (any, error) { return x.CheckedDomain(a.Domain, false) }},
	{"Unlink", func(x *store.Tenant, a *world) (any, error) { return nil, x.Unlink(a.Linked) }},
	{"Reactivate", func(x *store.Tenant, a *world) (any, error) { return nil, x.Reactivate(a.staff().Member()) }},
	{"BeginReading", func(x *store.Tenant, a *world) (any, error) { return x.BeginReading(a.Doc.Version.ID) }},
	{"CreateDepartment", func(x *store.Tenant, a *world) (any, error) { return x.CreateDepartment("x", a.Department) }},
	{"RenameDepartment", func(x *store.Tenant, a *world) (any, error) { return nil, x.RenameDepartment(a.Department, "x") }},
	{"MoveDepartment", func(x *store.Tenant, a *world) (any, error) { return nil, x.MoveDepartment(a.Department, "") }},
	{"SetManager", func(x *store.Tenant, a *world) (any, error) { return nil, x.SetManager(a.Department, "") }},
	{"SetManagerByEmail", func(x *store.Tenant, a *world) (any, error) { return nil, x.SetManagerByEmail(a.Department, a.Email) }},
	{"DeleteDepartment", func(x *store.Tenant, a *world) (any, error) { return nil, x.DeleteDepartment(a.Department) }},
	{"ChangeDocumentAccess", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.ChangeDocumentAccess(a.Doc.ID, domain.AccessForm{})
	}},
	{"ChangeRole", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.ChangeRole(a.Role, domain.RoleForm{Name: "x"})
	}},
	{"DeleteRole", func(x *store.Tenant, a *world) (any, error) { return nil, x.DeleteRole(a.Role) }},
	{"BeginMail", func(x *store.Tenant, a *world) (any, error) { return x.BeginMail(a.Mail) }},
	{"SendReset", func(x *store.Tenant, a *world) (any, error) { return nil, x.SendReset(a.staff().Member()) }},
	{"ConfirmEmail", func(x *store.Tenant, a *world) (any, error) { return nil, x.ConfirmEmail(a.EmailToken) }},
	{"RenamePasskey", func(x *store.Tenant, a *world) (any, error) { return nil, x.RenamePasskey(a.Passkey, "x") }},
	{"RemovePasskey", func(x *store.Tenant, a *world) (any, error) { return nil, x.RemovePasskey(a.Passkey) }},
	{"UsePasskey", func(x *store.Tenant, a *world) (any, error) { return x.UsePasskey(a.Device, believed) }},
	{"FinishByPasskey", func(x *store.Tenant, a *world) (any, error) {
		return x.FinishByPasskey(a.Session.Session, a.Device, believed, domain.Arrival{Method: domain.ByCode})
	}},
	{"ProveByPasskey", func(x *store.Tenant, a *world) (any, error) {
		return x.ProveByPasskey(a.Session.Session, a.Device, believed)
	}},
	{"EnrolPasskey", func(x *store.Tenant, a *world) (any, error) {
		return x.EnrolPasskey(a.Session.Session, store.NewPasskey{ID: a.Device}, domain.Arrival{Method: domain.ByCode})
	}},
	{"FinishByCode", func(x *store.Tenant, a *world) (any, error) {
		return x.FinishByCode(a.Session.Session, domain.CodeOf(a.Secret, domain.CodeStep(x.Now())+1), domain.Arrival{Method: domain.ByCode})
	}},
	{"ProveByCode", func(x *store.Tenant, a *world) (any, error) {
		return x.ProveByCode(a.Session.Session, domain.CodeOf(a.Secret, domain.CodeStep(x.Now())+1))
	}},
	{"RemoveApp", func(x *store.Tenant, _ *world) (any, error) { return nil, x.RemoveApp() }},
	{"ResetFactors", func(x *store.Tenant, a *world) (any, error) { return nil, x.ResetFactors(a.staff().Member()) }},
	{"Invite", func(x *store.Tenant, a *world) (any, error) {
		return x.Invite(domain.InvitationForm{Email: "x@example.com", Role: "member", Department: string(a.Unit)})
	}},
	{"Invite", func(x *store.Tenant, a *world) (any, error) {
		return x.Invite(domain.InvitationForm{Email: "x@example.com", Role: string(a.OwnRole)})
	}},
	{"ResendInvitation", func(x *store.Tenant, a *world) (any, error) { return nil, x.ResendInvitation(a.Invitation) }},
	{"RevokeInvitation", func(x *store.Tenant, a *world) (any, error) { return nil, x.RevokeInvitation(a.Invitation) }},
	{"GiveRole", func(x *store.Tenant, a *world) (any, error) { return nil, x.GiveRole(a.staff().Member(), "auditor") }},
	{"ChangeDepartment", func(x *store.Tenant, a *world) (any, error) { return nil, x.ChangeDepartment(a.staff().Member(), "") }},
	{"ChangeDepartment", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.ChangeDepartment(x.Actor().Member(), a.Unit)
	}},
	{"OfferOwnership", func(x *store.Tenant, a *world) (any, error) { return nil, x.OfferOwnership(a.staff().Member()) }},
	{"OwnershipOffered", func(x *store.Tenant, a *world) (any, error) { return x.OwnershipOffered(a.OwnershipLink) }},
	{"TakeOwnership", func(x *store.Tenant, a *world) (any, error) { return nil, x.TakeOwnership(a.OwnershipLink) }},
}

// believed takes whatever a device says.
func believed(credential []byte) (after []byte, refused string) { return credential, "" }

// quiet do their work in the actor's own organization, whatever the other one's ids.
var quiet = []call{
	{"TakeBack", func(x *store.Tenant, a *world) (any, error) { return nil, x.TakeBack(a.Question, a.Answer) }},
	{"Unreadable", func(x *store.Tenant, a *world) (any, error) { return nil, x.Unreadable(a.Doc.Version.ID, "x") }},
	{"AskAbout", func(x *store.Tenant, a *world) (any, error) {
		q, answer, err := x.AskAbout(a.Doc.ID, "", "x")
		if found := a.traces([]any{q, answer}); len(found) > 0 {
			return nil, errors.New("found " + found[0])
		}
		return nil, err
	}},
	{"CreateRole", func(x *store.Tenant, _ *world) (any, error) { return x.CreateRole(domain.RoleForm{Name: "x"}) }},
	{"BeginApp", func(x *store.Tenant, _ *world) (any, error) { return nil, x.BeginApp() }},
	{"ConfirmApp", func(x *store.Tenant, a *world) (any, error) {
		return x.ConfirmApp(domain.CodeOf(a.Secret, domain.CodeStep(x.Now())+1))
	}},
	{"EnrolApp", func(x *store.Tenant, a *world) (any, error) {
		return x.EnrolApp(a.Session.Session, domain.CodeOf(a.Secret, domain.CodeStep(x.Now())+1), domain.Arrival{Method: domain.ByCode})
	}},
	{"AddPasskey", func(x *store.Tenant, a *world) (any, error) { return x.AddPasskey(store.NewPasskey{ID: a.Device}) }},
	{"RenewRecoveryCodes", func(x *store.Tenant, _ *world) (any, error) { return x.RenewRecoveryCodes() }},
	{"FinishByRecovery", func(x *store.Tenant, a *world) (any, error) {
		return x.FinishByRecovery(a.Session.Session, a.Codes[0], domain.Arrival{Method: domain.ByCode})
	}},
	{"ProveByHash", func(x *store.Tenant, a *world) (any, error) { return x.ProveByHash(a.Session.Session, "x") }},
	{"Import", func(x *store.Tenant, a *world) (any, error) {
		got, err := x.Import([]domain.ImportLine{{Number: 2, Email: "y@example.com", Department: string(a.Unit)},
			{Number: 3, Email: "z@example.com", Role: string(a.OwnRole)}}, true)
		if err == nil && (got[0].State != domain.ImportUnknownDepartment || got[1].State != domain.ImportUnknownRole) {
			err = errors.New("linked")
		}
		return nil, err
	}},
	{"GivesRole", func(x *store.Tenant, a *world) (any, error) {
		got, err := x.GivesRole(a.staff().Member())
		if len(got) > 0 {
			err = errors.New("found")
		}
		return nil, err
	}},
	{"WithdrawOwnership", func(x *store.Tenant, _ *world) (any, error) { return nil, x.WithdrawOwnership() }},
	{"Tidy", func(x *store.Tenant, _ *world) (any, error) { return nil, x.Tidy(true) }},
	{"SealAudit", func(x *store.Tenant, _ *world) (any, error) { return x.SealAudit() }},
	{"CloseLost", func(x *store.Tenant, _ *world) (any, error) { return x.CloseLost() }},
	{"Consent", func(x *store.Tenant, _ *world) (any, error) {
		return nil, x.Consent(false, copilotScopes(domain.OpenAI), 1, "panel")
	}},
	{"SavePreferences", func(x *store.Tenant, _ *world) (any, error) {
		return nil, x.SavePreferences(domain.Preferences{Theme: "dark"})
	}},
	{"CorrectProfile", func(x *store.Tenant, _ *world) (any, error) {
		return nil, x.CorrectProfile(domain.ProfileForm{Name: "X"})
	}},
	{"ReadNotices", func(x *store.Tenant, a *world) (any, error) { return x.ReadNotices(a.Notice.ID) }},
	{"ChooseNotices", func(x *store.Tenant, _ *world) (any, error) {
		return nil, x.ChooseNotices([]domain.NoticeChoice{{Kind: domain.NoticeRoleChanged, Email: domain.EmailOff}})
	}},
	{"Measure", func(x *store.Tenant, _ *world) (any, error) { return nil, x.Measure(false) }},
	{"SaveProvider", func(x *store.Tenant, _ *world) (any, error) {
		return nil, x.SaveProvider(store.ProviderForm{Provider: domain.OpenAI, RemoveKey: true})
	}},
	{"ChooseProvider", func(x *store.Tenant, _ *world) (any, error) { return nil, x.ChooseProvider(domain.NoProvider) }},
	{"SwitchAI", func(x *store.Tenant, _ *world) (any, error) { return nil, x.SwitchAI(false) }},
	{"AddDomain", func(x *store.Tenant, _ *world) (any, error) { return x.AddDomain("own.example") }},
	{"Link", func(x *store.Tenant, _ *world) (any, error) {
		s, err := x.SSO()
		if err != nil {
			return nil, err
		}
		return nil, x.Link(domain.Claims{Issuer: s.Issuer, Subject: "x"})
	}},
	{"EndOtherSessions", func(x *store.Tenant, a *world) (any, error) { return x.EndOtherSessions(a.Session.Session) }},
	{"SaveDoorRules", func(x *store.Tenant, _ *world) (any, error) {
		return nil, x.SaveDoorRules(domain.DoorRules{Factor: true})
	}},
	{"AskEmail", func(x *store.Tenant, _ *world) (any, error) {
		return nil, x.AskEmail("other-" + string(x.Actor().Member()) + "@example.com")
	}},
	{"MailSent", func(x *store.Tenant, a *world) (any, error) {
		return nil, x.MailSent(store.Outgoing{ID: a.Mail, Try: 0})
	}},
	{"MailFailed", func(x *store.Tenant, a *world) (any, error) {
		return x.MailFailed(store.Outgoing{ID: a.Mail, Try: 1}, domain.MailBadAddress, true)
	}},
	{"ForgetPost", func(x *store.Tenant, _ *world) (any, error) { return nil, x.ForgetPost() }},
	{"LeaveOrganization", func(x *store.Tenant, _ *world) (any, error) { return nil, x.LeaveOrganization(x.Now().Add(time.Hour)) }},
}

// harmless hold nothing of an organization that could be told apart: they are settings and counts of the actor's own, whose
// rows are shown to be the own ones by the fingerprints and by the tests beside.
var harmless = []string{
	"Actor", "Now", "AI", "Answering", "AuditWords", "AuditSize", "Consented", "Unfinished", "UnreadNotices",
	"Readers", "SSOOffered", "DomainsDue", "SSOChoices",
	"MyPassword", "DoorFacts",
	"App", "Factors", "HasPassword", "PendingApp",
	"Usage", "NoticeChoices", "Profile",
}

// ownersReads are those of reads that not everybody may.
var ownersReads = []string{
	"Audit", "VerifyAudit", "Receipts", "Receipt",
	"Role", "Explain", "RoleSizes", "DocumentAccess", "ExplainCollections", "ExplainDocuments",
	"SignInsOf", "SSO", "Domains", "Domain",
	"ReceiptsLookedAt",
	"Offering", "Invitations", "MovesOf", "OwnershipOffer",
}
