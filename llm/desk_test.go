package llm_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/llm/llmtest"
)

// desk is the data in memory: what store does with rows. One desk serves any number of organizations.
type desk struct {
	mu        sync.Mutex
	next      int
	choice    llm.Choice
	orgOff    bool
	disabled  bool
	consent   map[domain.ID]bool             // member
	unlisted  bool                           // the admin allowed other models
	passages  map[domain.ID][]domain.Passage // tenant
	noAI      map[domain.ID]bool             // document
	history   []domain.Message
	opened    map[domain.ID]domain.Receipt
	closed    map[domain.ID]domain.Receipt
	rows      []domain.Receipt // as closed, in order
	saved     map[domain.ID]string
	stop      map[domain.ID]bool
	finished  map[domain.ID]domain.Message
	asks      []llm.Ask
	standings int
	epoch     int64
	beaten    []domain.ID

	onAuthorize           func(n int)
	ledgerDown, macDown   bool
	storeDown, finishDown bool
	slow                  bool // looks get no answer in their time
	panics, deleted       bool
	closeDown             int // tries to close a row that fail
}

var start = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func newDesk(baseURL string) *desk {
	return &desk{choice: llm.Choice{Provider: domain.OpenAI, Model: "gpt-4.1", Key: domain.NewSecret("sk-test-KEY"), BaseURL: baseURL},
		consent: map[domain.ID]bool{}, passages: map[domain.ID][]domain.Passage{}, noAI: map[domain.ID]bool{},
		opened: map[domain.ID]domain.Receipt{}, closed: map[domain.ID]domain.Receipt{}, saved: map[domain.ID]string{},
		stop: map[domain.ID]bool{}, finished: map[domain.ID]domain.Message{}}
}

func (d *desk) lock() func() { d.mu.Lock(); return d.mu.Unlock }

func (d *desk) Choice(_ context.Context, _ domain.Actor, p domain.Provider) (llm.Choice, error) {
	defer d.lock()()
	c := d.choice
	if p != "" {
		c.Provider = p
	}
	return c, nil
}

func (d *desk) Authorize(_ context.Context, a domain.Actor, ask llm.Ask) (llm.Grant, error) {
	defer d.lock()()
	d.asks = append(d.asks, ask)
	if d.onAuthorize != nil {
		d.onAuthorize(len(d.asks))
	}
	if code := d.refusal(a, ask); code != "" {
		return llm.Grant{}, domain.Refused{Code: string(code)}
	}
	return llm.Grant{Consents: []domain.ID{"consent-1"}, PolicyVersion: 3}, nil
}

func (d *desk) refusal(a domain.Actor, ask llm.Ask) llm.Reason {
	switch {
	case d.orgOff:
		return llm.DisabledByOrg
	case d.disabled:
		return llm.ProviderNotEnabled
	case len(ask.Classes) > 0 && !d.consent[a.Member()]:
		return llm.ConsentRequired
	case d.unlisted:
		return llm.ModelNotAllowed
	}
	return ""
}

func (d *desk) Brief(_ context.Context, a domain.Actor, _ domain.Message, limit int, look func([]domain.Message) string) (llm.Brief, error) {
	defer d.lock()()
	if d.panics {
		panic("a fault of ours")
	}
	b := llm.Brief{Choice: d.choice, History: slices.Clone(d.history)}
	look(b.History)
	for _, p := range d.passages[a.Tenant()] {
		if b.Choice.Provider != domain.NoProvider && d.noAI[p.Document] {
			b.Withheld++
			continue
		}
		b.Passages = append(b.Passages, p)
	}
	b.Passages = b.Passages[:min(len(b.Passages), limit)]
	return b, nil
}

func (d *desk) OpenReceipt(ctx context.Context, a domain.Actor, ask llm.Ask, r domain.Receipt) (domain.Receipt, error) {
	g, err := d.Authorize(ctx, a, ask)
	if err != nil {
		return r, err
	}
	defer d.lock()()
	if d.ledgerDown {
		return r, errors.New("permission denied for table egress")
	}
	r.Consents, r.PolicyVersion = g.Consents, g.PolicyVersion
	d.opened[r.ID] = r
	return r, nil
}

