package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`
	owned
	ID        domain.ID `bun:",pk"`
	MemberID  domain.ID
	TokenHash []byte
	Device    []byte
	Address   []byte
	Stage     domain.Stage
	Method    domain.Method
	CreatedAt time.Time
	SeenAt    time.Time
	ProvedAt  time.Time `bun:",nullzero"`

	ScreenWidth, ScreenHeight, ScreenRatio int `bun:",nullzero"`
}

// seenStep is how exact "last use" is: a session is not written more often.
const seenStep = time.Minute

// SignedIn is a session that holds.
type SignedIn struct {
	Actor   domain.Actor
	Session domain.ID
	Member  domain.Member
	Org     domain.Organization
	Stage   domain.Stage // anything but whole sees nothing of the organization
	Proved  time.Time    // when the person last proved who they are
	Unread  int          // notifications, at most 100
	Screen  bool         // the session's screen is known (P10)

	epoch    int64 // of who may what, when it was looked at
	recalled bool  // it was not looked at now (DB.Recall)
}

// A session's token names its organization, so that finding it needs no look across organizations, and 32 random bytes,
// of which only the hash is kept.
func newToken(tenant domain.ID) string {
	return string(tenant) + "." + base64.RawURLEncoding.EncodeToString(random(32))
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// startSession signs the actor in as far as a stage and gives the cookie's token.
func (t *Tenant) startSession(by domain.Arrival, stage domain.Stage) (string, error) {
	id, token := newID(), newToken(t.id())
	p := t.inOf(t.actor.Member(), "sessions", id)
	r := sessionRow{owned: owned{t.id()}, ID: id, MemberID: t.actor.Member(), TokenHash: hashToken(token), Stage: stage, Method: by.Method,
		Device: p.text("device", by.Device), Address: p.text("address", by.Address), CreatedAt: t.now, SeenAt: t.now, ProvedAt: t.now}
	if p.err != nil {
		return "", p.err
	}
	if err := t.insert(&r); err != nil {
		return "", err
	}
	return token, t.audit("session.started", "session", id, string(by.Method))
}

// Session finds who a cookie's token belongs to, now: ended, idle, over, deactivated and forged are all ErrSignedOut.
// It moves "last use" at most once a minute.
func (db *DB) Session(ctx context.Context, token string) (SignedIn, error) {
	tenant, err := domain.ParseID(strings.SplitN(token, ".", 2)[0])
	if err != nil {
		return SignedIn{}, domain.ErrSignedOut
	}
	var out SignedIn
	var seen time.Time
	err = db.Read(ctx, domain.NewActor(tenant, "", ""), func(t *Tenant) (err error) {
		out, seen, err = t.session(hashToken(token))
		return err
	})
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, ErrUnreadable) { // unreadable: the organization's keys were destroyed
		err = domain.ErrSignedOut
	}
	now := db.Now()
	if err == nil && now.Sub(seen) > seenStep {
		seen, err = now, db.touch(ctx, out)
	}
	if err == nil {
		db.recall.keep(token, out, seen, now)
	}
	return out, err
}

// whoRow is a session with whose it is.
type whoRow struct {
	sessionRow  `bun:",extend"`
	MID         domain.ID
	Email       []byte
	Name        []byte
	Title       []byte
	Department  domain.ID `bun:",nullzero"`
	Role        domain.Role
	RoleID      domain.ID `bun:",nullzero"`
	RoleName    []byte
	Permissions []domain.Permission `bun:",array"`
	Active      bool
	PolicySeen  int
	Locale      domain.Locale
	TimeZone    string
	Measured    bool
	Unread      int
	Theme       string
	PanelWidth  int
	PanelFolded bool
	Joined      time.Time
	OrgName     []byte
	State       domain.OrganizationState
	LeavesAt    time.Time `bun:",nullzero"`
	AIEnabled   bool      `bun:"ai_enabled"`
	Founded     time.Time

	FactorRequired bool
	SSORequired    bool `bun:"sso_required"`

	Epoch int64
}

// whose finds sessions together with whose they are, in one statement: every request asks.
const whose = `select s.tenant_id, s.id, s.member_id, s.stage, s.created_at, s.seen_at, s.proved_at, s.screen_width, m.id as mid, m.email, m.name, m.title,
	m.department_id as department, m.role, m.role_id, r.name as role_name, r.permissions::text as permissions, m.active,
	m.policy_version as policy_seen, m.locale,
	m.time_zone, m.measured, m.theme, m.panel_width, m.panel_folded, m.created_at as joined, o.name as org_name, o.state, o.leaves_at,
	o.ai_enabled, o.factor_required, o.sso_required, o.created_at as founded, (select epoch from standings where tenant_id = s.tenant_id) as epoch,
	(select count(*) from (select from notifications n
		where n.tenant_id = s.tenant_id and n.member_id = s.member_id and n.read_at is null limit 100) x) as unread
	from sessions s join members m on m.tenant_id = s.tenant_id and m.id = s.member_id join organizations o on o.tenant_id = s.tenant_id
	left join roles r on r.tenant_id = m.tenant_id and r.id = m.role_id where s.tenant_id = $1 and `

func (t *Tenant) whose(query string, args ...any) (whoRow, error) {
	var rows []whoRow
	if err := t.hot(&rows, query, args...); err != nil {
		return whoRow{}, err
	}
	if len(rows) == 0 {
		return whoRow{}, domain.ErrNotFound
	}
	return rows[0], nil
}

func (r whoRow) member() memberRow {
	return memberRow{ID: r.MID, Email: r.Email, Name: r.Name, Title: r.Title, DepartmentID: r.Department, Role: r.Role, RoleID: r.RoleID,
		Active: r.Active, PolicyVersion: r.PolicySeen, Theme: r.Theme, PanelWidth: r.PanelWidth, PanelFolded: r.PanelFolded,
		Locale: r.Locale, TimeZone: r.TimeZone, Measured: r.Measured, CreatedAt: r.Joined}
}

func (r whoRow) organization() organizationRow {
	return organizationRow{owned: r.owned, Name: r.OrgName, State: r.State, LeavesAt: r.LeavesAt, AIEnabled: r.AIEnabled, CreatedAt: r.Founded,
		FactorRequired: r.FactorRequired, SSORequired: r.SSORequired}
}

// actorIn is whoever the session belongs to, with the rights that they have now.
func (t *Tenant) actorIn(r whoRow) domain.Actor {
	return t.actorOf(r.MID, r.Role, r.RoleID, r.Permissions)
}

func (t *Tenant) session(hash []byte) (SignedIn, time.Time, error) {
	s, err := t.whose(whose+`s.token_hash = $2`, hash)
	if err != nil {
		return SignedIn{}, time.Time{}, err
	}
	m := s.member()
	if !m.Active || domain.SessionOver(s.CreatedAt, s.SeenAt, t.now) {
		return SignedIn{}, time.Time{}, domain.ErrSignedOut
	}
	out := SignedIn{Actor: t.actorIn(s), Session: s.ID, Member: t.member(m), Org: t.shownOrganization(s.organization()), Stage: s.Stage,
		Proved: s.ProvedAt, Unread: s.Unread, Screen: s.ScreenWidth > 0, epoch: s.Epoch}
	if m.Role == domain.Custom {
		out.Member.RoleName = t.in("roles", m.RoleID).shown("name", s.RoleName)
	}
	return out, s.SeenAt, nil
}

func (db *DB) touch(ctx context.Context, s SignedIn) error {
	return db.Tenant(ctx, s.Actor, func(t *Tenant) error {
		_, err := t.update(&sessionRow{SeenAt: t.now}, []string{"seen_at"}, "id = ?", s.Session)
		return err
	})
}

// Sessions lists where the actor is signed in, newest use first.
func (t *Tenant) Sessions() ([]domain.Session, error) {
	var rows []sessionRow
	err := t.of(&rows).Where("member_id = ? AND stage = 'whole'", t.actor.Member()).Order("seen_at DESC").Limit(100).Scan(t.ctx)
	if err != nil {
		return nil, err
	}
	var out []domain.Session
	for _, r := range rows {
		if domain.SessionOver(r.CreatedAt, r.SeenAt, t.now) {
			continue
		}
		p := t.in("sessions", r.ID)
		out = append(out, domain.Session{ID: r.ID, Method: r.Method, Device: p.shown("device", r.Device), Address: p.shown("address", r.Address),
			CreatedAt: r.CreatedAt, SeenAt: r.SeenAt, Screen: domain.Screen{Width: r.ScreenWidth, Height: r.ScreenHeight, Ratio: r.ScreenRatio}})
	}
	return out, nil
}

// EndSession signs one of the actor's own sessions out.
func (t *Tenant) EndSession(id domain.ID) error {
	if err := one(t.remove((*sessionRow)(nil), "id = ? AND member_id = ?", id, t.actor.Member())); err != nil {
		return err
	}
	return t.audit("session.ended", "session", id, "")
}

// SessionHolds says whether a session that was read before still holds, without moving its last use: streams ask it now
// and then.
func (db *DB) SessionHolds(ctx context.Context, who SignedIn) error {
	return db.Read(ctx, who.Actor, func(t *Tenant) error {
		s, err := t.whose(whose+`s.id = $2 and s.member_id = $3`, who.Session, who.Actor.Member())
		if errors.Is(known(err), domain.ErrNotFound) || err == nil && t.now.Sub(s.CreatedAt) > domain.SessionAbsolute {
			return domain.ErrSignedOut
		}
		if err != nil {
			return err
		}
		if !s.Active || s.Stage != domain.Whole || t.actorIn(s) != who.Actor {
			return domain.ErrSignedOut // also when the rights changed: the page in that window shows what it no longer may (A16)
		}
		return nil
	})
}
