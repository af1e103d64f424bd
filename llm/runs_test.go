package llm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/llm/llmtest"
)

var fifty = strings.SplitAfter(strings.Repeat("token ", 50), " ")[:50]

// follow reads a running answer from an offset until it is over, or until stop holds.
func (b *bench) follow(id domain.ID, offset int, stop func(text string) bool) (string, llm.Piece) {
	b.t.Helper()
	ctx, done := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer done()
	v, ok := b.runs.Follow(b.actor, id, offset)
	if !ok {
		b.t.Fatal("does not run")
	}
	text := ""
	for {
		p, err := v.Next(ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		if text += p.Text; p.Over || stop(text) {
			return text, p
		}
	}
}

// left waits until the provider saw the client leave, and says how long that took.
func (b *bench) left(since time.Time) {
	b.t.Helper()
	select {
	case <-b.provider.Requests()[0].Gone:
		b.t.Logf("upstream saw the disconnect after %v", time.Since(since))
	case <-time.After(5 * time.Second):
		b.t.Fatal("upstream still connected")
	}
}

// TestStop closes upstream, keeps what came, and says stopped.
func TestStop(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{}, 5)
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, fifty...))
	a := b.ask(b.actor, "How much leave?")
	for range 5 {
		gate <- struct{}{}
	}
	b.follow(a.ID, 0, func(s string) bool { return len(s) == 30 })
	if b.runs.Stop(person("t1", "m2"), a.ID) || b.runs.Stop(person("t2", "m1"), a.ID) {
		t.Error("somebody else stopped it")
	}
	begun := time.Now()
	if !b.runs.Stop(b.actor, a.ID) {
		t.Fatal("not running")
	}
	b.left(begun)
	m := b.end(a.ID)
	if m.State != domain.MessageStopped || m.Reason != "stopped" || m.Text != strings.Repeat("token ", 5) {
		t.Errorf("%s %s %q", m.State, m.Reason, m.Text)
	}
	r := b.receipt()
	if r.Outcome != domain.OutcomeStopped || !r.Estimated || r.BytesOut != b.provider.BytesIn() || r.TokensOut == 0 {
		t.Errorf("%+v", r)
	}
}

// TestWithdrawn: consent withdrawn at token 5, on another replica (only the rows tell), cuts within a second.
func TestP48_A101_ConsentWithdrawn(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]struct {
		code string
		do   func(b *bench)
	}{
		"rows":      {"consent_withdrawn", func(b *bench) { b.desk.set(func() { b.desk.consent["m1"] = false }) }},
		"call":      {"consent_withdrawn", func(b *bench) { b.runs.Cut("t1", "m1", llm.ConsentWithdrawn) }},
		"org off":   {"ai_disabled_by_org", func(b *bench) { b.desk.set(func() { b.desk.orgOff = true }) }},
		"org call":  {"ai_disabled_by_org", func(b *bench) { b.runs.Cut("t1", "", llm.DisabledByOrg) }},
		"stop rows": {"stopped", func(b *bench) { b.desk.set(func() { b.desk.stop[domain.ID(lastID(b))] = true }) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gate := make(chan struct{}, 5)
			b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, fifty...))
			a := b.ask(b.actor, "How much leave?")
			for range 5 {
				gate <- struct{}{}
			}
			b.follow(a.ID, 0, func(s string) bool { return len(s) == 30 })
			if n := b.runs.Cut("t2", "", llm.DisabledByOrg) + b.runs.Cut("t1", "m2", llm.ConsentWithdrawn); n != 0 {
				t.Errorf("cut %d of somebody else", n)
			}
			begun := time.Now()
			act.do(b)
			b.left(begun)
			m := b.end(a.ID)
			if m.Reason != act.code || m.State != domain.MessageStopped || len(m.Text) != 30 {
				t.Errorf("%s %s %q", m.State, m.Reason, m.Text)
			}
			if o := b.receipt().Outcome; o != domain.OutcomeCut && act.code != "stopped" {
				t.Errorf("outcome %s", o)
			}
		})
	}
}

func lastID(_ *bench) string { return fmt.Sprintf("01900000-0000-7000-8000-%012d", 2) }

