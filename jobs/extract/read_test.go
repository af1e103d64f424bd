package extract_test

import (
	"errors"
	"strings"
	"testing"

	"aimyorg/jobs/extract"
	x "aimyorg/jobs/extract/extracttest"
)

func read(t *testing.T, name string, data []byte) *extract.Document {
	t.Helper()
	doc, err := extract.Read(t.Context(), name, data, extract.Limits{}, cacheDir)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return doc
}

// show writes a document one block a line: kind, level, place, text.
func show(doc *extract.Document) string {
	var b strings.Builder
	for _, k := range doc.Blocks {
		b.WriteString(string(k.Kind[0]) + string(rune('0'+k.Level)) + " [" + k.Place + "] " + strings.ReplaceAll(k.Text, "\n", "⏎") + "\n")
	}
	return b.String()
}

func TestReadEveryFormat(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, title string
		data        []byte
		pages       int
		want        string
	}{
		{"a.pdf", "Travel (2026)", x.PDF("Travel (2026)", []string{"First page.\nCafé “quoted” 5 €", "Second page"}), 2,
			"p0 [Page 1] First page.\np0 [Page 1] Café “quoted” 5 €\np0 [Page 2] Second page\n"},
		{"a.docx", "Policy", x.DOCX("Policy", []string{"# Hotels", "Up to 180 €.", "- one", "- two", "City | Limit", "Bern | 200", "## More", "End <ok> & done"}), 0,
			"h1 [Section Hotels] Hotels\np0 [Section Hotels] Up to 180 €.\ni0 [Section Hotels] one\ni0 [Section Hotels] two\n" +
				"r0 [Section Hotels] City | Limit\nr0 [Section Hotels] Bern | 200\nh2 [Section More] More\np0 [Section More] End <ok> & done\n"},
		{"a.pptx", "Deck", x.PPTX("Deck", []x.Slide{{Title: "Why", Lines: []string{"because"}, Notes: "say hello"}, {Title: "How", Lines: []string{"so", "thus"}}}), 2,
			"h2 [Slide 1] Why\np0 [Slide 1] because\np0 [Slide 1 notes] say hello\nh2 [Slide 2] How\np0 [Slide 2] so\np0 [Slide 2] thus\n"},
		{"a.xlsx", "", x.XLSX([]x.Sheet{{Name: "Budget", Rows: [][]any{{"Item", "Cost"}, {"Rent", 1200}, {"Tea", 3.5}}}, {Name: "Raw", Rows: [][]any{{1, 2}, {"", 4}}}}), 2,
			"r0 [Sheet Budget] Item | Cost\nr0 [Sheet Budget] Item: Rent; Cost: 1200\nr0 [Sheet Budget] Item: Tea; Cost: 3.5\n" +
				"r0 [Sheet Raw] 1 | 2\nr0 [Sheet Raw] | 4\n"},
		{"a.csv", "", []byte("Name;Role\nAda;Engineer\n\"B; C\";\n"), 0,
			"r0 [Row 1] Name | Role\nr0 [Row 2] Name: Ada; Role: Engineer\nr0 [Row 3] Name: B; C\n"},
		{"a.html", "T", []byte(`<html lang=de-CH><title>T</title><h1>One</h1><p>a <b>b</b>c<br>d
			e<ul><li>x<ul><li>y</ul></ul><table><tr><th>A<th>B<tr><td>1<td><p>2<p>3</table><pre>k
  l</pre><img alt="A chart"><script>no()</script><p hidden>no</p><p style="display:none">no</p>`), 0,
			"h1 [Section One] One\np0 [Section One] a bc⏎d e\ni0 [Section One] x\ni1 [Section One] y\nr0 [Section One] A | B\n" +
				"r0 [Section One] 1 | 2 3\nc0 [Section One] k⏎  l\np0 [Section One] A chart\n"},
		{"a.md", "Doc", []byte("---\ntitle: Doc\n---\n# H *x*\n\ntext [link](http://e.x/) `co\\de` \\* &amp; ![pic](p.png)\nnext\n\n- a\n  - b\n\n" +
			"```go\nif x {\n\n\ty()\n```\n\n|A|B|\n|-|-|\n|1|2|\n"), 0,
			"h1 [Section H x] H x\np0 [Section H x] text link co\\de * & pic next\ni0 [Section H x] a\ni1 [Section H x] b\n" +
				"c0 [Section H x] if x {⏎⏎\ty()\nr0 [Section H x] A | B\nr0 [Section H x] 1 | 2\n"},
		{"a.txt", "", []byte("one\r\ntwo\r\n\r\nthree"), 0, "p0 [] one⏎two\np0 [] three\n"},
		{"a.eml", "Offer", x.EML(x.Mail{From: "Ada <ada@example.org>", To: "bob@example.org", Subject: "Offer",
			Date: "Mon, 02 Mar 2026 10:00:00 +0000", Text: "Dear Bob,\n\nyes.", Attachments: []string{"plan.pdf"}}), 0,
			"p0 [] From: Ada <ada@example.org>\np0 [] To: bob@example.org\np0 [] Date: Mon, 02 Mar 2026 10:00:00 +0000\n" +
				"p0 [] Subject: Offer\np0 [] Dear Bob,\np0 [] yes.\ni0 [] Attachment: plan.pdf\n"},
		{"b.eml", "Offer", x.EML(x.Mail{From: "a@example.org", To: "b@example.org", Subject: "Offer", HTML: "<title>z</title><p>Hello<script>no</script>"}), 0,
			"p0 [] From: a@example.org\np0 [] To: b@example.org\np0 [] Subject: Offer\np0 [] Hello\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, c.name, c.data)
			if got := show(doc); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if doc.Pages != c.pages || c.title != "" && doc.Title != c.title {
				t.Errorf("title %q, %d pages", doc.Title, doc.Pages)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"UTF-8": "Zürich kostet 5 €", "mark": "\xef\xbb\xbfZürich kostet 5 €", "Windows-1252": "Z\xfcrich kostet 5 \x80",
		"UTF-16LE": "\xff\xfeZ\x00\xfc\x00r\x00i\x00c\x00h\x00 \x00k\x00o\x00s\x00t\x00e\x00t\x00 \x005\x00 \x00\xac\x20",
		"UTF-16BE": "\xfe\xff\x00Z\x00\xfc\x00r\x00i\x00c\x00h\x00 \x00k\x00o\x00s\x00t\x00e\x00t\x00 \x005\x00 \x20\xac",
		"bare":     "Z\x00\xfc\x00r\x00i\x00c\x00h\x00 \x00k\x00o\x00s\x00t\x00e\x00t\x00 \x005\x00 \x00\xac\x20",
		"NFD":      "Zu\u0308rich kostet 5 €",
	} {
		for _, ext := range []string{".txt", ".csv", ".md"} {
			if got, _ := read(t, name+ext, []byte(data)).Text(); got != "Zürich kostet 5 €" {
				t.Errorf("%s%s: %q", name, ext, got)
			}
		}
	}
}

func TestTextShowsBlocksInPlace(t *testing.T) {
	t.Parallel()
	doc := read(t, "a.md", []byte("# Größe\n\neins\n\nzwei drei\n\nvier"))
	text, spans := doc.Text()
	for i, s := range spans {
		if text[s.Start:s.End] != doc.Blocks[i].Text {
			t.Errorf("block %d: %q", i, text[s.Start:s.End])
		}
	}
	at := strings.Index(text, "zwei")
	for want, passage := range map[[2]int]extract.Span{
		{2, 3}: {Start: at, End: at + 4}, {1, 4}: {Start: at - 4, End: len(text)}, {0, 4}: {Start: 0, End: len(text)},
	} {
		if first, last := extract.BlocksIn(spans, passage); [2]int{first, last} != want {
			t.Errorf("%v: %d to %d", passage, first, last)
		}
	}
}

func TestLongTextIsCutIntoBlocks(t *testing.T) {
	t.Parallel()
	word := strings.Repeat("ä", 5000)
	doc := read(t, "a.txt", []byte(strings.Repeat("lorem ipsum ", 5000)+strings.Repeat(word, 4)))
	text, _ := doc.Text()
	if strings.Count(text, "lorem") != 5000 || strings.Count(text, "ä") != 20000 {
		t.Error("words lost")
	}
	for _, b := range doc.Blocks {
		if len(b.Text) > extract.MaxBlock {
			t.Errorf("a block of %d bytes", len(b.Text))
		}
	}
}

func TestWordDetails(t *testing.T) {
	t.Parallel()
	r := func(s string) string { return "<w:r><w:t>" + s + "</w:t></w:r>" }
	body := `<w:p>` + r("kept") + `<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:del>` + r("deleted") + `</w:del><w:ins>` + r(" new") +
		`</w:ins><w:hyperlink>` + r(" link") + `</w:hyperlink><w:r><w:instrText>PAGE</w:instrText><w:tab/><w:t>tab</w:t></w:r></w:p>` +
		`<w:p><w:r><w:AlternateContent><w:Choice><w:txbxContent><w:p>` + r("box") + `</w:p></w:txbxContent></w:Choice><w:Fallback><w:p>` +
		r("twice") + `</w:p></w:Fallback></w:AlternateContent><w:t>anchor</w:t></w:r></w:p>` +
		`<w:tbl><w:tr><w:tc><w:p>` + r("out") + `</w:p><w:tbl><w:tr><w:tc><w:p>` + r("in") + `</w:p></w:tc></w:tr></w:tbl></w:tc><w:tc><w:p>` +
		r("b") + `</w:p></w:tc></w:tr></w:tbl><w:sdt><w:sdtContent><w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="3"/></w:numPr></w:pPr>` +
		r("item") + `</w:p></w:sdtContent></w:sdt>`
	want := "p0 [] kept new link tab\np0 [] anchor\np0 [] box\nr0 [] out in | b\ni1 [] item\n"
	if got := show(read(t, "a.docx", x.DOCXBody("", body))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A79: what hides text from a reader is taken out, and counted.
func TestA79_HiddenCharactersAreRemoved(t *testing.T) {
	t.Parallel()
	cases := []struct {
		in, want string
		hidden   bool
	}{
		{"a\x1b[31mred\x1b[0m b\x1b]0;title\x07c", "ared bc", true},
		{"pay \u202eevil\u202c now", "pay evil now", true},
		{"iso\u2066lated\u2069 m\u200fark", "isolated mark", true},
		{"tag\U000E0041\U000E0042s \U000E0101", "tags", true},
		{"zero\u200bwidth\u2060 join\u200der", "zerowidth joiner", true},
		{"soft\u00adhyphen\ufeff no\u00a0break", "softhyphen no break", false},
		{"می\u200cخواهم 👩\u200d🔬 ❤\ufe0f", "می\u200cخواهم 👩\u200d🔬 ❤\ufe0f", false},
		{"b\x07el \u009bc1 nonchar\uffff", "bel c1 nonchar", true},
	}
	for _, c := range cases {
		doc := read(t, "a.md", []byte(c.in))
		if got, _ := doc.Text(); got != c.want || (doc.Hidden > 0) != c.hidden {
			t.Errorf("%q: %q, hidden %d", c.in, got, doc.Hidden)
		}
	}
	for name, data := range map[string][]byte{
		"a.docx": x.DOCX("t\u202ei", []string{"x\u202ey \U000E0041z"}),
		"a.html": x.HTML("t\u202ei", []string{"x\u202ey \U000E0041z"}),
		"a.csv":  []byte("x\u202ey \U000E0041z"),
	} {
		doc := read(t, name, data)
		if text, _ := doc.Text(); !strings.HasSuffix(text, "xy z") || doc.Hidden == 0 || strings.Contains(doc.Title, "\u202e") {
			t.Errorf("%s: %q %q %d", name, doc.Title, text, doc.Hidden)
		}
	}
}

func TestCodesAreAClosedSet(t *testing.T) {
	t.Parallel()
	seen := map[extract.Code]bool{}
	for _, c := range extract.Codes() {
		seen[c] = true
	}
	if len(seen) != 9 || !seen[extract.CodeLimit] {
		t.Errorf("%v", seen)
	}
	if c, ok := extract.CodeOf(errors.Join(errors.New("x"), extract.ErrBomb)); !ok || c != extract.CodeBomb {
		t.Error(c, ok)
	}
}
