package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"aimyorg/domain"
)

// The crossing: what background work must know across organizations, as a role that sees ids, states and times only.
// It finds work, and keeps answers while they are made; other work is done in a Tenant. Cross-organization queries live in this file only.

// Worker is the pool that the job queue works through.
func (db *DB) Worker() *pgxpool.Pool { return db.worker }

// Organizations lists every organization's id.
func (db *DB) Organizations(ctx context.Context) ([]domain.ID, error) {
	return db.ids(ctx, `select tenant_id::text from organizations order by tenant_id`)
}

// Unsealed lists the organizations with audit entries made since a time that are in no batch yet; the zero time looks at
// all there ever were.
func (db *DB) Unsealed(ctx context.Context, since time.Time) ([]domain.ID, error) {
	return db.ids(ctx, `select distinct e.tenant_id::text from audit_entries e where e.id >= $1
		and not exists (select from audit_members m where m.tenant_id = e.tenant_id and m.entry_id = e.id)`, firstID(since))
}

// firstID is the lowest id that could have been made at a time: ids are UUIDv7, which begin with it.
func firstID(at time.Time) domain.ID {
	ms := max(at.UnixMilli(), 0)
	return domain.ID(fmt.Sprintf("%08x-%04x-7000-8000-000000000000", ms>>16, ms&0xffff))
}

