package handlers_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/llm"
	"aimyorg/llm/llmtest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// site is the product on a real port, with a real database and a scripted provider.
type site struct {
	t        testing.TB
	db       *store.DB
	base     string
	provider *llmtest.Provider
	runs     *llm.Runs
}

// newSite serves one; options change its configuration.
func newSite(t testing.TB, options ...func(*handlers.Config)) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: storetest.DB(t), base: "http://" + l.Addr().String()}
	log := slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	var address string
	s.provider, address = llmtest.Start(t)
	desk := store.Desk{DB: s.db}
	gate, err := llm.NewGate(llm.GateConfig{Addresses: []llm.Address{{Provider: domain.OpenAI, BaseURL: address}, {Provider: domain.OpenRouter, BaseURL: address}}}, desk, log)
	if err != nil {
		t.Fatal(err)
	}
	if s.runs, err = llm.New(ctx, llm.Config{Desk: desk, Gate: gate, Log: log}); err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse(s.base)
	config := handlers.Config{DB: s.db, Runs: s.runs, BaseURL: base, Log: log, Policy: storetest.Policy, Development: true,
		Providers: []domain.Provider{domain.OpenAI, domain.OpenRouter}, UsageEvery: 100 * time.Millisecond}
	for _, o := range options {
		o(&config)
	}
	h, err := handlers.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(ctx, l) }()
	t.Cleanup(func() {
		closing, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		_ = s.runs.Close(closing)
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

// browser is one person's browser: it keeps the cookie and follows no redirects.
type browser struct {
	*site
	t      testing.TB
	cookie string
	client http.Client
}

// nobody is a browser that is not signed in.
func (s *site) nobody(t testing.TB) *browser {
	return &browser{site: s, t: t, client: http.Client{Timeout: 2 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// as is a browser signed in as somebody: a fresh session, set through the product's own sign-in machinery.
func (s *site) as(t testing.TB, a domain.Actor) *browser {
	t.Helper()
	token, err := storetest.SignIn(t, s.db, a)
	if err != nil {
		t.Fatal(err)
	}
	b := s.nobody(t)
	b.cookie = handlers.CookieFor(s.db, token)
	return b
}

// answer is a response, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) get(path string, header ...string) answer {
	return b.send(http.MethodGet, path, nil, header...)
}

// post sends a form as the browser's own page would.
func (b *browser) post(path string, form url.Values, header ...string) answer {
	header = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, header...)
	return b.send(http.MethodPost, path, strings.NewReader(form.Encode()), header...)
}

func (b *browser) send(method, path string, body io.Reader, header ...string) answer {
	b.t.Helper()
	a, err := b.try(method, path, body, header...)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *browser) try(method, path string, body io.Reader, header ...string) (answer, error) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	res, err := b.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	for _, c := range res.Cookies() {
		b.cookie = keepCookie(b.cookie, c)
	}
	return answer{res.StatusCode, res.Header, string(raw)}, nil
}

// keepCookie is what a browser sends after it was given a cookie.
func keepCookie(sent string, given *http.Cookie) string {
	var kept []string
	for part := range strings.SplitSeq(sent, "; ") {
		if part != "" && !strings.HasPrefix(part, given.Name+"=") {
			kept = append(kept, part)
		}
	}
	if given.MaxAge >= 0 {
		kept = append(kept, given.Name+"="+given.Value)
	}
	return strings.Join(kept, "; ")
}

// must fails the test unless the answer has a status and holds (or, with a leading "!", does not hold) each text.
func (a answer) must(t testing.TB, status int, texts ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d\n%s", a.status, status, a.body)
	}
	for _, text := range texts {
		without, not := strings.CutPrefix(text, "!")
		if strings.Contains(a.body, without) == not {
			t.Errorf("body: %q, found %v\n%s", without, not, a.body)
		}
	}
	return a
}
