package llm_test

import (
	"reflect"
	"strings"
	"testing"

	"aimyorg/llm"
)

const sse = "text/event-stream"

func TestEvents(t *testing.T) {
	t.Parallel()
	stream := "\uFEFFdata: a\r\ndata:b\r\rid: 7\revent: x\rdata: c\n\n: comment\n\nretry: 1\n\ndata\n\ndata:\n\ndata: last"
	want := []string{"a\nb", "c", "", "", "last"}
	for size := 1; size < 40; size++ {
		if got := llm.Events([]byte(stream), size); !reflect.DeepEqual(got, want) {
			t.Fatalf("in pieces of %d: %q", size, got)
		}
	}
}

func TestTap(t *testing.T) {
	t.Parallel()
	chunk := func(s string) string {
		return `data: {"model":"m","choices":[{"index":0,"delta":{"content":"` + s + `"}}]}` + "\n\n"
	}
	stop := `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	for name, c := range map[string]struct {
		stream, text string
		reason       llm.Reason
	}{
		"plain":             {chunk("a") + chunk("b") + stop + "data: [DONE]\n\n", "ab", ""},
		"no done":           {chunk("a") + stop, "a", ""},
		"done, no newline":  {chunk("a") + stop + "data: [DONE]", "a", ""},
		"after done":        {chunk("a") + stop + "data: [DONE]\n\n" + chunk("never"), "a", ""},
		"done, no finish":   {chunk("a") + "data: [DONE]\n\n", "a", ""},
		"crlf":              {strings.ReplaceAll(chunk("a")+stop, "\n", "\r\n"), "a", ""},
		"second choice":     {chunk("a") + `data: {"choices":[{"index":1,"delta":{"content":"x"}}]}` + "\n\n" + stop, "a", ""},
		"null content":      {`data: {"choices":[{"delta":{"content":null,"tool_calls":null}}],"error":null}` + "\n\n" + chunk("a") + stop, "a", ""},
		"content not text":  {`data: {"choices":[{"delta":{"content":[1]}}]}` + "\n\n", "", llm.Malformed},
		"not JSON":          {chunk("a") + "data: hello\n\n" + chunk("b"), "a", llm.Malformed},
		"nothing":           {"", "", llm.CutOff},
		"only comments":     {": PROCESSING\n\n", "", llm.CutOff},
		"odd names":         {`data: {"id":5,"model":{"x":1},"provider":["p"],"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}` + "\n\n", "a", ""},
		"error as text":     {chunk("a") + `data: {"error":"boom"}` + "\n\n", "a", llm.Failed},
		"error in choice":   {chunk("a") + `data: {"choices":[{"index":0,"error":{"code":429}}]}` + "\n\n", "a", llm.Busy},
		"finish error":      {chunk("a") + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}` + "\n\n", "a", llm.Failed},
		"length, no text":   {`data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}` + "\n\n", "", llm.Empty},
		"provider's events": {"event: done\nid: 9\n" + chunk("a") + stop, "a", ""},
	} {
		for _, size := range []int{1, 7, 100000} {
			got := llm.TapBytes([]byte(c.stream), size, sse)
			if got.Text != c.text || got.Reason != c.reason {
				t.Errorf("%s (%d): %q, %q", name, size, got.Text, got.Reason)
			}
		}
	}
}

// TestTapReadsLongLines: a line may be longer than the 64 KiB at which langchaingo would give up; a name is tidied.
func TestTapReadsLongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü<", 30_000)
	got := llm.TapBytes([]byte(`data: {"model":"m\n\u0000evil","choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"more":"`+long+`"}`+"\n\n"), 4096, sse)
	if got.Text != "a" || got.Reason != "" || got.Served != "mevil" {
		t.Errorf("%q, %q, %q", got.Text, got.Reason, got.Served)
	}
}
