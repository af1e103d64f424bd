package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// What a query is cut to.
const (
	MaxQuery   = 16 << 10 // bytes read: a page of text may be asked with
	MaxTerms   = 512
	maxPhrases = 8
)

// mostDemanding is how many terms a query may have for its quotes to be demands.
// In a longer one, a text that something like it is looked for, they are what the
// text quotes.
const mostDemanding = 32

// Query is what somebody asks for, parsed.
type Query struct {
	Terms   []Term   // distinct, at most MaxTerms; none when nothing can be found
	Weights []Weight // of each term
	Phrases []string // what stood in quotes, at most 8; see MatchesPhrases

	// Strict says that a text without the phrases is not wanted at all: the query is
	// phrases and nothing else. Otherwise they are preferred.
	Strict bool

	analyser *Analyser      // remembers the words of the texts that were looked at: a Query is of one goroutine
	wanted   map[uint32]int // a term's place in Terms, by the analyser's number
	initials *initials      // of Terms
}

// ParseQuery reads a query in the languages of the tenant's directories
// (Directory.Languages, joined by |; English is always among them). Words that
// only say how something is asked are left out, unless nothing else is left.
// Quotes make phrases; every other character is literal or separates words, so
// nothing is an error and nothing is a pattern (A54). What is beyond MaxQuery
// or MaxTerms is not read.
func ParseQuery(s string, languages Languages) Query {
	return NewAnalyser(Asked(languages)).Query(s)
}

// Asked is the set of languages that a query is read in, of those that texts are in.
func Asked(languages Languages) Languages { return languages.known().With(English) }

// Query is ParseQuery with an analyser of Asked languages, which is the query's as long as
// that is used.
func (a *Analyser) Query(s string) Query {
	if len(s) > MaxQuery {
		s = s[:MaxQuery]
	}
	s = strings.ToValidUTF8(s, " ")
	q := Query{analyser: a, Phrases: phrases(s), wanted: map[uint32]int{}}
	q.take(s, q.asking)
	if len(q.Terms) == 0 {
		q.take(s, func(string) bool { return false })
	}
	q.initials = initialsOf(q.Terms)
	if len(q.Terms) > mostDemanding {
		q.Phrases = nil
	}
	q.Strict = len(q.Phrases) > 0 && len(wordsOf(s)) == len(wordsOf(strings.Join(q.Phrases, " ")))
	if !q.Strict { // one word in quotes among others is a manner of speaking
		q.Phrases = slices.DeleteFunc(q.Phrases, func(p string) bool { return len(wordsOf(p)) < 2 })
	}
	return q
}

func (q *Query) take(s string, skip func(word string) bool) {
	words := 0
	q.analyser.each(s, func(terms []uint32, at span) {
		if skip(s[at.start:at.end]) {
			return
		}
		words++
		for _, t := range terms {
			if i, known := q.wanted[t]; known {
				q.Weights[i].Count++
			} else if len(q.Terms) < MaxTerms {
				q.wanted[t] = len(q.Terms)
				q.Terms = append(q.Terms, q.analyser.words.terms[t])
				q.Weights = append(q.Weights, Weight{Count: 1, Word: words})
			}
		}
	})
}

func (q *Query) asking(word string) bool {
	word = normalise(word)
	for l := range languageCount {
		if q.analyser.languages.Has(l) && askWords[l][word] {
			return true
		}
	}
	return false
}

// phrases returns what stands between pairs of double quotes, straight or
// curly. A quote without its partner is not one.
func phrases(s string) []string {
	var found []string
	parts := strings.Split(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`).Replace(s), `"`)
	for i := 1; i+1 < len(parts) && len(found) < maxPhrases; i += 2 {
		if len(wordsOf(parts[i])) > 0 {
			found = append(found, strings.TrimSpace(parts[i]))
		}
	}
	return found
}

// MatchesPhrases says whether text holds every phrase of the query: its words
// beside each other, whatever stands between them, case and diacritics aside.
func (q Query) MatchesPhrases(text string) bool {
	if len(q.Phrases) == 0 {
		return true
	}
	words := wordsOf(text)
	for _, p := range q.Phrases {
		if !contains(words, wordsOf(p)) {
			return false
		}
	}
	return true
}

// wordsOf returns the folded words of text; of scripts without spaces, the runes.
func wordsOf(text string) []string {
	var words []string
	s := scanner{text: text}
	for chain := s.next(); len(chain) > 0; chain = s.next() {
		for _, w := range chain {
			word := text[w.start:w.end]
			for ; w.dense && len(word) > 0; word = word[runeLen(word):] {
				words = append(words, normalise(word[:runeLen(word)]))
			}
			if !w.dense {
				words = append(words, fold(normalise(word)))
			}
		}
	}
	return words
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func contains(words, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(words); i++ {
		n := 0
		for n < len(phrase) && words[i+n] == phrase[n] {
			n++
		}
		if n == len(phrase) {
			return true
		}
	}
	return false
}
