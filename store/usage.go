package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
	"aimyorg/store/scoped"
)

type usageRow struct {
	bun.BaseModel `bun:"table:usage_events,alias:ue"`
	owned
	MemberID domain.ID         `bun:",pk"`
	Event    domain.UsageEvent `bun:",pk"`
	Day      time.Time         `bun:",pk,type:date"`
	Times    int
}

// ErrUnknownEvent is an event that is not on the closed list (P7).
var ErrUnknownEvent = errors.New("unknown usage event")

// AddUsage adds counts of one organization's people, as they were gathered over a while. Who has objected since, or
// is gone, is left out (P80).
func (db *DB) AddUsage(ctx context.Context, tenant domain.ID, used map[domain.ID][]domain.Used) error {
	return db.Tenant(ctx, System(tenant), func(t *Tenant) error { return t.addUsage(used) })
}

func (t *Tenant) addUsage(used map[domain.ID][]domain.Used) error {
	ids := make([]domain.ID, 0, len(used))
	for id, events := range used {
		ids = append(ids, id)
		if slices.ContainsFunc(events, func(u domain.Used) bool { return !u.Event.Known() }) {
			return ErrUnknownEvent
		}
	}
	var measured []memberRow
	err := t.of(&measured).Column("m.tenant_id", "m.id").Where("m.id IN (?) AND m.measured", bun.List(ids)).Order("m.id").For("SHARE").Scan(t.ctx)
	if err != nil {
		return err
	}
	var rows []usageRow
	for _, m := range measured {
		for _, u := range used[m.ID] {
			rows = append(rows, usageRow{owned: owned{t.id()}, MemberID: m.ID, Event: u.Event, Day: domain.UsageDay(u.Day), Times: u.Times})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err = t.bun.NewInsert().Model(&rows).On("CONFLICT (tenant_id, member_id, event, day) DO UPDATE").
		Set("times = ue.times + EXCLUDED.times").Exec(scoped.Last(t.ctx))
	return err
}

// Usage is what is counted of the actor, newest day first.
func (t *Tenant) Usage() ([]domain.Used, error) {
	var rows []usageRow
	err := t.of(&rows).Where("ue.member_id = ?", t.actor.Member()).OrderExpr("ue.day DESC, ue.event").Limit(100).Scan(t.ctx)
	out := make([]domain.Used, len(rows))
	for i, r := range rows {
		out[i] = domain.Used{Event: r.Event, Day: r.Day, Times: r.Times}
	}
	return out, err
}

// SaveScreen keeps what the browser of one of the actor's sessions said of its screen (P10), unless they object (P80).
func (t *Tenant) SaveScreen(session domain.ID, s domain.Screen) error {
	var m memberRow
	if err := t.of(&m).Where("m.id = ?", t.actor.Member()).For("SHARE").Scan(t.ctx); err != nil {
		return err
	}
	if !m.Measured || !s.Sane() {
		return nil
	}
	r := sessionRow{ScreenWidth: s.Width, ScreenHeight: s.Height, ScreenRatio: s.Ratio}
	return one(t.update(&r, []string{"screen_width", "screen_height", "screen_ratio"}, "id = ? AND member_id = ?", session, t.actor.Member()))
}