// TestClose interrupts, keeps and saves; nothing new begins.
func TestCloseInterrupts(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{}, 2)
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, fifty...))
	a := b.ask(b.actor, "How much leave?")
	gate <- struct{}{}
	gate <- struct{}{}
	b.follow(a.ID, 0, func(s string) bool { return len(s) == 12 })
	ctx, done := context.WithTimeout(t.Context(), 5*time.Second)
	defer done()
	if err := b.runs.Close(ctx); err != nil {
		t.Fatal(err)
	}
	m := b.desk.finished[a.ID]
	if m.State != domain.MessageInterrupted || m.Reason != "server_stopped" || m.Text != "token token " {
		t.Errorf("%+v", m)
	}
	if err := b.runs.Start(b.actor, a, domain.Message{ID: "x"}); !errors.Is(err, domain.ErrUnavailable) {
		t.Error(err)
	}
}

// TestViewers: any number, each from its own offset, the same text; offsets are tolerant; others see nothing.
func TestViewers(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{}, 3)
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, "eins ü ", "zwei ", "drei [2]"))
	a := b.ask(b.actor, "How much leave?")
	if _, ok := b.runs.Follow(person("t2", "m1"), a.ID, 0); ok {
		t.Fatal("another organization follows")
	}
	gate <- struct{}{}
	b.follow(a.ID, 0, func(s string) bool { return s == "eins ü " })
	var all sync.WaitGroup
	got := make([]string, 8)
	for i := range got {
		v, ok := b.runs.Follow(b.actor, a.ID, i-1)
		if !ok {
			t.Fatal("does not run")
		}
		all.Go(func() {
			for {
				p, err := v.Next(t.Context())
				got[i] += p.Text
				if p.Over || err != nil {
					return
				}
			}
		})
	}
	close(gate)
	all.Wait()
	const whole = "eins ü zwei drei [2]"
	for i, s := range got {
		want := whole[max(0, i-1):]
		if i-1 == 6 { // inside the ü
			want = whole[5:]
		}
		if s != want {
			t.Errorf("from %d: %q, want %q", i-1, s, want)
		}
	}
	m := b.end(a.ID)
	if len(m.Citations) != 1 || m.Citations[0].Number != 2 || m.Citations[0].Document != "t1-d2" || m.Citations[0].Snippet == "" {
		t.Errorf("citations %+v", m.Citations)
	}
	b.until("the run is forgotten", func() bool { return b.runs.Running() == 0 })
	if _, ok := b.runs.Follow(b.actor, a.ID, 0); ok {
		t.Error("still followed")
	}
}

// TestFirstToken: the first piece arrives while the second is held back (P50).
func TestP50_FirstToken(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, "first", "second"))
	begun := time.Now()
	a := b.ask(b.actor, "How much leave?")
	gate <- struct{}{}
	b.follow(a.ID, 0, func(s string) bool { return s == "first" })
	t.Logf("first piece after %v", time.Since(begun))
	b.until("a checkpoint", func() bool { defer b.desk.lock()(); return b.desk.saved[a.ID] == "first" })
	close(gate)
	if m := b.end(a.ID); m.Text != "firstsecond" || m.State != domain.MessageDone || m.FinishedAt.IsZero() {
		t.Errorf("%+v", m)
	}
}

func TestCaps(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	defer close(gate)
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, "x"))
	for range 3 {
		b.ask(b.actor, "How much leave?")
	}
	err := b.runs.Start(b.actor, domain.Message{}, domain.Message{ID: "more"})
	if !errors.Is(err, domain.ErrTooMany) {
		t.Error(err)
	}
	for i := range 47 {
		id := domain.ID(fmt.Sprint("p", i))
		b.desk.set(func() { b.desk.consent[id] = true }) // an answer that is refused makes room
		b.ask(person("t1", id), "How much leave?")
	}
	if err := b.runs.Start(person("t1", "p99"), domain.Message{}, domain.Message{ID: "more"}); !errors.Is(err, domain.ErrTooMany) {
		t.Error(err)
	}
	if err := b.runs.Start(person("t2", "p99"), domain.Message{}, domain.Message{ID: "more"}); err != nil {
		t.Error("another organization is full as well:", err)
	}
}

