package search

import (
	"math/bits"
	"sync"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/spanish"
)

// Language is a language whose stems are known. Its numbers are stored in
// directories: never renumber.
type Language uint8

// The languages; English is also what every other language is treated as.
const (
	English Language = iota
	German
	French
	Spanish
	Italian
	Dutch
	Portuguese
	languageCount
)

// Languages is a set of languages. The zero set counts as English alone.
type Languages uint16

// Only returns the set that holds l alone.
func (l Language) Only() Languages { return Languages(0).With(l) }

// With returns the set with l added; an unknown language counts as English.
func (s Languages) With(l Language) Languages {
	if l >= languageCount {
		l = English
	}
	return s | 1<<l
}

// Has says whether l is in the set.
func (s Languages) Has(l Language) bool { return s&(1<<l) != 0 }

// known drops what this build has no stemmer for; what is left is not empty.
func (s Languages) known() Languages {
	if s &= 1<<languageCount - 1; s != 0 {
		return s
	}
	return English.Only()
}

// The vote: how many words are read, how many function words a language needs,
// one in how many words they must be, and by what factor it must beat English.
// (Prose has one in three; lists and change logs full of "e" and "a" have few.)
const (
	voteWords  = 3000
	voteLeast  = 4
	voteShare  = 10
	voteFactor = 1.3
)

// Detect votes a text's language by its function words. Texts that are short,
// mixed, or in none of the known languages count as English.
func Detect(text string) Language {
	voters := voters()
	var votes [languageCount]int
	read := 0
	s := scanner{text: text}
	for read < voteWords {
		chain := s.next()
		if len(chain) == 0 {
			break
		}
		for _, w := range chain {
			read++
			count(&votes, voters, text[w.start:w.end])
		}
	}
	return winner(votes, read)
}

// electorate is the function words of all languages.
type electorate struct {
	words map[string]Languages // in which a word is one
	alike shapes               // of those in ASCII
}

// shapes are lengths with first and last letters: most words have those of no function word.
type shapes [longestVoter + 1][26][26]bool

const (
	shortestVoter = 2 // one letter is a word in several languages, and an abbreviation in all
	longestVoter  = 12
)

// at finds the place of a word of ASCII letters, or says that there is none for it.
func (s *shapes) at(word string) *bool {
	first, last := word[0]|0x20-'a', word[len(word)-1]|0x20-'a'
	if first >= 26 || last >= 26 {
		return nil
	}
	return &s[len(word)][first][last]
}

var voters = sync.OnceValue(func() *electorate {
	all := &electorate{words: map[string]Languages{}}
	for l, words := range stopWords {
		for w := range words {
			if len(w) < shortestVoter || len(w) > longestVoter {
				continue
			}
			all.words[w] = all.words[w].With(Language(l))
			if at := all.alike.at(w); at != nil && isASCII(w) {
				*at = true
			}
		}
	}
	return all
})

func count(votes *[languageCount]int, voters *electorate, word string) {
	if len(word) < shortestVoter || len(word) > longestVoter {
		return
	}
	if at := voters.alike.at(word); isASCII(word) && (at == nil || !*at) {
		return
	}
	for set := voters.words[normalise(word)]; set != 0; set &= set - 1 {
		votes[bits.TrailingZeros16(uint16(set))]++
	}
}

func winner(votes [languageCount]int, read int) Language {
	best := English
	for l := range languageCount {
		if votes[l] > votes[best] {
			best = l
		}
	}
	if votes[best] < max(voteLeast, read/voteShare) || float64(votes[best]) < voteFactor*float64(votes[English]) {
		return English
	}
	return best
}

// stem cuts a normalised word of letters to its Snowball stem.
func stem(env *snowballstem.Env, l Language, word string) string {
	if l == English && !isASCII(word) || !isLetters(word) {
		return word
	}
	env.SetCurrent(word)
	stemmers[l](env)
	if s := env.Current(); s != "" {
		return s
	}
	return word
}

var stemmers = [languageCount]func(*snowballstem.Env) bool{
	English: english.Stem, German: german.Stem, French: french.Stem, Spanish: spanish.Stem,
	Italian: italian.Stem, Dutch: dutch.Stem, Portuguese: portuguese.Stem,
}
