package trial

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Visitor speaks HTTP to the product without a browser: as somebody whose cookie it has, or as nobody. It is not safe for
// concurrent use, but for its streams.
type Visitor struct {
	Base   string
	Cookie string
	From   string // the network address that a trusted proxy in front would name; "" says nothing
	client *http.Client
}

// NewVisitor is nobody yet. Visitors may share a transport; nil gives this one its own.
func NewVisitor(base string, transport http.RoundTripper) *Visitor {
	return &Visitor{Base: base, client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// Answer is a response, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Get reads a page.
func (v *Visitor) Get(ctx context.Context, path string, header ...string) (Answer, error) {
	return v.Send(ctx, http.MethodGet, path, nil, header...)
}

// Post sends a form as our own page would.
func (v *Visitor) Post(ctx context.Context, path string, form url.Values, header ...string) (Answer, error) {
	header = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, header...)
	return v.Send(ctx, http.MethodPost, path, strings.NewReader(form.Encode()), header...)
}

// Send makes one request; header is names and values in turn. A cookie that comes back is kept.
func (v *Visitor) Send(ctx context.Context, method, path string, body io.Reader, header ...string) (Answer, error) {
	res, err := v.open(ctx, method, path, body, header...)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	for _, c := range res.Cookies() {
		v.Cookie = c.Name + "=" + c.Value
	}
	raw, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Header, string(raw)}, err
}

func (v *Visitor) open(ctx context.Context, method, path string, body io.Reader, header ...string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, v.Base+path, body)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if v.Cookie != "" {
		r.Header.Set("Cookie", v.Cookie)
	}
	if v.From != "" {
		r.Header.Set("X-Forwarded-For", v.From)
	}
	return v.client.Do(r)
}

// Unexpected says that the product answered otherwise than was wanted.
type Unexpected struct {
	What   string
	Status int
	Want   int
	Code   string // the page's stable code, when it has one
	Start  string // of the page, when it has no code
}

// Error names the status and the code.
func (u Unexpected) Error() string {
	return fmt.Sprintf("%s: status %d, not %d: %s%s", u.What, u.Status, u.Want, u.Code, u.Start)
}

// expect is an answer with the wanted status, or an error that shows the other one.
func expect(a Answer, err error, status int, what string) (Answer, error) {
	if err != nil || a.Status == status {
		return a, err
	}
	u := Unexpected{What: what, Status: a.Status, Want: status}
	if m := errorCode.FindStringSubmatch(a.Body); m != nil {
		u.Code = m[1]
	} else {
		u.Start = a.Body[:min(len(a.Body), 300)]
	}
	return a, u
}

var errorCode = regexp.MustCompile(`data-code="([a-z_]+)"`)

// Password is every visitor's.
const Password = "seven quiet copper kettles"

// SignUp makes an organization of the visitor's own, with consent to AI.
func (v *Visitor) SignUp(ctx context.Context, email, organization string) error {
	a, err := v.Post(ctx, "/sign-up", url.Values{"name": {"Petra Probe"}, "email": {email}, "organization": {organization},
		"password": {Password}, "business": {"true"}, "terms": {"true"}, "ai_consent": {"true"}})
	_, err = expect(a, err, http.StatusSeeOther, "signing up")
	return err
}

// SignIn signs in with an address that SignUp had.
func (v *Visitor) SignIn(ctx context.Context, email string) error {
	return v.SignInWith(ctx, email, Password)
}

// SignInWith signs somebody in whose password is another one.
func (v *Visitor) SignInWith(ctx context.Context, email, password string) error {
	a, err := v.Post(ctx, "/sign-in", url.Values{"email": {email}, "password": {password}})
	_, err = expect(a, err, http.StatusSeeOther, "signing in")
	return err
}

// Collect makes a collection that everybody may read and AI may use, and gives its id.
func (v *Visitor) Collect(ctx context.Context, name string) (string, error) {
	a, err := v.Post(ctx, "/knowledge/collections", url.Values{"name": {name}, "everyone": {"true"}, "ai_allowed": {"true"}})
	a, err = expect(a, err, http.StatusSeeOther, "making a collection")
	return strings.TrimPrefix(a.Header.Get("Location"), "/knowledge/collections/"), err
}

// File is one to upload.
type File struct {
	Name string
	Body []byte
}

// Upload sends files into a collection.
func (v *Visitor) Upload(ctx context.Context, collection string, files ...File) error {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateFormFile("files", f.Name)
		if err != nil {
			return err
		}
		_, _ = part.Write(f.Body) // to memory
	}
	_ = w.Close() // to memory
	a, err := v.Send(ctx, http.MethodPost, "/knowledge/collections/"+collection+"/documents", &b, "Content-Type", w.FormDataContentType(),
		"Sec-Fetch-Site", "same-origin")
	_, err = expect(a, err, http.StatusSeeOther, "uploading")
	return err
}

// Read waits until every document of a collection has been read, or ctx ends.
func (v *Visitor) Read(ctx context.Context, collection string) error {
	for {
		a, err := v.Get(ctx, "/knowledge/collections/"+collection)
		if a, err = expect(a, err, http.StatusOK, "a collection"); err != nil {
			return err
		}
		states := documentState.FindAllString(a.Body, -1)
		if len(states) > 0 && !slices.ContainsFunc(states, func(s string) bool { return s != `data-state="ready"` }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not every document was read: %v", states)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

var documentState = regexp.MustCompile(`data-state="(waiting|reading|ready|unreadable)"`)

// Event is one server-sent event.
type Event struct{ Name, Data string }

// Follow reads an answer's stream until done, and calls each event. It fails when the stream ends otherwise.
func (v *Visitor) Follow(ctx context.Context, stream string, each func(Event)) error {
	res, err := v.open(ctx, http.MethodGet, stream, nil, "Accept", "text/event-stream")
	return events(res, err, func(e Event) bool { each(e); return e.Name != "done" })
}

// Finish follows an answer and gives it as it is when it is done: the stream's end brings it, unless it has to be read.
func (v *Visitor) Finish(ctx context.Context, stream string, each func(Event)) (string, error) {
	message := ""
	err := v.Follow(ctx, stream, func(e Event) {
		if message = e.Data; e.Name != "done" {
			each(e)
		}
	})
	if err != nil || message != "" {
		return message, err
	}
	a, err := v.Get(ctx, strings.TrimSuffix(stream, "/stream"), "HX-Request", "true")
	return a.Body, err
}

// Complete asks an AI provider's endpoint for a stream, and calls each line of data until [DONE].
func (v *Visitor) Complete(ctx context.Context, path, body string, each func(data string)) error {
	res, err := v.open(ctx, http.MethodPost, path, strings.NewReader(body), "Content-Type", "application/json")
	return events(res, err, func(e Event) bool { each(e.Data); return e.Data != "[DONE]" })
}

// events reads a response's events until each says that it was the last.
func events(res *http.Response, err error, each func(Event) bool) error {
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("stream: status %d", res.StatusCode)
	}
	lines := bufio.NewReaderSize(res.Body, 32<<10)
	var e Event
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			e.Data += string(line)
		case err != nil:
			return fmt.Errorf("the stream broke off: %w", err)
		case len(line) == 1:
			if !each(e) {
				_, err = io.Copy(io.Discard, res.Body)
				return err
			}
			e = Event{}
		case bytes.HasPrefix(line, []byte("event: ")):
			e.Name = string(line[7 : len(line)-1])
		case bytes.HasPrefix(line, []byte("data: ")):
			if e.Data != "" {
				e.Data += "\n"
			}
			e.Data += string(line[6 : len(line)-1])
		}
	}
}
