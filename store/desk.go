package store

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"aimyorg/domain"
	"aimyorg/store/scoped"
)

// Desk is what the Copilot's answers need of the data: llm declares it as an interface. Every call is its own short
// transaction, as the person who asked.
type Desk struct {
	DB       *DB
	Operator map[domain.Provider]domain.Secret // the operator's own keys, used where an organization has none
	Quoting  bool                              // nobody but the built-in model answers, whatever organizations chose: nothing leaves
}

// Answering is who would answer the actor now, and why not when nobody may.
type Answering struct {
	Provider domain.Provider
	Model    string
	Refused  string // a code of domain.Authorize, or ""
}

// Answering says whether and by whom the actor's question would be answered. With the organization's switch off nothing
// is, not even by quoting.
func (t *Tenant) Answering(policyVersion int) (Answering, error) {
	s, err := t.AI()
	if err != nil {
		return Answering{}, err
	}
	p := s.Setting(s.Chosen)
	out := Answering{Provider: s.Chosen, Model: p.Default}
	if !s.Enabled {
		out.Refused = domain.RefusedByOrg
		return out, nil
	}
	if s.Chosen == domain.NoProvider || !p.Enabled || p.Default == "" {
		return Answering{Provider: domain.NoProvider}, nil
	}
	c, err := t.ConsentState()
	if err != nil {
		return out, err
	}
	ask := domain.Ask{Provider: s.Chosen, Model: p.Default, Classes: domain.CopilotClasses, Purpose: domain.PurposeCopilot}
	_, err = domain.Authorize(ask, s, c, policyVersion)
	var refused domain.Refused
	if errors.As(err, &refused) {
		out.Refused, err = refused.Code, nil
	}
	return out, err
}

// Choice says who answers: the provider named, or the one that the organization chose when it is "". An organization
// whose provider is off, without a key or without a model quotes.
func (d Desk) Choice(ctx context.Context, a domain.Actor, provider domain.Provider) (c domain.Choice, err error) {
	err = d.DB.Read(ctx, a, func(t *Tenant) (err error) {
		c, err = d.answerer(t, provider)
		return err
	})
	return c, err
}

// answerer is Choice; an organization without a key of its own uses the operator's.
func (d Desk) answerer(t *Tenant, provider domain.Provider) (domain.Choice, error) {
	none := domain.Choice{Provider: domain.NoProvider}
	if d.Quoting {
		return none, nil
	}
	s, err := t.AI()
	if err != nil {
		return none, err
	}
	none.Epoch = t.known.epoch
	named := provider != ""
	if !named {
		provider = s.Chosen
	}
	p := s.Setting(provider)
	if provider == domain.NoProvider || p.Default == "" || !named && (!p.Enabled || !s.Enabled) {
		return none, nil
	}
	own, err := t.ProviderKey(provider)
	if err != nil {
		return none, err
	}
	key := domain.NewSecret(own)
	if own == "" {
		key = d.Operator[provider]
	}
	return domain.Choice{Provider: provider, Model: p.Default, Key: key, Epoch: none.Epoch}, nil
}

// Authorize answers an Ask from the rows as they are now (PROMISES §4).
func (d Desk) Authorize(ctx context.Context, a domain.Actor, ask domain.Ask) (g domain.Grant, err error) {
	policy, err := d.DB.PolicyInForce(ctx)
	if err != nil {
		return g, err
	}
	err = d.DB.Read(ctx, a, func(t *Tenant) (err error) {
		g, err = t.authorize(ask, policy.Version)
		return err
	})
	return g, err
}

func (t *Tenant) authorize(ask domain.Ask, policyVersion int) (domain.Grant, error) {
	want := domain.AskCopilot
	if ask.Purpose == domain.PurposeTest {
		want = domain.ConfigureAI
	}
	if err := t.may(want); err != nil {
		return domain.Grant{}, err
	}
	s, err := t.AI()
	if err != nil {
		return domain.Grant{}, err
	}
	c, err := t.ConsentState()
	if err != nil {
		return domain.Grant{}, err
	}
	return domain.Authorize(ask, s, c, policyVersion)
}

