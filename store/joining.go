package store

import (
	"context"
	"errors"
	"strings"

	"aimyorg/domain"
)

// Invited is an invitation as whoever holds its link sees it.
type Invited struct {
	domain.Invitation
	Organization string
}

// Invitation is what a link leads to. One that was taken or taken back, has ended, is forged or never was: all are not found
// alike (A11).
func (db *DB) Invitation(ctx context.Context, token string) (out Invited, err error) {
	tenant, err := domain.ParseID(strings.SplitN(token, ".", 2)[0])
	if err != nil {
		return out, domain.ErrNotFound
	}
	err = db.Read(ctx, domain.NewActor(tenant, "", ""), func(t *Tenant) error {
		r, err := t.openInvitation(token, false)
		if err != nil {
			return err
		}
		d, err := t.directory()
		if err != nil {
			return err
		}
		o, err := t.Organization()
		if err != nil {
			return err
		}
		if o.State != domain.OrganizationActive {
			return domain.ErrNotFound
		}
		out = Invited{t.invitation(r, d), o.Name}
		return nil
	})
	if errors.Is(err, ErrUnreadable) { // the organization's keys were destroyed
		err = domain.ErrNotFound
	}
	return out, err
}

// openInvitation is the invitation of a token that can be taken now; locked, nobody else takes it meanwhile.
func (t *Tenant) openInvitation(token string, lock bool) (invitationRow, error) {
	var r invitationRow
	q := t.of(&r).Where("token_hash = ?", hashToken(token))
	if lock {
		q = q.For("UPDATE")
	}
	if err := q.Scan(t.ctx); err != nil {
		return r, err
	}
	if !r.open() || !t.now.Before(r.ExpiresAt) {
		return r, domain.ErrNotFound
	}
	return r, nil
}

// Acceptance is what an invited person brings: who they say they are, how they will sign in (Hash is "" for who has no
// password), what they read and agreed to. What they get is in the invitation.
type Acceptance struct {
	Name          string
	Hash          string
	PolicyVersion int
	Consents      []domain.Provider // see domain.Joining
	Arrival       domain.Arrival
}

// AcceptInvitation makes the account that an invitation keeps a place for, with the role and the department in its row (A11),
// and signs its person in. The invitation is gone then. The person's key is made first: a key without a person harms nobody.
func (db *DB) AcceptInvitation(ctx context.Context, token string, a Acceptance) (Admitted, domain.Actor, error) {
	invited, err := db.Invitation(ctx, token)
	if err != nil {
		return Admitted{}, domain.Actor{}, err
	}
	a.Name = domain.Line(a.Name)
	if a.Name == "" {
		a.Name = invited.Name
	}
	tenant, _ := domain.ParseID(strings.SplitN(token, ".", 2)[0]) // Invitation has parsed it
	member := domain.NewActor(tenant, newID(), "")
	box, err := db.keys.Tenant(ctx, string(tenant))
	if err != nil {
		return Admitted{}, member, known(err)
	}
	if err := box.CreatePerson(ctx, string(member.Member())); err != nil {
		return Admitted{}, member, known(err)
	}
	var joined domain.Actor
	err = db.Tenant(ctx, member, func(t *Tenant) (err error) {
		joined, err = t.join(token, a)
		return err
	})
	if err != nil {
		return Admitted{}, domain.Actor{}, err
	}
	in, err := db.SignIn(ctx, joined, a.Arrival)
	return in, joined, err
}

// join makes the actor a member by a token.
func (t *Tenant) join(token string, a Acceptance) (domain.Actor, error) {
	r, err := t.openInvitation(token, true)
	if err != nil {
		return domain.Actor{}, err
	}
	if err := t.writable(); err != nil {
		return domain.Actor{}, domain.ErrNotFound
	}
	id, p := t.actor.Member(), t.in("invitations", r.ID)
	email := p.read("email", r.Email)
	if p.err != nil {
		return domain.Actor{}, p.err
	}
	if known, err := t.knownAddresses(email); err != nil || known[email] == domain.ImportHere {
		return domain.Actor{}, orNotFound(err)
	}
	err = t.addMember(id, newMember{Name: a.Name, Email: email, Department: r.DepartmentID, Role: r.Role, RoleID: r.RoleID, Hash: a.Hash,
		PolicyVersion: a.PolicyVersion})
	if err != nil {
		return domain.Actor{}, err
	}
	if err := t.agree(a.Consents, a.PolicyVersion, "invitation"); err != nil {
		return domain.Actor{}, err
	}
	if err := t.take(r, a.Name); err != nil {
		return domain.Actor{}, err
	}
	who, _, err := t.myself()
	return who, err
}

// take ends an invitation by which the actor has just become a member, and tells who invited them.
func (t *Tenant) take(r invitationRow, name string) error {
	r.AcceptedAt, r.MemberID = t.now, t.actor.Member()
	if err := one(t.update(&r, []string{"accepted_at", "member_id"}, "id = ?", r.ID)); err != nil {
		return err
	}
	if err := t.audit("invitation.accepted", "invitation", r.ID, string(r.Role)); err != nil {
		return err
	}
	return t.tellJoined(r, name)
}

func orNotFound(err error) error {
	if err == nil {
		return domain.ErrNotFound
	}
	return err
}

// tellJoined tells who invited somebody that they came, if they are still here themselves.
func (t *Tenant) tellJoined(r invitationRow, name string) error {
	var by memberRow
	if err := t.of(&by).Column("id", "active").Where("id = ?", r.InvitedBy).Scan(t.ctx); err != nil || !by.Active {
		if errors.Is(known(err), domain.ErrNotFound) {
			return nil
		}
		return err
	}
	return t.notify(r.InvitedBy, domain.Notice{Kind: domain.NoticeInvitationTaken, About: "member", Object: r.MemberID, Words: domain.NoticeWords{Who: name}})
}