func (db *DB) ids(ctx context.Context, query string, args ...any) ([]domain.ID, error) {
	rows, err := db.worker.Query(ctx, query, args...)
	if err != nil {
		return nil, known(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[domain.ID])
	return out, known(err)
}

// Epochs are the standings of organizations (see migrations/0003), in one look for all of them.
func (db *DB) Epochs(ctx context.Context, tenants []domain.ID) (map[domain.ID]int64, error) {
	return byID[int64](db.worker.Query(ctx, `select tenant_id::text, epoch from standings where tenant_id = any($1::uuid[])`, plain(tenants)))
}

// byID are rows of an id and what is said of it.
func byID[T any](rows pgx.Rows, err error) (map[domain.ID]T, error) {
	if err != nil {
		return nil, known(err)
	}
	out := map[domain.ID]T{}
	var id domain.ID
	var said T
	_, err = pgx.ForEachRow(rows, []any{&id, &said}, func() error {
		out[id] = said
		return nil
	})
	return out, known(err)
}

// Beat says of running answers that their process lives; tenants and messages are pairs. A row that somebody holds is left for
// the next time, so that one cannot keep the others waiting.
func (db *DB) Beat(ctx context.Context, tenants, messages []domain.ID) error {
	_, err := db.worker.Exec(ctx, `with alive as (select m.tenant_id, m.id from messages m
			join unnest($1::uuid[], $2::uuid[]) as r(tenant, id) on m.tenant_id = r.tenant and m.id = r.id
			where m.state in ('pending', 'streaming') for update of m skip locked)
		update messages m set beat_at = $3 from alive a where m.tenant_id = a.tenant_id and m.id = a.id`,
		plain(tenants), plain(messages), db.Now())
	return known(err)
}

// SaveDrafts saves what running answers have come to, those of a process together, and marks them streaming. It gives those that
// still run, and whether each was saved: a row that somebody holds, or whose organization's key can't be had, is left for the next
// time. Every text is sealed for its own row; this role reads none, and writes none into an answer that is over.
func (db *DB) SaveDrafts(ctx context.Context, drafts []domain.Draft) (map[domain.ID]bool, error) {
	tenants, members, messages := make([]string, len(drafts)), make([]string, len(drafts)), make([]string, len(drafts))
	bodies := make([][]byte, len(drafts))
	for i, d := range drafts {
		tenants[i], members[i], messages[i] = string(d.Actor.Tenant()), string(d.Actor.Member()), string(d.Message)
		bodies[i] = db.sealedDraft(ctx, d)
	}
	return byID[bool](db.worker.Query(ctx, `with draft as (
			select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[]) as d (tenant, member, message, body)),
		free as (select m.tenant_id, m.id, d.body from messages m join draft d on m.tenant_id = d.tenant and m.id = d.message and m.member_id = d.member
			where m.state in ('pending', 'streaming') and d.body is not null for update of m skip locked),
		saved as (update messages m set body = f.body, state = 'streaming', beat_at = $5 from free f
			where m.tenant_id = f.tenant_id and m.id = f.id returning m.id)
		select m.id::text, exists (select from saved s where s.id = m.id) from messages m join draft d
			on m.tenant_id = d.tenant and m.id = d.message and m.member_id = d.member where m.state in ('pending', 'streaming')`,
		tenants, members, messages, bodies, db.Now()))
}

// sealedDraft is nil when there is nothing to save, or nothing to seal it with.
func (db *DB) sealedDraft(ctx context.Context, d domain.Draft) []byte {
	box, err := db.keys.Tenant(ctx, string(d.Actor.Tenant()))
	if err != nil || d.Text == "" {
		return nil
	}
	p := &place{box: box, table: "messages", row: string(d.Message), person: string(d.Actor.Member())}
	return p.bytes("body", []byte(d.Text))
}

// Lost is an answer whose run has died.
type Lost struct{ Tenant, Message domain.ID }

// unheard is how long a running answer may go without a beat; a process beats for all of its own every two seconds.
const unheard = 10 * time.Second

// silence is how long a process that works the queue may go without a beat, and a job that it was given without being begun;
// it beats every two seconds.
const silence = 6 * time.Second

// Lost finds answers that are said to be running and have not beaten for a while: their server was killed.
func (db *DB) Lost(ctx context.Context) ([]Lost, error) {
	rows, err := db.worker.Query(ctx, `select tenant_id::text, id::text from messages
		where state in ('pending', 'streaming') and beat_at < $1 limit 1000`, db.Now().Add(-unheard))
	if err != nil {
		return nil, known(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Lost])
	return out, known(err)
}

// Interrupt marks a lost answer interrupted, with what was kept of it, and its request's end as unknown (P51).
func (db *DB) Interrupt(ctx context.Context, l Lost) error {
	return db.Tenant(ctx, System(l.Tenant), func(t *Tenant) error {
		r := messageRow{State: domain.MessageInterrupted, Reason: "server_stopped", FinishedAt: t.now}
		n, err := t.update(&r, []string{"state", "reason", "finished_at"},
			"id = ? AND state IN ('pending', 'streaming') AND beat_at < ?", l.Message, t.now.Add(-unheard))
		if err != nil || n == 0 {
			return err
		}
		receipt := receiptRow{Outcome: domain.OutcomeUnknown, EndedAt: t.now}
		_, err = t.update(&receipt, []string{"outcome", "ended_at"}, "message_id = ? AND outcome = 'started'", l.Message)
		return err
	})
}

// EndSessions deletes sessions that are over, and attempts that no longer count.
func (db *DB) EndSessions(ctx context.Context) (int64, error) {
	now := db.Now()
	if err := db.forgetAttempts(ctx, now); err != nil {
		return 0, err
	}
	tag, err := db.worker.Exec(ctx, `delete from sessions where seen_at < $1 or created_at < $2`,
		now.Add(-domain.SessionIdle), now.Add(-domain.SessionAbsolute))
	return tag.RowsAffected(), known(err)
}

// ResumeWork says that a process lives and works the queue, and gives back to the queue what nobody works: what dead
// processes had taken, and what this one was given without hearing of it, as the database went away in between; holds are
// the jobs that it knows of. The queue's own rescue would only notice after minutes. A process that cannot say that it lives
// is taken for dead after a while; what it does end then is done twice and saved once.
func (db *DB) ResumeWork(ctx context.Context, worker string, holds []int64) error {
	now := db.Now()
	_, err := db.worker.Exec(ctx, `insert into workers (id, beat_at) values ($1, $2) on conflict (id) do update set beat_at = excluded.beat_at`, worker, now)
	if err != nil {
		return known(err)
	}
	_, err = db.worker.Exec(ctx, `update river.river_job j set state = 'available', scheduled_at = $2 where j.state = 'running'
		and case when j.attempted_by[array_upper(j.attempted_by, 1)] = $1 then j.attempted_at < $3 and j.id <> all ($4)
			else not exists (select from workers w where w.id = j.attempted_by[array_upper(j.attempted_by, 1)] and w.beat_at >= $3) end`,
		worker, now, now.Add(-silence), holds)
	if err != nil {
		return known(err)
	}
	_, err = db.worker.Exec(ctx, `delete from workers where beat_at < $1`, now.Add(-time.Hour))
	return known(err)
}

// ResumeReading queues the documents again that wait for a job which is not there any more. A document that is read twice
// is saved once.
func (db *DB) ResumeReading(ctx context.Context) error {
	rows, err := db.worker.Query(ctx, `select v.tenant_id::text, v.id::text from document_versions v where v.state in ('waiting', 'reading')
		and not exists (select from river.river_job j where j.kind = $1 and j.state in ('available', 'pending', 'retryable', 'running', 'scheduled')
			and j.args->>'version' = v.id::text) limit 10000`, ReadDocument{}.Kind())
	if err != nil {
		return known(err)
	}
	jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ReadDocument])
	if err != nil {
		return known(err)
	}
	for _, j := range jobs {
		if err := db.Tenant(ctx, ActorOf(j), func(t *Tenant) error { return t.enqueue(j) }); err != nil {
			return err
		}
	}
	return nil
}

// Unread counts the versions whose text has not been read yet.
func (db *DB) Unread(ctx context.Context) (int, error) {
	var n int
	err := db.worker.QueryRow(ctx, `select count(*) from document_versions where state in ('waiting', 'reading')`).Scan(&n)
	return n, known(err)
}

// Readers are those for whom something waits for a digest, in all organizations.
func (db *DB) Readers(ctx context.Context) ([]Reader, error) {
	rows, err := db.worker.Query(ctx, `select distinct tenant_id::text, member_id::text from notifications where digest`)
	if err != nil {
		return nil, known(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Reader])
	return out, known(err)
}

// ForgetUsage deletes what was counted longer ago than it is kept (P7).
func (db *DB) ForgetUsage(ctx context.Context) (int64, error) {
	tag, err := db.worker.Exec(ctx, `delete from usage_events where day < $1`, domain.UsageEnds(db.Now()))
	return tag.RowsAffected(), known(err)
}
