package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type ssoRow struct {
	bun.BaseModel `bun:"table:sso,alias:so"`
	owned
	Issuer       []byte
	ClientID     []byte
	ClientSecret []byte
	Enabled      bool
	Provision    bool
	Role         domain.Role
	RoleID       domain.ID `bun:",nullzero"`
	UpdatedAt    time.Time
}

type ssoGroupRow struct {
	bun.BaseModel `bun:"table:sso_groups,alias:sg"`
	owned
	ID            domain.ID `bun:",pk"`
	Name          []byte
	Kind, Subject string
}

// SSO is what the organization decided about single sign-on.
func (t *Tenant) SSO() (domain.SSO, error) {
	if err := t.may(domain.ManageSecurity); err != nil {
		return domain.SSO{}, err
	}
	return t.sso()
}

func (t *Tenant) sso() (domain.SSO, error) {
	rows, err := t.ssoRows()
	if err != nil || len(rows) == 0 {
		return domain.SSO{Role: domain.Staff}, err
	}
	r, p := rows[0], t.in("sso", t.id())
	out := domain.SSO{Issuer: p.read("issuer", r.Issuer), ClientID: p.read("client_id", r.ClientID), HasSecret: true, Enabled: r.Enabled,
		Provision: r.Provision, Role: r.Role, RoleID: r.RoleID, UpdatedAt: r.UpdatedAt}
	if p.err != nil {
		return domain.SSO{}, p.err
	}
	var groups []ssoGroupRow
	if err := t.of(&groups).Order("id").Limit(domain.MaxGroupRules).Scan(t.ctx); err != nil {
		return domain.SSO{}, err
	}
	for _, g := range groups {
		out.Groups = append(out.Groups, domain.GroupRule{ID: g.ID, Group: t.in("sso_groups", g.ID).shown("name", g.Name), Kind: g.Kind, Subject: g.Subject})
	}
	return out, nil
}

func (t *Tenant) ssoRows() ([]ssoRow, error) {
	var rows []ssoRow
	err := t.of(&rows).Limit(1).Scan(t.ctx)
	return rows, err
}

// SaveSSO keeps what an admin decided about single sign-on. Another issuer makes nobody else's identity hold: identities are
// of an issuer.
func (t *Tenant) SaveSSO(f domain.SSOForm, development bool) error {
	if err := t.maySecure(); err != nil {
		return err
	}
	rows, err := t.ssoRows()
	if err != nil {
		return err
	}
	choices, err := t.SSOChoices()
	if err != nil {
		return err
	}
	before, err := t.sso()
	if err != nil {
		return err
	}
	// A secret is for the provider that gave it: another one must not be handed it.
	problems := append(f.Problems(development, len(rows) > 0 && f.Issuer == before.Issuer), choices.problems(f)...)
	if err := problems.Err(); err != nil {
		return err
	}
	r := ssoRow{owned: owned{t.id()}, Enabled: f.Enabled, Provision: f.Provision, UpdatedAt: t.now}
	r.Role, r.RoleID = roleNamed(f.Role)
	p := t.in("sso", t.id())
	r.Issuer, r.ClientID = p.text("issuer", f.Issuer), p.text("client_id", f.ClientID)
	r.ClientSecret = p.text("client_secret", f.Secret)
	if p.err != nil {
		return p.err
	}
	if f.Secret == "" { // the stored one stays
		r.ClientSecret = rows[0].ClientSecret
	}
	if err := t.keepSSO(r); err != nil {
		return err
	}
	if err := t.keepGroups(f.Groups); err != nil {
		return err
	}
	return t.audit("sso.saved", "organization", t.id(), onOff(f.Enabled))
}

func (t *Tenant) keepSSO(r ssoRow) error {
	_, err := t.bun.NewInsert().Model(&r).On("CONFLICT (tenant_id) DO UPDATE").Set("issuer = EXCLUDED.issuer").
		Set("client_id = EXCLUDED.client_id").Set("client_secret = EXCLUDED.client_secret").Set("enabled = EXCLUDED.enabled").
		Set("provision = EXCLUDED.provision").Set("role = EXCLUDED.role").Set("role_id = EXCLUDED.role_id").
		Set("updated_at = EXCLUDED.updated_at").Exec(t.ctx)
	return err
}

