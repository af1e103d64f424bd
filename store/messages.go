package store

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
	"aimyorg/store/scoped"
)

type messageRow struct {
	bun.BaseModel `bun:"table:messages,alias:ms"`
	owned
	ID             domain.ID `bun:",pk,type:uuid"`
	ConversationID domain.ID `bun:"type:uuid"`
	MemberID       domain.ID `bun:"type:uuid"`
	Answer         bool
	QuestionID     domain.ID `bun:",nullzero,type:uuid"`
	AboutID        domain.ID `bun:",nullzero,type:uuid"`
	Body           []byte    `bun:"type:bytea"`
	State          domain.MessageState
	Reason         string
	RetryAfter     int
	Provider       domain.Provider
	Model          string
	Quoting        bool
	Withheld       int
	ReceiptID      domain.ID `bun:",nullzero,type:uuid"`
	Stop           bool
	BeatAt         time.Time `bun:"type:timestamptz"`
	CreatedAt      time.Time `bun:"type:timestamptz"`
	FinishedAt     time.Time `bun:",nullzero,type:timestamptz"`
}

type citationRow struct {
	bun.BaseModel `bun:"table:citations,alias:ct"`
	owned
	MessageID  domain.ID `bun:",pk,type:uuid"`
	Number     int       `bun:",pk"`
	DocumentID domain.ID `bun:"type:uuid"`
	VersionID  domain.ID `bun:"type:uuid"`
	Ordinal    int
}

// lastID sorts after every id that is made.
const lastID domain.ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// maxMessages bounds a conversation (HOSTILE A114).
const maxMessages = 2000

// Ask saves a question with its answer, which is pending until a run writes it: an answer exists before its first word.
// An empty conversation starts one.
func (t *Tenant) Ask(conversation domain.ID, text string) (question, answer domain.Message, err error) {
	return t.AskAbout("", conversation, text)
}

// AskAbout is Ask beside a document, which the answer looks into first. A document that the actor may not read is left
// out.
func (t *Tenant) AskAbout(document, conversation domain.ID, text string) (question, answer domain.Message, err error) {
	if err = t.may(domain.AskCopilot); err != nil {
		return
	}
	if err = t.writable(); err != nil {
		return
	}
	text = domain.Prose(text)
	if err = domain.QuestionProblems(text).Err(); err != nil {
		return
	}
	var begun *conversationRow
	if conversation == "" {
		if begun, err = t.newConversation(text); err == nil {
			conversation = begun.ID
		}
	} else {
		err = t.goOn(conversation)
	}
	if err != nil {
		return
	}
	if document != "" {
		if docs, err := t.readableDocuments([]domain.ID{document}); err != nil || len(docs) == 0 {
			document = ""
		}
	}
	question = domain.Message{ID: newID(), Conversation: conversation, First: begun != nil, About: document, Text: text, State: domain.MessageDone,
		CreatedAt: t.now}
	answer = t.pending(conversation, question.ID)
	return question, answer, t.addMessages(begun, question, answer)
}

// goOn locks a conversation of the actor's and moves it up.
func (t *Tenant) goOn(id domain.ID) error {
	r := conversationRow{UpdatedAt: t.now}
	if err := one(t.update(&r, []string{"updated_at"}, "id = ? AND member_id = ?", id, t.actor.Member())); err != nil {
		return err
	}
	n, err := t.count(t.of((*messageRow)(nil)).Where("conversation_id = ?", id))
	if err == nil && n >= maxMessages {
		err = domain.Problems{{Field: "text", Code: "full", Text: "This conversation is full. Start a new one."}}
	}
	return err
}

// pending is an answer that nobody has begun to write.
func (t *Tenant) pending(conversation, question domain.ID) domain.Message {
	return domain.Message{ID: newID(), Conversation: conversation, Answer: true, Question: question, State: domain.MessagePending,
		Provider: domain.NoProvider, CreatedAt: t.now}
}

