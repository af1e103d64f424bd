package handlers_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/llm/llmtest"
	"aimyorg/store/storetest"
)

// marked is a word that one client alone uses: mark-ORGANIZATION-CLIENT-ROUND.
var marked = regexp.MustCompile(`mark-[ab]-\d\d-\d`)

// echoing answers with the marked word that was asked for, twenty times, slowly enough that handlers have returned long before.
func echoing(x *llmtest.Exchange) {
	question := x.Body[max(strings.LastIndex(string(x.Body), "Question:"), 0):]
	word := string(marked.Find(question))
	x.Begin()
	for range 20 {
		x.Text(word + " ")
		if !x.Wait(5 * time.Millisecond) {
			return
		}
	}
	x.Finish("stop")
}

// The hazard itself, on the site as it is configured: what a handler keeps of its request stays what it was. Ours keep
// nothing (the test above holds without Immutable, too); should one begin to, this is what saves it.
func TestP28_A41_StringsOfARequestStay(t *testing.T) {
	t.Parallel()
	var working sync.WaitGroup
	var mixed atomic.Int64
	s := keeper(t, func(kept []string) {
		defer working.Done()
		for _, k := range kept {
			if strings.TrimPrefix(k, "/keep/") != kept[0] {
				mixed.Add(1)
			}
		}
	})
	var clients sync.WaitGroup
	all, each := 64, 15
	if racing {
		all, each = 16, 5
	}
	for i := range all {
		clients.Go(func() {
			b := s.nobody(t)
			for round := range each {
				word := fmt.Sprintf("mark-%c-%02d-%d", "ab"[i%2], i, round%10)
				working.Add(1)
				a := b.get("/keep/"+word+"?word="+word, "X-Word", word)
				if n := strings.Count(a.body, word); n != 40 || len(a.body) != 40*len(word+"\n")+10*len("/keep/") {
					mixed.Add(1)
				}
			}
		})
	}
	clients.Wait()
	working.Wait()
	if n := mixed.Load(); n > 0 {
		t.Errorf("of %d requests %d strings or answers turned into others", all*each, n)
	}
}

// keeper serves the site with a route that keeps strings of its requests.
func keeper(t *testing.T, work func(kept []string)) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := &url.URL{Scheme: "http", Host: l.Addr().String()}
	ctx, cancel := context.WithCancel(t.Context())
	h, err := handlers.New(ctx, handlers.Config{DB: storetest.DB(t), BaseURL: base, Log: slog.New(slog.DiscardHandler), Development: true})
	if err != nil {
		t.Fatal(err)
	}
	h.Keep("/keep/:word", work)
	served := make(chan error, 1)
	go func() { served <- h.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); <-served })
	return &site{t: t, db: storetest.DB(t), base: base.String()}
}

// client is one person at work. What they see must be theirs to the byte.
type client struct {
	*browser
	own        string // what all their words begin with
	collection string
	foreign    string // a path of the other organization
	seen       *sync.Map
	files      map[string]string // paths of documents, and what is in them
}

// F1: strings of one request, used after its handler returned, must not turn into another's. Every client of two
// organizations asks, streams, uploads, downloads and corrects at once, and finds everywhere its own words and nobody else's.
func TestP27_P28_A41_NoByteIsMixed(t *testing.T) {
	t.Parallel()
	working(t)
	s := newSite(t, uploads)
	s.provider.Script(echoing)
	clients, rounds := 32, 2
	if racing {
		clients, rounds = 8, 2
	}
	seen := &sync.Map{}
	var all []*client
	a, b := writing(t, s), writing(t, s)
	for i := range clients {
		all = append(all, s.hire(t, a, b, fmt.Sprintf("mark-a-%02d-", i), seen), s.hire(t, b, a, fmt.Sprintf("mark-b-%02d-", i), seen))
	}
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() {
			for round := range rounds {
				c.work(t, fmt.Sprint(c.own, round))
			}
		})
	}
	wg.Wait()
	for _, c := range all {
		c.check(t, "the conversations", c.get("/copilot").must(t, 200, c.own+"0"))
		for path, word := range c.files {
			eventually(t, func() bool { return !strings.Contains(c.get(path+"/row").body, "hx-trigger") })
			c.check(t, "the text that was read in the background", c.get(path).must(t, 200, "Background "+word))
		}
	}
	if n := len(s.provider.Requests()); n != len(all)*rounds {
		t.Errorf("%d requests for %d questions", n, len(all)*rounds)
	}
}

