package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type outboxRow struct {
	bun.BaseModel `bun:"table:outbox,alias:ob"`
	owned
	ID        domain.ID `bun:",pk"`
	MemberID  domain.ID `bun:",nullzero"`
	Kind      domain.LetterKind
	Recipient []byte
	Body      []byte
	State     domain.MailState
	Reason    string
	Tries     int
	NextAt    time.Time `bun:",nullzero"`
	CreatedAt time.Time
	SentAt    time.Time `bun:",nullzero"`
}

// SendMail sends one mail of the outbox.
type SendMail struct {
	Tenant domain.ID `json:"tenant"`
	Mail   domain.ID `json:"mail"`
}

// Kind names the job in the queue.
func (SendMail) Kind() string { return "send_mail" }

// Of is the organization that the job works for.
func (j SendMail) Of() domain.ID { return j.Tenant }

// MailQueue is worked apart from everything else: a mail server that hangs keeps only mail waiting.
const MailQueue = "mail"

// InsertOpts names the queue.
func (SendMail) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: MailQueue} }

// post puts a letter into the outbox, in the transaction that causes it: what is rolled back was never promised, what is
// committed is sent (P21). member is whose it is, "" for somebody without an account.
func (t *Tenant) post(member domain.ID, l domain.Letter) (domain.ID, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return "", err
	}
	id := newID()
	p := t.inOf(member, "outbox", id)
	r := outboxRow{owned: owned{t.id()}, ID: id, MemberID: member, Kind: l.Kind, Recipient: p.text("recipient", l.To),
		Body: p.bytes("body", body), State: domain.MailWaiting, NextAt: t.now, CreatedAt: t.now}
	if p.err != nil {
		return "", p.err
	}
	if err := t.insert(&r); err != nil {
		return "", err
	}
	return id, t.enqueue(SendMail{Tenant: t.id(), Mail: id})
}

// tryLasts is for how long one try has a mail to itself. Sending gives up sooner; a process that was killed while sending
// leaves a mail that is tried again after it, so that a mail may come twice (with the same Message-ID) but is never lost.
const tryLasts = time.Minute

// Outgoing is a mail that one try has taken to send.
type Outgoing struct {
	ID     domain.ID
	Letter domain.Letter
	Made   time.Time
	Try    int
	Wait   time.Duration // until its time comes; nothing else is filled in then
}

// BeginMail takes a waiting mail for one try. ErrNotFound when it needs none any more.
func (t *Tenant) BeginMail(id domain.ID) (Outgoing, error) {
	var r outboxRow
	if err := t.of(&r).Where("id = ? AND state = 'waiting'", id).For("UPDATE").Scan(t.ctx); err != nil {
		return Outgoing{}, err
	}
	if wait := r.NextAt.Sub(t.now); wait > 0 {
		return Outgoing{Wait: wait}, nil
	}
	p := t.in("outbox", id)
	out := Outgoing{ID: id, Made: r.CreatedAt, Try: r.Tries + 1}
	body := p.raw("body", r.Body)
	if p.err != nil {
		return out, p.err
	}
	if err := json.Unmarshal(body, &out.Letter); err != nil {
		return out, err
	}
	if out.Letter.Over(t.now) { // its link would be refused
		return Outgoing{}, t.endMail(id, r.Tries, domain.MailDropped, domain.MailLate)
	}
	_, err := t.update(&outboxRow{Tries: out.Try, NextAt: t.now.Add(tryLasts)}, []string{"tries", "next_at"}, "id = ?", id)
	return out, err
}

// MailSent ends a mail that a server took: what it said is forgotten, because links in it are secrets.
func (t *Tenant) MailSent(o Outgoing) error { return t.endMail(o.ID, o.Try, domain.MailSent, "") }

// MailFailed says that a try failed, and why. It gives the time until the next one, 0 when there is none: the server
// refused for good, or it was tried for long enough. Who invited somebody is told that the invitation did not arrive.
func (t *Tenant) MailFailed(o Outgoing, reason string, final bool) (time.Duration, error) {
	wait, again := domain.MailWait(o.Try)
	if again && !final {
		r := outboxRow{Reason: reason, NextAt: t.now.Add(wait)}
		_, err := t.update(&r, []string{"reason", "next_at"}, "id = ? AND state = 'waiting' AND tries = ?", o.ID, o.Try)
		return wait, err
	}
	state := domain.MailFailed
	if final {
		state = domain.MailRefused
	}
	return 0, t.endMail(o.ID, o.Try, state, reason)
}