// TestRoom: whoever sees an answer's end may ask again at once; room is made first.
func TestRoomAtTheEnd(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, "x"))
	a := b.ask(b.actor, "How much leave?")
	v, ok := b.runs.Follow(b.actor, a.ID, 0)
	if !ok {
		t.Fatal("does not run")
	}
	release := b.runs.HoldRoom()
	close(gate)
	b.end(a.ID)
	ctx, done := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer done()
	for {
		p, err := v.Next(ctx)
		if err != nil {
			break
		}
		if p.Over {
			t.Error("the end is told before there is room")
			break
		}
	}
	release()
	if p, err := v.Next(t.Context()); err != nil || !p.Over || b.runs.Running() != 0 {
		t.Errorf("%+v, %v, %d run", p, err, b.runs.Running())
	}
}

// TestPanic: a fault of ours fails one answer, not the process; its text is not logged.
func TestPanicFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.desk.panics = true
	m := b.answer("CANARY question")
	if m.State != domain.MessageFailed || m.Reason != "internal" || strings.Contains(b.log.String(), "CANARY") {
		t.Errorf("%+v %s", m, b.log)
	}
}

// TestStorageDown: without a word from the database an answer is cut, and saved when it is back.
func TestStorageDown(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{}, 1)
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, fifty...))
	a := b.ask(b.actor, "How much leave?")
	gate <- struct{}{}
	b.follow(a.ID, 0, func(s string) bool { return s == "token " })
	b.desk.set(func() { b.desk.storeDown, b.desk.finishDown = true, true })
	m := b.end(a.ID)
	if m.Reason != "storage_unavailable" || m.State != domain.MessageFailed || m.Text != "token " {
		t.Errorf("%+v", m)
	}
}

// TestQuoting: without a provider nothing leaves, and the answer quotes with numbers (DESIGN §4).
func TestQuoting(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.desk.choice = llm.Choice{Provider: domain.NoProvider}
	b.desk.consent["m1"] = false
	b.desk.noAI["t1-d1"] = true // quoting happens here: not withheld
	m := b.answer("How much annual leave?")
	if !m.Quoting || m.State != domain.MessageDone || m.Receipt != "" || len(m.Citations) != 2 || m.Withheld != 0 ||
		!strings.Contains(m.Text, "> Annual leave is thirty days. [1]") {
		t.Errorf("%+v", m)
	}
	if m := b.answer("Which moon landed cheese?"); !strings.Contains(m.Text, "The documents don't say") || len(m.Citations) != 0 {
		t.Errorf("%+v", m)
	}
	b.nothingLeft()
	if len(b.desk.opened) != 0 {
		t.Error("a row was written")
	}
}

// TestQuotingStops: Stop works without a provider as well.
func TestQuotingStops(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.desk.choice = llm.Choice{Provider: domain.NoProvider}
	p := passage("t1", 1)
	p.Text = strings.Repeat("leave ", 20_000) + "."
	b.desk.passages["t1"] = []domain.Passage{p}
	a := b.ask(b.actor, "leave?")
	b.follow(a.ID, 0, func(s string) bool { return len(s) > 100 })
	b.runs.Stop(b.actor, a.ID)
	if m := b.end(a.ID); m.State != domain.MessageStopped || len(m.Text) < 100 {
		t.Errorf("%s, %d bytes", m.State, len(m.Text))
	}
}

// TestLiteral: quoted text is shown as it is, not as markup.
func TestQuotedMarkdownIsLiteral(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.desk.choice = llm.Choice{Provider: domain.NoProvider}
	p := passage("t1", 1)
	p.Text = "1. leave *is* [9] <b>30</b> a_b &amp; `x` | ![i](https://e.example) # ~~no~~."
	b.desk.passages["t1"] = []domain.Passage{p}
	html := string(llm.Render(b.answer("leave?").Text, links))
	want := `1. leave *is* [9] &lt;b&gt;30&lt;/b&gt; a_b &amp;amp; ` + "`x`" + ` | ![i](https://e.example) # ~~no~~. <a class="cite"`
	if !strings.Contains(html, want) {
		t.Error(html)
	}
}