// hire adds somebody to an organization, with a collection of their own.
func (s *site) hire(t *testing.T, o, other storetest.Organization, own string, seen *sync.Map) *client {
	t.Helper()
	m := domain.Member{Name: own + "0", Email: own + string(s.db.NewID())[24:] + "@example.com", Role: domain.Staff, PolicyVersion: 1}
	actor, err := s.db.AddMember(t.Context(), o.Owner, m, storetest.Hash)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{browser: s.as(t, actor), own: own, seen: seen, files: map[string]string{}, foreign: "/account/receipts/" + string(other.Owner.Member())}
	c.consent(t)
	c.collection = c.post("/knowledge/collections", url.Values{"name": {own + "0"}, "ai_allowed": {""}}).must(t, 303).header.Get("Location")
	return c
}

// work is one round: each step's answer is held against the client's own words.
func (c *client) work(t *testing.T, word string) {
	asked, stream := c.ask("What about " + word + "?")
	c.check(t, "the question", asked)
	if stream == "" {
		t.Errorf("%s: not taken: %d", word, asked.status)
		return
	}
	lines := c.follow(t.Context(), stream)
	c.get(c.foreign+"?"+word).must(t, 404) // of the same length as others' addresses, to be written over them
	c.keep(t, word)
	c.check(t, "the profile", c.post("/account/profile", url.Values{"name": {word}, "department": {word}}, hx...))
	var all strings.Builder
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
	}
	for _, found := range marked.FindAllString(all.String(), -1) {
		if found != word {
			t.Errorf("%s: its stream holds %s", word, found)
		}
	}
	if n := strings.Count(all.String(), word); n < 20 || !strings.Contains(all.String(), "event: done") {
		t.Errorf("%s: its stream is not whole: %d words\n%s", word, n, all.String())
	}
	message := c.get(strings.TrimSuffix(stream, "/stream"), hx...)
	c.check(t, "the message", message)
	if n := strings.Count(message.body, word); n < 20 {
		t.Errorf("%s: %d words are saved", word, n)
	}
	c.check(t, "the account", c.get("/account"))
}

// keep uploads a file, takes it back, and remembers it for later.
func (c *client) keep(t *testing.T, word string) {
	f := file{word + ".txt", strings.Repeat("Background "+word+"\n", 50)}
	row := c.upload(c.collection+"/documents", []file{f}, hx...)
	c.check(t, "the upload", row)
	path := "/knowledge/documents/" + uuid.FindString(row.body)
	if got := c.get(path + "/original"); got.body != f.body || !strings.Contains(got.header.Get("Content-Disposition"), word) {
		t.Errorf("%s: the download is another's or broken: %d %.100s", word, got.status, got.body)
	}
	c.files[path] = word
}

// check finds no word of another client in an answer, and no request's id twice.
func (c *client) check(t *testing.T, what string, a answer) {
	t.Helper()
	if a.status >= 400 {
		t.Errorf("%s: %s: %d", c.own, what, a.status)
	}
	for _, found := range marked.FindAllString(a.body, -1) {
		if !strings.HasPrefix(found, c.own) {
			t.Errorf("%s: %s holds %s", c.own, what, found)
		}
	}
	if _, twice := c.seen.LoadOrStore(a.header.Get("X-Request-Id"), c.own); twice {
		t.Errorf("%s: %s has the id of another request", c.own, what)
	}
}
