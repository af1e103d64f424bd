//go:build e2e

package e2e_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"aimyorg/llm/llmtest"
	"aimyorg/store/storetest"
)

// planter makes words that no text holds by chance, and remembers where each was planted.
type planter struct{ words map[string]string }

func (p *planter) plant(where string) string {
	b := make([]byte, 11)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = "bcdfghjklmnpqrstvwxz"[int(b[i])%20]
	}
	p.words[where] = "q" + string(b)
	return p.words[where]
}

func TestP31_NothingThatWasWrittenLiesInTheClear(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// A mail server that is away: in development mails would land in files, as they are.
	p := launch(t, append(aiSettings(base), "SMTP_URL=smtp://127.0.0.1:9")...)
	w := &planter{words: map[string]string{}}
	b := plantEverywhere(t, p, provider, w)
	if seen := b.text("body"); !contains(seen, w.words["answer"]) || !contains(seen, w.words["question"]) {
		t.Fatal("the words are not where they were planted; nothing would be proved")
	}
	dump := exec.CommandContext(t.Context(), "pg_dumpall", "-h", p.socket(t), "-U", "postgres")
	dumped, err := dump.Output()
	if err != nil || !contains(string(dumped), "document_versions") {
		t.Fatalf("pg_dumpall: %v", err)
	}
	p.Stop() // writes everything out
	for name, text := range map[string]string{"pg_dumpall.sql": string(dumped), "output.log": p.Log.String()} {
		if err := os.WriteFile(filepath.Join(p.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for where, word := range w.words {
		hits, read, err := storetest.Hits([]string{word}, p.Dir)
		if err != nil || read < 10<<20 { // PostgreSQL's own files alone are more
			t.Fatalf("%d bytes were looked at: %v", read, err)
		}
		for _, hit := range hits {
			t.Errorf("%s: %s", where, hit)
		}
	}
}

// plantEverywhere writes a word of its own into every field that there is, and ends on the conversation's page.
func plantEverywhere(t *testing.T, p *product, provider *cast, w *planter) *tab {
	t.Helper()
	b := visit(t, p).expect("status of 422")
	b.person = person{name: "Petra " + w.plant("name"), email: w.plant("email") + "@example.com", organization: "Firm " + w.plant("organization"),
		password: "seven kettles " + w.plant("password")}
	b.signUp(b.person, true)
	g := b.guest()
	g.post("/account/profile", url.Values{"name": {b.person.name}, "title": {w.plant("title")}})
	g.post("/admin/ai/providers/openai", url.Values{"key": {"sk-" + w.plant("key")}, "models": {"gpt-4.1"}, "default": {"gpt-4.1"}})
	a := g.post("/knowledge/collections", url.Values{"name": {w.plant("collection")}, "description": {w.plant("description")}, "everyone": {"true"}, "ai_allowed": {"true"}})
	id := strings.TrimPrefix(a.header.Get("Location"), "/knowledge/collections/")
	g.upload(id, file{w.plant("file-name") + ".md", []byte("# Travel\n\nA hotel in Copenhagen may cost 180 euros, says " + w.plant("document") + ".\n")})
	lie := strings.Repeat("not a pdf "+w.plant("refused-file")+" ", 20)
	g.upload(id, file{w.plant("refused-name") + ".pdf", []byte(lie)})
	g.post("/knowledge/collections/"+id+"/pages", url.Values{"title": {w.plant("page-title")}, "text": {"Written: " + w.plant("page")}, "collection": {id}})
	g.read(id)
	g.get("/search?q=" + w.plant("search"))
	nobody(t, p).post("/sign-in", url.Values{"email": {w.plant("wrong-email") + "@example.com"}, "password": {w.plant("wrong-password")}})
	g.get("/knowledge/" + w.plant("path"))
	g.post("/knowledge/collections", url.Values{"name": {strings.Repeat(w.plant("refused-field"), 30)}})
	cue := provider.cue(llmtest.Say("It costs 180, says ", w.plant("answer"), " [1]."))
	b.open("/copilot").ask(aboutHotels + w.plant("question") + " " + cue).state("done")
	path := b.conversation()
	if a := g.post(path+"/title", url.Values{"title": {w.plant("conversation")}}); a.status != http.StatusSeeOther {
		t.Errorf("renaming: %d", a.status)
	}
	g.post("/copilot/messages", url.Values{"text": {"Again " + w.plant("failed-question") + provider.cue(llmtest.Status(500, "server_error"))}})
	return b.open(path)
}

var upLine = regexp.MustCompile(`"private PostgreSQL is up".*"socket":"([^"]+)"`)

func (p *product) socket(t *testing.T) string {
	t.Helper()
	m := upLine.FindStringSubmatch(p.Log.String())
	if m == nil {
		t.Fatal("the log does not say where PostgreSQL listens")
	}
	return m[1]
}
