package llm_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/llm"
	"aimyorg/llm/llmtest"
)

func TestManyAnswersMoveOnLessOften(t *testing.T) {
	t.Parallel()
	for beside, want := range map[int64]time.Duration{0: 35 * time.Millisecond, 200: 35 * time.Millisecond, 400: 70 * time.Millisecond,
		10_000: 280 * time.Millisecond} {
		if rest := llm.RestBeside(beside); rest != want {
			t.Errorf("beside %d answers: every %v", beside, rest)
		}
	}
}

// What a viewer gets comes no faster than half the rhythm, however the provider sends.
func TestPiecesKeepTheRhythm(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	b := newBenchWith(t, llm.GateConfig{}, llmtest.Gated(gate, fifty...))
	a := b.ask(b.actor, "How much leave?")
	v, ok := b.runs.Follow(b.actor, a.ID, 0)
	if !ok {
		t.Fatal("does not run")
	}
	go func() {
		defer close(gate)
		for range fifty {
			gate <- struct{}{}
		}
	}()
	text, pieces, begun := "", 0, time.Now()
	for p := (llm.Piece{}); !p.Over; {
		var err error
		if p, err = v.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p.Text != "" {
			text, pieces = text+p.Text, pieces+1
		}
	}
	if most := 2 + int(time.Since(begun)/(llm.RestBeside(1)/2)); text != strings.Join(fifty, "") || pieces > most {
		t.Errorf("%d pieces, at most %d: %q", pieces, most, text)
	}
}

// Between two pieces of a provider's text there is a rest, but none where so much came that more must be there.
func TestReadingRestsBetweenPieces(t *testing.T) {
	t.Parallel()
	small := strings.Repeat(`data: {"choices":[{"index":0,"delta":{"content":"a"}}]}`+"\n\n", 3)
	large := `data: {"choices":[{"index":0,"delta":{"content":"` + strings.Repeat("b", 3000) + `"}}]}` + "\n\n"
	for body, want := range map[string]int{small + "data: [DONE]\n\n": 3, large + "data: [DONE]\n\n": 0, ": nothing\n\n: yet\n\ndata: [DONE]\n\n": 0} {
		size := strings.Index(body, "\n\n") + 2
		if got := llm.TapBytes([]byte(body), size, "text/event-stream"); got.Rests != want || got.Reason != "" && got.Text != "" {
			t.Errorf("%d rests, want %d: %+v", got.Rests, want, got)
		}
	}
}