func (t *Tenant) keepGroups(rules []domain.GroupRule) error {
	if _, err := t.remove((*ssoGroupRow)(nil), "true"); err != nil {
		return err
	}
	rows := make([]ssoGroupRow, 0, len(rules))
	for _, g := range rules {
		id := newID()
		p := t.in("sso_groups", id)
		rows = append(rows, ssoGroupRow{owned: owned{t.id()}, ID: id, Name: p.text("name", g.Group), Kind: g.Kind, Subject: g.Subject})
		if p.err != nil {
			return p.err
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return t.insert(&rows)
}

// roleNamed is a built-in role by its name, or one of the organization's own by its id.
func roleNamed(s string) (domain.Role, domain.ID) {
	if slices.Contains(domain.Roles, domain.Role(s)) {
		return domain.Role(s), ""
	}
	return domain.Custom, domain.ID(s)
}

func (t *Tenant) maySecure() error {
	if err := t.may(domain.ManageSecurity); err != nil {
		return err
	}
	return t.writable()
}

// Named is a thing with its name, to choose from.
type Named struct {
	ID   string
	Name string
}

// SSOChoices is what groups can give: roles, but for the owner's, and departments.
type SSOChoices struct{ Roles, Departments []Named }

// SSOChoices lists what groups can give.
func (t *Tenant) SSOChoices() (SSOChoices, error) {
	d, err := t.directory()
	if err != nil {
		return SSOChoices{}, err
	}
	var out SSOChoices
	for _, r := range d.everyRole() {
		if r.Role != domain.Owner {
			out.Roles = append(out.Roles, Named{r.Key(), r.Name})
		}
	}
	for _, p := range d.sorted(func(domain.ID) bool { return true }) {
		out.Departments = append(out.Departments, Named{string(p.ID), p.Path})
	}
	return out, nil
}

func has(all []Named, id string) bool {
	return slices.ContainsFunc(all, func(n Named) bool { return n.ID == id })
}

// problems refuses what is not the organization's (A34).
func (c SSOChoices) problems(f domain.SSOForm) domain.Problems {
	var p domain.Problems
	p.Add(!has(c.Roles, f.Role), "default_role", "unknown", "Choose a role from the list.")
	for _, g := range f.Groups {
		known := g.Kind == domain.GroupRole && has(c.Roles, g.Subject) || g.Kind == domain.GroupDepartment && has(c.Departments, g.Subject)
		p.Add(!known, "groups", "unknown", "Choose a role or a department from the list for each group.")
	}
	return p
}

// Client is how this installation is known to an organization's provider.
type Client struct {
	Tenant           domain.ID
	Organization     string
	Issuer, ClientID string
	Secret           domain.Secret
	Enabled          bool
	Required         bool // everybody but the owner has to come this way
}

// ssoClient is the organization's client at its provider; false when nothing was decided yet.
func (t *Tenant) ssoClient() (Client, bool, error) {
	rows, err := t.ssoRows()
	if err != nil || len(rows) == 0 {
		return Client{}, false, err
	}
	o, err := t.Organization()
	if err != nil {
		return Client{}, false, err
	}
	r, p := rows[0], t.in("sso", t.id())
	out := Client{Tenant: t.id(), Organization: o.Name, Issuer: p.read("issuer", r.Issuer), ClientID: p.read("client_id", r.ClientID),
		Secret: domain.NewSecret(p.read("client_secret", r.ClientSecret)), Enabled: r.Enabled, Required: o.Door.SSO}
	return out, p.err == nil, p.err
}

// SSOClient is an organization's client at its provider, for the round trip of a sign-on. It is for the door only and never
// shown. ErrNotFound when nothing was decided.
func (db *DB) SSOClient(ctx context.Context, tenant domain.ID) (Client, error) {
	var out Client
	return out, db.Read(ctx, System(tenant), func(t *Tenant) error {
		c, ok, err := t.ssoClient()
		if err == nil && !ok {
			err = domain.ErrNotFound
		}
		out = c
		return err
	})
}

// SSOFor lists the organizations that an address can sign in to by single sign-on: those that have verified its domain.
// It says nothing of whether the address has an account (A119). The order is by id.
func (db *DB) SSOFor(ctx context.Context, email string) ([]Client, error) {
	tenants, err := db.claiming(ctx, domain.MailDomainOf(email))
	if err != nil {
		return nil, err
	}
	var out []Client
	for _, tenant := range tenants {
		c, err := db.SSOClient(ctx, tenant)
		if err == nil && c.Enabled {
			out = append(out, c)
		} else if err != nil && !errors.Is(known(err), domain.ErrNotFound) {
			return nil, err
		}
	}
	return out, nil
}