// endMail ends a mail, if the try is still the last one.
func (t *Tenant) endMail(id domain.ID, try int, state domain.MailState, reason string) error {
	r := outboxRow{State: state, Reason: reason}
	if state == domain.MailSent {
		r.SentAt = t.now
	}
	n, err := t.update(&r, []string{"state", "reason", "body", "next_at", "sent_at"}, "id = ? AND state = 'waiting' AND tries = ?", id, try)
	if err != nil || n == 0 || state == domain.MailSent {
		return err
	}
	return t.tellInviter(id, undelivered[reason])
}

// undelivered says what an inviter should know beyond that the mail did not arrive.
var undelivered = map[string]string{
	domain.MailUnreachable: "No mail server could be reached for a day",
	domain.MailSlow:        "The mail server did not answer in time for a day",
	domain.MailNotTaken:    "The mail server did not take it",
	domain.MailBadAddress:  "The mail server says that there is no such address",
}

// mailedRow is who sent an invitation by a mail, and to whom.
type mailedRow struct {
	bun.BaseModel `bun:"table:invitations,alias:iv"`
	owned
	ID        domain.ID `bun:",pk"`
	Email     []byte
	InvitedBy domain.ID
}

// tellInviter tells whoever invited somebody by a mail that it did not arrive. An invitation that was revoked or taken
// meanwhile is nobody's worry.
func (t *Tenant) tellInviter(mail domain.ID, why string) error {
	var rows []mailedRow
	err := t.of(&rows).Column("tenant_id", "id", "email", "invited_by").
		Where("mail_id = ? AND revoked_at IS NULL AND accepted_at IS NULL", mail).Scan(t.ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		words := domain.NoticeWords{Who: t.in("invitations", r.ID).shown("email", r.Email), What: why}
		err := t.notify(r.InvitedBy, domain.Notice{Kind: domain.NoticeInvitationFailed, About: "invitation", Object: r.ID, Words: words})
		if err != nil {
			return err
		}
	}
	return nil
}

// mailKept is for how long it shows what became of a mail.
const mailKept = 30 * 24 * time.Hour

// ForgetPost deletes links that ended and mails that were sent, or given up, a while ago.
func (t *Tenant) ForgetPost() error {
	if _, err := t.remove((*linkRow)(nil), "expires_at < ?", t.now.Add(-24*time.Hour)); err != nil {
		return err
	}
	_, err := t.remove((*outboxRow)(nil), "state <> 'waiting' AND created_at < ?", t.now.Add(-mailKept))
	return err
}

// mail is where a mail stands, for the page of what caused it.
func (r outboxRow) mail() domain.Mail {
	return domain.Mail{ID: r.ID, State: r.State, Reason: r.Reason, Tries: r.Tries, NextAt: r.NextAt, CreatedAt: r.CreatedAt, SentAt: r.SentAt}
}

// dropMail ends a mail that nobody wants any more, such as a revoked invitation's. One that is on its way arrives.
func (t *Tenant) dropMail(id domain.ID) error {
	_, err := t.update(&outboxRow{State: domain.MailDropped}, []string{"state", "body", "next_at"}, "id = ? AND state = 'waiting'", id)
	return err
}

// ResumeMail queues the mails again that wait for a job which is not there any more. Of two jobs one finds nothing to do.
func (db *DB) ResumeMail(ctx context.Context) error {
	rows, err := db.worker.Query(ctx, `select o.tenant_id::text, o.id::text from outbox o where o.state = 'waiting'
		and not exists (select from river.river_job j where j.kind = $1 and j.state in ('available', 'pending', 'retryable', 'running', 'scheduled')
			and j.args->>'mail' = o.id::text) limit 10000`, SendMail{}.Kind())
	if err != nil {
		return known(err)
	}
	jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[SendMail])
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
