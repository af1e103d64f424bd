package handlers

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/people"
)

// invitationRoutes is how people come in: invited one by one or from a list, and joining by the link that was mailed.
func (s *Site) invitationRoutes() []route {
	join := []string{"name", "email", "password", "terms", "business", "ai_consent"}
	return []route{
		{"GET", "/invitations/:token", domain.Public, (*request).showInvitation, nil, ""},
		{"POST", "/invitations/:token", domain.Public, (*request).acceptInvitation, join, ""},
		{"GET", "/admin/people", domain.InvitePeople, (*request).listInvitations, nil, ""},
		{"POST", "/admin/people", domain.InvitePeople, (*request).invite, []string{"email", "name", "role", "department"}, ""},
		{"GET", "/admin/people/import", domain.InvitePeople, (*request).newImport, nil, ""},
		{"POST", "/admin/people/import", domain.InvitePeople, (*request).checkImport, []string{"csv"}, ""},
		{"POST", "/admin/people/import/send", domain.InvitePeople, (*request).sendImport, []string{"token"}, ""},
		{"POST", "/admin/invitations/:id/resend", domain.InvitePeople, (*request).resendInvitation, nil, ""},
		{"POST", "/admin/invitations/:id/revoke", domain.InvitePeople, (*request).revokeInvitation, nil, ""},
	}
}

func (q *request) listInvitations() error {
	return q.invitationsPage(fiber.StatusOK, people.InvitationsPage{})
}

// invitationsPage shows the form and the list; a form that was refused is shown as it was typed.
func (q *request) invitationsPage(status int, p people.InvitationsPage) error {
	s := q.stretch()
	p.All, p.Now = q.actor().May(domain.ManagePeople), q.now
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Roles, p.Departments, err = t.Offering(); err != nil {
			return err
		}
		p.Invitations, err = t.Invitations(s)
		return err
	})
	if err != nil {
		return err
	}
	id := func(i domain.Invitation) domain.ID { return i.ID }
	p.Invitations, p.Newer, p.Older = neighbours(s, p.Invitations, id, "/admin/people", nil)
	return q.pageWith(status, layout.PageProps{Title: "Invitations"}, people.Invitations(p))
}

