package store

import (
	"strings"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type conversationRow struct {
	bun.BaseModel `bun:"table:conversations,alias:cv"`
	owned
	ID        domain.ID `bun:",pk,type:uuid"`
	MemberID  domain.ID `bun:"type:uuid"`
	Title     []byte    `bun:"type:bytea"`
	CreatedAt time.Time `bun:"type:timestamptz"`
	UpdatedAt time.Time `bun:"type:timestamptz"`
}

// searchedConversations bounds how many titles a search opens: they are sealed, so the database can't compare them.
const searchedConversations = 2000

// Conversations lists the actor's own, last used first, from one on; with a text, those whose title holds it.
func (t *Tenant) Conversations(text string, from, limit int) ([]domain.Conversation, error) {
	if err := t.may(domain.AskCopilot); err != nil {
		return nil, err
	}
	text = strings.ToLower(domain.Line(text))
	read, skip := limit, from
	if text != "" {
		read, skip = searchedConversations, 0
	}
	var rows []conversationRow
	err := t.hot(&rows, `select * from conversations where tenant_id = $1 and member_id = $2 order by updated_at desc, id desc limit $3 offset $4`,
		t.actor.Member(), read, skip)
	if err != nil {
		return nil, err
	}
	var out []domain.Conversation
	for _, r := range rows {
		if c := t.conversation(r); strings.Contains(strings.ToLower(c.Title), text) {
			out = append(out, c)
		}
	}
	if text != "" {
		out = out[min(from, len(out)):min(from+limit, len(out))]
	}
	return out, nil
}

func (t *Tenant) conversation(r conversationRow) domain.Conversation {
	return domain.Conversation{ID: r.ID, Title: t.in("conversations", r.ID).shown("title", r.Title), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
}

// Conversation is one of the actor's own: conversations are private.
func (t *Tenant) Conversation(id domain.ID) (domain.Conversation, error) {
	if err := t.may(domain.AskCopilot); err != nil {
		return domain.Conversation{}, err
	}
	var r conversationRow
	if err := t.find(&r, "id = ? AND member_id = ?", id, t.actor.Member()); err != nil {
		return domain.Conversation{}, err
	}
	return t.conversation(r), nil
}

// RenameConversation gives one of the actor's conversations another title.
func (t *Tenant) RenameConversation(id domain.ID, title string) error {
	title = domain.Line(title)
	var problems domain.Problems
	problems.Add(title == "", "title", "required", "Give the conversation a name.")
	problems.Add(len([]rune(title)) > domain.MaxTitle, "title", "too_long", "Use at most 200 characters.")
	if problems.Err() != nil {
		return problems
	}
	p := t.inOf(t.actor.Member(), "conversations", id)
	r := conversationRow{Title: p.text("title", title)}
	if p.err != nil {
		return p.err
	}
	return one(t.update(&r, []string{"title"}, "id = ? AND member_id = ?", id, t.actor.Member()))
}

// DeleteConversation deletes one of the actor's conversations with its messages. Receipts stay: they hold no text.
func (t *Tenant) DeleteConversation(id domain.ID) error {
	if err := one(t.remove((*conversationRow)(nil), "id = ? AND member_id = ?", id, t.actor.Member())); err != nil {
		return err
	}
	if err := t.move(); err != nil { // an answer that is being written there ends
		return err
	}
	return t.audit("conversation.deleted", "conversation", id, "")
}

// newConversation is one named after its first question, to be added.
func (t *Tenant) newConversation(question string) (*conversationRow, error) {
	id := newID()
	p := t.inOf(t.actor.Member(), "conversations", id)
	r := conversationRow{owned: owned{t.id()}, ID: id, MemberID: t.actor.Member(), Title: p.text("title", domain.TitleFrom(question)),
		CreatedAt: t.now, UpdatedAt: t.now}
	return &r, p.err
}
