package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"aimyorg/domain"
	"aimyorg/trial"
)

// inOneConversation is how many questions people ask before they begin a new conversation.
const inOneConversation = 6

// put asks a question with a word of its own and remembers that it was taken.
func (p *person) put(ctx context.Context, how string) (trial.Asked, string, error) {
	word, about := p.words.word(p, inQuestion), "delivery"
	if docs := p.org.documents(); len(docs) > 0 {
		about = docs[p.random.IntN(len(docs))].word
	}
	if p.inIt >= inOneConversation {
		p.conversation, p.inIt = "", 0
	}
	began := time.Now()
	a, err := p.out.Question(ctx, p.conversation, fmt.Sprintf("What does the report about %s say? %s %s", about, word, how))
	if err := p.page("", err); err != nil {
		return a, word, err
	}
	p.conversation = a.Conversation
	p.inIt++
	p.asked = append(p.asked, question{word: word, conversation: a.Conversation, message: a.Message, from: began, to: time.Now()})
	return a, word, nil
}

// follow reads an answer to its end. The stream may break; what counts is what is there in the end.
func (p *person) follow(ctx context.Context, a trial.Asked) error {
	var text strings.Builder
	err := p.out.Follow(ctx, a.Stream, func(e trial.Event) { text.WriteString(e.Data) })
	p.asked[len(p.asked)-1].to = time.Now()
	return p.page(text.String(), err)
}

func (p *person) ask(ctx context.Context) error {
	a, _, err := p.put(ctx, "")
	if err != nil {
		return err
	}
	return p.follow(ctx, a)
}

// stop asks for a long answer and stops it after a moment.
func (p *person) stop(ctx context.Context) error {
	return p.cut(ctx, func(a trial.Asked) error { return p.out.StopAnswer(ctx, a.Message) }, "stopped")
}

// starved is why an answer is cut that had no word from the database for three seconds: on a machine that others use too
// that happens to a few, without a kill.
const starved = "storage_unavailable"

// fewStarved is of how many answers one may be.
const fewStarved = 500

// cut asks for a long answer, ends it by some act after a moment, and looks that it ended for that reason.
func (p *person) cut(ctx context.Context, end func(trial.Asked) error, reasons ...string) error {
	a, _, err := p.put(ctx, atLength)
	if err != nil {
		return err
	}
	other := *p.out // another tab: the same cookie
	done := make(chan error, 1)
	go func() { done <- other.Follow(ctx, a.Stream, func(trial.Event) {}) }()
	time.Sleep(time.Duration(300+p.random.IntN(2000)) * time.Millisecond)
	err = end(a)
	p.asked[len(p.asked)-1].to = time.Now()
	if err = errors.Join(p.page("", err), <-done); err != nil {
		return err
	}
	text, err := p.out.Conversation(ctx, a.Conversation)
	if err := p.page(text, err); err != nil {
		return err
	}
	state, code := trial.MessageState(text, a.Message)
	for _, r := range append(reasons, starved) {
		if state == r || code == r {
			return nil
		}
	}
	return fmt.Errorf("an answer that was ended is %q, %q", state, code)
}

// withdraw takes the consent back, at times while an answer is being written; then nothing is answered until it is given
// again.
func (p *person) withdraw(ctx context.Context) error {
	p.agreed = false // whatever comes of it, it has to be given again
	no := func(trial.Asked) error {
		return p.out.Consent(ctx, string(domain.OpenAI), false, string(domain.ClassMessage), string(domain.ClassKnowledge))
	}
	var err error
	if p.random.IntN(2) == 0 {
		err = p.cut(ctx, no, "consent_withdrawn")
	} else {
		err = p.page("", no(trial.Asked{}))
	}
	if err != nil {
		return err
	}
	_, word, err := p.put(ctx, "")
	var u trial.Unexpected
	switch {
	case err == nil:
		return errors.New("a question was answered after consent had been withdrawn")
	case errors.As(err, &u) && u.Status == http.StatusForbidden && u.Code == domain.RefusedConsent:
		p.refused = append(p.refused, word)
		return p.agree(ctx)
	}
	return err
}
