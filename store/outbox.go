package store

import (
	"encoding/json"
	"time"

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