// addMessages adds them, and with them the conversation that they begin, when they do.
func (t *Tenant) addMessages(begun *conversationRow, messages ...domain.Message) error {
	rows := make([]messageRow, len(messages))
	for i, m := range messages {
		p := t.inOf(t.actor.Member(), "messages", m.ID)
		rows[i] = messageRow{owned: owned{t.id()}, ID: m.ID, ConversationID: m.Conversation, MemberID: t.actor.Member(), Answer: m.Answer,
			QuestionID: m.Question, AboutID: m.About, Body: p.bytes("body", []byte(m.Text)), State: m.State, Provider: domain.NoProvider,
			BeatAt: t.now, CreatedAt: t.now}
		if p.err != nil {
			return p.err
		}
	}
	q := t.bun.NewInsert().Model(&rows)
	if t.recalled != nil { // added only if the session holds
		q = adding(t, rows, "holds").With("holds", t.holds(t.recalled))
	}
	switch { // in one statement: every question waits for it
	case begun != nil && t.recalled != nil:
		q = q.With("begun", adding(t, []conversationRow{*begun}, "holds"))
	case begun != nil:
		q = q.With("begun", t.bun.NewInsert().Model(begun))
	}
	ctx := t.ctx
	if t.asking && (begun != nil || t.recalled == nil) { // else something was written already that only holds if this does
		ctx = scoped.Last(ctx)
	}
	n, err := affected(q.Exec(ctx))
	if err == nil && t.recalled != nil && n != int64(len(rows)) {
		return ErrLookAgain
	}
	t.held = err == nil
	return err
}

// Retry answers a question again, in a new message; only an answer that ended without being done can be retried.
func (t *Tenant) Retry(answer domain.ID) (question, again domain.Message, err error) {
	if err = t.may(domain.AskCopilot); err != nil {
		return
	}
	if err = t.writable(); err != nil {
		return
	}
	old, err := t.Message(answer)
	if err != nil {
		return
	}
	if !old.Answer || !old.State.Retryable() {
		err = domain.ErrConflict
		return
	}
	if question, err = t.Message(old.Question); err != nil {
		return
	}
	if err = t.goOn(old.Conversation); err != nil {
		return
	}
	again = t.pending(old.Conversation, old.Question)
	return question, again, t.addMessages(nil, again)
}

// RequestStop asks a running answer to stop, wherever it runs.
func (t *Tenant) RequestStop(answer domain.ID) error {
	if err := one(t.update(&messageRow{Stop: true}, []string{"stop"}, "id = ? AND member_id = ?", answer, t.actor.Member())); err != nil {
		return err
	}
	return t.move() // whoever writes it looks
}

// Message is one of the actor's own, with its citations.
func (t *Tenant) Message(id domain.ID) (domain.Message, error) {
	var rows []messageRow
	err := t.hot(&rows, `select * from messages where tenant_id = $1 and id = $2 and member_id = $3`, id, t.actor.Member())
	if err != nil {
		return domain.Message{}, err
	}
	if len(rows) == 0 {
		return domain.Message{}, domain.ErrNotFound
	}
	out, err := t.messages(rows)
	if err != nil {
		return domain.Message{}, err
	}
	return out[0], nil
}

// Messages lists a conversation of the actor's, oldest first, at most limit before a message.
func (t *Tenant) Messages(conversation, before domain.ID, limit int) ([]domain.Message, error) {
	if _, err := t.Conversation(conversation); err != nil {
		return nil, err
	}
	rows, err := t.messageRows(conversation, before, limit)
	if err != nil {
		return nil, err
	}
	return t.messages(rows)
}

// CountMessages counts what one of the actor's conversations holds, questions and answers.
func (t *Tenant) CountMessages(conversation domain.ID) (int, error) {
	if _, err := t.Conversation(conversation); err != nil {
		return 0, err
	}
	n, err := t.of((*messageRow)(nil)).Where("conversation_id = ? AND member_id = ?", conversation, t.actor.Member()).Count(t.ctx)
	return int(n), err
}

func (t *Tenant) messageRows(conversation, before domain.ID, limit int) ([]messageRow, error) {
	var rows []messageRow
	if before == "" {
		before = lastID
	}
	err := t.hot(&rows, `select * from messages where tenant_id = $1 and conversation_id = $2 and member_id = $3 and id < $4
		order by id desc limit $5`, conversation, t.actor.Member(), before, limit)
	slices.Reverse(rows)
	return rows, err
}

// history is what a conversation of the actor's held before a message, oldest first: texts and states only.
func (t *Tenant) history(conversation, before domain.ID, limit int) ([]domain.Message, error) {
	rows, err := t.messageRows(conversation, before, limit)
	out := make([]domain.Message, len(rows))
	for i, r := range rows {
		out[i] = t.message(r)
	}
	return out, err
}

