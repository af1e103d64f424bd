//go:build e2e

package e2e_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"aimyorg/trial"
)

func signUpForm(who person, consent bool) url.Values {
	form := url.Values{"name": {who.name}, "email": {who.email}, "organization": {who.organization}, "password": {who.password},
		"business": {"on"}, "terms": {"on"}}
	if consent {
		form.Set("ai_consent", "on")
	}
	return form
}

func (g *guest) signUp(who person, consent bool) answer {
	g.t.Helper()
	return g.post("/sign-up", signUpForm(who, consent))
}

// shelved makes a collection with files in it, which are taken but perhaps not read yet.
func (g *guest) shelved(files ...file) (collection string) {
	g.t.Helper()
	collection = g.collection("Shelf")
	if a := g.upload(collection, files...); a.status != http.StatusSeeOther {
		g.t.Fatalf("upload: %d\n%s", a.status, a.body)
	}
	return collection
}

var streamLink = regexp.MustCompile(`data-stream="/copilot/messages/([0-9a-f-]{36})/stream"`)

// asks asks as the page's script does, and gives the answer's id; it fails when the question is not taken.
func (g *guest) asks(text, conversation string) (id string) {
	g.t.Helper()
	a := g.post("/copilot/messages", url.Values{"text": {text}, "conversation": {conversation}}, "HX-Request", "true")
	m := streamLink.FindStringSubmatch(a.body)
	if a.status != http.StatusOK || m == nil {
		g.t.Fatalf("asking: %d\n%s", a.status, a.body)
	}
	return m[1]
}

// answered is an answer as its page shows it.
func (g *guest) answered(id string) answer {
	g.t.Helper()
	return g.get("/copilot/messages/"+id, "HX-Request", "true")
}

// becomes waits until an answer's page shows a state, and gives it.
func (g *guest) becomes(id, state string) answer {
	g.t.Helper()
	var a answer
	if !trial.Holds(patience, func() bool { a = g.answered(id); return contains(a.body, `data-state="`+state+`"`) }) {
		g.t.Errorf("the answer is not %s: %d\n%s", state, a.status, a.body)
	}
	return a
}

// conversationOf is the conversation that an answer is in.
func (g *guest) conversationOf(id string) string {
	g.t.Helper()
	path, _, _ := strings.Cut(g.get("/copilot/messages/"+id).header.Get("Location"), "#")
	return strings.TrimPrefix(path, "/copilot/conversations/")
}

// again tries an answer again, waits for the new one's end, and says whether it holds a text.
func (g *guest) again(id, text string) {
	g.t.Helper()
	a := g.post("/copilot/messages/"+id+"/retry", nil)
	_, anew, _ := strings.Cut(a.header.Get("Location"), "#m-")
	if a.status != http.StatusSeeOther || anew == id {
		g.t.Fatalf("trying again: %d\n%s", a.status, a.body)
	}
	if shown := g.becomes(anew, "done"); !contains(shown.body, text) {
		g.t.Errorf("the second try says\n%s", shown.body)
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// followed reads a whole answer's stream, from a place on, as a browser would put it together: what is closed, in order.
func (g *guest) followed(id string) (text string, ended bool) {
	g.t.Helper()
	event := ""
	for line := range strings.SplitSeq(g.get("/copilot/messages/"+id+"/stream").body, "\n") {
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok && event == "block" {
			text += data + "\n"
		}
	}
	return strings.Join(strings.Fields(tags.ReplaceAllString(text, " ")), " "), event == "done"
}

// found counts what a search finds.
func (g *guest) found(words string) int {
	g.t.Helper()
	a := g.get("/search?q=" + url.QueryEscape(words))
	return strings.Count(a.body, `class="row result"`)
}

var shelfLink = regexp.MustCompile(`href="/knowledge/collections/([0-9a-f-]{36})"`)

// founded tries to sign somebody in.
func founded(t *testing.T, p *product, who person) answer {
	t.Helper()
	return nobody(t, p).post("/sign-in", url.Values{"email": {who.email}, "password": {who.password}})
}
