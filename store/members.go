package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type memberRow struct {
	bun.BaseModel `bun:"table:members,alias:m"`
	owned
	ID            domain.ID `bun:",pk"`
	Email         []byte
	EmailLookup   []byte
	Name          []byte
	Department    []byte
	Role          domain.Role
	Active        bool
	PasswordHash  string
	PolicyVersion int
	Business      bool
	Theme         string
	PanelWidth    int
	PanelFolded   bool
	CreatedAt     time.Time
}

type newMember struct {
	Name, Email, Department string
	Role                    domain.Role
	Hash                    string
	PolicyVersion           int
}

func (t *Tenant) addMember(id domain.ID, m newMember) error {
	p := t.inOf(id, "members", id)
	r := memberRow{owned: owned{t.id()}, ID: id, Role: m.Role, Active: true, PasswordHash: m.Hash,
		PolicyVersion: m.PolicyVersion, Business: true, PanelWidth: domain.PanelDefault, CreatedAt: t.now,
		Email: p.text("email", m.Email), Name: p.text("name", m.Name), Department: p.text("department", m.Department),
		EmailLookup: t.db.keys.Lookup(domain.NormalEmail(m.Email))}
	if p.err != nil {
		return p.err
	}
	return t.insert(&r)
}

// AddMember gives a person an account in the actor's organization, with a key of their own. Invitations will call it;
// until then the seed does. hash is the PHC string of the password's hash.
func (db *DB) AddMember(ctx context.Context, a domain.Actor, m domain.Member, hash string) (domain.Actor, error) {
	if !a.May(domain.ConfigureAI) || m.Role == domain.Owner && a.Role() != domain.Owner {
		return domain.Actor{}, domain.ErrNotFound // only an owner makes an owner
	}
	added := domain.NewActor(a.Tenant(), newID(), m.Role)
	box, err := db.keys.Tenant(ctx, string(a.Tenant()))
	if err != nil {
		return domain.Actor{}, known(err)
	}
	if err := box.CreatePerson(ctx, string(added.Member())); err != nil {
		return domain.Actor{}, known(err)
	}
	return added, db.Tenant(ctx, a, func(t *Tenant) error {
		n := newMember{Name: domain.Line(m.Name), Email: domain.NormalEmail(m.Email), Department: domain.Line(m.Department),
			Role: m.Role, Hash: hash, PolicyVersion: m.PolicyVersion}
		if err := t.addMember(added.Member(), n); err != nil {
			return err
		}
		return t.audit("member.added", "member", added.Member(), string(m.Role))
	})
}

func (t *Tenant) member(r memberRow) domain.Member {
	p := t.in("members", r.ID)
	return domain.Member{ID: r.ID, Name: p.shown("name", r.Name), Email: p.shown("email", r.Email),
		Department: p.shown("department", r.Department), Role: r.Role, Active: r.Active, PolicyVersion: r.PolicyVersion,
		Preferences: domain.Preferences{Theme: r.Theme, PanelWidth: r.PanelWidth, PanelFolded: r.PanelFolded}, CreatedAt: r.CreatedAt}
}

// Me is the actor's own account.
func (t *Tenant) Me() (domain.Member, error) {
	var r memberRow
	if err := t.find(&r, "id = ?", t.actor.Member()); err != nil {
		return domain.Member{}, err
	}
	return t.member(r), nil
}

// Members lists the organization's people by the time they came.
func (t *Tenant) Members() ([]domain.Member, error) {
	var rows []memberRow
	if err := t.of(&rows).Order("id").Limit(1000).Scan(t.ctx); err != nil {
		return nil, err
	}
	out := make([]domain.Member, len(rows))
	for i, r := range rows {
		out[i] = t.member(r)
	}
	return out, nil
}

// names maps ids to people's names, for pages that say who did what.
func (t *Tenant) names(ids ...domain.ID) (map[domain.ID]string, error) {
	out := map[domain.ID]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []memberRow
	if err := t.of(&rows).Column("tenant_id", "id", "name").Where("id IN (?)", bun.List(ids)).Scan(t.ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = t.in("members", r.ID).shown("name", r.Name)
	}
	return out, nil
}

// Deactivate closes a person's account: it can't sign in any more, and what is signed in ends at its next request (A16).
// An owner can't be deactivated, nor can one deactivate oneself: somebody must be left to undo it.
func (t *Tenant) Deactivate(id domain.ID) error {
	if err := t.may(domain.ConfigureAI); err != nil {
		return err
	}
	n, err := t.update(&memberRow{Active: false}, []string{"active"}, "id = ? AND id <> ? AND role <> ? AND active",
		id, t.actor.Member(), domain.Owner)
	if err := one(n, err); err != nil {
		return err
	}
	if _, err := t.remove((*sessionRow)(nil), "member_id = ?", id); err != nil {
		return err
	}
	return t.audit("member.deactivated", "member", id, "")
}

// SavePreferences keeps how the actor likes the pages.
func (t *Tenant) SavePreferences(p domain.Preferences) error {
	p = p.Clean()
	r := memberRow{Theme: p.Theme, PanelWidth: p.PanelWidth, PanelFolded: p.PanelFolded}
	return one(t.update(&r, []string{"theme", "panel_width", "panel_folded"}, "id = ?", t.actor.Member()))
}

// CorrectProfile changes the actor's own name and department (P78). Where they are shown, they are read from here.
func (t *Tenant) CorrectProfile(name, department string) error {
	name, department = domain.Line(name), domain.Line(department)
	var problems domain.Problems
	problems.Add(name == "", "name", "required", "Enter your name.")
	problems.Add(len([]rune(name)) > domain.MaxName, "name", "too_long", "Use at most 120 characters.")
	problems.Add(len([]rune(department)) > domain.MaxName, "department", "too_long", "Use at most 120 characters.")
	if problems.Err() != nil {
		return problems
	}
	id := t.actor.Member()
	p := t.inOf(id, "members", id)
	r := memberRow{Name: p.text("name", name), Department: p.text("department", department)}
	if p.err != nil {
		return p.err
	}
	if err := one(t.update(&r, []string{"name", "department"}, "id = ?", id)); err != nil {
		return err
	}
	return t.audit("member.corrected", "member", id, "")
}

// Reactivate opens a closed account again; the person signs in anew.
func (t *Tenant) Reactivate(id domain.ID) error {
	if err := t.mayConfigureAI(); err != nil {
		return err
	}
	n, err := t.update(&memberRow{Active: true}, []string{"active"}, "id = ? AND id <> ? AND role <> ? AND NOT active", id, t.actor.Member(), domain.Owner)
	if err := one(n, err); err != nil {
		return err
	}
	return t.audit("member.reactivated", "member", id, "")
}
