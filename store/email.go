package store

import (
	"aimyorg/domain"
)

// AskEmail mails the actor a link by which they confirm that another address is theirs. Whether somebody else in the
// organization has it is said to who follows the link only.
func (t *Tenant) AskEmail(email string) error {
	email = domain.NormalEmail(email)
	me, err := t.Me()
	if err != nil {
		return err
	}
	var problems domain.Problems
	problems.Add(!domain.ValidEmail(email), "email", "invalid", "Enter an email address like name@example.com.")
	problems.Add(email == me.Email, "email", "same", "This is the address that you have now.")
	if problems.Err() != nil {
		return problems
	}
	o, err := t.Organization()
	if err != nil {
		return err
	}
	token, err := t.link(newID(), me.ID, linkEmail, email)
	if err != nil {
		return err
	}
	_, err = t.post(me.ID, domain.Letter{Kind: domain.LetterConfirmEmail, To: email, Name: me.Name, Organization: o.Name,
		Path: "/account/email/" + token, Until: t.now.Add(domain.LinkLasts)})
	if err != nil {
		return err
	}
	return t.audit("email.change_asked", "member", me.ID, "")
}

// NewEmail is the address that one of the actor's own links confirms. ErrNotFound when the link was used, is over or void,
// is somebody else's or never was.
func (t *Tenant) NewEmail(token string) (string, error) {
	email, _, err := t.newEmail(token)
	return email, err
}

func (t *Tenant) newEmail(token string) (string, linkRow, error) {
	if of, err := tenantOf(token); err != nil || of != t.id() {
		return "", linkRow{}, domain.ErrNotFound
	}
	r, err := t.openLink(token, linkEmail)
	if err != nil {
		return "", r, err
	}
	if r.MemberID != t.actor.Member() {
		return "", r, domain.ErrNotFound
	}
	p := t.in("links", r.ID)
	return p.read("body", r.Body), r, p.err
}

// ConfirmEmail uses a link: the actor signs in with the new address from now on. The old address is told at once. Whose
// password did not come along is mailed a link to a new one.
func (t *Tenant) ConfirmEmail(token string) error {
	email, r, err := t.newEmail(token)
	if err != nil {
		return err
	}
	var m memberRow
	if err := t.of(&m).Where("id = ?", t.actor.Member()).For("UPDATE").Scan(t.ctx); err != nil {
		return err
	}
	if err := t.free(email); err != nil {
		return err
	}
	if err := t.useLink(r.ID); err != nil {
		return err
	}
	// Before the address changes: the mail goes to the one that the person has had.
	if err := t.notify(m.ID, domain.Notice{Kind: domain.NoticeEmailChanged, Words: domain.NoticeWords{What: email}}); err != nil {
		return err
	}
	kept, err := t.changeEmail(m.ID, email)
	if err != nil {
		return err
	}
	if err := t.voidAllLinks(m.ID); err != nil { // they went to the old address (A6)
		return err
	}
	if m.PasswordHash != "" && !kept {
		if err := t.mailReset(newID(), m.ID, ""); err != nil {
			return err
		}
	}
	return t.audit("email.changed", "member", m.ID, "")
}

// free refuses an address that somebody in the organization has.
func (t *Tenant) free(email string) error {
	n, err := t.count(t.of((*memberRow)(nil)).Where("email_lookup = ?", t.db.keys.Lookup(email)))
	if err == nil && n > 0 {
		return domain.Problems{{Field: "email", Code: "taken", Text: "Somebody in your organization has this address already, so it can't be yours."}}
	}
	return err
}
