package llm_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"aimyorg/llm"
	"aimyorg/llm/llmtest"
)

// FuzzEvents: a stream cut into any pieces has the events that a browser would find in it.
func FuzzEvents(f *testing.F) {
	f.Add("\uFEFFdata: a\r\ndata:b\r\rid: 7\revent: x\rdata: c\n\n: comment\n\nretry: 1\n\ndata\n\ndata:\n\n", 3)
	f.Fuzz(func(t *testing.T, stream string, size int) {
		stream += "\n\n" // where the last event has no end, we read it all the same
		var want []string
		for _, e := range llmtest.ParseEvents(stream) {
			want = append(want, e.Data)
		}
		if got := llm.Events([]byte(stream), size); !slices.Equal(got, want) {
			t.Fatalf("%q in pieces of %d: %q, want %q", stream, size, got, want)
		}
	})
}

// FuzzTap: the same bytes give the same facts in whatever pieces they come, reasons are from the list, text only comes
// from well-formed answers, and nothing of it goes on to langchaingo but that there was one.
func FuzzTap(f *testing.F) {
	f.Add([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]\n\n"), []byte{3, 1}, true)
	f.Add([]byte("data: {\"error\":{\"code\":\"server_error\"}}\n\n"), []byte{1}, true)
	f.Add([]byte(`{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}`), []byte{5}, false)
	f.Add([]byte("<html>"), []byte{2}, false)
	f.Fuzz(func(t *testing.T, stream, cuts []byte, events bool) {
		kind := map[bool]string{true: sse, false: "application/json"}[events]
		sizes := []int{1}
		for _, c := range cuts {
			sizes = append(sizes, int(c)+1)
		}
		one, many := llm.TapBytes(stream, 1<<20, kind), llm.TapPieces(stream, sizes, kind)
		one.Rests, many.Rests = 0, 0 // how it came decides those
		if one != many {
			t.Fatalf("%+v\n%+v", one, many)
		}
		known := one.Reason == "" || slices.Contains(llm.Reasons, one.Reason)
		if !known || one.Reason == "" && one.Text == "" || strings.ContainsFunc(one.Served, unprintable) || len(one.Served) > 120 {
			t.Fatalf("reason %q, text %q, served %q", one.Reason, one.Text, one.Served)
		}
	})
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

// FuzzRetryAfter: whatever a provider writes, nobody is asked to wait for more than a day.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "5", "1.5", "-1", "1e9", "1e309", "Inf", "NaN", "0x1p-2", "Thu, 26 Nov 2026 10:00:05 GMT", "Sat, 01 Jan 9999 00:00:00 GMT"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		if n := llm.RetryAfter(value, now); n < 0 || n > 24*60*60 {
			t.Fatalf("%q: %d s", value, n)
		}
	})
}

// FuzzRender: whatever a model writes becomes HTML of the allowed parts only, as a browser reads it; its size is within a
// multiple of the text's; and wherever a growing text is cut, its closed part never shrinks, and closed and open part,
// rendered each by itself, make the whole.
func FuzzRender(f *testing.F) {
	f.Add(document, 7)
	for _, b := range bombs(300) {
		f.Add(b, 3)
	}
	f.Add(bombs(2000)["short rows"], 0)
	for _, s := range slices.Concat(growing(), hostile()) {
		f.Add(s, 100)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		if len(text) > 5000 {
			return
		}
		text = written(text)
		whole := string(llm.Render(text, links))
		wellFormed(t, text, whole)
		asBrowsersReadIt(t, text, whole)
		if llm.Prose(text) && whole != string(llm.Parsed(text, links)) {
			t.Fatalf("%q is not what the parser makes of it: %q", whole, llm.Parsed(text, links))
		}
		if len(whole) > 64*len(text)+8192 {
			t.Fatalf("%d bytes of %d", len(whole), len(text))
		}
		from, to := 0, len(text)
		if len(text) > 120 {
			from = max(cut, 0) % (len(text) + 1)
			to = min(from+10, len(text))
		}
		closed := 0
		for i := from; i <= to; i++ {
			n := llm.Closed(text[:i])
			if n < closed || n > i || n > 0 && text[n-1] != '\n' {
				t.Fatalf("%d bytes of %q are closed, after %d", n, text[:i], closed)
			}
			if n > closed || i == to {
				same(t, text, string(llm.Render(text[:n], links))+string(llm.Render(text[n:], links)), whole)
			}
			closed = n
		}
	})
}

// written is text as it is stored: what the tap delivers has been through the same.
func written(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x200b || r >= 0x2028 && r <= 0x206f || r > 0xdfff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// asBrowsersReadIt holds that the tree an HTML parser builds has the elements that were written, in their order, with
// allowed attributes: a browser moves and closes elements that stand where they may not.
func asBrowsersReadIt(t *testing.T, text, rendered string) {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(rendered), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatal(err)
	}
	var read, wrote []string
	for _, top := range nodes {
		if top.Type == html.ElementNode {
			read = append(read, top.Data)
		}
		for n := range top.Descendants() {
			if n.Type == html.ElementNode {
				read = append(read, n.Data)
			}
			if n.Type == html.CommentNode || n.Type == html.DoctypeNode {
				t.Fatalf("%v in %q", n.Type, rendered)
			}
		}
	}
	for tokens := html.NewTokenizer(strings.NewReader(rendered)); ; {
		switch tokens.Next() {
		case html.ErrorToken:
			if !slices.Equal(read, wrote) {
				t.Fatalf("%q is written as %v and read as %v in %q", text, wrote, read, rendered)
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			wrote = append(wrote, string(name))
		}
	}
}
