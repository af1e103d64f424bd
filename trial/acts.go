package trial

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Asked is a question that was taken.
type Asked struct {
	Conversation string // its id
	Message      string // the answer's id
	Stream       string // the path of the answer's stream
}

// Ask sends a question as the page's own script does, and gives the path of the answer's stream.
func (v *Visitor) Ask(ctx context.Context, conversation, text string) (stream string, err error) {
	asked, err := v.Question(ctx, conversation, text)
	return asked.Stream, err
}

// Question is Ask that says more; an empty conversation starts one.
func (v *Visitor) Question(ctx context.Context, conversation, text string) (Asked, error) {
	a, err := v.Post(ctx, "/copilot/messages", url.Values{"conversation": {conversation}, "text": {text}}, "HX-Request", "true")
	if a, err = expect(a, err, http.StatusOK, "asking"); err != nil {
		return Asked{}, err
	}
	stream, goOn := streamPath.FindStringSubmatch(a.Body), conversationField.FindStringSubmatch(a.Body)
	if stream == nil || goOn == nil {
		return Asked{}, errors.New("the answer names no stream, or no conversation")
	}
	return Asked{Conversation: goOn[1], Message: stream[2], Stream: stream[1]}, nil
}

var (
	streamPath        = regexp.MustCompile(`data-stream="(/copilot/messages/([0-9a-f-]{36})/stream)"`)
	conversationField = regexp.MustCompile(`name="conversation" value="([0-9a-f-]{36})"`)
)

// StopAnswer stops a running answer; one that is over stays as it is.
func (v *Visitor) StopAnswer(ctx context.Context, message string) error {
	a, err := v.Post(ctx, "/copilot/messages/"+message+"/stop", nil, "HX-Request", "true")
	_, err = expect(a, err, http.StatusOK, "stopping")
	return err
}

// Conversation is the page of one.
func (v *Visitor) Conversation(ctx context.Context, id string) (string, error) {
	a, err := v.Get(ctx, "/copilot/conversations/"+id)
	a, err = expect(a, err, http.StatusOK, "a conversation")
	return a.Body, err
}

// MessageState is what a conversation's page says of an answer: its state and its code; "" when it is not there.
func MessageState(page, message string) (state, code string) {
	_, rest, _ := strings.Cut(page, `<article id="m-`+message+`"`)
	tag, _, _ := strings.Cut(rest, ">")
	if m := messageState.FindStringSubmatch(tag); m != nil {
		state = m[1]
	}
	if m := errorCode.FindStringSubmatch(tag); m != nil {
		code = m[1]
	}
	return state, code
}

var messageState = regexp.MustCompile(`data-state="([a-z]+)"`)

// Consent agrees to, or withdraws from, sending to a provider what the Copilot needs.
func (v *Visitor) Consent(ctx context.Context, provider string, yes bool, classes ...string) error {
	form := url.Values{"provider": {provider}, "class": classes, "surface": {"account"}, "consent": {"no"}}
	if yes {
		form.Set("consent", "yes")
	}
	a, err := v.Post(ctx, "/account/consents", form)
	_, err = expect(a, err, http.StatusSeeOther, "deciding about consent")
	return err
}

// Search gives how many documents were found, and the page.
func (v *Visitor) Search(ctx context.Context, query string) (found string, page string, err error) {
	a, err := v.Get(ctx, "/search?"+url.Values{"q": {query}}.Encode())
	if a, err = expect(a, err, http.StatusOK, "searching"); err != nil {
		return "", "", err
	}
	m := resultCount.FindStringSubmatch(a.Body)
	if m == nil {
		return "", a.Body, errors.New("the page does not say how many were found")
	}
	return m[1], a.Body, nil
}

var resultCount = regexp.MustCompile(`data-count="(\d+)"`)

// SignOut ends the session.
func (v *Visitor) SignOut(ctx context.Context) error {
	a, err := v.Post(ctx, "/sign-out", nil)
	_, err = expect(a, err, http.StatusSeeOther, "signing out")
	v.Cookie = ""
	return err
}

// Page reads a page that must be there; being sent to the door is an error.
func (v *Visitor) Page(ctx context.Context, path string) (string, error) {
	a, err := v.Get(ctx, path)
	a, err = expect(a, err, http.StatusOK, path)
	return a.Body, err
}