// TestNoMixing: two organizations, many answers at once, nothing of one in the other (P53, A41).
func TestP53_A41_NoMixing(t *testing.T) {
	t.Parallel()
	echo := func(x *llmtest.Exchange) {
		tenant := "t1"
		if strings.Contains(string(x.Body), "of t2") {
			tenant = "t2"
		}
		x.Begin()
		for i := range 20 {
			x.Text(fmt.Sprintf("%s-%d ", tenant, i))
		}
		x.Finish("stop")
	}
	b := newBenchWith(t, llm.GateConfig{}, echo)
	b.desk.passages["t2"] = []domain.Passage{passage("t2", 1), passage("t2", 2)}
	const each = 40
	type asked struct{ id, tenant domain.ID }
	var all []asked
	for i := range each {
		for _, tenant := range []domain.ID{"t1", "t2"} {
			m := domain.ID(fmt.Sprintf("%s-m%d", tenant, i))
			b.desk.set(func() { b.desk.consent[m] = true })
			all = append(all, asked{b.ask(person(tenant, m), "How much leave?").ID, tenant})
		}
	}
	for _, a := range all {
		m := b.end(a.id)
		other := map[domain.ID]string{"t1": "t2", "t2": "t1"}[a.tenant]
		if strings.Contains(m.Text, other) || strings.Count(m.Text, string(a.tenant)) != 20 {
			t.Errorf("%s: %q", a.tenant, m.Text)
		}
	}
	if len(b.provider.Requests()) != 2*each || len(b.desk.rows) != 2*each {
		t.Errorf("%d requests, %d rows", len(b.provider.Requests()), len(b.desk.rows))
	}
	var out int64
	for _, r := range b.desk.rows {
		out += r.BytesOut
	}
	if out != b.provider.BytesIn() {
		t.Errorf("rows say %d bytes, provider got %d", out, b.provider.BytesIn())
	}
	for _, r := range b.provider.Requests() {
		if strings.Contains(string(r.Body), "of t1") == strings.Contains(string(r.Body), "of t2") {
			t.Error("a mixed body")
		}
	}
}

// TestCleaned: what a token hides does not arrive (A76, A79); what looks like a frame is text.
func TestA76_A79_Cleaned(t *testing.T) {
	t.Parallel()
	b := newBench(t, llmtest.Say("a\r\nb\rc", "\x00\x1b[31m", "\u202e\U000E0041x", "\n\nevent: done\nid: 7\ndata: y", "👩‍💻"))
	want := "a\nbc[31mx\n\nevent: done\nid: 7\ndata: y👩‍💻"
	if m := b.answer("How much leave?"); m.Text != want || m.State != domain.MessageDone {
		t.Errorf("%q", m.Text)
	}
}

// TestDeleted: a conversation deleted while its answer runs ends it, without an hour of retries.
func TestDeletedConversationEnds(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{}, 1)
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, fifty...))
	a := b.ask(b.actor, "How much leave?")
	gate <- struct{}{}
	b.follow(a.ID, 0, func(s string) bool { return s == "token " })
	b.desk.set(func() { b.desk.deleted = true })
	begun := time.Now()
	b.left(begun)
	b.until("the run is forgotten", func() bool { return b.runs.Running() == 0 })
	if took := time.Since(begun); took > 3*time.Second {
		t.Error(took)
	}
}

// An answer whose provider says nothing beats all the same, or it would be taken for lost.
func TestP51_QuietAnswersBeat(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, llm.GateConfig{FirstByte: time.Minute}, (*llmtest.Exchange).Hang)
	a := b.ask(b.actor, "How much leave?")
	b.until("a beat", func() bool { defer b.desk.lock()(); return slices.Contains(b.desk.beaten, a.ID) })
	b.runs.Stop(b.actor, a.ID)
	b.end(a.ID)
}

// One beats also while the database takes long to say whether it may go on.
func TestP51_AnswersBeatBesideSlowLooks(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, llm.GateConfig{FirstByte: time.Minute}, (*llmtest.Exchange).Hang)
	b.desk.set(func() { b.desk.slow = true })
	a := b.ask(b.actor, "How much leave?")
	beats := 0
	b.until("three beats, or the end", func() bool {
		defer b.desk.lock()()
		_, over := b.desk.finished[a.ID]
		beats = len(b.desk.beaten)
		return over || beats >= 3
	})
	if beats < 3 { // it ends after three seconds without a word
		t.Errorf("%d beats", beats)
	}
	b.runs.Stop(b.actor, a.ID)
	b.end(a.ID)
}
