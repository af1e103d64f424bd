package store

import (
	"encoding/base64"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type domainRow struct {
	bun.BaseModel `bun:"table:domains,alias:dm"`
	owned
	ID         domain.ID `bun:",pk"`
	Name       []byte
	Lookup     []byte
	Token      string
	VerifiedAt time.Time `bun:",nullzero"`
	CheckedAt  time.Time `bun:",nullzero"`
	FailingAt  time.Time `bun:",nullzero"`
	CreatedAt  time.Time
}

func (db *DB) domainLookup(name string) []byte { return db.keys.Lookup("domain|" + name) }

func (t *Tenant) mailDomain(r domainRow) domain.MailDomain {
	return domain.MailDomain{ID: r.ID, Name: t.in("domains", r.ID).shown("name", r.Name), Token: r.Token, VerifiedAt: r.VerifiedAt,
		CheckedAt: r.CheckedAt, FailingAt: r.FailingAt}
}

// Domains lists the organization's mail domains by the time they were added.
func (t *Tenant) Domains() ([]domain.MailDomain, error) {
	if err := t.may(domain.ManageSecurity); err != nil {
		return nil, err
	}
	var rows []domainRow
	if err := t.of(&rows).Order("id").Limit(domain.MaxMailDomains).Scan(t.ctx); err != nil {
		return nil, err
	}
	out := make([]domain.MailDomain, len(rows))
	for i, r := range rows {
		out[i] = t.mailDomain(r)
	}
	return out, nil
}

// Domain is one of the organization's mail domains.
func (t *Tenant) Domain(id domain.ID) (domain.MailDomain, error) {
	if err := t.may(domain.ManageSecurity); err != nil {
		return domain.MailDomain{}, err
	}
	var r domainRow
	if err := t.find(&r, "id = ?", id); err != nil {
		return domain.MailDomain{}, err
	}
	return t.mailDomain(r), nil
}

// AddDomain begins to claim a mail domain: it counts for nothing until its record was found. Another organization may claim
// it, too; each needs a record of its own.
func (t *Tenant) AddDomain(typed string) (domain.ID, error) {
	if err := t.maySecure(); err != nil {
		return "", err
	}
	name := domain.CleanDomain(typed)
	problems := domain.MailDomainProblems(name)
	if err := problems.Err(); err != nil {
		return "", err
	}
	var rows []domainRow
	if err := t.of(&rows).Column("id", "lookup").Limit(domain.MaxMailDomains).Scan(t.ctx); err != nil {
		return "", err
	}
	lookup := t.db.domainLookup(name)
	for _, r := range rows {
		problems.Add(string(r.Lookup) == string(lookup), "domain", "there", "That domain is in the list already.")
	}
	problems.Add(len(rows) >= domain.MaxMailDomains, "domain", "too_many", "At most 50 domains can be listed.")
	if err := problems.Err(); err != nil {
		return "", err
	}
	id := newID()
	p := t.in("domains", id)
	r := domainRow{owned: owned{t.id()}, ID: id, Name: p.text("name", name), Lookup: lookup,
		Token: base64.RawURLEncoding.EncodeToString(random(24)), CreatedAt: t.now}
	if p.err != nil {
		return "", p.err
	}
	if err := t.insert(&r); err != nil {
		return "", err
	}
	return id, t.audit("domain.added", "domain", id, name)
}

// RemoveDomain gives a mail domain up. Who has signed in stays who they are: identities do not hang on it.
func (t *Tenant) RemoveDomain(id domain.ID) error {
	d, err := t.Domain(id)
	if err != nil {
		return err
	}
	if err := t.maySecure(); err != nil {
		return err
	}
	if err := one(t.remove((*domainRow)(nil), "id = ?", id)); err != nil {
		return err
	}
	return t.audit("domain.removed", "domain", id, d.Name)
}

// CheckedDomain keeps what a look at a domain's records found. A verified domain whose record is missing for a week is not
// verified any more, and who manages security is told.
func (t *Tenant) CheckedDomain(id domain.ID, found bool) (domain.MailDomain, error) {
	if t.actor != System(t.id()) {
		if err := t.maySecure(); err != nil {
			return domain.MailDomain{}, err
		}
	}
	var r domainRow
	if err := t.of(&r).Where("id = ?", id).For("UPDATE").Scan(t.ctx); err != nil {
		return domain.MailDomain{}, err
	}
	before := r
	r.CheckedAt = t.now
	switch {
	case found && r.VerifiedAt.IsZero():
		r.VerifiedAt, r.FailingAt = t.now, time.Time{}
	case found:
		r.FailingAt = time.Time{}
	case r.VerifiedAt.IsZero():
	case r.FailingAt.IsZero():
		r.FailingAt = t.now
	case t.now.Sub(r.FailingAt) >= domain.DomainPatience:
		r.VerifiedAt, r.FailingAt = time.Time{}, time.Time{}
	}
	if _, err := t.update(&r, []string{"checked_at", "verified_at", "failing_at"}, "id = ?", id); err != nil {
		return domain.MailDomain{}, err
	}
	d := t.mailDomain(r)
	switch was := !before.VerifiedAt.IsZero(); {
	case !was && d.Verified():
		return d, t.audit("domain.verified", "domain", id, d.Name)
	case was && !d.Verified():
		return d, t.lostDomain(d)
	}
	return d, nil
}

func (t *Tenant) lostDomain(d domain.MailDomain) error {
	var admins []memberRow
	err := t.of(&admins).Column("id").Where("active AND role IN (?)", bun.List([]domain.Role{domain.Owner, domain.Admin})).Limit(100).Scan(t.ctx)
	if err != nil {
		return err
	}
	for _, m := range admins {
		if err := t.notify(m.ID, domain.Notice{Kind: domain.NoticeDomainLost, Words: domain.NoticeWords{What: d.Name}}); err != nil {
			return err
		}
	}
	return t.audit("domain.lost", "domain", d.ID, d.Name)
}

// DomainsDue are the domains that have not been looked at for a day.
func (t *Tenant) DomainsDue() ([]domain.MailDomain, error) {
	var rows []domainRow
	err := t.of(&rows).Where("verified_at IS NOT NULL AND (checked_at IS NULL OR checked_at <= ?)", t.now.Add(-domain.DomainCheck)).
		Limit(domain.MaxMailDomains).Scan(t.ctx)
	out := make([]domain.MailDomain, len(rows))
	for i, r := range rows {
		out[i] = t.mailDomain(r)
	}
	return out, err
}

// claims says whether the organization has verified the domain of an address.
func (t *Tenant) claims(email string) (bool, error) {
	name := domain.MailDomainOf(email)
	if name == "" {
		return false, nil
	}
	n, err := t.count(t.of((*domainRow)(nil)).Where("lookup = ? AND verified_at IS NOT NULL", t.db.domainLookup(name)))
	return n > 0, err
}