// historyMessages is how much of a conversation an answer knows.
const historyMessages = 20

// Brief gathers what an answer to a question begins with, as it is at one moment: who answers, the finished messages of
// the conversation before it, and the passages that fit what look makes of them.
func (d Desk) Brief(ctx context.Context, a domain.Actor, question domain.Message, limit int,
	look func(history []domain.Message) string,
) (b domain.Brief, err error) {
	err = d.DB.Presuming(ctx, a, func(t *Tenant) error {
		b = domain.Brief{}
		if b.Choice, err = d.answerer(t, ""); err != nil {
			return err
		}
		if !question.First {
			all, err := t.history(question.Conversation, question.ID, historyMessages)
			if err != nil {
				return err
			}
			b.History = slices.DeleteFunc(all, func(m domain.Message) bool { return !m.State.Over() || m.Text == "" })
		}
		hits, withheld, err := t.pick(look(b.History), question.About, limit, b.Choice.Provider != domain.NoProvider)
		if err != nil {
			return err
		}
		b.Withheld = withheld
		b.Passages, err = t.last().passages(hits)
		return err
	})
	return b, err
}

// OpenReceipt answers an Ask from the rows as they are now (PROMISES §4) and, if it may leave, commits the ledger row of
// the request, which names the consents that it leaves under; without it nothing is dialed (P51). domain.Refused says
// that it may not leave. Like Presuming it presumes first; here the row itself is written only if that holds.
func (d Desk) OpenReceipt(ctx context.Context, a domain.Actor, ask domain.Ask, r domain.Receipt) (domain.Receipt, error) {
	if d.Quoting {
		return r, domain.Refused{Code: domain.RefusedProvider}
	}
	policy, err := d.DB.PolicyInForce(ctx)
	if err != nil {
		return r, err
	}
	open := func(t *Tenant) error {
		g, err := t.authorize(ask, policy.Version)
		if err != nil {
			return err
		}
		r.Consents, r.PolicyVersion = g.Consents, g.PolicyVersion
		return t.openReceipt(r)
	}
	if r.Message != "" {
		err = d.DB.Tenant(ctx, a, func(t *Tenant) error {
			t.presumes = &presumption{}
			return open(t)
		})
		if err == nil || ctx.Err() != nil {
			return r, err
		}
	}
	err = d.DB.Tenant(ctx, a, open)
	return r, err
}

// CloseReceipt says how the request ended.
func (d Desk) CloseReceipt(ctx context.Context, a domain.Actor, r domain.Receipt) error {
	return d.DB.Tenant(ctx, a, func(t *Tenant) error { return t.closeReceipt(r) })
}

// BodyMAC is the keyed hash of a request's body: it shows that a text was sent only to who has the text and the key.
func (d Desk) BodyMAC(ctx context.Context, a domain.Actor, body []byte) (string, error) {
	box, err := d.DB.keys.Tenant(ctx, string(a.Tenant()))
	if err != nil {
		return "", known(err)
	}
	return hex.EncodeToString(box.MAC("egress body", body)), nil
}

// Checkpoint saves what answers have come to, and beats. It gives those that still run, and whether each was saved.
func (d Desk) Checkpoint(ctx context.Context, drafts []domain.Draft) (map[domain.ID]bool, error) {
	return d.DB.SaveDrafts(ctx, drafts)
}

// Beat says that answers are still being written; tenants and messages are pairs.
func (d Desk) Beat(ctx context.Context, tenants, messages []domain.ID) error {
	return d.DB.Beat(ctx, tenants, messages)
}

// Epochs are the standings of organizations: an answer's own is asked again when its organization's epoch has moved.
func (d Desk) Epochs(ctx context.Context, tenants []domain.ID) (map[domain.ID]int64, error) {
	return d.DB.Epochs(ctx, tenants)
}