func (t *Tenant) message(r messageRow) domain.Message {
	p := t.in("messages", r.ID)
	body := p.raw("body", r.Body)
	if p.err != nil {
		body = []byte("(unreadable)")
	}
	return domain.Message{ID: r.ID, Conversation: r.ConversationID, Answer: r.Answer, Question: r.QuestionID, About: r.AboutID, Text: string(body),
		State: r.State, Reason: r.Reason, RetryAfter: r.RetryAfter, Provider: r.Provider, Model: r.Model, Quoting: r.Quoting,
		Withheld: r.Withheld, Receipt: r.ReceiptID, CreatedAt: r.CreatedAt, FinishedAt: r.FinishedAt}
}

func (t *Tenant) messages(rows []messageRow) ([]domain.Message, error) {
	out := make([]domain.Message, len(rows))
	var ids []domain.ID
	for i, r := range rows {
		out[i] = t.message(r)
		if r.Answer {
			ids = append(ids, r.ID)
		}
	}
	return out, t.cite(out, ids)
}

// cite adds what answers cite, as far as the actor may read it now.
func (t *Tenant) cite(messages []domain.Message, ids []domain.ID) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []citationRow
	err := t.hot(&rows, `select * from citations where tenant_id = $1 and message_id = any($2::uuid[]) order by message_id, number`, plain(ids))
	if err != nil {
		return err
	}
	var documents []domain.ID
	for _, r := range rows {
		documents = append(documents, r.DocumentID)
	}
	docs, err := t.readableDocuments(present(documents))
	if err != nil {
		return err
	}
	snippets, err := t.snippets(rows)
	if err != nil {
		return err
	}
	for i := range messages {
		for _, r := range rows {
			if r.MessageID == messages[i].ID {
				messages[i].Citations = append(messages[i].Citations, citation(r, docs, snippets))
			}
		}
	}
	return nil
}

type snippetKey struct {
	version domain.ID
	ordinal int
}

type snippetRow struct {
	passageRow `bun:",extend"`
	Number     int
}

// snippets loads the cited passages.
func (t *Tenant) snippets(rows []citationRow) (map[snippetKey]snippetRow, error) {
	out := map[snippetKey]snippetRow{}
	if len(rows) == 0 {
		return out, nil
	}
	var versions []domain.ID
	for _, r := range rows {
		versions = append(versions, r.VersionID)
	}
	ordinals := map[int]bool{}
	var wanted []int
	for _, r := range rows {
		if !ordinals[r.Ordinal] {
			ordinals[r.Ordinal] = true
			wanted = append(wanted, r.Ordinal)
		}
	}
	var found []snippetRow
	err := t.of(&found).ColumnExpr("pa.*, v.number").Join("JOIN document_versions v ON v.tenant_id = pa.tenant_id AND v.id = pa.version_id").
		Where("pa.version_id IN (?) AND pa.ordinal IN (?)", bun.List(present(versions)), bun.List(wanted)).Scan(t.ctx)
	for _, f := range found {
		out[snippetKey{f.VersionID, f.Ordinal}] = f
	}
	for k, f := range out {
		p := t.in("passages", f.VersionID)
		f.Body, f.Place = p.raw(column("body", f.Ordinal), f.Body), []byte(p.shown(column("place", f.Ordinal), f.Place))
		if p.err != nil {
			return nil, p.err
		}
		out[k] = f
	}
	return out, err
}

func citation(r citationRow, docs []domain.Document, snippets map[snippetKey]snippetRow) domain.Citation {
	c := domain.Citation{Number: r.Number, Document: r.DocumentID, Version: r.VersionID, Passage: r.Ordinal, Gone: true}
	s, ok := snippets[snippetKey{r.VersionID, r.Ordinal}]
	for _, d := range docs {
		if d.ID == r.DocumentID && ok {
			c.Title, c.Gone = d.Title, false
			c.Place, c.Snippet, c.VersionNumber = string(s.Place), string(s.Body), s.Number
		}
	}
	return c
}

// TakeBack removes a question whose answering could not begin, with its answer and a conversation that it had started.
func (t *Tenant) TakeBack(question, answer domain.Message) error {
	ids := present([]domain.ID{question.ID, answer.ID})
	if _, err := t.remove((*messageRow)(nil), "id IN (?) AND member_id = ?", bun.List(ids), t.actor.Member()); err != nil {
		return err
	}
	_, err := t.remove((*conversationRow)(nil), `id = ? AND member_id = ? AND NOT EXISTS (SELECT FROM messages ms
		WHERE ms.tenant_id = cv.tenant_id AND ms.conversation_id = cv.id)`, answer.Conversation, t.actor.Member())
	return err
}
