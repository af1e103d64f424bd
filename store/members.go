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
	Title         []byte
	DepartmentID  domain.ID `bun:",nullzero"`
	Role          domain.Role
	RoleID        domain.ID `bun:",nullzero"`
	Active        bool
	PasswordHash  string
	PolicyVersion int
	Business      bool
	Theme         string
	PanelWidth    int
	PanelFolded   bool
	Locale        domain.Locale
	TimeZone      string
	Measured      bool
	Changed       int64 // the organization's epoch when what others see of the person changed last
	CreatedAt     time.Time
}

type newMember struct {
	Name, Email, Title string
	Department         domain.ID
	Role               domain.Role
	RoleID             domain.ID
	Hash               string // "" for who has no password
	PolicyVersion      int
}

func (t *Tenant) addMember(id domain.ID, m newMember) error {
	if err := t.move(); err != nil {
		return err
	}
	p := t.inOf(id, "members", id)
	r := memberRow{owned: owned{t.id()}, ID: id, Role: m.Role, RoleID: m.RoleID, DepartmentID: m.Department, Active: true, PasswordHash: m.Hash,
		PolicyVersion: m.PolicyVersion, Business: true, PanelWidth: domain.PanelDefault, Measured: true, Changed: t.epoch, CreatedAt: t.now,
		Email: p.text("email", m.Email), Name: p.text("name", m.Name), Title: p.text("title", m.Title),
		EmailLookup: t.db.keys.Lookup(domain.NormalEmail(m.Email))}
	if p.err != nil {
		return p.err
	}
	if err := t.insert(&r); err != nil || m.Department == "" {
		return err
	}
	return t.keepMove("member", id, "", m.Department)
}

// changeMember changes what others see of a person. The epoch moves first: whoever has read the people up to an epoch finds
// every later change under a higher one (see directory).
func (t *Tenant) changeMember(r *memberRow, columns []string, where string, args ...any) (int64, error) {
	if err := t.move(); err != nil {
		return 0, err
	}
	r.Changed = t.epoch
	return t.update(r, append(columns, "changed"), where, args...)
}

// AddMember gives a person an account in the actor's organization, with a key of their own, as the seed does; people come
// by invitation. hash is the PHC string of the password's hash.
func (db *DB) AddMember(ctx context.Context, a domain.Actor, m domain.Member, hash string) (domain.Actor, error) {
	if !a.May(domain.ManagePeople) || m.Role == domain.Owner && a.Role() != domain.Owner {
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
		n := newMember{Name: domain.Line(m.Name), Email: domain.NormalEmail(m.Email), Title: domain.Line(m.Title), Department: m.Department,
			Role: m.Role, RoleID: m.RoleID, Hash: hash, PolicyVersion: m.PolicyVersion}
		if err := t.addMember(added.Member(), n); err != nil {
			return err
		}
		return t.audit("member.added", "member", added.Member(), string(m.Role))
	})
}

// addedAtOnce is how many people AddMembers inserts in one transaction.
const addedAtOnce = 500

// AddMembers is AddMember for many at once, such as a trial's thousands, whose names are the trial's own.
func (db *DB) AddMembers(ctx context.Context, a domain.Actor, people []domain.Member, hash string) error {
	if a.Role() != domain.Owner {
		return domain.ErrNotFound
	}
	box, err := db.keys.Tenant(ctx, string(a.Tenant()))
	if err != nil {
		return known(err)
	}
	ids := make([]string, len(people))
	for i := range ids {
		ids[i] = string(newID())
	}
	if err := box.CreatePeople(ctx, ids...); err != nil {
		return known(err)
	}
	for from := 0; from < len(people); from += addedAtOnce {
		err := db.Tenant(ctx, a, func(t *Tenant) error {
			for i := from; i < min(from+addedAtOnce, len(people)); i++ {
				m := people[i]
				n := newMember{Name: m.Name, Email: m.Email, Title: m.Title, Department: m.Department, Role: m.Role, RoleID: m.RoleID, Hash: hash,
					PolicyVersion: m.PolicyVersion}
				if err := t.addMember(domain.ID(ids[i]), n); err != nil {
					return err
				}
			}
			return t.audit("member.added", "member", a.Member(), "several")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *Tenant) member(r memberRow) domain.Member {
	p := t.in("members", r.ID)
	return domain.Member{ID: r.ID, Name: p.shown("name", r.Name), Email: p.shown("email", r.Email),
		Title: p.shown("title", r.Title), Department: r.DepartmentID, Role: r.Role, RoleID: r.RoleID, RoleName: r.Role.Name(), Active: r.Active,
		PolicyVersion: r.PolicyVersion, Locale: r.Locale, TimeZone: r.TimeZone, Measured: r.Measured,
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

// actorFor is the actor that a person is, with the rights that they have now, and the organization's own role if they have one.
func (t *Tenant) actorFor(m memberRow) (domain.Actor, roleRow, error) {
	var r roleRow
	if m.RoleID != "" {
		if err := t.find(&r, "id = ?", m.RoleID); err != nil {
			return domain.Actor{}, r, err
		}
	}
	return t.actorOf(m.ID, m.Role, m.RoleID, r.Permissions), r, nil
}

// myself is the actor with the rights that they have now, and whether their account is open.
func (t *Tenant) myself() (a domain.Actor, active bool, err error) {
	var m memberRow
	if err := t.of(&m).Column("id", "role", "role_id", "active").Where("m.id = ?", t.actor.Member()).Scan(t.ctx); err != nil {
		return domain.Actor{}, false, err
	}
	a, _, err = t.actorFor(m)
	return a, m.Active, err
}

// mayManage holds what domain.Actor.MayManage says of somebody (A42).
func (t *Tenant) mayManage(id domain.ID) error {
	if err := t.may(domain.ManagePeople); err != nil {
		return err
	}
	var m memberRow
	if err := t.of(&m).Column("id", "role", "role_id").Where("m.id = ?", id).Scan(t.ctx); err != nil {
		return err
	}
	other, _, err := t.actorFor(m)
	if err == nil && !t.actor.MayManage(other) {
		err = domain.ErrNotFound
	}
	return err
}

// Deactivate closes a person's account: it can't sign in any more, and what is signed in ends at its next request (A16).
// An owner can't be deactivated, nor can one deactivate oneself: somebody must be left to undo it.
func (t *Tenant) Deactivate(id domain.ID) error {
	if err := t.mayManage(id); err != nil {
		return err
	}
	n, err := t.changeMember(&memberRow{Active: false}, []string{"active"}, "id = ? AND id <> ? AND role <> ? AND active",
		id, t.actor.Member(), domain.Owner)
	if err := one(n, err); err != nil {
		return err
	}
	if _, err := t.remove((*sessionRow)(nil), "member_id = ?", id); err != nil {
		return err
	}
	return t.audit("member.deactivated", "member", id, "")
}

// Reactivate opens a closed account again; the person signs in anew.
func (t *Tenant) Reactivate(id domain.ID) error {
	if err := t.mayManage(id); err != nil {
		return err
	}
	n, err := t.changeMember(&memberRow{Active: true}, []string{"active"}, "id = ? AND id <> ? AND role <> ? AND NOT active",
		id, t.actor.Member(), domain.Owner)
	if err := one(n, err); err != nil {
		return err
	}
	return t.audit("member.reactivated", "member", id, "")
}
