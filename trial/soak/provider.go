package main

import (
	"strings"
	"sync"
	"time"

	"aimyorg/llm/llmtest"
)

// atLength asks the provider for an answer that is long enough to be stopped.
const atLength = "Please answer at length."

// provider answers every question with the word that belongs to it, and looks at what reaches it.
type provider struct {
	*llmtest.Provider
	words *words

	mu      sync.Mutex
	strange []string // requests that should not have come as they did
}

func newProvider(w *words) *provider {
	p := &provider{words: w}
	p.Provider = llmtest.New(p.play)
	return p
}

const tokenEvery = 40 * time.Millisecond

func (p *provider) play(x *llmtest.Exchange) {
	body := string(x.Body)
	question := p.words.last(body)
	switch {
	case question == "":
		p.found("a request without a question")
	case p.words.mixed(body):
		p.found("a request with words of two organizations, for " + question)
	}
	tokens := []string{"The report says ", p.words.answerTo(question), " [1]."}
	more := 12
	if strings.LastIndex(body, atLength) > strings.LastIndex(body, question) {
		more = 400
	}
	for range more {
		tokens = append(tokens, " Pumps", " were checked", " twice.")
	}
	llmtest.Slowly(tokenEvery, tokens...)(x)
}

func (p *provider) found(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.strange = append(p.strange, what)
}

// received says whether any request held a word.
func (p *provider) received(words []string) (found []string) {
	for _, r := range p.Requests() {
		for _, w := range words {
			if strings.Contains(string(r.Body), w) {
				found = append(found, w)
			}
		}
	}
	return found
}
