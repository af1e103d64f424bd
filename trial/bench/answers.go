package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"aimyorg/llm/llmtest"
)

// An answer of the scripted provider is words with numbers, w1 w2 …, one a token, so that whoever sees a text knows which
// tokens have come.
const (
	tokens    = 100
	paragraph = 33 // tokens in one
)

// answers is the provider's script, and when it sent what.
type answers struct {
	every time.Duration
	mu    sync.Mutex
	sent  map[string]*[tokens]time.Time // by the question's key
}

func newAnswers(every time.Duration) *answers {
	return &answers{every: every, sent: map[string]*[tokens]time.Time{}}
}

// key is what a question carries so that its answer can be told from others.
func key(n int64) string { return fmt.Sprintf("question-%d-", n) }

var keyed = regexp.MustCompile(`question-\d+-`)

// reply sends the words at their pace.
func (a *answers) reply(x *llmtest.Exchange) {
	all := keyed.FindAllString(string(x.Body), -1)
	if len(all) == 0 {
		x.WriteHeader(http.StatusBadRequest)
		return
	}
	var sent [tokens]time.Time
	x.Begin()
	tick := time.NewTicker(a.every)
	defer tick.Stop()
	for i := range tokens {
		select {
		case <-tick.C:
		case <-x.Request.Context().Done():
			return
		}
		end := " "
		if (i+1)%paragraph == 0 {
			end = `\n\n`
		}
		sent[i] = time.Now()
		x.Raw(`data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1767225600,"model":"gpt-bench","choices":[{"index":0,"delta":{"content":"w` +
			strconv.Itoa(i+1) + end + `"},"finish_reason":null}]}` + "\n\n")
	}
	a.mu.Lock()
	a.sent[all[len(all)-1]] = &sent // the last is this question's, those before are the conversation's
	a.mu.Unlock()
	x.Raw(`data: {"id":"chatcmpl-bench","model":"gpt-bench","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" +
		`data: {"id":"chatcmpl-bench","model":"gpt-bench","choices":[],"usage":{"prompt_tokens":300,"completion_tokens":100,"total_tokens":400}}` + "\n\n" +
		"data: [DONE]\n\n")
}

// when gives the times at which the tokens of an answer were sent.
func (a *answers) when(key string) *[tokens]time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.sent[key]
	delete(a.sent, key)
	return s
}

var word = regexp.MustCompile(`w(\d+)`)

// reached is the highest word in a text, or 0.
func reached(text string) int {
	all := word.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(all[len(all)-1][1])
	return n
}