// Standing says whether an answer may go on: asked to stop, the person's account, and for what leaves, the switch, the
// provider, the model and consent (P48: withdrawal cuts within a second, on every replica). ErrNotFound when the answer
// was deleted or is over.
func (d Desk) Standing(ctx context.Context, a domain.Actor, id domain.ID, ask domain.Ask) (s domain.Standing, err error) {
	policy, err := d.DB.PolicyInForce(ctx)
	if err != nil {
		return s, err
	}
	err = d.DB.Read(ctx, a, func(t *Tenant) error {
		var m messageRow
		err := t.of(&m).Column("stop").Where("id = ? AND member_id = ? AND state IN ('pending', 'streaming')", id, a.Member()).Scan(t.ctx)
		if err != nil {
			return err
		}
		s.Stop = m.Stop
		s.Refused, err = t.standing(ask, policy.Version)
		return err
	})
	return s, err
}

func (t *Tenant) standing(ask domain.Ask, policyVersion int) (string, error) {
	me, active, err := t.myself()
	if err != nil {
		return "", err
	}
	if !active || !me.May(domain.AskCopilot) {
		return domain.RefusedSignedOut, nil
	}
	if ask.Provider == "" || ask.Provider == domain.NoProvider {
		return t.quotable()
	}
	_, err = t.authorize(ask, policyVersion)
	var refused domain.Refused
	if errors.As(err, &refused) {
		return refused.Code, nil
	}
	return "", err
}

// quotable says whether an answer that leaves nothing may go on: the organization's switch stops quoting too.
func (t *Tenant) quotable() (string, error) {
	s, err := t.AI()
	if err != nil || s.Enabled {
		return "", err
	}
	return domain.RefusedByOrg, nil
}

// Finish saves an answer's last state with its citations, and how its request ended when there was one. ErrNotFound when the
// answer was over before or is gone: only how its request ended is saved then.
func (d Desk) Finish(ctx context.Context, a domain.Actor, m domain.Message, sent *domain.Receipt) error {
	var ended int64
	err := d.DB.Tenant(ctx, a, func(t *Tenant) (err error) {
		p := t.inOf(a.Member(), "messages", m.ID)
		r := messageRow{Body: p.bytes("body", []byte(m.Text)), State: m.State, Reason: m.Reason, RetryAfter: m.RetryAfter, Provider: m.Provider,
			Model: m.Model, Quoting: m.Quoting, Withheld: m.Withheld, BeatAt: t.now, FinishedAt: t.now}
		if p.err != nil {
			return p.err
		}
		answer := t.updating(&r, []string{"body", "state", "reason", "retry_after", "provider", "model", "quoting", "withheld", "beat_at", "finished_at"},
			"id = ? AND member_id = ? AND state IN ('pending', 'streaming')", m.ID, a.Member()) // another hand may have ended it
		q := t.bun.NewSelect().With("answer", answer.Returning("1 AS there"))
		if sent != nil {
			q = q.With("sent", t.closing(*sent))
		}
		if cited := t.citationRows(m); len(cited) > 0 {
			q = q.With("cited", adding(t, cited, "answer"))
		}
		ended, err = t.given(scoped.Last(t.ctx), q, "answer") // what was said is kept, even if this process dies meanwhile
		return err
	})
	return one(ended, err)
}

func (t *Tenant) citationRows(m domain.Message) []citationRow {
	rows := make([]citationRow, len(m.Citations))
	for i, c := range m.Citations {
		rows[i] = citationRow{owned: owned{t.id()}, MessageID: m.ID, Number: c.Number, DocumentID: c.Document, VersionID: c.Version, Ordinal: c.Passage}
	}
	return rows
}

// NewID makes an id.
func (d Desk) NewID() domain.ID { return newID() }

// Now is the store's time.
func (d Desk) Now() time.Time { return d.DB.Now() }
