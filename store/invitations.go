package store

import (
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type invitationRow struct {
	bun.BaseModel `bun:"table:invitations,alias:iv"`
	owned
	ID           domain.ID `bun:",pk"`
	Email        []byte
	EmailLookup  []byte
	Name         []byte
	Role         domain.Role
	RoleID       domain.ID `bun:",nullzero"`
	DepartmentID domain.ID `bun:",nullzero"`
	TokenHash    []byte
	MailID       domain.ID `bun:",nullzero"`
	InvitedBy    domain.ID
	CreatedAt    time.Time
	ExpiresAt    time.Time
	AcceptedAt   time.Time `bun:",nullzero"`
	RevokedAt    time.Time `bun:",nullzero"`
	MemberID     domain.ID `bun:",nullzero"`
}

// open says that nobody has taken the invitation or taken it back; it may have ended.
func (r invitationRow) open() bool { return r.AcceptedAt.IsZero() && r.RevokedAt.IsZero() }

// invitee is somebody to invite, checked.
type invitee struct {
	email, name string
	role        domain.GivenRole
	department  domain.ID
}

// Invite keeps a place for somebody and mails them the link to it (A11: what they get is settled here). Whether other
// organizations know the address makes no difference: nobody looks there (A50).
func (t *Tenant) Invite(f domain.InvitationForm) (domain.ID, error) {
	if err := t.may(domain.InvitePeople); err != nil {
		return "", err
	}
	if err := t.writable(); err != nil {
		return "", err
	}
	f = f.Clean()
	problems := f.Problems()
	v, err := t.invitee(f, &problems)
	if err != nil {
		return "", err
	}
	if problems.Err() != nil {
		return "", problems
	}
	known, err := t.knownAddresses(v.email)
	if err != nil {
		return "", err
	}
	problems.Add(known[v.email] == domain.ImportHere, "email", string(domain.ImportHere), "This address has an account here already.")
	problems.Add(known[v.email] == domain.ImportInvitedBefore, "email", string(domain.ImportInvitedBefore),
		"This address has an invitation that is still open. You can send it again from the list.")
	if problems.Err() != nil {
		return "", problems
	}
	return t.invite(v)
}

// invitee finds the role and the department that a form names, of those that the actor may give; others are unknown (A34).
func (t *Tenant) invitee(f domain.InvitationForm, problems *domain.Problems) (invitee, error) {
	v := invitee{email: f.Email, name: f.Name}
	d, err := t.directory()
	if err != nil {
		return v, err
	}
	found := false
	for _, r := range t.givable(d) {
		if r.Key() == f.Role {
			v.role, found = r, true
		}
	}
	problems.Add(f.Role != "" && !found, "role", "unknown", "Choose a role from the list.")
	if f.Department == "" {
		return v, nil
	}
	v.department = domain.ID(f.Department)
	_, known := d.units[v.department]
	problems.Add(!known || !t.mayPlace(d, v.department), "department", "unknown", "Choose a department from the list.")
	return v, nil
}

// knownAddresses says which of the addresses have an account here or an open invitation. Those whose invitation has ended
// are free again.
func (t *Tenant) knownAddresses(emails ...string) (map[string]domain.ImportState, error) {
	if len(emails) == 0 {
		return nil, nil
	}
	lookups, of := make([][]byte, len(emails)), map[string]string{}
	for i, e := range emails {
		lookups[i] = t.db.keys.Lookup(domain.NormalEmail(e))
		of[string(lookups[i])] = e
	}
	out := map[string]domain.ImportState{}
	var open []invitationRow
	err := t.of(&open).Column("email_lookup").Where("email_lookup IN (?)", bun.List(lookups)).
		Where("accepted_at IS NULL AND revoked_at IS NULL AND expires_at > ?", t.now).Scan(t.ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range open {
		out[of[string(r.EmailLookup)]] = domain.ImportInvitedBefore
	}
	var here []memberRow
	err = t.of(&here).Column("email_lookup").Where("email_lookup IN (?)", bun.List(lookups)).Scan(t.ctx)
	for _, r := range here {
		out[of[string(r.EmailLookup)]] = domain.ImportHere
	}
	return out, err
}

// invite saves the invitation and its mail. An earlier one to the same address has ended: it gives way.
func (t *Tenant) invite(v invitee) (domain.ID, error) {
	id := newID()
	p := t.in("invitations", id)
	r := invitationRow{owned: owned{t.id()}, ID: id, Email: p.text("email", v.email), EmailLookup: t.db.keys.Lookup(v.email),
		Name: p.text("name", v.name), Role: v.role.Role, RoleID: v.role.ID, DepartmentID: v.department, InvitedBy: t.actor.Member(),
		CreatedAt: t.now, ExpiresAt: t.now.Add(domain.InvitationLasts)}
	if p.err != nil {
		return "", p.err
	}
	_, err := t.update(&invitationRow{RevokedAt: t.now}, []string{"revoked_at"},
		"email_lookup = ? AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at <= ?", r.EmailLookup, t.now)
	if err != nil {
		return "", err
	}
	if err := t.mailInvitation(&r, v.email, v.name, v.role.Name); err != nil {
		return "", err
	}
	if err := t.insert(&r); err != nil {
		return "", err
	}
	return id, t.audit("invitation.sent", "invitation", id, string(v.role.Role))
}

// mailInvitation gives the invitation a new token, of which only the hash is kept, and mails the link.
func (t *Tenant) mailInvitation(r *invitationRow, email, name, role string) error {
	o, err := t.Organization()
	if err != nil {
		return err
	}
	by, err := t.NamesOf(t.actor.Member())
	if err != nil {
		return err
	}
	token := newToken(t.id())
	r.TokenHash = hashToken(token)
	r.MailID, err = t.post("", domain.Letter{Kind: domain.LetterInvitation, To: email, Name: name, Organization: o.Name, By: by[t.actor.Member()],
		Role: role, Path: "/invitations/" + token, Until: r.ExpiresAt})
	return err
}

// ResendInvitation mails a new link, which lasts anew; the old one is dead.
func (t *Tenant) ResendInvitation(id domain.ID) error {
	r, err := t.lockInvitation(id)
	if err != nil {
		return err
	}
	if err := t.writable(); err != nil {
		return err
	}
	d, err := t.directory()
	if err != nil {
		return err
	}
	role := d.given(r.Role, r.RoleID)
	if !t.actor.MayGive(role.Role, role.Allowed) || r.DepartmentID != "" && !t.mayPlace(d, r.DepartmentID) {
		return domain.ErrNotFound // what one may not give one may not send again
	}
	p := t.in("invitations", id)
	email, name := p.read("email", r.Email), p.read("name", r.Name)
	if p.err != nil {
		return p.err
	}
	if known, err := t.knownAddresses(email); err != nil || known[email] == domain.ImportHere {
		return orConflict(err)
	}
	if err := t.dropMail(r.MailID); err != nil {
		return err
	}
	r.ExpiresAt = t.now.Add(domain.InvitationLasts)
	if err := t.mailInvitation(&r, email, name, role.Name); err != nil {
		return err
	}
	if err := one(t.update(&r, []string{"token_hash", "mail_id", "expires_at"}, "id = ?", id)); err != nil {
		return err
	}
	return t.audit("invitation.resent", "invitation", id, "")
}

func orConflict(err error) error {
	if err == nil {
		return domain.ErrConflict
	}
	return err
}

// given is a role that somebody has, as it can be given.
func (d *directory) given(r domain.Role, id domain.ID) domain.GivenRole {
	for _, have := range d.everyRole() {
		if have.Role == r && have.ID == id {
			return have
		}
	}
	return domain.GivenRole{}
}

// RevokeInvitation takes an invitation back; its link is dead, and its mail isn't sent if it has not been.
func (t *Tenant) RevokeInvitation(id domain.ID) error {
	r, err := t.lockInvitation(id)
	if err != nil {
		return err
	}
	if err := t.dropMail(r.MailID); err != nil {
		return err
	}
	if err := one(t.update(&invitationRow{RevokedAt: t.now}, []string{"revoked_at"}, "id = ?", id)); err != nil {
		return err
	}
	return t.audit("invitation.revoked", "invitation", id, "")
}

// lockInvitation is an invitation that nobody has taken, one's own or, for who manages people, anybody's.
func (t *Tenant) lockInvitation(id domain.ID) (invitationRow, error) {
	var r invitationRow
	if err := t.may(domain.InvitePeople); err != nil {
		return r, err
	}
	if err := t.of(&r).Where("id = ?", id).For("UPDATE").Scan(t.ctx); err != nil {
		return r, err
	}
	if !r.open() || r.InvitedBy != t.actor.Member() && !t.actor.May(domain.ManagePeople) {
		return r, domain.ErrNotFound
	}
	return r, nil
}

// Invitations lists invitations, newest first, with how far their mails came: who manages people sees all, others their own.
func (t *Tenant) Invitations(s Stretch) ([]domain.Invitation, error) {
	if err := t.may(domain.InvitePeople); err != nil {
		return nil, err
	}
	var rows []invitationRow
	q := s.narrow(t.of(&rows), "iv.id")
	if !t.actor.May(domain.ManagePeople) {
		q = q.Where("invited_by = ?", t.actor.Member())
	}
	if err := q.Scan(t.ctx); err != nil {
		return nil, err
	}
	ordered(s, rows)
	d, err := t.directory()
	if err != nil {
		return nil, err
	}
	mails, err := t.mailsOf(rows)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Invitation, len(rows))
	for i, r := range rows {
		out[i] = t.invitation(r, d)
		out[i].Mail = mails[r.MailID]
	}
	return out, nil
}

func (t *Tenant) invitation(r invitationRow, d *directory) domain.Invitation {
	p := t.in("invitations", r.ID)
	out := domain.Invitation{ID: r.ID, Email: p.shown("email", r.Email), Name: p.shown("name", r.Name), Role: r.Role, RoleID: r.RoleID,
		RoleName: d.roleName(r.Role, r.RoleID), Department: r.DepartmentID, DepartmentName: d.units[r.DepartmentID].path, By: r.InvitedBy,
		CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, AcceptedAt: r.AcceptedAt, RevokedAt: r.RevokedAt, Member: r.MemberID}
	if by := d.byID[r.InvitedBy]; by != nil {
		out.ByName = by.name
	}
	return out
}

// mailsOf is how far the mails of invitations came.
func (t *Tenant) mailsOf(rows []invitationRow) (map[domain.ID]domain.Mail, error) {
	var ids []domain.ID
	for _, r := range rows {
		if r.MailID != "" {
			ids = append(ids, r.MailID)
		}
	}
	out := map[domain.ID]domain.Mail{}
	if len(ids) == 0 {
		return out, nil
	}
	var mails []outboxRow
	err := t.of(&mails).Column("id", "state", "reason", "tries", "next_at", "created_at", "sent_at").Where("id IN (?)", bun.List(ids)).Scan(t.ctx)
	for _, m := range mails {
		out[m.ID] = m.mail()
	}
	return out, err
}
