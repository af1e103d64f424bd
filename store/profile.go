package store

import (
	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// SavePreferences keeps how the actor likes the pages.
func (t *Tenant) SavePreferences(p domain.Preferences) error {
	p = p.Clean()
	r := memberRow{Theme: p.Theme, PanelWidth: p.PanelWidth, PanelFolded: p.PanelFolded}
	return one(t.update(&r, []string{"theme", "panel_width", "panel_folded"}, "id = ?", t.actor.Member()))
}

// CorrectProfile changes the actor's own name, title, and how times are written for them (P78). Where names are shown, they
// are read from here.
func (t *Tenant) CorrectProfile(f domain.ProfileForm) error {
	f = f.Clean()
	if problems := f.Problems(); problems.Err() != nil {
		return problems
	}
	id := t.actor.Member()
	p := t.inOf(id, "members", id)
	r := memberRow{Name: p.text("name", f.Name), Title: p.text("title", f.Title), Locale: f.Locale, TimeZone: f.TimeZone}
	if p.err != nil {
		return p.err
	}
	if err := one(t.changeMember(&r, []string{"name", "title", "locale", "time_zone"}, "id = ?", id)); err != nil {
		return err
	}
	return t.audit("member.corrected", "member", id, "")
}

// Profile is what the actor's own page says beside what they may correct.
type Profile struct {
	Department string   // by name, "" when in none
	Managers   []string // the names of some who can change the role and the department
}

// maxManagersShown bounds how many of them are named.
const maxManagersShown = 3

// Profile is what is known of the actor that others decide.
func (t *Tenant) Profile() (Profile, error) {
	var p Profile
	var department []struct {
		ID   domain.ID
		Name []byte
	}
	err := t.bun.NewSelect().TableExpr("departments d").Column("d.id", "d.name").
		Join("JOIN members m ON m.tenant_id = d.tenant_id AND m.department_id = d.id").
		Where("d.tenant_id = ? AND m.id = ?", t.id(), t.actor.Member()).Scan(t.ctx, &department)
	if err != nil {
		return p, err
	}
	for _, d := range department {
		p.Department = t.in("departments", d.ID).shown("name", d.Name)
	}
	p.Managers, err = t.peopleManagers()
	return p, err
}

// peopleManagers names some of those who may manage people.
func (t *Tenant) peopleManagers() ([]string, error) {
	var roles []domain.Role
	for _, r := range domain.Roles {
		if domain.NewActor(t.id(), t.actor.Member(), r).May(domain.ManagePeople) {
			roles = append(roles, r)
		}
	}
	var rows []memberRow
	err := t.of(&rows).Where("m.active AND m.id <> ?", t.actor.Member()).
		Where("(m.role IN (?) OR m.role_id IN (SELECT r.id FROM roles r WHERE r.tenant_id = m.tenant_id AND ? = ANY(r.permissions)))",
			bun.List(roles), domain.ManagePeople).Order("m.id").Limit(maxManagersShown).Scan(t.ctx)
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = t.in("members", r.ID).shown("name", r.Name)
	}
	return out, err
}

// Measure lets usage and the screen's size be counted for the actor, or not (P80). Not: what was counted is deleted.
func (t *Tenant) Measure(on bool) error {
	me := t.actor.Member()
	if err := one(t.update(&memberRow{Measured: on}, []string{"measured"}, "id = ?", me)); err != nil {
		return err
	}
	verb := "measuring.allowed"
	if !on {
		verb = "measuring.refused"
		if _, err := t.remove((*usageRow)(nil), "member_id = ?", me); err != nil {
			return err
		}
		if _, err := t.update(&sessionRow{}, []string{"screen_width", "screen_height", "screen_ratio"}, "member_id = ?", me); err != nil {
			return err
		}
	}
	return t.audit(verb, "member", me, "")
}
