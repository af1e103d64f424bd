package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync/atomic"
)

// kind is what a word was planted in.
type kind byte

const (
	inTitle    kind = 't' // of a document: for everybody of the organization
	inText     kind = 'd' // of a document
	inQuestion kind = 'q' // for the person alone
	inAnswer   kind = 'w' // what the provider says to that question
)

// letters make words that no text holds by chance, that no stemmer shortens and that have one letter an organization.
const letters = "bcdfghjklmnpqrstvwxz"

// words is the vocabulary of one soak. Each word is used once, begins with the soak's own letters (so that one search over
// all files finds any), and says whose it is: organization, person, kind.
type words struct {
	stem   string
	any    *regexp.Regexp
	serial atomic.Int64
}

func newWords(r *rand.Rand) *words {
	b := make([]byte, 9)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	stem := string(b)
	return &words{stem: stem, any: regexp.MustCompile(stem + `([a-z])([a-z])([a-z])([a-z]{4})x`)}
}

// word makes a new one.
func (w *words) word(p *person, k kind) string {
	n := w.serial.Add(1)
	serial := make([]byte, 4)
	for i := range serial {
		serial[i] = letters[n%int64(len(letters))]
		n /= int64(len(letters))
	}
	return fmt.Sprintf("%s%c%c%c%sx", w.stem, letters[p.org.number], letters[p.number], k, serial)
}

// answerTo is the word that the provider says to a question with a word.
func (w *words) answerTo(question string) string {
	at := len(w.stem) + 2
	return question[:at] + string(inAnswer) + question[at+1:]
}

// last is the question that a request is about: earlier ones come along as history.
func (w *words) last(body string) string {
	var out string
	for _, m := range w.any.FindAllStringSubmatch(body, -1) {
		if kind(m[3][0]) == inQuestion {
			out = m[0]
		}
	}
	return out
}

// stray is a word in a text that a person must not see: another organization's, or another person's question or answer.
func (w *words) stray(p *person, text string) string {
	for _, m := range w.any.FindAllStringSubmatch(text, -1) {
		private := kind(m[3][0]) == inQuestion || kind(m[3][0]) == inAnswer
		if m[1][0] != letters[p.org.number] || private && m[2][0] != letters[p.number] {
			return m[0]
		}
	}
	return ""
}

// mixed says whether a request to the provider holds words of more than one organization.
func (w *words) mixed(body string) bool {
	found := w.any.FindAllStringSubmatch(body, -1)
	for _, m := range found {
		if m[1] != found[0][1] {
			return true
		}
	}
	return false
}

// prose is some text to put a word into.
func prose(r *rand.Rand, n int) string {
	const stock = "the pump valve order invoice of a for supplier quarter north line was checked before delivery and report says that " +
		"service costs rose while storage in hall two stayed below plan until customers asked about spare parts again"
	all := strings.Fields(stock)
	out := make([]string, n)
	for i := range out {
		out[i] = all[r.IntN(len(all))]
		if i%12 == 11 {
			out[i] += "."
		}
	}
	return strings.Join(out, " ")
}
