//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"aimyorg/trial"
)

// guest speaks HTTP to the product without a browser: as somebody whose cookie it has, or as nobody.
type guest struct {
	t      *testing.T
	base   string
	cookie string
	client *http.Client
}

func nobody(t *testing.T, p *product) *guest {
	return &guest{t: t, base: p.Base, client: &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// guest is the person of a tab, without the browser.
func (b *tab) guest() *guest {
	b.t.Helper()
	g := nobody(b.t, &product{&trial.Product{Base: b.base}})
	for _, c := range call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.base}}).Cookies {
		g.cookie = c.Name + "=" + c.Value
	}
	return g
}

// answer is a response, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

func (g *guest) get(path string, header ...string) answer {
	g.t.Helper()
	return g.send(http.MethodGet, path, nil, header...)
}

func (g *guest) post(path string, form url.Values, header ...string) answer {
	g.t.Helper()
	header = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, header...)
	return g.send(http.MethodPost, path, strings.NewReader(form.Encode()), header...)
}

func (g *guest) send(method, path string, body io.Reader, header ...string) answer {
	g.t.Helper()
	a, err := g.try(method, path, body, header...)
	if err != nil {
		g.t.Fatal(err)
	}
	return a
}

func (g *guest) try(method, path string, body io.Reader, header ...string) (answer, error) {
	r, err := http.NewRequestWithContext(context.WithoutCancel(g.t.Context()), method, g.base+path, body)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if g.cookie != "" {
		r.Header.Set("Cookie", g.cookie)
	}
	res, err := g.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	for _, c := range res.Cookies() {
		g.cookie = c.Name + "=" + c.Value
	}
	raw, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(raw)}, err
}

// file is one to upload.
type file struct {
	name string
	body []byte
}

// collection makes one that everybody may read and AI may use, by the form's fields.
func (g *guest) collection(name string) string {
	g.t.Helper()
	a := g.post("/knowledge/collections", url.Values{"name": {name}, "everyone": {"true"}, "ai_allowed": {"true"}})
	if a.status != http.StatusSeeOther {
		g.t.Fatalf("making a collection: %d\n%s", a.status, a.body)
	}
	return strings.TrimPrefix(a.header.Get("Location"), "/knowledge/collections/")
}

// upload sends files into a collection.
func (g *guest) upload(collection string, files ...file) answer {
	g.t.Helper()
	body, kind := uploadForm(g.t, files...)
	return g.send(http.MethodPost, "/knowledge/collections/"+collection+"/documents", body, "Content-Type", kind, "Sec-Fetch-Site", "same-origin")
}

// uploadForm is the upload's form as a browser sends it.
func uploadForm(t *testing.T, files ...file) (body io.Reader, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateFormFile("files", f.name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(f.body) // to memory
	}
	_ = w.Close() // to memory
	return &b, w.FormDataContentType()
}

// read waits until every document of a collection has been read. What was cut short twice is tried again after a quarter of a
// minute.
func (g *guest) read(collection string) {
	g.t.Helper()
	var states []string
	done := func() bool {
		states = documentState.FindAllString(g.get("/knowledge/collections/"+collection).body, -1)
		return len(states) > 0 && !slices.ContainsFunc(states, func(s string) bool { return s != `data-state="ready"` })
	}
	if !trial.Holds(3*patience, done) {
		g.t.Fatalf("not every document was read: %v", states)
	}
}

var documentState = regexp.MustCompile(`data-state="(waiting|reading|ready|unreadable)"`)

// documents are the ids of a collection's documents by their titles.
func (g *guest) documents(collection string) map[string]string {
	g.t.Helper()
	out := map[string]string{}
	for _, m := range documentLink.FindAllStringSubmatch(g.get("/knowledge/collections/"+collection).body, -1) {
		out[m[2]] = m[1]
	}
	return out
}

var documentLink = regexp.MustCompile(`href="/knowledge/documents/([0-9a-f-]{36})"[^>]*>([^<]+)<`)

// travel is a document that answers the question of most tests.
var travel = file{"travel.md", []byte("# Travel policy\n\nA hotel in Copenhagen may cost up to 180 euros a night.\n\nThe train is preferred over the plane for trips under six hours.\n")}

const aboutHotels = "How much may a hotel cost in Copenhagen? "

// settled is somebody who consented, with a document that has been read.
func settled(t *testing.T, p *product) *tab {
	t.Helper()
	b := joined(t, p, true)
	g := b.guest()
	id := g.collection("Handbook")
	if a := g.upload(id, travel); a.status != http.StatusSeeOther {
		t.Fatalf("upload: %d\n%s", a.status, a.body)
	}
	g.read(id)
	return b
}
