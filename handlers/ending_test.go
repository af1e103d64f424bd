package handlers_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/llm/llmtest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// How an answer's stream ends: with the finished message, as reading it shows it.

// ending is what the last event of a stream carries.
func ending(t *testing.T, events string) string {
	t.Helper()
	_, last, ok := strings.Cut(events, "event: done\n")
	if !ok || strings.Contains(last, "event: ") {
		t.Fatalf("no end:\n%s", events)
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(last), "\n") {
		lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(line, "data:"), " "))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func TestAStreamEndsWithTheMessageAsItIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	quoting := storetest.New(t, s.db)
	quoting.Document(t, quoting.Collection(t, domain.CollectionForm{}), "Travel policy", "A hotel may cost up to 140 euros a night.")
	for name, c := range map[string]struct {
		o     storetest.Organization
		reply func(*llmtest.Exchange)
		want  []string
	}{
		"written": {o, llmtest.Say("At most **140 euros** ", "a night [1].\r\n\r\n- <b>", "x</b>"), []string{`data-state="done"`, "140 euros a night.", "Travel policy", "1 passage", "OpenAI"}},
		"quoted":  {quoting, nil, []string{`data-state="done"`, "140 euros a night", "Nothing left"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.provider.Script(c.reply)
			b := s.as(t, c.o.Owner)
			_, stream := b.ask("How much may a hotel cost?")
			sent := ending(t, b.get(stream).must(t, 200).body)
			if read := b.get(strings.TrimSuffix(stream, "/stream"), hx...).must(t, 200, c.want...).body; sent != strings.TrimSpace(read) {
				t.Errorf("the stream ended with\n%s\nread again it is\n%s", sent, read)
			}
			if again := ending(t, b.get(stream).must(t, 200).body); again != sent { // it is over: read from the database
				t.Errorf("followed again it ended with\n%s", again)
			}
			others := ""
			for _, other := range []*browser{s.as(t, storetest.New(t, s.db).Owner), s.as(t, c.o.People[domain.Manager]), s.nobody(t)} {
				others += ending(t, other.get(stream).must(t, 200).body)
			}
			if others != "" {
				t.Errorf("for others it ended with\n%s", others)
			}
		})
	}
}

// looking closes again at the second look at the organizations' epochs after a change: what the first found is obeyed by then.
type looking struct {
	store.Desk
	changed atomic.Bool
	looks   atomic.Int32
	again   chan struct{}
}

func (l *looking) Epochs(ctx context.Context, tenants []domain.ID) (map[domain.ID]int64, error) {
	if l.changed.Load() && l.looks.Add(1) == 2 {
		close(l.again)
	}
	return l.Desk.Epochs(ctx, tenants)
}

// What somebody may no longer see when the answer ends is not in its end: the page reads it then.
func TestP54_AStreamEndsWithNothingOnceRightsHaveChanged(t *testing.T) {
	t.Parallel()
	looks := &looking{Desk: store.Desk{DB: storetest.DB(t)}, again: make(chan struct{})}
	open := opened()
	s, _ := answeredBy(t, looks, llm.GateConfig{}, slog.New(slog.DiscardHandler), llmtest.Gated(open, "At most ", "140 euros a night [1]."))
	o := writing(t, s)
	b := s.as(t, o.People[domain.Staff])
	b.consent(t)
	_, stream := b.ask("How much may a hotel cost?")
	lines := b.follow(t.Context(), stream)
	until(t, lines, "At most")
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		all, err := x.Collections()
		if err != nil {
			return err
		}
		return x.ChangeCollection(all[0].ID, domain.CollectionForm{Name: "Handbook", AIAllowed: true, Members: []string{string(o.Owner.Member())}})
	})
	looks.changed.Store(true)
	<-looks.again
	close(open)
	until(t, lines, "event: done")
	if rest := until(t, lines, "data:"); strings.Contains(rest, "Travel policy") || strings.TrimSpace(rest) != "data:" {
		t.Errorf("ended with %s", rest)
	}
	b.get(strings.TrimSuffix(stream, "/stream"), hx...).must(t, 200, `data-state="done"`, "!Travel policy", "No longer there for you")
}