func (d *desk) CloseReceipt(ctx context.Context, _ domain.Actor, r domain.Receipt) error {
	defer d.lock()()
	return d.closeReceipt(ctx, r)
}

func (d *desk) closeReceipt(ctx context.Context, r domain.Receipt) error {
	if _, ok := d.opened[r.ID]; !ok || ctx.Err() != nil {
		return errors.New("no such row")
	}
	if d.closeDown--; d.closeDown >= 0 {
		return domain.ErrUnavailable
	}
	d.closed[r.ID] = r
	d.rows = append(d.rows, r)
	return nil
}

func (d *desk) BodyMAC(_ context.Context, a domain.Actor, body []byte) (string, error) {
	defer d.lock()()
	if d.macDown {
		return "", errors.New("key store down")
	}
	return mac(a, body), nil
}

func mac(a domain.Actor, body []byte) string {
	h := hmac.New(sha256.New, []byte(a.Tenant()))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func (d *desk) Checkpoint(_ context.Context, drafts []domain.Draft) (map[domain.ID]bool, error) {
	defer d.lock()()
	if d.storeDown {
		return nil, domain.ErrUnavailable
	}
	saved := map[domain.ID]bool{}
	for _, x := range drafts {
		if d.deleted {
			continue
		}
		if saved[x.Message] = x.Text != ""; saved[x.Message] {
			d.saved[x.Message] = x.Text
		}
	}
	return saved, nil
}

func (d *desk) Beat(_ context.Context, tenants, messages []domain.ID) error {
	defer d.lock()()
	if len(tenants) != len(messages) {
		return errors.New("no pairs")
	}
	d.beaten = append(d.beaten, messages...)
	return nil
}

// Epochs move at every look: whatever a test changes is noticed.
func (d *desk) Epochs(ctx context.Context, tenants []domain.ID) (map[domain.ID]int64, error) {
	slow := false
	if d.set(func() { slow = d.slow }); slow {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	defer d.lock()()
	if d.storeDown {
		return nil, domain.ErrUnavailable
	}
	d.epoch++
	out := map[domain.ID]int64{}
	for _, t := range tenants {
		out[t] = d.epoch
	}
	return out, nil
}

func (d *desk) Standing(_ context.Context, a domain.Actor, id domain.ID, ask llm.Ask) (llm.Standing, error) {
	defer d.lock()()
	if err := d.down(); err != nil {
		return llm.Standing{}, err
	}
	return d.standing(a, id, ask), nil
}

func (d *desk) down() error {
	switch {
	case d.deleted:
		return domain.ErrNotFound
	case d.storeDown:
		return domain.ErrUnavailable
	}
	return nil
}

func (d *desk) standing(a domain.Actor, id domain.ID, ask llm.Ask) llm.Standing {
	d.standings++
	s := llm.Standing{Stop: d.stop[id]}
	if ask.Provider != "" {
		s.Refused = string(d.refusal(a, ask))
	}
	return s
}

func (d *desk) Finish(ctx context.Context, _ domain.Actor, m domain.Message, sent *domain.Receipt) error {
	defer d.lock()()
	if d.deleted {
		return domain.ErrNotFound
	}
	if d.finishDown {
		d.finishDown = false
		return domain.ErrUnavailable
	}
	if sent != nil {
		if err := d.closeReceipt(ctx, *sent); err != nil {
			return err
		}
	}
	d.finished[m.ID] = m
	return nil
}

func (d *desk) NewID() domain.ID {
	defer d.lock()()
	d.next++
	return domain.ID(fmt.Sprintf("01900000-0000-7000-8000-%012d", d.next))
}

func (d *desk) Now() time.Time { return start }

func (d *desk) set(f func()) {
	defer d.lock()()
	f()
}

// bench is a desk, a scripted provider and the real gate and runs between them.
type bench struct {
	t        *testing.T
	desk     *desk
	provider *llmtest.Provider
	gate     *llm.Gate
	runs     *llm.Runs
	log      *logs
	actor    domain.Actor
}

// logs keeps what was logged, to search it.
type logs struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.String()
}

func newBench(t *testing.T, replies ...llmtest.Reply) *bench {
	t.Helper()
	return newBenchWith(t, llm.GateConfig{FirstByte: 400 * time.Millisecond, Idle: 400 * time.Millisecond}, replies...)
}

func newBenchWith(t *testing.T, c llm.GateConfig, replies ...llmtest.Reply) *bench {
	t.Helper()
	provider, base := llmtest.Start(t, replies...)
	b := &bench{t: t, provider: provider, desk: newDesk(base), log: &logs{}, actor: person("t1", "m1")}
	for _, p := range domain.Providers {
		c.Addresses = append(c.Addresses, llm.Address{Provider: p, BaseURL: base})
	}
	log := slog.New(slog.NewTextHandler(b.log, nil))
	var err error
	if b.gate, err = llm.NewGate(c, b.desk, log); err != nil {
		t.Fatal(err)
	}
	if b.runs, err = llm.New(t.Context(), llm.Config{Desk: b.desk, Gate: b.gate, Log: log, Pace: time.Millisecond,
		Beat: 50 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	b.desk.consent["m1"] = true
	b.desk.passages["t1"] = []domain.Passage{passage("t1", 1), passage("t1", 2)}
	t.Cleanup(func() {
		ctx, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		if err := b.runs.Close(ctx); err != nil {
			t.Error("runs did not end:", err)
		}
		b.gate.Close()
	})
	return b
}

func person(tenant, member domain.ID) domain.Actor {
	return domain.NewActor(tenant, member, domain.Staff)
}

func passage(tenant domain.ID, n int) domain.Passage {
	return domain.Passage{ID: domain.ID(fmt.Sprintf("%s-p%d", tenant, n)), Document: domain.ID(fmt.Sprintf("%s-d%d", tenant, n)),
		Version: domain.ID(fmt.Sprintf("%s-v%d", tenant, n)), VersionNumber: 1, Ordinal: n, Title: fmt.Sprintf("Handbook %d", n),
		Place: "page 3", Text: fmt.Sprintf("Annual leave is thirty days. Document %d of %s says so.", n, tenant)}
}

// ask starts an answer and returns its message.
func (b *bench) ask(actor domain.Actor, text string) domain.Message {
	b.t.Helper()
	q := domain.Message{ID: b.desk.NewID(), Conversation: "c-" + actor.Member(), Text: text, State: domain.MessageDone}
	a := domain.Message{ID: b.desk.NewID(), Conversation: q.Conversation, Answer: true, Question: q.ID, State: domain.MessagePending}
	if err := b.runs.Start(actor, q, a); err != nil {
		b.t.Fatal(err)
	}
	return a
}

// answer asks and waits for the end.
func (b *bench) answer(text string) domain.Message {
	b.t.Helper()
	return b.end(b.ask(b.actor, text).ID)
}

// end waits until an answer is saved.
func (b *bench) end(id domain.ID) domain.Message {
	b.t.Helper()
	var m domain.Message
	b.until("the answer ends", func() bool {
		defer b.desk.lock()()
		var ok bool
		m, ok = b.desk.finished[id]
		return ok
	})
	return m
}

// until polls with a deadline.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.t.Fatalf("did not happen: %s", what)
}

// receipt is the only row of the ledger.
func (b *bench) receipt() domain.Receipt {
	b.t.Helper()
	var r domain.Receipt
	b.until("the ledger row is closed", func() bool {
		defer b.desk.lock()()
		if len(b.desk.rows) != 1 {
			return false
		}
		r = b.desk.rows[0]
		return true
	})
	return r
}

// nothingLeft asserts that the provider saw neither a request nor a connection.
func (b *bench) nothingLeft() {
	b.t.Helper()
	if n, c := len(b.provider.Requests()), b.provider.Connections(); n+c != 0 {
		b.t.Errorf("%d requests, %d connections", n, c)
	}
}