// invite keeps a place for somebody; what was wrong is said by the fields.
func (q *request) invite() error {
	p := people.InvitationsPage{Form: domain.InvitationForm{Email: q.typed("email"), Name: q.typed("name"), Role: q.typed("role"),
		Department: q.typed("department")}}
	err := q.do(func(t *store.Tenant) error {
		_, err := t.Invite(p.Form)
		return err
	})
	if errors.As(err, &p.Problems) {
		return q.invitationsPage(fiber.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return q.redirect("/admin/people")
}

func (q *request) resendInvitation() error {
	return q.changeInvitation((*store.Tenant).ResendInvitation)
}

func (q *request) revokeInvitation() error {
	return q.changeInvitation((*store.Tenant).RevokeInvitation)
}

func (q *request) changeInvitation(change func(*store.Tenant, domain.ID) error) error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	if err := q.do(func(t *store.Tenant) error { return change(t, id) }); err != nil {
		return err
	}
	return q.redirect("/admin/people")
}

// What was checked waits sealed, under a token that works once, until it is sent.
const (
	importPurpose = "import"
	importWaits   = time.Hour
)

// checkedImport is a list that was checked, and by whom.
type checkedImport struct {
	Tenant, Member domain.ID
	Lines          []domain.ImportLine
}

func (q *request) newImport() error { return q.importPage(fiber.StatusOK, people.ImportPage{}) }

func (q *request) importPage(status int, p people.ImportPage) error {
	err := q.read(func(t *store.Tenant) (err error) {
		p.Roles, _, err = t.Offering()
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Invite from a list"}, people.Import(p))
}

// checkImport says what each line of a list would come to. Nothing is sent.
func (q *request) checkImport() error {
	var p people.ImportPage
	lines, problems := domain.ParseImport(q.exactly("csv"))
	if problems != nil {
		return q.importPage(fiber.StatusUnprocessableEntity, people.ImportPage{Problems: problems})
	}
	err := q.do(func(t *store.Tenant) (err error) {
		p.Report, err = t.Import(lines, false)
		return err
	})
	if err != nil {
		return err
	}
	p.Token, err = q.DB.Challenge(q.ctx, importPurpose, checkedImport{q.actor().Tenant(), q.actor().Member(), lines}, importWaits)
	if err != nil {
		return err
	}
	return q.importPage(fiber.StatusOK, p)
}

// sendImport sends a list that was checked, once, by whoever checked it.
func (q *request) sendImport() error {
	var c checkedImport
	err := q.DB.Answer(q.ctx, importPurpose, q.typed("token"), &c)
	if errors.Is(err, domain.ErrNotFound) || err == nil && (c.Tenant != q.actor().Tenant() || c.Member != q.actor().Member()) {
		return q.importPage(fiber.StatusConflict, people.ImportPage{Problems: domain.Problems{{Field: "csv", Code: "sent_or_old",
			Text: "This list was sent already, or has waited too long. The invitations show what was sent; choose the file again to check it anew."}}})
	}
	if err != nil {
		return err
	}
	p := people.ImportPage{Sent: true}
	err = q.do(func(t *store.Tenant) (err error) {
		p.Report, err = t.Import(c.Lines, true)
		return err
	})
	if err != nil {
		return err
	}
	return q.importPage(fiber.StatusOK, p)
}

// showInvitation shows whoever holds the link what they are invited to.
func (q *request) showInvitation() error {
	p, err := q.invitation()
	if errors.Is(err, domain.ErrNotFound) {
		return q.invitationOver()
	}
	if err != nil {
		return err
	}
	p.Form.Name = p.Invitation.Name
	return q.joinPage(fiber.StatusOK, p)
}

func (q *request) invitation() (people.JoinPage, error) {
	invited, err := q.DB.Invitation(q.ctx, q.token())
	p := people.JoinPage{Invitation: invited.Invitation, Organization: invited.Organization, Action: "/invitations/" + q.token(), Now: q.now}
	if q.signedIn() {
		p.SignedInAs = q.who.Member.Email
	}
	return p, err
}

// invitationOver is the one answer to every link that leads nowhere (A11).
func (q *request) invitationOver() error {
	return q.public(fiber.StatusNotFound, "Invitation", people.JoinOver())
}

func (q *request) joinPage(status int, p people.JoinPage) error {
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return err
	}
	p.PolicyVersion, p.Recipients = inForce.Version, q.recipients()
	p.Form.Password = ""
	return q.public(status, "Join "+p.Organization, people.Join(p))
}

// acceptInvitation makes the account. Role and department come from the invitation, whatever the form says (A11); consent to
// AI is recorded only when its own box was ticked (P47).
func (q *request) acceptInvitation() error {
	p, err := q.invitation()
	p.Form = domain.Joining{Name: q.typed("name"), Email: domain.NormalEmail(q.typed("email")), Password: q.exactly("password"),
		Terms: q.ticked("terms"), Business: q.ticked("business"), Consents: q.agreed()}
	if errors.Is(err, domain.ErrNotFound) || err == nil && p.SignedInAs == "" && p.Form.Email != p.Invitation.Email {
		return q.invitationOver()
	}
	if err != nil {
		return err
	}
	if p.SignedInAs != "" {
		return q.joinPage(fiber.StatusConflict, p)
	}
	if p.Problems = p.Form.Problems(p.Organization); len(p.Problems) > 0 {
		return q.joinPage(fiber.StatusUnprocessableEntity, p)
	}
	if wait, err := q.DB.Attempt(q.ctx, "join", q.address(), signUpsByAddress); err != nil {
		return tooMany(wait, err)
	}
	in, err := q.join(p.Form)
	if errors.Is(err, domain.ErrNotFound) { // somebody was quicker
		return q.invitationOver()
	}
	if err != nil {
		return err
	}
	return q.begin(in, "/home")
}

func (q *request) join(f domain.Joining) (store.Admitted, error) {
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return store.Admitted{}, err
	}
	hash, err := q.hash.hash(q.ctx, f.Password, q.DB.Salt(f.Email))
	if err != nil {
		return store.Admitted{}, err
	}
	in, _, err := q.DB.AcceptInvitation(q.ctx, q.token(), store.Acceptance{Name: f.Name, Hash: hash, PolicyVersion: inForce.Version,
		Consents: f.Consents, Arrival: q.arrival(domain.ByInvitation)})
	return in, err
}
